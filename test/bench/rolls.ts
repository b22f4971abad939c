/** One roll of the fleet by Drydock, with what its report and its events say. */
import type { AuditListDocument } from '../../common/documents/administration.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { ReportDocument } from '../../common/documents/runs.ts';
import { approve, type BaseFleet } from '../../demo/base-fleet.ts';
import { type TurnSpan, turnTimes } from './turn-times.ts';

/** A roll of all nodes, by Drydock, by Ansible or by hand. */
export interface Rolled {
  /** From the command that begins it to the end of that command. */
  readonly wallMs: number;
  /** Of it, what the database and its supervisor took: checkpoint, stop, start, and their answers to checks. */
  readonly engineMs: number;
  /** Of each node, from the begin of its turn to its last proof, what was not the engine's. */
  readonly overheadsMs: readonly number[];
}

export interface RolledByDrydock extends Rolled {
  /** Of each node, from the start of its stop until it takes sessions. */
  readonly downtimesMs: readonly number[];
  readonly turns: readonly TurnSpan[];
}

type Fleet = Pick<BaseFleet, 'cli' | 'cliJson'> & { readonly cluster: string };

/** Plans, approves and runs; settles 0 s. Throws with what a command said when it ends otherwise than well, or not within the limit. */
export async function rollByDrydock(fleet: Fleet, to: string, more: readonly string[], limit = '5m'): Promise<RolledByDrydock> {
  const shown = (await fleet.cliJson(['plan', fleet.cluster, '--to', to, '--settle', '0s', ...more])) as PlanShownDocument;
  const made = await approve(fleet, shown);
  const begunMs = performance.now();
  await expectOk(fleet, ['run', made.planId, '--wait', '--timeout', limit]);
  const wallMs = performance.now() - begunMs;
  const report = (await fleet.cliJson(['report', made.runId])) as ReportDocument;
  return {
    wallMs,
    ...turnTimes((await fleet.cliJson(['audit', made.runId])) as AuditListDocument),
    downtimesMs: report.nodes.flatMap(({ downtimeMs }) => (downtimeMs === null ? [] : [downtimeMs])),
  };
}

async function expectOk(fleet: Fleet, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await fleet.cli(args);
  if (exitCode !== 0) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
}
