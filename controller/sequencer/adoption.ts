/** A store that is behind its fleet: what shows it, and what follows from orders that this store never gave. Decides and keeps in memory only. */

import type { HistoryGapDocument, LearnedOrderDocument } from '../../common/documents/administration.ts';
import type { RunEvent } from '../../common/events.ts';
import type { NodeView } from '../../common/facts.ts';
import type { RecalledOrder } from '../../common/link.ts';
import { type OrderBody, orderIdOf } from '../../common/orders.ts';
import { serves } from './decide/decision-input.ts';
import { openSteps, type RunStatus } from './run/run-status.ts';

export interface Learned extends RecalledOrder {
  readonly host: string;
}

/** What one host's journal gave. */
export interface HostHistory {
  readonly host: string;
  readonly learned: readonly RecalledOrder[];
  /** An order that this store knows was found below them: nothing lies between. */
  readonly reachesBack: boolean;
  /** This store gave orders to the host. */
  readonly wasOrdered: boolean;
}

export function learnedDocument({ order, state, receipt, host }: Learned): LearnedOrderDocument {
  const { orderId, run, target, body, given } = order;
  const outcome = receipt?.outcome ?? (state === 'forgotten' ? 'forgotten' : 'open');
  return { order: orderId, run, instance: target.instance, host, what: whatOf(body), outcome, epoch: given.epoch, writer: given.writer };
}

function whatOf(body: OrderBody): string {
  switch (body.kind) {
    case 'act':
      return `act ${body.verb}`;
    case 'job':
      return `job ${body.name}`;
    case 'set':
    case 'unset':
      return `${body.kind} ${body.key}`;
    default:
      return body.kind;
  }
}

/** A journal that ends before it comes to an order of this store was made anew or cut; an attempt without the one before it had more to tell. */
export function historyGaps(histories: readonly HostHistory[], isKnown: (orderId: string) => boolean): readonly HistoryGapDocument[] {
  const learned = new Set(histories.flatMap((history) => history.learned.map(({ order }) => order.orderId)));
  return histories.flatMap(({ host, learned: here, reachesBack, wasOrdered }): readonly HistoryGapDocument[] => {
    const cut = wasOrdered && !reachesBack;
    const missing = here
      .filter(({ order }) => order.attempt > 1)
      .map(({ order }) => orderIdOf(order.run, order.step, order.attempt - 1))
      .filter((orderId) => !learned.has(orderId) && !isKnown(orderId));
    return [
      ...(cut
        ? [
            gap(
              host,
              `the journal of the agent on ${host} does not go back to the last order of this store: the orders between are unknown`,
            ),
          ]
        : []),
      ...missing.map((orderId) => gap(host, `order ${orderId} is in no journal: its result is unknown`)),
    ];
  });
}

export const gap = (host: string, detail: string): HistoryGapDocument => ({ kind: 'history-gap', host, detail });

interface EndQuestion {
  readonly status: RunStatus;
  readonly runId: string;
  /** In the order of the journals. */
  readonly learned: readonly Learned[];
  readonly gaps: readonly HistoryGapDocument[];
  /** Nodes of the plan, looked at just now. */
  readonly nodes: readonly { readonly instance: string; readonly node: NodeView | null }[];
}

/** How an open run of this store ends; null: it may go on, for nothing of what was learned concerns it. */
export function endOfRun({ status, runId, learned, gaps, nodes }: EndQuestion): readonly RunEvent[] | null {
  const own = learned.filter(({ order }) => order.run === runId);
  const concerned = status.state === 'active' ? learned.length + gaps.length > 0 : own.length > 0;
  if (!concerned) return null;
  const down = nodes.filter(({ node }) => !serves(node)).map(({ instance }) => instance);
  const left = leftChanged(status, learned);
  const what = [
    `the fleet continued without this store: ${countOf(learned.length, 'order')} that it never sent${own.length === 0 ? '' : `, ${own.length} of this run`}`,
    ...(gaps.length === 0 ? [] : [`${countOf(gaps.length, 'gap')} in what is known`]),
    ...(down.length === 0 ? [] : [`${down.join(', ')} not in service: check drydock-agent status on the host`]),
    ...left,
  ];
  const isClean = status.state !== 'active' || (down.length === 0 && left.length === 0);
  return [
    ...openSteps(status).map(
      ({ turn, step, status: { attempt } }): RunEvent => ({
        type: 'order-unknown',
        turn,
        step,
        attempt,
        reason: 'this store was older than the fleet when the order was open',
      }),
    ),
    { type: 'run-ended', state: isClean ? 'aborted' : 'stuck', reason: what.join('; '), adopted: true },
  ];
}

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Settings that were changed for the time of a turn and that nothing restored, as far as is known (P19). */
function leftChanged({ effects }: RunStatus, learned: readonly Learned[]): readonly string[] {
  const open = new Map(effects.map(({ instance, key, prior, set }) => [`${instance} ${key}`, { instance, key, prior, set }]));
  for (const { order, receipt } of learned) {
    for (const { key, prior, set } of receipt?.effects ?? []) {
      const { instance } = order.target;
      const before = open.get(`${instance} ${key}`);
      if (before !== undefined && before.prior === set) open.delete(`${instance} ${key}`);
      else open.set(`${instance} ${key}`, { instance, key, prior: before?.prior ?? prior, set });
    }
  }
  return [...open.values()].map(
    ({ instance, key, prior, set }) => `${key} of ${instance} is '${set ?? ''}' and was '${prior ?? ''}' before`,
  );
}

/**
 * What shows that the fleet continued without this store: an agent obeys an epoch that was never claimed here, holds an order that was never
 * given here, or refuses what is ordered as somebody who was superseded. Such a store is older than the fleet, and commands nothing.
 */
interface FleetAheadDeps {
  /** The host that holds an instance now; null: none does. */
  hostOf(instance: string): string | null;
}

interface Evidence {
  readonly detail: string;
  /** Instances of the cluster that the host held when it said so. */
  readonly instances: readonly string[];
}

export class FleetAhead {
  readonly #deps: FleetAheadDeps;
  /** By cluster, then by host. */
  readonly #evidence = new Map<string, Map<string, Evidence>>();

  constructor(deps: FleetAheadDeps) {
    this.#deps = deps;
  }

  /** Notes what a host shows of a cluster of which it holds these instances. */
  note(host: string, cluster: string, evidence: Evidence): void {
    const ofCluster = this.#evidence.get(cluster) ?? new Map<string, Evidence>();
    this.#evidence.set(cluster, ofCluster.set(host, evidence));
  }

  /** The host says anew what it knows, or what it showed is known here by now. */
  forget(host: string): void {
    for (const ofCluster of this.#evidence.values()) ofCluster.delete(host);
  }

  /** What it showed of this cluster is written down here now. */
  forgetCluster(cluster: string): void {
    this.#evidence.delete(cluster);
  }

  /** Clusters that the fleet went on with, sorted. */
  clusters(): readonly string[] {
    return [...this.#evidence.keys()].filter((cluster) => this.of(cluster) !== null).sort();
  }

  /** One sentence; null: nothing shows it. A host counts as long as it holds an instance of the cluster, and no longer. */
  of(cluster: string): string | null {
    for (const [host, { detail, instances }] of this.#evidence.get(cluster) ?? [])
      if (instances.some((instance) => this.#deps.hostOf(instance) === host)) return detail;
    return null;
  }
}
