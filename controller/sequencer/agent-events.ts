/** What agents say, as far as it concerns runs. A report is acknowledged after it was committed and not before (P4). */
import type { RunEvent } from '../../common/events.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { AgentMessage } from '../../common/link.ts';
import { type Order, orderIdOf, type Receipt, sameGiver } from '../../common/orders.ts';
import type { FleetListener } from '../fleet/fleet.ts';
import type { Watchers } from '../views/watchers.ts';
import type { FleetAhead } from './adoption.ts';
import type { Links, SequencerDeps } from './connections.ts';
import { effectEvents, verdictOf } from './decide/verdict.ts';
import { planIndex, versionAt } from './run/run-index.ts';
import { findStep, knowsIntervention, memberIdOf, openSteps, type RunStatus, type StepAt } from './run/run-status.ts';
import { allSteps } from './run/turn-progress.ts';
import type { RunActor } from './run-actor.ts';

type Message<Type extends AgentMessage['type']> = Extract<AgentMessage, { type: Type }>;

export interface AgentEventsDeps extends SequencerDeps {
  readonly links: Links;
  readonly watchers: Watchers;
  /** What agents said of open orders; live knowledge, lost without harm. */
  readonly live: Map<string, 'accepted' | 'begun'>;
  readonly ahead: FleetAhead;
  runActors(): readonly RunActor[];
  runActor(runId: string): Promise<RunActor | null>;
  probe(runActor: RunActor): Promise<void>;
  safely(runActor: RunActor, work: Promise<void>): Promise<void>;
}

export function createAgentEvents(deps: AgentEventsDeps): FleetListener {
  /** Newest picture of each instance in each run, to tell news from repetition. */
  const pictures = new Map<string, string>();
  /** True: it is another than the one before. */
  const notePicture = (runId: string, instance: string, facts: NodeFacts | null): boolean => {
    const key = `${runId} ${instance}`;
    const picture = `${facts?.inService} ${facts?.incarnation?.invocationId} ${facts?.version.running}`;
    const isOther = pictures.get(key) !== picture;
    pictures.set(key, picture);
    return isOther;
  };
  const guard = (work: Promise<void>, what: string): void => {
    work.catch((thrown: unknown) => deps.log.error({ reason: String(thrown) }, `${what} could not be recorded`));
  };
  return {
    connected(host, hello) {
      // Nothing is sent to it before it is known whether this store may command it.
      const arrival = deps.links.arrived(host);
      guard(takeHello(deps, host, hello, arrival), `the hello from ${host}`);
    },
    disconnected(host) {
      for (const runActor of runActorsOn(deps, host)) {
        runActor.linkLost();
        deps.watchers.changed(runActor.runId);
      }
    },
    observed(instance) {
      for (const runActor of deps.runActors()) {
        if (!runActor.isActive || !runActor.concerns(instance)) continue;
        const node = deps.fleet.nodes(runActor.record.plan.cluster).find((each) => each.instance === instance);
        const isNews = notePicture(runActor.runId, instance, node?.facts ?? null);
        // Answers to our own questions call for no further question.
        if (isNews && node?.facts?.nonce === null && !runActor.isInDowntime(instance)) guard(deps.probe(runActor), `facts of ${instance}`);
      }
    },
    received(host, message) {
      switch (message.type) {
        case 'report':
          // What it tells is no news when its agent tells it again right behind it: asking all nodes would only keep them from their next order.
          if (message.receipt.facts !== null) {
            const open = openOrder(deps, message.receipt.orderId);
            if (open !== null) notePicture(open.runId, message.receipt.facts.instance, message.receipt.facts);
          }
          return guard(takeReport(deps, host, message), `a report from ${host}`);
        case 'ack':
          return guard(takeAck(deps, host, message), `an acknowledgement from ${host}`);
        case 'progress':
          return takeProgress(deps, message);
        case 'intervention':
          return guard(takeIntervention(deps, host, message), `an intervention on ${host}`);
        default:
          return;
      }
    },
  };
}

