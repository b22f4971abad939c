/**
 * PURE. What a downtime does next, from what the journal says and what is seen on the host right now. Parts are `ensure`s: begun again
 * after a kill they bring about what is missing and nothing more. So the same decisions carry a downtime on after a restart of the
 * agent or a reboot of the host. The unit is held meanwhile; should the database run all the same, that is seen and dealt with.
 */
import type { DowntimePart, Order, OrderBody, Outcome } from '../../common/orders.ts';
import type { RestoreStage } from '../host/host.ts';
import { type OrderState, partOf, type Way } from '../journal/agent-machine.ts';

export type DowntimeBody = Extract<OrderBody, { kind: 'downtime' }>;

export interface DowntimeSight {
  readonly unit: { readonly active: boolean; readonly invocationId: string | null };
  /** The complete release that is activated; null: none. */
  readonly currentRelease: string | null;
  /** How far the restore of this order is; `none` where it restores nothing. */
  readonly restore: RestoreStage;
  /** Which text the configuration file is, by its digest on the disk; `none` where the order changes none. */
  readonly config: ConfigStage;
}

export type ConfigStage = 'none' | 'old' | 'new' | 'other';

type DowntimeMove =
  | { readonly do: 'part'; readonly part: DowntimePart; readonly way: Way }
  | { readonly do: 'end'; readonly outcome: 'done' | 'failed'; readonly reverted: boolean };

const done: DowntimeMove = { do: 'end', outcome: 'done', reverted: false };
const failed: DowntimeMove = { do: 'end', outcome: 'failed', reverted: false };
const rolledBack: DowntimeMove = { do: 'end', outcome: 'failed', reverted: true };
const part = (name: DowntimePart, way: Way): DowntimeMove => ({ do: 'part', part: name, way });

/** What to do next. Ends after finitely many calls if each part ends or fails. */
export function nextMove(state: OrderState, body: DowntimeBody, sight: DowntimeSight): DowntimeMove {
  if (state.phase !== 'reverting') return nextForward(state, body, sight);
  // What a verb may have changed only the plan undoes: nothing is started on half of it.
  const mayRevert = body.onFailure === 'revert' && !actBegun(state);
  return mayRevert ? nextBack(state, body, sight) : nextLeaveStopped(state, sight);
}

/** True from the moment on from which the downtime must be carried to its end (P20). */
export function downtimeBegun(state: OrderState): boolean {
  return (['drain', 'stop', 'restore', 'activate', 'start', 'act'] as const).some((name) => hasBegun(state, name, 'forward'));
}

/** With this part the order begins to take the instance down: from its begin on the unit is held (P16). */
export function beginsDowntime(body: DowntimeBody, name: DowntimePart): boolean {
  return body.parts.find((each) => each !== 'quiesce') === name;
}

/**
 * Whether an order that came to this lets the unit go. One that was to leave it stopped keeps it for the downtime order that will start it,
 * also where the verb after the stop failed; one that ended before it took the hold leaves what it found, and so does one that neither stops
 * nor starts: another took it before.
 */
export function letsGo(state: OrderState, body: DowntimeBody, outcome: Outcome): boolean {
  if (outcome === 'done') return body.parts.includes('start');
  if (leftAtItsVerb(state, outcome)) return false;
  return downtimeBegun(state) && (body.parts.includes('stop') || body.parts.includes('start'));
}

const leftAtItsVerb = (state: OrderState, outcome: Outcome): boolean => outcome === 'failed' && actBegun(state);

/**
 * The order for which the unit is held: one of that instance that is open, or the last one, which left it stopped on purpose. null: a hold
 * that is found was left by an agent that was killed before it could let go, and no order wants it.
 * @param ended newest first
 */
export function holderOf(open: readonly OrderState[], ended: Iterable<OrderState>): OrderState | null {
  const underWay = open.find(({ order }) => order.body.kind === 'downtime');
  if (underWay !== undefined) return underWay;
  const decider = decidingDowntimes(ended).at(-1);
  return decider !== undefined && saysOfLock(decider) === 'wanted' ? decider : null;
}

/** What an ended downtime says of the lock; null: nothing, those before it do. */
function saysOfLock(state: OrderState): 'wanted' | 'not-wanted' | null {
  const { body } = state.order;
  if (body.kind !== 'downtime' || state.receipt === null) return null;
  const { outcome } = state.receipt;
  if (letsGo(state, body, outcome)) return 'not-wanted';
  return outcome === 'done' || leftAtItsVerb(state, outcome) ? 'wanted' : null;
}

/** Ended downtimes of an instance, newest first, up to the one that says whether its start lock is wanted: those before it say nothing more. */
export function decidingDowntimes(ended: Iterable<OrderState>): readonly OrderState[] {
  const deciding: OrderState[] = [];
  for (const state of ended) {
    deciding.push(state);
    if (saysOfLock(state) !== null) break;
  }
  return deciding;
}

/** The code of a failure after which neither release runs. */
export const notBroughtBack = 'rollback-failed';
/** The code of a failure after which it stays down as the order says. */
export const leftStopped = 'left-stopped';

