/** The play's way from a version to a run that has ended: path, plan, approval, run, report. The brake goes the same way. */
import type { PlanShownDocument, ReportDocument } from '../common/documents.ts';
import type { DemoFleet } from './fleet.ts';
import type { Narrator } from './narrator.ts';

/** Short enough to watch, long enough to see that a node stays healthy. */
const settle = ['--settle', '3s', '--soak', '2s'];
/** A run that has not ended by then holds, and the play ends with what it says. */
const runLimit = ['--timeout', '4m'];

/** Shows a command and what it prints; throws when its exit code is not the expected one. */
async function show(fleet: DemoFleet, narrator: Narrator, args: readonly string[], expected: number): Promise<void> {
  narrator.command(args);
  const exitCode = await fleet.cliOnTerminal(args);
  if (exitCode !== expected) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}, not with ${expected}`);
}

/** What becomes of the primary in its turn. */
export type PrimaryTurn = 'switchover' | 'restart';

export interface Journey {
  readonly from: string;
  readonly to: string;
  readonly primary: PrimaryTurn;
  /** Exit code of `run`: 0 done, 7 rolled back. */
  readonly endsWith: number;
}

/** Takes the cluster along and returns the run's report. */
export async function travel(fleet: DemoFleet, narrator: Narrator, { from, to, primary, endsWith }: Journey): Promise<ReportDocument> {
  await show(fleet, narrator, ['path', 'postgresql', from, to], 0);

  const asked = ['plan', fleet.cluster, '--to', to, '--primary', primary, ...settle];
  narrator.command(asked);
  const { planId, runId, digest } = (await fleet.cliJson(asked)) as PlanShownDocument;
  if (planId === undefined || (await fleet.cliOnTerminal(['plan', 'show', planId])) !== 0) throw new Error(`no plan to ${to} was made`);

  await show(fleet, narrator, ['approve', planId, '--digest', digest], 0);
  const ran = ['run', planId, ...runLimit];
  narrator.command(ran);
  const exitCode = await fleet.cliOnTerminal(ran);
  if (exitCode !== endsWith) {
    await fleet.cliOnTerminal(['status', runId]);
    throw new Error(`${runId} to ${to} ended with ${exitCode}, not with ${endsWith}`);
  }
  await show(fleet, narrator, ['report', runId], 0);
  return (await fleet.cliJson(['report', runId])) as ReportDocument;
}