const runActorsOn = (deps: AgentEventsDeps, host: string): readonly RunActor[] =>
  deps.runActors().filter((runActor) => runActor.isActive && runActor.record.plan.nodes.some((node) => node.host === host));

async function takeHello(deps: AgentEventsDeps, host: string, hello: Message<'hello'>, arrival: number): Promise<void> {
  const shown = await shownAhead(deps, host, hello);
  const members = await membersOf(
    deps,
    shown.map(({ cluster }) => cluster),
  );
  // A newer stream of the same host says it anew.
  if (!deps.links.isNewest(host, arrival)) return;
  deps.ahead.forget(host);
  for (const { cluster, detail } of shown) noteAhead(deps, members, host, cluster, detail);
  const journalLost = deps.links.opened(host, hello);
  for (const { orderId, state } of hello.openOrders) if (state !== 'ended') deps.live.set(orderId, state);
  for (const runActor of runActorsOn(deps, host)) {
    const work = runActor.inTurn(() =>
      runActor.advance(journalLost || hello.journalHead === 0 ? lostOrders(runActor, host, journalLost) : { events: [] }),
    );
    await deps.safely(runActor, work);
    await deps.probe(runActor);
  }
}

/**
 * P5: an agent that obeyed an epoch, or holds an order, of which this store has no record has seen a later one than this store. Its fence and
 * the order it took in last say so: another giver has been found out when it connected.
 */
async function shownAhead(
  { store }: AgentEventsDeps,
  host: string,
  { fences, newestOrders }: Message<'hello'>,
): Promise<readonly { readonly cluster: string; readonly detail: string }[]> {
  const shown: { readonly cluster: string; readonly detail: string }[] = [];
  for (const { cluster, epoch, writer } of fences) {
    if (await store.wasClaimed({ cluster, epoch, writer })) continue;
    const detail = `the agent on ${host} has accepted epoch ${epoch} of controller ${writer}, which this store never claimed: this store is older than the fleet`;
    shown.push({ cluster, detail });
  }
  for (const { cluster, orderId, epoch, writer } of newestOrders) {
    if (await store.knowsOrder(orderId, { epoch, writer })) continue;
    const detail = `the agent on ${host} accepted order ${orderId} of controller ${writer} in epoch ${epoch}, which this store never sent: this store is older than the fleet`;
    shown.push({ cluster, detail });
  }
  return shown;
}

/** Instances that adopted clusters were adopted with, by cluster. */
type Members = ReadonlyMap<string, readonly string[]>;

async function membersOf({ store }: AgentEventsDeps, clusters: readonly string[]): Promise<Members> {
  const members = new Map<string, readonly string[]>();
  for (const cluster of clusters) {
    const record = await store.cluster(cluster);
    if (record !== null) members.set(cluster, record.instances);
  }
  return members;
}

/** Believed of a host that holds an instance of the cluster; of an adopted one, an instance that it was adopted with. */
function noteAhead({ ahead, fleet, log }: AgentEventsDeps, adopted: Members, host: string, cluster: string, detail: string): void {
  const members = adopted.get(cluster);
  const instances = fleet
    .nodes(cluster)
    .filter((node) => node.host === host && members?.includes(node.instance) !== false)
    .map((node) => node.instance);
  if (instances.length === 0) {
    log.warn({ host, cluster }, `${detail}; ignored, as this host has no instance of ${cluster}`);
    return;
  }
  ahead.note(host, cluster, { detail, instances });
  log.error({ host, cluster }, detail);
}