/** Whether the last attempt at this step that did anything failed and left the database down. `ended`: of the order's run, newest first. */
export function leftDownBefore({ step }: Order, ended: Iterable<OrderState>): boolean {
  for (const { order, receipt } of ended) {
    if (order.step !== step || receipt?.outcome === 'refused') continue;
    const code = receipt?.failure?.code;
    return code === notBroughtBack || code === leftStopped;
  }
  return false;
}

/** The verb that this order does was begun, so that what it fails with is no failure of the stop. */
export const actBegun = (state: OrderState): boolean => hasBegun(state, 'act', 'forward');

function nextForward(state: OrderState, body: DowntimeBody, sight: DowntimeSight): DowntimeMove {
  if (hasEnded(state, 'start', 'forward') && isNewIncarnation(state, body, sight)) return done;
  if (body.parts.includes('quiesce') && !hasEnded(state, 'quiesce', 'forward') && !downtimeBegun(state)) return part('quiesce', 'forward');
  if (body.parts.includes('stop')) {
    const runsOld = sight.unit.active && !isNewIncarnation(state, body, sight);
    if (runsOld && isDrainDue(state, body)) return part('drain', 'forward');
    if (runsOld || !hasEnded(state, 'stop', 'forward')) return part('stop', 'forward');
  }
  if (body.parts.includes('restore') && sight.restore !== 'in-place') return part('restore', 'forward');
  if (body.parts.includes('activate') && !isActivated(body, sight)) return part('activate', 'forward');
  if (body.parts.includes('start')) return part('start', 'forward');
  return body.parts.includes('act') && !hasEnded(state, 'act', 'forward') ? part('act', 'forward') : done;
}

/** Of what was stopped once there is nothing left to drain: what runs again was started by somebody else. */
function isDrainDue(state: OrderState, body: DowntimeBody): boolean {
  return body.parts.includes('drain') && !hasEnded(state, 'drain', 'forward') && !hasBegun(state, 'stop', 'forward');
}

/** The unit runs, and was started after everything that had to happen while it was down. */
function isNewIncarnation(state: OrderState, body: DowntimeBody, sight: DowntimeSight): boolean {
  if (!sight.unit.active) return false;
  const { before } = state;
  if (before !== null && sight.unit.invocationId === before.invocationId) return false;
  if (body.parts.includes('restore') && sight.restore !== 'in-place') return false;
  if (body.parts.includes('activate'))
    return isActivated(body, sight) && (hasBegun(state, 'activate', 'forward') || hasBegun(state, 'start', 'forward'));
  return body.parts.includes('stop') ? hasEnded(state, 'stop', 'forward') : hasBegun(state, 'start', 'forward');
}

/** Release and configuration are what the order wants. */
function isActivated(body: DowntimeBody, sight: DowntimeSight): boolean {
  return sight.currentRelease === body.toRelease && (sight.config === 'none' || sight.config === 'new');
}

function nextBack(state: OrderState, body: DowntimeBody, sight: DowntimeSight): DowntimeMove {
  // Journaled as up, but gone again: the host went down before the end was written.
  if (hasEnded(state, 'start', 'back') && sight.unit.active) return rolledBack;
  if (isDrained(state, sight)) return part('stop', 'back');
  // What the failed start left behind hangs or is half up: it goes first, even where the release is the same.
  if (hasBegun(state, 'start', 'forward') && !hasEnded(state, 'stop', 'back')) return part('stop', 'back');
  // A copy that only lies beside may be removed while the database serves; what was moved may not move under it.
  if (sight.restore !== 'none') return part(isMoved(sight) && sight.unit.active ? 'stop' : 'restore', 'back');
  // A file that somebody else wrote meanwhile stays: it is not ours to replace, and the database must not be left down for it.
  if (sight.currentRelease !== body.fromRelease || sight.config === 'new') {
    if (sight.unit.active) return part('stop', 'back');
    return part('activate', 'back');
  }
  return part('start', 'back');
}

function nextLeaveStopped(state: OrderState, sight: DowntimeSight): DowntimeMove {
  const startedByUs = hasBegun(state, 'start', 'forward');
  // Left stopped, but not on half of a data directory.
  if (sight.restore !== 'none' && sight.restore !== 'in-place')
    return part(isMoved(sight) && sight.unit.active ? 'stop' : 'restore', 'back');
  const mustGo = (startedByUs && sight.unit.active && !hasEnded(state, 'stop', 'back')) || isDrained(state, sight);
  return mustGo ? part('stop', 'back') : failed;
}

/** What ran before still runs, and serves no more: only a start brings it back. */
function isDrained(state: OrderState, { unit }: DowntimeSight): boolean {
  return hasBegun(state, 'drain', 'forward') && unit.active && unit.invocationId === state.before?.invocationId;
}

function isMoved({ restore }: DowntimeSight): boolean {
  return restore === 'moving' || restore === 'in-place' || restore === 'returning';
}

function hasBegun(state: OrderState, name: DowntimePart, way: Way): boolean {
  return partOf(state, name, way) !== null;
}

function hasEnded(state: OrderState, name: DowntimePart, way: Way): boolean {
  return (partOf(state, name, way)?.endedMs ?? null) !== null;
}

/** Orders that take something away or change what runs: one of them per host at a time. */
export function isDisruptive(order: Order): boolean {
  return ['downtime', 'act', 'configure', 'cleanup', 'job', 'instance'].includes(order.body.kind);
}
