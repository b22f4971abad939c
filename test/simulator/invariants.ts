/** What a whole run must have kept, told from its event log, from what the servers did, and from how it ended. Each by its promise. */
import { adoptCommand } from '../../common/commands.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Incarnation } from '../../common/facts.ts';
import type { Receipt } from '../../common/orders.ts';
import { type Step, turnsOf } from '../../common/plan.ts';
import { traitValues } from '../../controller/planner/path-drift.ts';
import { findPath } from '../../controller/rules/path.ts';
import { allSteps } from '../../controller/sequencer/run/turn-progress.ts';
import { packs } from './controller-process.ts';
import { effectsAreRestoredOrNamed, excludedAreAsTheEndSays, excludedAreLeftAlone } from './exclusions.ts';
import type { Outcome, Play } from './play.ts';
import { unit } from './postgres.ts';
import type { SimWorld } from './sim-world.ts';
import { unknowableMs } from './watch.ts';
import { fromVersion, names, releasesDir, toVersion, type World } from './world.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** Adds every breach to the world's list. */
export function judgeRun(play: Play, outcome: Outcome): void {
  const judges = [
    freshHealthChecks,
    oneEffectEach,
    receiptsAreItsOwn,
    onePromotionEach,
    noTimeoutSucceeds,
    hopsOfThePath,
    rollbackOnlyLossless,
    doneIsObserved,
    nothingStaysSet,
    nobodyLeftDown,
    excludedAreLeftAlone,
    effectsAreRestoredOrNamed,
    excludedKeepWhatIsSaid,
    endsOrHolds,
  ];
  for (const judge of judges) judge(play, outcome);
}

const excludedIn = (bodies: readonly RunEvent[]): readonly string[] =>
  bodies.flatMap((event) => (event.type === 'excluded' ? [event.instance] : []));

interface DowntimeEnded {
  readonly at: number;
  readonly turn: string;
  readonly instance: string;
  readonly receipt: Receipt;
}

export const stepsOfPlan = ({ plan }: Pick<Play, 'plan'>): ReadonlyMap<string, Step> =>
  new Map(
    [...turnsOf(plan)].flatMap(({ turn }) => turn.variants.flatMap((variant) => allSteps(variant).map((step) => [step.id, step] as const))),
  );

export const bodiesOf = ({ events }: Outcome): readonly RunEvent[] => events.map((event) => event.body);

/** P2: between a downtime and the next node's there is a proof of both viewpoints, in the life that the downtime began. */
function freshHealthChecks(play: Play, outcome: Outcome): void {
  const steps = stepsOfPlan(play);
  const bodies = bodiesOf(outcome);
  const ended: DowntimeEnded[] = [];
  for (const [at, event] of bodies.entries()) {
    const body = 'step' in event ? steps.get(event.step)?.body : undefined;
    if (body?.kind !== 'downtime') continue;
    if (event.type === 'order-ended' && tookEffect(event.receipt))
      ended.push({ at, turn: event.turn, instance: instanceOf(outcome, event.receipt.orderId), receipt: event.receipt });
    // One whose database is down is brought up again before any other is rolled back: nothing is taken down by that.
    if (event.type !== 'order-dispatched' || isReportedDown(bodies.slice(0, at), event.instance)) continue;
    const others = new Map(ended.filter((other) => other.turn !== event.turn).map((other) => [other.turn, other]));
    const excluded = excludedIn(bodies.slice(0, at));
    for (const other of [...others.values()].filter(
      ({ instance, turn }) => !excluded.includes(instance) && !excluded.includes(nodeOf(turn)),
    )) {
      const missing = missingHealthCheck(bodies, steps, other, at);
      if (missing !== null)
        play.world.broke(`P2 the downtime of ${event.instance} was ordered (event ${at + 1}) ${missing} of ${other.instance}`);
    }
  }
}

