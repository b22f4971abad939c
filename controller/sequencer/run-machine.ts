/**
 * PURE. What a run is now, as a fold over its events and over nothing else: living and recovering use the same `nextStatus`.
 * The drawing of it is docs/run-machine.md; names there and here are the same.
 *
 * Invariants, each a test:
 * - an attempt has one end; attempt n+1 comes only after attempt n ended or a person settled it (P3)
 * - nothing is commanded unless the run is active; while it is aborting no turn begins
 * - a run is never over with an order open, and never `done` with a hold, a failed step or an open effect (P19)
 */
import type { HopState, RunEnd, RunEvent, Way } from '../../common/events.ts';
import type { Incarnation } from '../../common/facts.ts';
import { type Hold, holdKey } from '../../common/holds.ts';
import type { Effect, Outcome, PartDuration, Receipt } from '../../common/orders.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

export interface StepStatus {
  readonly attempt: number;
  /** Who carries this attempt out. */
  readonly instance: string;
  /** `unknown`: nobody can tell whether it took effect. `retry`: attempt n+1 may be made. */
  readonly state: 'dispatched' | 'done' | 'failed' | 'unknown' | 'retry';
  /** Why it is failed or unknown; null otherwise. */
  readonly hold: Hold | null;
  /** null while dispatched, unknown, or settled by a person. */
  readonly outcome: Outcome | null;
  /** What all attempts together left behind: nothing, a release put back by the agent, or the change that was ordered. */
  readonly effect: 'none' | 'reverted' | 'made';
  readonly elapsedMs: number;
  readonly outOfServiceMs: number | null;
  readonly parts: readonly PartDuration[];
  /** Version that the running database reported. */
  readonly version: string | null;
  /** Life of the turn's node that this end speaks of (P2). */
  readonly provenIn: Incarnation | null;
  /** What a later step of the turn needs of this one. */
  readonly token?: string;
}

export interface TurnStatus {
  readonly turn: string;
  readonly way: Way;
  /** Role at the time the turn was chosen, forward and back. */
  readonly role: string;
  readonly backRole: string | null;
  /** Newest life of the turn's node that a receipt told of. */
  readonly incarnation: Incarnation | null;
  readonly steps: { readonly [step: string]: StepStatus };
}

export interface Intervention {
  readonly instance: string;
  readonly host: string;
  readonly verb: string;
  readonly actor: string;
  readonly seq: number;
  /** A person said `resume` or decided otherwise after it. */
  readonly settled: boolean;
}

export interface Said {
  readonly actor: string | null;
  readonly reason: string;
}

export interface RunStatus {
  readonly plan: string;
  readonly digest: string;
  readonly cluster: string;
  readonly plannedBy: string;
  readonly approvedBy: string | null;
  readonly state: 'draft' | 'approved' | 'active' | RunEnd;
  readonly way: Way;
  readonly paused: Said | null;
  readonly aborting: Said | null;
  readonly rollback: Said | null;
  readonly holds: readonly Hold[];
  /** In the order in which they were chosen; a rollback goes through them from the end. */
  readonly turns: readonly TurnStatus[];
  readonly hops: { readonly [hop: string]: HopState };
  /** Hops after the first that got a word of their own; left out as long as there is none. */
  readonly approvedHops?: readonly string[];
  readonly effects: readonly (Effect & { readonly instance: string })[];
  readonly interventions: readonly Intervention[];
  readonly waived: readonly string[];
  readonly excluded: readonly string[];
  readonly epoch: number | null;
  readonly writer: string | null;
  readonly endReason: string | null;
}

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
    case 'order-dispatched':
      active();
      return withDispatched(status, event, need);
    case 'order-ended':
      active();
      return withEnded(status, event, need);
    case 'order-unknown':
      active();
      need(stepIn(status, event)?.state === 'dispatched' && stepIn(status, event)?.attempt === event.attempt, 'this attempt is not open');
      return withStep(status, event, (step) => ({ ...step, state: 'unknown', hold: unknownHold(event) }));
    case 'step-resolved':
      active();
      return withResolved(status, event, need);
    case 'effect-opened':
      active();
      return {
        ...status,
        effects: [...effectsBut(status, event.instance, event.effect.key), { ...event.effect, instance: event.instance }],
      };
    case 'effect-closed':
      active();
      need(effectsBut(status, event.instance, event.key).length < status.effects.length, 'no such effect is open');
      return { ...status, effects: effectsBut(status, event.instance, event.key) };
    case 'hold-raised':
      active();
      return { ...status, holds: [...holdsBut(status, event.hold), event.hold] };
    case 'hold-cleared':
      active();
      need(holdsBut(status, event).length < status.holds.length, 'no such hold is up');
      return { ...status, holds: holdsBut(status, event) };
    case 'paused':
      active();
      need(status.paused === null, 'it is paused already');
      need(status.aborting === null, 'it is aborting');
      return { ...status, paused: { actor: event.actor, reason: event.reason } };
    case 'resumed':
      active();
      need(status.paused !== null || status.interventions.some((each) => !each.settled), 'there is nothing to resume from');
      return settled({ ...status, paused: null });
    case 'rollback-started':
      active();
      need(status.way === 'forward', 'it is going back already');
      need(status.aborting === null, 'it is aborting');
      return settled({ ...status, way: 'back', paused: null, rollback: { actor: event.actor, reason: event.reason } });
    case 'abort-started':
      active();
      need(status.aborting === null, 'it is aborting already');
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
      return { ...status, excluded: [...status.excluded, event.instance] };
    case 'local-intervention': {
      const { instance, host, verb, actor, seq } = event;
      need(!knowsIntervention(status, host, seq), 'this intervention is recorded already');
      return {
        ...status,
        interventions: [...status.interventions, { instance, host, verb, actor, seq, settled: status.state !== 'active' }],
      };
    }
    case 'epoch-claimed':
      need(status.epoch === null || event.epoch > status.epoch, `epoch ${status.epoch} was claimed already`);
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

