/** The play's way from a version to a run that has ended: path, plan, approval, run, report. The brake goes the same way. */
import type { PlanShownDocument } from '../common/documents/plans.ts';
import type { ReportDocument } from '../common/documents/runs.ts';
import type { BaseFleet } from './base-fleet.ts';
import type { Narrator } from './narrator.ts';

/** Short enough to watch, long enough to see that a node stays healthy. */
const settle = ['--settle', '3s', '--soak', '2s'];
/** A run that has not ended by then holds, and the play ends with what it says. */
const usualLimit = '8m';

/** Shows a command and what it prints; throws when its exit code is not the expected one. */
export async function show(fleet: BaseFleet, narrator: Narrator, args: readonly string[], expected: number): Promise<void> {
  narrator.command(args);
  const exitCode = await fleet.cliOnTerminal(args);
  if (exitCode !== expected) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}, not with ${expected}`);
}

/** A fleet with the one cluster that is played on. */
export type PlayedFleet = BaseFleet & { readonly cluster: string; waitHealthy(limitMs: number): Promise<void> };

export interface Route {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  /** What else the plan is asked for. */
  readonly asked: readonly string[];
}

export interface Journey extends Route {
  /** Exit code of `run`: 0 done, 7 rolled back. */
  readonly endsWith: number;
  /** After which the play gives up: 25m. Left out: that of servers which start within seconds. */
  readonly limit?: string;
}

/** Takes the cluster along and returns the run's report. */
export async function travel(fleet: PlayedFleet, narrator: Narrator, journey: Journey): Promise<ReportDocument> {
  const { planId, runId } = await approvedPlan(fleet, narrator, journey);
  const ran = ['run', planId, '--timeout', journey.limit ?? usualLimit];
  await showOf(fleet, narrator, runId, ran, journey.endsWith);
  return reported(fleet, narrator, runId);
}

/** Shows path and plan, and approves the plan. */
export async function approvedPlan(
  fleet: PlayedFleet,
  narrator: Narrator,
  { engine, from, to, asked }: Route,
): Promise<{ readonly planId: string; readonly runId: string }> {
  await show(fleet, narrator, ['path', engine, from, to], 0);
  const plan = ['plan', fleet.cluster, '--to', to, ...asked, ...settle];
  narrator.command(plan);
  const { planId, digest } = (await fleet.cliJson(plan)) as PlanShownDocument;
  if (planId === undefined || (await fleet.cliOnTerminal(['plan', 'show', planId])) !== 0) throw new Error(`no plan to ${to} was made`);
  await show(fleet, narrator, ['approve', planId, '--digest', digest], 0);
  const { runId } = (await fleet.cliJson(['plan', 'show', planId])) as PlanShownDocument;
  if (runId === null) throw new Error(`plan ${planId} was not approved`);
  return { planId, runId };
}

/** As `show`, for what follows a run: its status is shown before the play breaks off. */
export async function showOf(
  fleet: PlayedFleet,
  narrator: Narrator,
  runId: string,
  args: readonly string[],
  expected: number,
): Promise<void> {
  try {
    await show(fleet, narrator, args, expected);
  } catch (thrown) {
    await fleet.cliOnTerminal(['status', runId]);
    throw thrown;
  }
}

/** Shows the report of a run and returns it. */
export async function reported(fleet: PlayedFleet, narrator: Narrator, runId: string): Promise<ReportDocument> {
  await show(fleet, narrator, ['report', runId], 0);
  return (await fleet.cliJson(['report', runId])) as ReportDocument;
}
