/**
 * PURE. What a run is now, as a fold over its events and over nothing else: living and recovering use the same `nextStatus`.
 * The drawing of it is docs/run-machine.md; names there and here are the same.
 *
 * Invariants, each a test:
 * - an attempt has one end; attempt n+1 comes only after attempt n ended or a person settled it (P3)
 * - nothing is commanded unless the run is active; while it is aborting no turn begins
 * - a run is never over with an order open, and never `done` with a hold, a failed step or an open effect (P19)
 */
import type { EventOf, HopState, RunEvent } from '../../../common/events.ts';
import { type Hold, holdKey } from '../../../common/holds.ts';
import {
  badSteps,
  isEffectOf,
  isExcluded,
  isOver,
  knowsIntervention,
  openSteps,
  type RunStatus,
  stepIn,
  type TurnStatus,
  waitsForResume,
  withTurn,
} from './run-status.ts';
import {
  type Need,
  withBegun,
  withConfirmed,
  withConsentExpired,
  withDispatched,
  withEnded,
  withExcused,
  withObserved,
  withResolved,
  withSettled,
  withUnknown,
} from './step-attempts.ts';

/** A pair of status and event that cannot be: a bug of ours, or a log that was tampered with. */
export class IllegalEvent extends Error {
  readonly eventType: RunEvent['type'];
  constructor(status: RunStatus, event: RunEvent, why: string) {
    super(`event ${event.type} is illegal in state ${status.state} of a run on ${status.cluster}: ${why}`);
    this.name = 'IllegalEvent';
    this.eventType = event.type;
  }
}

/** Status after the first event of every run. */
export function initialStatus(planMade: EventOf<'plan-made'>): RunStatus {
  return {
    plan: planMade.plan,
    digest: planMade.digest,
    cluster: planMade.cluster,
    plannedBy: planMade.actor,
    approvedBy: null,
    state: 'draft',
    way: 'forward',
    paused: null,
    aborting: null,
    rollback: null,
    holds: [],
    turns: [],
    hops: {},
    effects: [],
    interventions: [],
    waived: [],
    excluded: [],
    epoch: null,
    writer: null,
    endReason: null,
  };
}

