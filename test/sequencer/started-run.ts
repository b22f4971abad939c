/** What the sequencer decides by, of a run that was planned, approved and started, and on which nothing happened unless it is given. */
import type { RunEvent } from '../../common/events.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import type { DecisionInput } from '../../controller/sequencer/decide/decision-input.ts';
import { foldRun } from '../../controller/sequencer/run/run-machine.ts';
import { planOf } from '../planner/input.ts';

export const openingEvents: readonly RunEvent[] = [
  { type: 'plan-made', plan: 'p-1', digest: 'sha256:1', cluster: 'pg-main', actor: 'a' },
  { type: 'approved', digest: 'sha256:1', actor: 'b' },
  { type: 'run-started', actor: 'b' },
];

export function startedRun(input: PlanInput, events: readonly RunEvent[] = [], change: Partial<DecisionInput> = {}): DecisionInput {
  return {
    runId: 'r-1',
    plan: planOf(input),
    status: foldRun([...openingEvents, ...events]),
    view: input.view,
    fresh: true,
    lost: new Map(),
    membership: [],
    busyHosts: new Map(),
    dueAgain: new Set(),
    soaks: new Map(),
    expired: new Set(),
    behindFleet: null,
    unheard: [],
    rulesChanged: null,
    restarted: new Set(),
    procedure: input.procedure,
    claim: { cluster: 'pg-main', epoch: 1, writer: 'w' },
    actor: null,
    ...change,
  };
}