/** Orders whose fate a lost journal took with it. A journal that was never written in has forgotten nothing. */
function lostOrders(
  runActor: RunActor,
  host: string,
  journalLost: boolean,
): { readonly events: readonly RunEvent[]; readonly unknown: readonly string[] } {
  const here = new Set(runActor.record.plan.nodes.filter((node) => node.host === host).map((node) => node.instance));
  const journaled = runActor.status.turns.some((turn) =>
    Object.values(turn.steps).some((step) => here.has(step.instance) && step.outcome !== null),
  );
  if (!journalLost && !journaled) return { events: [], unknown: [] };
  const open = openSteps(runActor.status).filter(({ status }) => here.has(status.instance));
  const reason = `the agent on ${host} lost its journal, so it is unknown whether the order began`;
  return {
    events: open.map(({ turn, step, status }) => ({ type: 'order-unknown', turn, step, attempt: status.attempt, reason })),
    unknown: open.map(({ step, status }) => `${runActor.runId}/${step}/${status.attempt}`),
  };
}

async function takeReport(deps: AgentEventsDeps, host: string, { seq, receipt, given }: Message<'report'>): Promise<void> {
  const acknowledge = () => {
    deps.links.heardOf(host, seq);
    deps.fleet.send(host, { type: 'report-ack', seq });
  };
  // Of an order that another store gave, and whose history this one adopted.
  if (await deps.store.endAdoptedOrder(receipt.orderId, given, receipt)) return acknowledge();
  const record = await deps.store.order(receipt.orderId);
  // Its run has been over for long, and nothing waits for this.
  if (record === null && (await deps.store.knowsOrder(receipt.orderId, given))) return acknowledge();
  if (record === null || record.order.target.host !== host) {
    // Left unacknowledged: the store that gave this order will want it.
    deps.log.warn({ host, orderId: receipt.orderId }, 'a report for an order that this store did not give to this host');
    return;
  }
  if (!sameGiver(record.order.given, given)) {
    const detail = `the agent on ${host} reports order ${receipt.orderId} of controller ${given.writer} in epoch ${given.epoch}, which this store issued again: this store is older than the fleet`;
    noteAhead(deps, await membersOf(deps, [record.order.cluster]), host, record.order.cluster, detail);
    return;
  }
  await endOrder(deps, record.order, receipt, acknowledge);
}

/** Codes of refusals that only a controller hears that the fleet went on without. */
const refusedAsStranger: readonly string[] = ['fenced', 'order-known-otherwise', 'order-removed'];

/** An order that was refused is at its end, and no report follows. */
async function takeAck(deps: AgentEventsDeps, host: string, ack: Message<'ack'>): Promise<void> {
  const { orderId, state } = ack;
  if (state !== 'refused') {
    deps.live.set(orderId, state);
    const open = openOrder(deps, orderId);
    if (open !== null) deps.watchers.changed(open.runId);
    return;
  }
  const record = await deps.store.order(orderId);
  if (record?.state !== 'dispatched' || record.order.target.host !== host) return;
  const { failure } = ack;
  if (failure !== undefined && refusedAsStranger.includes(failure.code)) {
    const detail = `the agent on ${host} refuses this controller: ${failure.message}`;
    noteAhead(deps, await membersOf(deps, [record.order.cluster]), host, record.order.cluster, detail);
  }
  const receipt: Receipt = {
    orderId,
    outcome: 'refused',
    ...(failure === undefined ? {} : { failure }),
    before: null,
    after: null,
    elapsedMs: 0,
    engineMs: 0,
    parts: [],
    downtimeMs: null,
    reverted: false,
    findings: [],
    facts: null,
    effects: [],
  };
  await endOrder(deps, record.order, receipt, () => {});
}