/** The one fold. Throws IllegalEvent when the event cannot follow the status. */
export function nextStatus(status: RunStatus, event: RunEvent): RunStatus {
  const need = (condition: boolean, why: string): void => {
    if (!condition) throw new IllegalEvent(status, event, why);
  };
  need(!isOver(status), 'the run is over');
  const active = () => need(status.state === 'active', 'the run is not active');
  switch (event.type) {
    case 'plan-made':
      throw new IllegalEvent(status, event, 'a run has one plan');
    case 'approved':
      if (event.hop !== undefined) return withHopApproved(status, event.hop, need);
      need(status.state === 'draft', 'only a draft is approved');
      need(event.digest === status.digest, `the plan's digest is ${status.digest}`);
      return { ...status, state: 'approved', approvedBy: event.actor };
    case 'approval-voided':
      need(status.state === 'approved', 'there is no approval');
      return { ...status, state: 'draft', approvedBy: null };
    case 'run-started':
      need(status.state === 'approved', 'only an approved plan is run');
      return { ...status, state: 'active' };
    case 'turn-chosen':
      active();
      return withTurnChosen(status, event, need);
    case 'executor-chosen':
      active();
      return withExecutor(status, event, need);
    case 'order-dispatched':
      active();
      return withDispatched(status, event, need);
    case 'order-ended':
      active();
      return withEnded(status, event, need);
    case 'order-unknown':
      active();
      return withUnknown(status, event, need);
    case 'step-resolved':
      active();
      return withResolved(status, event, need);
    case 'step-begun':
      active();
      return withBegun(status, event, need);
    case 'step-confirmed':
      need(status.state === 'active' || status.state === 'unfinalized', 'the run is not active');
      return { ...withConfirmed(status, event, need), state: 'active' };
    case 'consent-expired':
      active();
      return withConsentExpired(status, event, need);
    case 'step-observed':
      active();
      return withObserved(status, event, need);
    case 'step-settled':
      active();
      return withSettled(status, event, need);
    case 'step-excused':
      active();
      return withExcused(status, event, need);
    case 'baseline-taken':
      active();
      return { ...status, baselines: { ...status.baselines, [event.hop]: event.metrics } };
    case 'rested':
      active();
      return withRested(status, event, need);
    case 'reminded':
      need(status.state === 'unfinalized', 'the run does not rest');
      return status;
    case 'effect-opened':
      active();
      return {
        ...status,
        effects: [...effectsBut(status, event.instance, event.effect.key), { ...event.effect, instance: event.instance }],
      };
    case 'effect-closed':
      active();
      return withEffectClosed(status, event, need);
    case 'hold-raised':
      need(status.state === 'active' || status.state === 'unfinalized', 'the run is not active');
      return { ...status, holds: [...holdsBut(status, event.hold), event.hold] };
    case 'hold-cleared':
      active();
      need(holdsBut(status, event).length < status.holds.length, 'no such hold is up');
      return { ...status, holds: holdsBut(status, event) };
    case 'paused':
      active();
      need(status.paused === null, 'it is already paused');
      need(status.aborting === null, 'it is aborting');
      return { ...status, paused: { actor: event.actor, reason: event.reason } };
    case 'resumed':
      active();
      need(status.paused !== null || waitsForResume(status), 'there is nothing to resume from');
      return settled({ ...status, paused: null });
    case 'rollback-started':
      need(status.state === 'active' || status.state === 'unfinalized', 'the run is not active');
      need(status.way === 'forward', 'it is rolling back already');
      need(status.aborting === null, 'it is aborting');
      return settled({ ...status, state: 'active', way: 'back', paused: null, rollback: { actor: event.actor, reason: event.reason } });
    case 'abort-started':
      active();
      need(status.aborting === null, 'it is already aborting');
      return settled({ ...status, paused: null, aborting: { actor: event.actor, reason: event.reason } });
    case 'hop-state':
      active();
      need(hopMoves[status.hops[event.hop] ?? 'pending'].includes(event.state), `the hop is ${status.hops[event.hop] ?? 'pending'}`);
      return { ...status, hops: { ...status.hops, [event.hop]: event.state } };
    case 'waived':
      active();
      return { ...status, waived: [...status.waived, event.subject] };
    case 'excluded':
      active();
      return withExcluded(status, event, need);
    case 'member-replaced': {
      active();
      const { instance, was, member, repair } = event;
      const known = status.replaced ?? [];
      const former = [...(known.find((each) => each.instance === instance)?.former ?? []), was];
      const others = known.filter((each) => each.instance !== instance);
      return { ...status, replaced: [...others, { instance, member, former, ...(repair === undefined ? {} : { repair }) }] };
    }
    case 'local-intervention': {
      const { instance, host, verb, actor, seq } = event;
      need(!knowsIntervention(status, host, seq), 'this intervention is already recorded');
      return {
        ...status,
        interventions: [...status.interventions, { instance, host, verb, actor, seq, settled: status.state !== 'active' }],
      };
    }
    case 'epoch-claimed':
      need(status.epoch === null || event.epoch > status.epoch, `epoch ${status.epoch} is already claimed`);
      return { ...status, epoch: event.epoch, writer: event.writer };
    case 'run-ended':
      return withEnd(status, event, need);
    default: {
      const unknown: never = event;
      throw new IllegalEvent(status, unknown, 'no such event');
    }
  }
}

/** The whole log, oldest first, through the one fold. */
export function foldRun(events: readonly RunEvent[]): RunStatus {
  const [first, ...rest] = events;
  if (first?.type !== 'plan-made') throw new TypeError(`a run's log starts with plan-made, not with ${first?.type ?? 'nothing'}`);
  return rest.reduce(nextStatus, initialStatus(first));
}

const hopMoves: Readonly<Record<HopState, readonly HopState[]>> = {
  pending: ['rolling'],
  rolling: ['unfinalized', 'finalized', 'rolling-back'],
  unfinalized: ['finalizing', 'rolling-back'],
  finalizing: ['finalized'],
  finalized: [],
  'rolling-back': ['pending'],
};

function withHopApproved(status: RunStatus, hop: string, need: Need): RunStatus {
  const { approvedHops = [] } = status;
  need(status.state === 'active', 'the run is not active');
  need(!approvedHops.includes(hop), 'this hop is already approved');
  return { ...status, approvedHops: [...approvedHops, hop] };
}

/** Nothing is under way and nothing holds; only the word that it rests for is missing. */
function withRested(status: RunStatus, event: EventOf<'rested'>, need: Need): RunStatus {
  need(status.way === 'forward' && status.aborting === null, 'it does not go forward');
  need(status.hops[event.hop] === 'unfinalized', `the hop is ${status.hops[event.hop] ?? 'pending'}`);
  need(stepIn(status, event)?.state === 'waiting', 'its consent is not asked for');
  need(openSteps(status).length === 0, 'an order is open');
  return { ...status, state: 'unfinalized', paused: null };
}