/** A hold that goes because its own node is to be brought up does not tell that it is up. */
function isReportedDown(bodies: readonly RunEvent[], instance: string): boolean {
  let isOut = false;
  let isTaken = false;
  for (const event of bodies) {
    if (isDown(event, instance)) [isOut, isTaken] = [true, false];
    else if (event.type === 'turn-chosen' && nodeOf(event.turn) === instance) isTaken = true;
    else if (event.type === 'hold-cleared' && event.kind === 'node-down' && event.subject === instance) isOut &&= isTaken;
    else if (event.type === 'order-ended' && event.receipt.facts?.instance === instance && event.receipt.after !== null) isOut = false;
  }
  return isOut;
}

const isDown = (event: RunEvent, instance: string): boolean =>
  event.type === 'hold-raised' && event.hold.kind === 'node-down' && event.hold.subject === instance;

function instanceOf(outcome: Outcome, orderId: string): string {
  const dispatched = bodiesOf(outcome).filter((event): event is EventOf<'order-dispatched'> => event.type === 'order-dispatched');
  return dispatched.find(({ step, attempt }) => orderId.endsWith(`/${step}/${attempt}`))?.instance ?? '';
}

const nodeOf = (turn: string): string => turn.split('.').slice(2).join('.');

/** One that found everything as it was to be has touched nothing. */
const tookEffect = ({ outcome, parts }: Receipt): boolean =>
  outcome === 'done' ? parts.length > 0 : parts.some(({ part }) => part === 'stop');

/** Which viewpoint is missing between the downtime's end and the next dispatch; null: none is. */
function missingHealthCheck(
  bodies: readonly RunEvent[],
  steps: ReadonlyMap<string, Step>,
  downtime: DowntimeEnded,
  until: number,
): string | null {
  let lifetime: Incarnation | null = downtime.receipt.after;
  let self = false;
  let peer = false;
  for (const event of bodies.slice(downtime.at + 1, until)) {
    if (event.type !== 'order-ended' || event.turn !== downtime.turn || !event.verdict.ok) continue;
    const body = steps.get(event.step)?.body;
    if (body?.kind !== 'await') continue;
    if (body.viewpoint === 'peer') {
      peer = true;
      continue;
    }
    // Of a node that took another's role over, or gave it up again, the turn's own node and the peers report.
    if (event.receipt.facts?.instance !== nodeOf(downtime.turn)) continue;
    const seen = event.receipt.facts.incarnation;
    if (downtime.instance !== nodeOf(downtime.turn)) {
      self = true;
      continue;
    }
    // Another life: what was proven before is worth nothing.
    if (lifetime === null || seen === null || seen.invocationId !== lifetime.invocationId || seen.bootId !== lifetime.bootId) peer = false;
    lifetime = seen;
    self = seen !== null;
  }
  if (!self) return 'without its own proof';
  return peer ? null : 'without a proof from a peer';
}

const isEnding = (kind: string): boolean => kind === 'reboot' || kind === 'crash';