type Need = (condition: boolean, why: string) => void;

const hopMoves: Readonly<Record<HopState, readonly HopState[]>> = {
  pending: ['rolling'],
  rolling: ['unfinalized', 'finalized', 'reverting'],
  unfinalized: ['finalizing', 'reverting'],
  finalizing: ['finalized'],
  finalized: [],
  reverting: ['pending'],
};

function withHopApproved(status: RunStatus, hop: string, need: Need): RunStatus {
  const { approvedHops = [] } = status;
  need(status.state === 'active', 'the run is not active');
  need(!approvedHops.includes(hop), 'this hop is approved already');
  return { ...status, approvedHops: [...approvedHops, hop] };
}

function withTurnChosen(status: RunStatus, event: EventOf<'turn-chosen'>, need: Need): RunStatus {
  need(status.aborting === null && status.paused === null, 'no turn starts while pausing or aborting');
  need(event.way === status.way, `the run goes ${status.way}`);
  const chosen = status.turns.find((turn) => turn.turn === event.turn);
  if (event.way === 'forward') {
    need(chosen === undefined, 'this turn was chosen already');
    const turn: TurnStatus = { turn: event.turn, way: 'forward', role: event.role, backRole: null, incarnation: null, steps: {} };
    return { ...status, turns: [...status.turns, turn] };
  }
  need(chosen?.way === 'forward', 'only a turn that went forward is taken back, and once');
  return withTurn(status, event.turn, (turn) => ({ ...turn, way: 'back', backRole: event.role }));
}

function withDispatched(status: RunStatus, event: EventOf<'order-dispatched'>, need: Need): RunStatus {
  const turn = status.turns.find((each) => each.turn === event.turn);
  // Putting back what an effect tells is never too late, and a turn that has begun may have to bring its node up again (P19, P20).
  const putsBack = status.effects.some((effect) => effect.instance === event.instance);
  need(status.aborting === null || putsBack || Object.keys(turn?.steps ?? {}).length > 0, 'no turn begins while aborting');
  need(turn !== undefined && (turn.way === status.way || putsBack), 'its turn is not the one that the run is in');
  const last = turn?.steps[event.step];
  need(event.attempt === (last?.attempt ?? 0) + 1, `attempt ${(last?.attempt ?? 0) + 1} would be next`);
  need(last === undefined || (last.state !== 'dispatched' && last.state !== 'unknown'), 'the attempt before has no end yet');
  const step: StepStatus = {
    attempt: event.attempt,
    instance: event.instance,
    state: 'dispatched',
    hold: null,
    outcome: null,
    effect: last?.effect ?? 'none',
    elapsedMs: 0,
    outOfServiceMs: null,
    parts: [],
    version: null,
    provenIn: null,
  };
  return withTurn(status, event.turn, (each) => ({ ...each, steps: { ...each.steps, [event.step]: step } }));
}

function withEnded(status: RunStatus, event: EventOf<'order-ended'>, need: Need): RunStatus {
  const open = stepIn(status, event);
  need(open?.attempt === event.attempt, 'this attempt is not the last one');
  need(open?.state === 'dispatched' || open?.state === 'unknown', 'this attempt has its end already');
  const { receipt, verdict } = event;
  return withTurn(status, event.turn, (turn) => {
    const incarnation = lifeAfter(turn, event) ?? turn.incarnation;
    const step: StepStatus = {
      ...(open as StepStatus),
      state: verdict.ok ? 'done' : 'failed',
      hold: verdict.ok ? null : verdict.hold,
      outcome: receipt.outcome,
      effect: effectOf(receipt) ?? open?.effect ?? 'none',
      elapsedMs: receipt.elapsedMs,
      outOfServiceMs: receipt.outOfServiceMs,
      parts: receipt.parts,
      version: receipt.facts?.version.running ?? null,
      provenIn: incarnation,
      ...(receipt.token === undefined ? {} : { token: receipt.token }),
    };
    return { ...turn, incarnation, steps: { ...turn.steps, [event.step]: step } };
  });
}

/** null: this attempt changed nothing, because it was refused, or the database lived through it. */
function effectOf(receipt: Receipt): StepStatus['effect'] | null {
  if (receipt.reverted) return 'reverted';
  if (receipt.outcome === 'refused') return null;
  return receipt.outcome !== 'done' && sameLife(receipt.before, receipt.after) ? null : 'made';
}

