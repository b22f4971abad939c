/** What a run's event log must show, whatever was done to its processes. PURE: each function returns one sentence per breach. */
import type { RunEvent } from '../../common/events.ts';
import type { Receipt } from '../../common/orders.ts';
import { type Plan, type Step, turnsOf } from '../../common/plan.ts';
import { stepsOf } from './cells.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;
type Ended = EventOf<'order-ended'>;

export interface RunLog {
  readonly plan: Plan;
  readonly events: readonly RunEvent[];
  /** false: a person had to do something, which databases that are killed may call for. */
  readonly alone: boolean;
}

/** Every promise that a log can tell of. */
export function breachesOf(log: RunLog): readonly string[] {
  return [
    oneDowntimeAtATime,
    freshHealthChecks,
    oneEndEach,
    versionsAreReadBack,
    holdsSayHow,
    noHumanNeeded,
    effectsAreRestored,
    downtimesEnd,
  ].flatMap((judge) => judge(log));
}

/** P1: a downtime is ordered while no other one is open, and no node is left down by another turn. */
export function oneDowntimeAtATime({ plan, events }: RunLog): readonly string[] {
  const steps = stepsOf(plan);
  const breaches: string[] = [];
  const open = new Map<string, string>();
  const down = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'order-dispatched' && isDowntime(steps, event.step)) {
      const others = [...new Set([...open.values(), ...down.values()])].filter((turn) => turn !== event.turn);
      if (others.length > 0) breaches.push(`P1 ${event.step} was ordered while ${others.join(', ')} had a node out`);
      open.set(event.instance, event.turn);
    }
    if (event.type !== 'order-ended' || !isDowntime(steps, event.step)) continue;
    const instance = instanceOf(plan, steps, event);
    open.delete(instance);
    if (leavesDown(steps, event)) down.set(instance, event.turn);
    else if (event.receipt.after !== null) down.delete(instance);
  }
  return breaches;
}

/**
 * P2: the next turn's downtime is ordered only after the turns before it were proven by the node itself and by a peer. On the way there also in
 * the life in which the log last shows the node: who was restarted after its proofs proves itself again. Verifications are asked for when the turn is
 * chosen; a node that is restarted between that and the downtime is covered by the guards, which its host asks directly before the stop.
 */
export function freshHealthChecks({ plan, events }: RunLog): readonly string[] {
  const steps = stepsOf(plan);
  const breaches: string[] = [];
  const touched = new Map<string, number>();
  const down = new Set<string>();
  let way: 'there' | 'back' = 'there';
  for (const [at, event] of events.entries()) {
    if (event.type === 'rollback-started') way = 'back';
    if (event.type === 'order-ended' && isDowntime(steps, event.step) && tookEffect(event.receipt)) {
      const own = instanceOfTurn(plan, event.turn);
      for (const turn of touched.keys()) if (instanceOfTurn(plan, turn) === own) touched.delete(turn);
      touched.set(event.turn, at);
      if (leavesDown(steps, event)) down.add(event.turn);
      else down.delete(event.turn);
    }
    if (event.type !== 'order-dispatched' || !takesOut(steps, event.step) || down.has(event.turn)) continue;
    for (const [turn, since] of touched) {
      if (turn === event.turn) continue;
      const missing = missingHealthCheck(plan, events.slice(since, at), turn, way);
      const chosenAt = events.slice(0, at).findLastIndex((each) => each.type === 'turn-chosen' && each.turn === event.turn);
      if (missing !== null && missingHealthCheck(plan, events.slice(since, chosenAt + 1), turn, way) !== null)
        breaches.push(`P2 ${event.step} was ordered ${missing} of ${turn} after its downtime`);
    }
  }
  return breaches;
}

/** @param events from the downtime's end on */
function missingHealthCheck(plan: Plan, events: readonly RunEvent[], turn: string, way: 'there' | 'back'): string | null {
  const own = instanceOfTurn(plan, turn);
  const steps = stepsOf(plan);
  let life: string | null = null;
  let self = false;
  let peer = false;
  for (const event of events) {
    if (event.type !== 'order-ended') continue;
    const seen = lifeOf(own, event.receipt);
    if (way === 'there' && seen !== null && seen !== life) {
      if (life !== null) [self, peer] = [false, false];
      life = seen;
    }
    if (event.turn !== turn || !event.verdict.ok) continue;
    const body = steps.get(event.step)?.body;
    if (body?.kind !== 'await') continue;
    if (body.viewpoint === 'self' && event.receipt.facts?.instance === own) self = true;
    else if (event.receipt.facts?.instance !== own) peer = true;
  }
  if (!self) return 'without a proof by itself';
  return peer ? null : 'without a proof by a peer';
}

/** In which life of the instance this was seen; null: it tells of none. */
function lifeOf(instance: string | null, { facts }: Receipt): string | null {
  if (facts === null || facts.instance !== instance || facts.incarnation === null) return null;
  return `${facts.incarnation.bootId} ${facts.incarnation.invocationId}`;
}