/** P3: what an order does to a host it does once; the rollback of the same order once more. */
export function oneEffectEach({ world }: Play<SimWorld>): void {
  const counts = new Map<string, number>();
  for (const { node, kind, release, inVain, order } of world.watch.effects) {
    if (order === null || inVain || !['stop', 'start', 'activate'].includes(kind)) continue;
    const key = `${order} on ${node}: ${kind} ${release ?? ''}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) {
    const node = key.split(' on ')[1]?.split(':')[0] ?? '';
    // There and back is two stops; a crash or a reboot takes away what a start had made.
    const most =
      (key.includes(': stop') ? 2 : 1) + world.watch.effects.filter((effect) => effect.node === node && isEnding(effect.kind)).length;
    if (count > most) world.broke(`P3 ${key} took effect ${count} times`);
  }
}

/** P3: no node is promoted more often than orders for that were accepted, whichever store gave them. */
function onePromotionEach({ world }: Play): void {
  for (const { name } of world.postgres.servers) {
    const asked = world.postgres.promotions.filter((each) => each === name).length;
    const ordered = world.watch.toPromote.get(name)?.size ?? 0;
    if (asked > ordered) world.broke(`P3 ${name} was promoted ${asked} times, and that was ordered ${ordered} times`);
  }
}

/** P9: what ran out of time was no success, and nothing that follows from a time-out is. */
export function noTimeoutSucceeds({ world }: Play<SimWorld>, outcome: Outcome): void {
  for (const event of bodiesOf(outcome)) {
    if (event.type !== 'order-ended' || !event.verdict.ok) continue;
    const { outcome: word, failure, orderId } = event.receipt;
    if (word !== 'done' || failure !== undefined)
      world.broke(`P9 ${orderId} was ${word} (${failure?.code ?? 'no reason'}) and passes for a success`);
  }
}

/** P10: the plan's hops are those of the path, one after the other. */
function hopsOfThePath({ world, plan }: Play): void {
  const hosts = plan.nodes.map((node) => ({ host: node.host, os: 'debian:12', arch: node.arch }));
  const path = findPath({ engine: plan.engine, from: fromVersion, to: toVersion, hosts, traits: traitValues(plan.traits ?? []) }, packs);
  const wanted = path.hops.map((hop) => `${hop.from} ${hop.to} ${hop.kind} ${hop.rollback}`);
  const planned = plan.hops.map((hop) => `${hop.from} ${hop.to} ${hop.kind} ${hop.rollback}`);
  if (!path.admissible || wanted.join() !== planned.join()) world.broke(`P10 the plan goes ${planned.join()}, the path ${wanted.join()}`);
}

/** P3: a receipt that says that a node was stopped is of a stop that this very order made, not of one that another gave under its id. */
export function receiptsAreItsOwn({ world }: Play<SimWorld>, outcome: Outcome): void {
  const sinceMs = world.kernel.clock.wallMs() - world.kernel.nowMs;
  const orderedMs = new Map<string, number>();
  for (const { body, atMs } of outcome.events) {
    if (body.type === 'order-dispatched') orderedMs.set(`${body.step}/${body.attempt}`, atMs - sinceMs);
    if (body.type !== 'order-ended' || !body.receipt.parts.some(({ part }) => part === 'stop')) continue;
    const { orderId } = body.receipt;
    const orderMs = orderedMs.get(`${body.step}/${body.attempt}`) ?? 0;
    const stops = world.watch.stops.filter(({ order }) => order === orderId);
    // The store's times are of whole milliseconds.
    if (stops.length > 0 && stops.every(({ atMs }) => atMs < orderMs - 1))
      world.broke(`P3 ${orderId} has a receipt, and its node was stopped before it was ordered`);
  }
}

/** P11: no person asked, so the rollback is lossless, and it was the canary. */
function rollbackOnlyLossless({ world, plan }: Play, outcome: Outcome): void {
  const bodies = bodiesOf(outcome);
  const at = bodies.findIndex((event) => event.type === 'rollback-started' && event.actor === null);
  if (at === -1) return;
  const disruptive = [...turnsOf(plan)].filter(({ turn }) => turn.disruptive);
  const chosen = bodies.slice(0, at).filter((event): event is EventOf<'turn-chosen'> => event.type === 'turn-chosen');
  const excluded = excludedIn(bodies.slice(0, at));
  const touched = chosen
    .filter(({ turn }) => !excluded.includes(nodeOf(turn)))
    .flatMap((event) => disruptive.filter(({ turn }) => turn.id === event.turn));
  if (touched.some(({ turn }) => turn.rollback !== 'lossless')) world.broke('P11 went back by itself where something is lost by it');
  if (touched.length > plan.canaryCount)
    world.broke(`P11 went back by itself after ${touched.length} nodes, the canary is ${plan.canaryCount}`);
}

/** P15: done and rolled back are what every server was seen to run, and what it runs. */
function doneIsObserved({ world, plan }: Play, outcome: Outcome): void {
  const { state } = outcome.status;
  if (state !== 'done' && state !== 'rolled-back') return;
  const wanted = state === 'done' ? toVersion : fromVersion;
  const steps = stepsOfPlan({ plan });
  const verified = bodiesOf(outcome).flatMap((event) => {
    const isProbe = event.type === 'order-ended' && event.verdict.ok && steps.get(event.step)?.body.kind === 'observe';
    return isProbe && event.receipt.facts?.version.running === toVersion ? [nodeOf(event.turn)] : [];
  });
  leadsAsItShould(world, state, outcome);
  for (const server of world.postgres.servers) {
    if (diedAtTheEnd(world, server.name, outcome) || excludedIn(bodiesOf(outcome)).includes(server.name)) continue;
    if (state === 'done' && !verified.includes(server.name)) world.broke(`P15 done, and the version of ${server.name} was never read back`);
    const runs = server.host.runs(unit)?.split('-')[0] ?? 'nothing';
    if (runs !== wanted) world.broke(`P15 the run is ${state}, and ${server.name} runs ${runs}`);
    if (world.postgres.inService(server) !== true) world.broke(`P15 the run is ${state}, and ${server.name} is not in service`);
  }
}

/** P11: back is where it was, roles too. */
function leadsAsItShould(world: World, state: 'done' | 'rolled-back', outcome: Outcome): void {
  const writers = world.postgres.writable.map(({ name }) => name);
  if (names.some((name) => diedAtTheEnd(world, name, outcome) || excludedIn(bodiesOf(outcome)).includes(name))) return;
  if (writers.length !== 1 || (state === 'rolled-back' && writers[0] !== names[0]))
    world.broke(`P11 the run is ${state}, and ${writers.join(' and ') || 'nobody'} takes writes`);
}

const excludedKeepWhatIsSaid = (play: Play, outcome: Outcome): void =>
  excludedAreAsTheEndSays(play, outcome, (name) => versionOn(play.world.host(name).folders.get(releasesDir)?.current ?? null));

const versionOn = (release: string | null): string | null => release?.split('-')[0] ?? null;

/** P19: no run ends with an effect left, however it ends. */
function nothingStaysSet({ world }: Play, { status }: Outcome): void {
  if (!['done', 'rolled-back', 'aborted'].includes(status.state)) return;
  const isLeft = (name: string) => status.leftEffects?.some(({ instance }) => instance === name) === true;
  for (const { name, disk } of world.postgres.servers)
    if (disk.ownSyncNames !== null && !isLeft(name))
      world.broke(`P19 the run is ${status.state}, and ${name} is left with '${disk.ownSyncNames}'`);
}

/** P20: an abort leaves no node down that the run stopped, unless a person took it in hand. */
function nobodyLeftDown({ world }: Play, outcome: Outcome): void {
  if (outcome.status.state !== 'aborted') return;
  if (bodiesOf(outcome).some((event) => event.type === 'step-resolved' && event.as === 'failed')) return;
  for (const { name, host } of world.postgres.servers)
    if (host.holds.has(unit) && !excludedIn(bodiesOf(outcome)).includes(name))
      world.broke(`P20 the run is aborted, and ${name} is left stopped and held`);
}

/** It cannot have been seen when the run ended. */
function diedAtTheEnd({ kernel, watch }: World, node: string, { events }: Outcome): boolean {
  const endedMs = (events.at(-1)?.atMs ?? 0) - (kernel.clock.wallMs() - kernel.nowMs);
  return watch.effects.some((effect) => effect.node === node && isEnding(effect.kind) && effect.atMs > endedMs - unknowableMs);
}

/**
 * P17: over, or held by something that names who releases it and how; a person by a command that is taken just now, except where no command to
 * this controller can help: it stands on the wrong store.
 */
export function endsOrHolds({ world }: Play<SimWorld>, { printed }: Outcome): void {
  if (printed?.state !== 'active') return;
  if (printed.holds.length === 0) world.broke(`P17 the run is ${printed.state} and nothing holds it`);
  for (const { kind, subject, releasedBy, until, detail, commands } of printed.holds) {
    if (until === '' || detail === '') world.broke(`P17 hold ${kind} ${subject} does not say how it goes on`);
    const isTaken = (command: string): boolean => command === adoptCommand || printed.legalCommands.includes(command);
    if (releasedBy === 'person' && !commands.some(isTaken))
      world.broke(`P17 hold ${kind} ${subject} is a person's, and offers none of ${printed.legalCommands.join(', ')}`);
  }
}