/** A receipt tells the life of the turn's node only when that node itself made it. A turn's id is `hop.phase.instance`. */
function lifeAfter(turn: TurnStatus, event: EventOf<'order-ended'>): Incarnation | null {
  const { receipt } = event;
  const teller = turn.steps[event.step]?.instance;
  if (teller === undefined || turn.turn.split('.').slice(2).join('.') !== teller) return null;
  return receipt.after ?? receipt.facts?.incarnation ?? null;
}

function withResolved(status: RunStatus, event: EventOf<'step-resolved'>, need: Need): RunStatus {
  const step = stepIn(status, event);
  need(step?.attempt === event.attempt, 'this attempt is not the last one');
  if (event.as === 'retry') need(step?.state === 'failed', 'only an attempt that failed is tried again');
  else need(step?.state !== 'done' && step?.state !== 'retry', 'this attempt has a good end, or is to be tried again');
  const byPerson = { outcome: null, effect: 'made' as const };
  return withStep(status, event, (last) => {
    switch (event.as) {
      case 'retry':
        return { ...last, state: 'retry', hold: null };
      case 'done':
        return { ...last, ...byPerson, state: 'done', hold: null };
      case 'failed':
        return { ...last, ...byPerson, state: 'failed', hold: resolvedHold(event) };
    }
  });
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
  if (event.state === 'stuck') need(status.way === 'back', 'only an undo makes a run stuck');
  return { ...status, state: event.state, endReason: event.reason, holds: [], paused: null };
}

function unknownHold(event: EventOf<'order-unknown'>): Hold {
  return {
    kind: 'order-unknown',
    subject: event.step,
    detail: event.reason,
    releasedBy: 'person',
    until: 'somebody has looked at the host and said what the order came to',
    commands: [],
  };
}

function resolvedHold(event: EventOf<'step-resolved'>): Hold {
  return {
    kind: 'order-failed',
    subject: event.step,
    detail: `${event.actor} said that it failed${event.reason === '' ? '' : `: ${event.reason}`}`,
    releasedBy: 'person',
    until: 'it is tried again or the run is rolled back',
    commands: [],
  };
}

export function sameLife(a: Incarnation | null, b: Incarnation | null): boolean {
  return a !== null && b !== null && a.bootId === b.bootId && a.invocationId === b.invocationId;
}

export const isOver = (status: RunStatus): boolean => !['draft', 'approved', 'active'].includes(status.state);

export interface StepAt {
  readonly turn: string;
  readonly step: string;
  readonly status: StepStatus;
}

function stepsWhere(status: RunStatus, wanted: (step: StepStatus) => boolean): readonly StepAt[] {
  return status.turns.flatMap((turn) =>
    Object.entries(turn.steps)
      .filter(([, step]) => wanted(step))
      .map(([step, stepStatus]) => ({ turn: turn.turn, step, status: stepStatus })),
  );
}

/** Orders without an end. */
export const openSteps = (status: RunStatus): readonly StepAt[] => stepsWhere(status, (step) => step.state === 'dispatched');

/** Orders that ended badly or that nobody knows the end of, not yet settled. */
export const badSteps = (status: RunStatus): readonly StepAt[] =>
  stepsWhere(status, (step) => step.state === 'failed' || step.state === 'unknown');

export function knowsIntervention(status: RunStatus, host: string, seq: number): boolean {
  return status.interventions.some((each) => each.host === host && each.seq === seq);
}

/** Looks a step up by id in whatever turn it stands. */
export function findStep(status: RunStatus, step: string): StepAt | null {
  return stepsWhere(status, () => true).find((each) => each.step === step) ?? null;
}

const stepIn = (status: RunStatus, at: { readonly turn: string; readonly step: string }): StepStatus | undefined =>
  status.turns.find((turn) => turn.turn === at.turn)?.steps[at.step];

function withTurn(status: RunStatus, turnId: string, change: (turn: TurnStatus) => TurnStatus): RunStatus {
  return { ...status, turns: status.turns.map((turn) => (turn.turn === turnId ? change(turn) : turn)) };
}

function withStep(
  status: RunStatus,
  at: { readonly turn: string; readonly step: string },
  change: (step: StepStatus) => StepStatus,
): RunStatus {
  return withTurn(status, at.turn, (turn) => {
    const step = turn.steps[at.step];
    return step === undefined ? turn : { ...turn, steps: { ...turn.steps, [at.step]: change(step) } };
  });
}

const holdsBut = (status: RunStatus, hold: Pick<Hold, 'kind' | 'subject'>): readonly Hold[] =>
  status.holds.filter((each) => holdKey(each) !== holdKey(hold));

const effectsBut = (status: RunStatus, instance: string, key: string): RunStatus['effects'] =>
  status.effects.filter((each) => each.instance !== instance || each.key !== key);

/** A person's word about the run settles what was done on hosts without it. */
const settled = (status: RunStatus): RunStatus => ({
  ...status,
  interventions: status.interventions.map((each) => ({ ...each, settled: true })),
});
