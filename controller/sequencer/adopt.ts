/**
 * The way out for a store that the fleet went on without: it asks the agents what their journals hold beyond it, writes that down, claims an
 * epoch above all that they obeyed, and ends the runs that it cannot carry on.
 */
import type { AdoptedClusterDocument, AdoptionDocument, HistoryGapDocument } from '../../common/documents/administration.ts';
import { FailureError, fail } from '../../common/failure.ts';
import type { RecalledOrder } from '../../common/link.ts';
import { probeNodes, viewWith } from '../fleet/pending-probes.ts';
import type { ClusterRecord, EpochClaim, RunRecord } from '../store/store.ts';
import { endOfRun, type FleetAhead, gap, type HostHistory, historyGaps, type Learned, learnedDocument } from './adoption.ts';
import type { SequencerDeps } from './connections.ts';
import { isOver } from './run/run-status.ts';
import type { RunActor } from './run-actor.ts';

export interface AdoptDeps extends SequencerDeps {
  readonly ahead: FleetAhead;
  /** null: it cannot be read. That run is left as it is, and its hosts count as taken. */
  readable(record: RunRecord): Promise<RunActor | null>;
}

/** For one page of a journal. */
const recallDeadlineMs = 10_000;

/** FailureError(refused): `not-behind`, `not-adopted` where the clusters concerned are not in this store at all. */
export async function adoptFleet(deps: AdoptDeps, reason: string, actor: string): Promise<AdoptionDocument> {
  const behind = deps.ahead.clusters();
  if (behind.length === 0) throw fail('refused', 'not-behind', 'this store has every order that the agents hold: nothing to adopt');
  const records = (await deps.store.clusters()).filter(({ cluster }) => behind.includes(cluster));
  if (records.length === 0)
    throw fail(
      'refused',
      'not-adopted',
      `not in this store: ${behind.join(', ')}; first run drydock cluster adopt NAME --members N, then this command again`,
    );
  const clusters: AdoptedClusterDocument[] = [];
  for (const record of records) clusters.push(await adoptOne(deps, record, reason, actor));
  return { apiVersion: 'drydock/v1', reason, clusters };
}

async function adoptOne(deps: AdoptDeps, record: ClusterRecord, reason: string, actor: string): Promise<AdoptedClusterDocument> {
  const { store, fleet, writer, clock, ahead, log } = deps;
  const { cluster, instances } = record;
  const away = instances.filter((instance) => fleet.hostOf(instance) === null);
  const hosts = [...new Set(instances.flatMap((instance) => fleet.hostOf(instance) ?? []))].sort();
  const asked = await Promise.all(hosts.map((host) => historyOf(deps, cluster, host)));
  const histories = asked.flatMap((answer) => ('learned' in answer ? [answer] : []));
  const known = await knownAttempts(deps, histories);
  const gaps = [
    ...away.map((instance) => gap('', `no agent has announced ${instance} since the controller started: its orders are unknown`)),
    ...asked.flatMap((answer) => ('kind' in answer ? [answer] : [])),
    ...historyGaps(histories, (orderId) => known.has(orderId)),
  ];
  const learned = histories.flatMap(({ host, learned: here }) => [...here].reverse().map((each): Learned => ({ ...each, host })));
  const fences = fleet
    .hosts()
    .filter(({ host }) => hosts.includes(host))
    .flatMap((host) => host.fences.filter((fence) => fence.cluster === cluster));
  const claim = await store.adoptHistory({ cluster, writer, actor, reason, atMs: clock.wallMs(), fences, orders: learned, gaps });
  ahead.forgetCluster(cluster);
  log.warn({ cluster, epoch: claim.epoch, orders: learned.length, gaps: gaps.length, actor }, `adopted what the fleet did: ${reason}`);
  return { cluster, epoch: claim.epoch, learned: learned.map(learnedDocument), gaps, ended: await endRuns(deps, claim, learned, gaps) };
}

/** From the newest order of its journal back to the first that this store knows; a gap where it does not answer. */
async function historyOf(deps: AdoptDeps, cluster: string, host: string): Promise<HostHistory | HistoryGapDocument> {
  const { store, fleet } = deps;
  const learned: RecalledOrder[] = [];
  const wasOrdered = await store.orderedHost(cluster, host);
  try {
    for (let beforeSeq = 0; ; ) {
      const { orders, isAll } = await fleet.recall(host, cluster, beforeSeq, recallDeadlineMs);
      for (const recalled of orders) {
        const { order } = recalled;
        if (order.cluster !== cluster || order.target.host !== host) continue;
        if (await store.knowsOrder(order.orderId, order.given)) return { host, learned, reachesBack: true, wasOrdered };
        learned.push(recalled);
      }
      const last = orders.at(-1);
      // Places that do not go down would have it asked for ever.
      if (isAll || last === undefined || (beforeSeq !== 0 && last.seq >= beforeSeq))
        return { host, learned, reachesBack: false, wasOrdered };
      beforeSeq = last.seq;
    }
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    return gap(host, `${thrown.message}: the orders there are unknown`);
  }
}

/** Which attempts before the learned ones this store knows. */
async function knownAttempts({ store }: AdoptDeps, histories: readonly HostHistory[]): Promise<ReadonlySet<string>> {
  const runs = new Set(histories.flatMap(({ learned }) => learned.map(({ order }) => order.run)));
  const places = await Promise.all(
    [...runs].map(async (run) => (await store.orderPlaces(run)).map(({ step, attempt }) => `${run}/${step}/${attempt}`)),
  );
  return new Set(places.flat());
}

async function endRuns(
  deps: AdoptDeps,
  { cluster, epoch, writer }: EpochClaim,
  learned: readonly Learned[],
  gaps: readonly HistoryGapDocument[],
): Promise<AdoptedClusterDocument['ended']> {
  const { store } = deps;
  const ended: { run: string; state: 'aborted' | 'stuck'; reason: string }[] = [];
  for (const record of await store.runs({ openOnly: true })) {
    const { runId } = record;
    const runActor = record.cluster === cluster ? await deps.readable(record) : null;
    if (runActor === null) continue;
    const { plan } = runActor.record;
    const heard = await deps.fleet.view(cluster);
    const names = plan.nodes.map(({ instance }) => instance);
    const view = viewWith(heard, await probeNodes(deps.fleet, names, [], deps.procedures.get(plan.engine)?.probes.answerMs));
    const nodes = names.map((instance) => ({ instance, node: view.nodes.find((node) => node.instance === instance) ?? null }));
    await runActor.inTurn(async () => {
      if (isOver(runActor.status)) return;
      const events = endOfRun({ status: runActor.status, runId, learned, gaps, nodes });
      if (events === null) {
        if (runActor.isActive) await runActor.advance({ events: [{ type: 'epoch-claimed', epoch, writer }] });
        return;
      }
      const unknown = events.flatMap((event) => (event.type === 'order-unknown' ? [`${runId}/${event.step}/${event.attempt}`] : []));
      await runActor.advance({ events, unknown });
      for (const event of events)
        if (event.type === 'run-ended' && (event.state === 'aborted' || event.state === 'stuck'))
          ended.push({ run: runId, state: event.state, reason: event.reason });
    });
  }
  return ended;
}