/** P3: an order ends once, and the next attempt is made only when the one before has an end or was settled by a person. */
export function oneEndEach({ events }: RunLog): readonly string[] {
  const breaches: string[] = [];
  const ended = new Set<string>();
  const attempts = new Map<string, { attempt: number; open: boolean }>();
  for (const event of events) {
    if (event.type === 'order-dispatched') {
      const last = attempts.get(event.step);
      if (last?.open === true)
        breaches.push(`P3 attempt ${event.attempt} of ${event.step} was made while attempt ${last.attempt} was open`);
      if (event.attempt !== (last?.attempt ?? 0) + 1)
        breaches.push(`P3 ${event.step} went from attempt ${last?.attempt ?? 0} to ${event.attempt}`);
      attempts.set(event.step, { attempt: event.attempt, open: true });
    }
    if (event.type === 'order-ended') {
      if (ended.has(event.receipt.orderId)) breaches.push(`P3 ${event.receipt.orderId} ended twice`);
      ended.add(event.receipt.orderId);
    }
    if (event.type === 'order-ended' || event.type === 'step-resolved') attempts.set(event.step, { attempt: event.attempt, open: false });
  }
  return breaches;
}

/** P15: who started passes only with the version that was ordered, read back; done only with every node's version read back. */
export function versionsAreReadBack({ plan, events }: RunLog): readonly string[] {
  const steps = stepsOf(plan);
  const breaches: string[] = [];
  const seen = new Map<string, string | null>();
  for (const event of events) {
    if (event.type !== 'order-ended' || !event.verdict.ok) continue;
    const body = steps.get(event.step)?.body;
    const { facts, outcome, orderId } = event.receipt;
    if (outcome !== 'done') breaches.push(`P9 ${orderId} was ${outcome} and passes for a success`);
    // A cleanup that met the database on its way up is no proof of anything.
    if (facts !== null && body?.kind !== 'act') seen.set(facts.instance, facts.version.running);
    if (body?.kind === 'downtime' && body.parts.includes('start') && facts?.version.running !== body.expectVersion)
      breaches.push(`P15 ${orderId} passes, and ${facts?.version.running ?? 'nothing'} was read back, not ${body.expectVersion}`);
  }
  const end = events.find((event) => event.type === 'run-ended');
  if (end?.state !== 'done') return breaches;
  const wrong = plan.nodes.filter(({ instance }) => seen.get(instance) !== plan.to);
  return [
    ...breaches,
    ...wrong.map(({ instance }) => `P15 done, and ${instance} was last seen with ${seen.get(instance) ?? 'no version'}`),
  ];
}

/** P17: the run is over, and whatever held it said how it goes on and what a person can do. */
export function holdsSayHow({ events }: RunLog): readonly string[] {
  const breaches = events.flatMap((event) => {
    if (event.type !== 'hold-raised') return [];
    const { kind, subject, detail, until, releasedBy, commands } = event.hold;
    const says = detail !== '' && until !== '' && (releasedBy === 'automatic' || commands.length > 0);
    return says ? [] : [`P17 hold ${kind} ${subject} does not say how it goes on`];
  });
  return events.some((event) => event.type === 'run-ended') ? breaches : [...breaches, 'P17 the run has no end'];
}

/** P18: controllers and agents that die or stand still need no person; only `once` orders may, when they were interrupted. */
export function noHumanNeeded({ plan, events, alone }: RunLog): readonly string[] {
  if (!alone) return [];
  const steps = stepsOf(plan);
  return events.flatMap((event) => {
    if (event.type !== 'hold-raised' || event.hold.releasedBy !== 'person') return [];
    if (steps.get(event.hold.subject)?.repeat === 'once') return [];
    return [`P18 ${event.hold.kind} ${event.hold.subject} waits for a person: ${event.hold.detail}`];
  });
}

/** P19: what was set for a while is restored. */
export function effectsAreRestored({ events }: RunLog): readonly string[] {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === 'effect-opened') open.add(`${event.effect.key} of ${event.instance}`);
    if (event.type === 'effect-closed') open.delete(`${event.key} of ${event.instance}`);
  }
  return [...open].map((effect) => `P19 ${effect} is still set`);
}

/** P20: a downtime that was to end with a running database did, on the one release or the other. */
export function downtimesEnd({ plan, events, alone }: RunLog): readonly string[] {
  const steps = stepsOf(plan);
  return events.flatMap((event) => {
    if (event.type !== 'order-ended') return [];
    const body = steps.get(event.step)?.body;
    if (body?.kind !== 'downtime' || !body.parts.includes('start') || !tookEffect(event.receipt)) return [];
    // That a database that is killed again and again in its start comes up is no promise.
    if (event.receipt.after !== null || event.receipt.reverted || !alone) return [];
    return [`P20 ${event.receipt.orderId} ended ${event.receipt.outcome} and left its database down`];
  });
}

/** An order that only starts takes no node out of service, nor does any other of a turn whose node is down: to wait with it for others would lengthen the downtime. */
function takesOut(steps: ReadonlyMap<string, Step>, id: string): boolean {
  const body = steps.get(id)?.body;
  return body?.kind === 'downtime' && body.parts.includes('stop');
}

const isDowntime = (steps: ReadonlyMap<string, Step>, id: string): boolean => steps.get(id)?.body.kind === 'downtime';

const tookEffect = ({ outcome, parts }: Receipt): boolean => outcome === 'done' || parts.some(({ part }) => part === 'stop');

function leavesDown(steps: ReadonlyMap<string, Step>, event: Ended): boolean {
  const body = steps.get(event.step)?.body;
  return event.verdict.ok && body?.kind === 'downtime' && !body.parts.includes('start');
}

function instanceOf(plan: Plan, steps: ReadonlyMap<string, Step>, event: Ended): string {
  const executor = steps.get(event.step)?.executor;
  return executor?.kind === 'instance' ? executor.instance : (instanceOfTurn(plan, event.turn) ?? '');
}

function instanceOfTurn(plan: Plan, id: string): string | null {
  for (const { turn } of turnsOf(plan)) if (turn.id === id) return turn.instance;
  return null;
}