async function endOrder(deps: AgentEventsDeps, order: Order, receipt: Receipt, committed: () => void): Promise<void> {
  const runActor = await deps.runActor(order.run);
  if (runActor === null) return;
  const work = runActor.inTurnOvertaking(async () => {
    // Said twice, and both were on their way before either was written down.
    if ((await deps.store.order(order.orderId))?.state === 'ended') return committed();
    const events = endEvents(deps, runActor, order, receipt);
    // A person settled this attempt meanwhile; what they said stands, and the next probe shows what is true.
    if (!events.some(({ type }) => type === 'order-ended'))
      deps.log.warn({ orderId: order.orderId }, 'a report for an attempt that has already ended');
    deps.live.delete(order.orderId);
    deps.links.ended(order.orderId);
    const ended = events.length === 0 ? [] : [{ orderId: order.orderId, receipt }];
    await runActor.advance({ events, ended, committed });
  });
  await deps.safely(runActor, work);
}

function endEvents(deps: AgentEventsDeps, runActor: RunActor, order: Order, receipt: Receipt): readonly RunEvent[] {
  const { plan } = runActor.record;
  const planned = planIndex(plan).step(order.step);
  const procedure = deps.procedures.get(plan.engine);
  if (planned === null || procedure === undefined || runActor.status.state !== 'active') return [];
  const effects = effectEvents(runActor.status, order.target.instance, receipt);
  const at = openAttempt(runActor.status, order);
  // A person has said what came of it; what it set is still to be restored (P19).
  if (at === null) return effects;
  const place = { ...planned, ...planIndex(plan).place(at.turn) };
  const isUndo = place.turn.variants.some(
    (variant) => !variant.steps.some((step) => step.id === order.step) && allSteps(variant).some((step) => step.id === order.step),
  );
  const node = plan.nodes.find(({ instance }) => instance === place.turn.instance);
  const verdict = verdictOf({
    runId: runActor.runId,
    plan,
    turn: place.turn,
    step: place.step,
    attempt: order.attempt,
    version: versionAt(plan, place.hop, place.turn.instance, isUndo ? 'back' : 'forward'),
    isUndo,
    receipt,
    member: node === undefined ? '' : memberIdOf(runActor.status, node),
    procedure,
  });
  const { step, attempt } = order;
  const ended: RunEvent = { type: 'order-ended', turn: place.turn.id, step, attempt, receipt, verdict };
  return [ended, ...effects];
}

/** The attempt that waits for the receipt of this order, in the turn for which it was sent; null: none does. */
function openAttempt(status: RunStatus, { step, attempt }: Order): StepAt | null {
  const at = findStep(status, step);
  const isOpen = at?.status.attempt === attempt && (at.status.state === 'dispatched' || at.status.state === 'unknown');
  return isOpen ? at : null;
}

function takeProgress(deps: AgentEventsDeps, { orderId, part, fraction, note }: Message<'progress'>): void {
  const open = openOrder(deps, orderId);
  if (open === null) return;
  deps.live.set(orderId, 'begun');
  deps.watchers.progressed(open.runId, { step: open.step, part, fraction, note }, deps.clock.wallMs());
}

/** Whose an order without an end is; null: of no run that goes on here. */
function openOrder(deps: AgentEventsDeps, orderId: string): { readonly runId: string; readonly step: string } | null {
  for (const { runId, status } of deps.runActors())
    for (const { step, status: open } of openSteps(status)) if (orderIdOf(runId, step, open.attempt) === orderId) return { runId, step };
  return null;
}

/** Somebody acted on the host itself. Recorded once in every run that it concerns; each of them holds until a person has decided. */
async function takeIntervention(
  deps: AgentEventsDeps,
  host: string,
  { seq, instance, verb, actor }: Message<'intervention'>,
): Promise<void> {
  for (const runActor of deps.runActors()) {
    if (!runActor.isActive || !runActor.concerns(instance)) continue;
    const work = runActor.inTurn(async () => {
      if (knowsIntervention(runActor.status, host, seq)) return;
      await runActor.advance({ events: [{ type: 'local-intervention', instance, verb, actor, host, seq }] });
    });
    await deps.safely(runActor, work);
    if (!knowsIntervention(runActor.status, host, seq)) return;
  }
  deps.links.heardOf(host, seq);
  deps.fleet.send(host, { type: 'report-ack', seq });
}
