/** How long the parts of a node's turn may take, and the work on its files afterwards. PURE. */
import type { Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { stepOf } from '../kit/pure/steps.ts';
import type { TurnTable } from '../kit/pure/turns.ts';
import { entersModes, isWithinSeries } from './scheme.ts';

/** A drain writes out every memtable, a start replays what is left and reads indexes: minutes on a big node. */
const limits = { deadlineMs: 60 * 60_000, expectedMs: 60_000 };
export const turns: TurnTable = {
  // Clients miss the node from the begin of its drain.
  downtime: { ...limits, outMs: 40_000, drains: true },
  // After a start: until the others' failure detectors have noticed.
  health: { deadlineMs: 10 * 60_000, expectedMs: 3_000 },
  witness: { preferRole: 'seed', proves: 'up and normal as another node sees it' },
  verify: { title: 'check version, ring, schema and sstable format', deadlineMs: 3 * 60_000, expectedMs: 3_000 },
};

/** Once every node runs the new release, and before that is finalized: files of an older format are rewritten. Within a series the format stays. */
export function rewrite({ hop, node, idPrefix }: TurnInput): readonly Step[] {
  // What 5.0 writes before it is finalized is what 4.x wrote.
  return isWithinSeries(hop) || entersModes(hop) ? [] : [rewriteStep({ node, idPrefix })];
}

/** Files of older formats are rewritten while the node serves. */
export function rewriteStep({ node: { instance }, idPrefix }: Pick<TurnInput, 'node' | 'idPrefix'>): Step {
  return stepOf(instance, {
    id: `${idPrefix}.upgradesstables`,
    title: `upgradesstables on ${instance}`,
    body: { kind: 'job', name: 'upgradesstables', args: { atOnce: 1 }, cursor: null },
    // Every byte of a node at worst.
    deadlineMs: 14 * 86_400_000,
    expectedMs: 60_000,
    healthCheck: null,
  });
}

/** What the turns of a hop between series bring, each said once. */
export const repairRisk =
  'Drydock does not stop repairs: disable whatever schedules them (Reaper, cron) until the run has ended; a running repair holds the next turn';