function withTurnChosen(status: RunStatus, event: EventOf<'turn-chosen'>, need: Need): RunStatus {
  // One to be rolled back has begun: its node may be down, and an abort brings it up again first (P20).
  need(status.paused === null && (status.aborting === null || event.way === 'back'), 'no turn starts while pausing or aborting');
  need(event.way === status.way, `the run goes ${status.way}`);
  const chosen = status.turns.find((turn) => turn.turn === event.turn);
  if (event.way === 'forward') {
    need(chosen === undefined, 'this turn was chosen already');
    const { turn: id, role, instance } = event;
    const whose = instance === undefined ? {} : { instance };
    const turn: TurnStatus = { turn: id, ...whose, ...without(status), way: 'forward', role, backRole: null, incarnation: null, steps: {} };
    return { ...status, turns: [...status.turns, turn] };
  }
  if (chosen === undefined) {
    // The word that a rollback needs: nothing on the way forward asks for it.
    const { turn: id, role } = event;
    const turn: TurnStatus = { turn: id, ...without(status), way: 'back', role, backRole: role, incarnation: null, steps: {} };
    return { ...status, turns: [...status.turns, turn] };
  }
  need(chosen.way === 'forward', 'it is rolled back once');
  return withTurn(status, event.turn, (turn) => ({ ...turn, way: 'back', backRole: event.role }));
}

/** What every turn goes on without; nothing where no node was excluded. */
function without({ excluded }: RunStatus): Pick<TurnStatus, 'without'> {
  return excluded.length === 0 ? {} : { without: excluded.map(({ instance, member }) => ({ instance, member })) };
}

function withExcluded(status: RunStatus, { instance, member, actor, reason }: EventOf<'excluded'>, need: Need): RunStatus {
  need(!isExcluded(status, instance), 'this node is already excluded');
  const wider = { ...status, excluded: [...status.excluded, { instance, member, actor, reason }] };
  return { ...wider, turns: wider.turns.map((turn) => ({ ...turn, ...without(wider) })) };
}

function withEffectClosed(status: RunStatus, { instance, key, leftFor }: EventOf<'effect-closed'>, need: Need): RunStatus {
  const closed = status.effects.filter((effect) => isEffectOf(effect, instance, key));
  need(closed.length > 0, 'no such effect is open');
  const effects = effectsBut(status, instance, key);
  if (leftFor === undefined) return { ...status, effects };
  return { ...status, effects, leftEffects: [...(status.leftEffects ?? []), ...closed.map((effect) => ({ ...effect, leftFor }))] };
}

function withExecutor(status: RunStatus, { turn: id, step, instance }: EventOf<'executor-chosen'>, need: Need): RunStatus {
  const last = status.turns.find((each) => each.turn === id)?.steps[step];
  need(last?.state !== 'dispatched' && last?.state !== 'unknown', 'an attempt has no end yet');
  return withTurn(status, id, (turn) => ({ ...turn, executors: { ...turn.executors, [step]: instance } }));
}

function withEnd(status: RunStatus, event: EventOf<'run-ended'>, need: Need): RunStatus {
  need(status.state === 'active' || event.state === 'aborted', 'it never started');
  need(openSteps(status).length === 0, 'an order is open');
  if (event.state === 'done') {
    need(status.way === 'forward', 'it went back');
    need(status.holds.length === 0 && badSteps(status).length === 0, 'something holds it');
    need(status.effects.length === 0, 'an effect is open');
  }
  if (event.state === 'rolled-back') need(status.way === 'back', 'it did not go back');
  if (event.state === 'stuck') need(status.way === 'back' || event.adopted === true, 'only an undo makes a run stuck');
  return { ...status, state: event.state, endReason: event.reason, holds: [], paused: null };
}

const holdsBut = (status: RunStatus, hold: Pick<Hold, 'kind' | 'subject'>): readonly Hold[] =>
  status.holds.filter((each) => holdKey(each) !== holdKey(hold));

const effectsBut = (status: RunStatus, instance: string, key: string): RunStatus['effects'] =>
  status.effects.filter((each) => !isEffectOf(each, instance, key));

/** A person's word about the run settles what was done on hosts without it. */
const settled = ({ replaced, ...status }: RunStatus): RunStatus => ({
  ...status,
  interventions: status.interventions.map((each) => ({ ...each, settled: true })),
  ...(replaced === undefined ? {} : { replaced: replaced.map(({ repair: _, ...each }) => each) }),
});
