/** What the sequencer is made of, and what it remembers of agents' streams, in memory only: after a restart every agent says it again in its hello. */

import type { Clock } from '../../common/clock.ts';
import type { ExternalBody } from '../../common/controller-body.ts';
import type { AgentMessage, OpenOrderState } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RulePacks } from '../rules/pack.ts';
import type { Store } from '../store/store.ts';

type Hello = Extract<AgentMessage, { type: 'hello' }>;

interface HostLinkState {
  /** Counts streams: an order is sent once on each, unless the hello named it. */
  readonly generation: number;
  readonly openOrders: ReadonlyMap<string, OpenOrderState>;
  readonly journalHead: number;
}

export class Links {
  readonly #hosts = new Map<string, HostLinkState>();
  /** Newest journal entry heard of, over all streams of a host. */
  readonly #heads = new Map<string, number>();
  /** Hosts whose newest hello is being judged, with the number of its arrival. */
  readonly #judging = new Map<string, number>();
  #arrivals = 0;
  readonly #sentOn = new Map<string, number>();
  readonly #disconnectedSince = new Map<string, number>();

  /** A stream was opened, and what its hello tells is being judged: nothing is sent on it before. Returns the number of the arrival. */
  arrived(host: string): number {
    this.#arrivals += 1;
    this.#judging.set(host, this.#arrivals);
    return this.#arrivals;
  }

  isNewest(host: string, arrival: number): boolean {
    return this.#judging.get(host) === arrival;
  }

  /** Its hello was heard and judged since this process began. */
  isKnown(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** True when the agent's journal is shorter than what it told before: it was lost, and it is unknown what was begun. */
  opened(host: string, hello: Hello): boolean {
    this.#judging.delete(host);
    const known = this.#heads.get(host) ?? 0;
    this.#hosts.set(host, {
      generation: (this.#hosts.get(host)?.generation ?? 0) + 1,
      openOrders: new Map(hello.openOrders.map(({ orderId, state }) => [orderId, state])),
      journalHead: hello.journalHead,
    });
    this.#heads.set(host, hello.journalHead);
    return hello.journalHead < known;
  }

  /** A journal entry was reported. */
  heardOf(host: string, seq: number): void {
    this.#heads.set(host, Math.max(seq, this.#heads.get(host) ?? 0));
  }

  journalHead(host: string): number | null {
    return this.#hosts.get(host)?.journalHead ?? null;
  }

  /** Not sent on the stream that is open now, and not named by its hello. */
  isToBeSent(host: string, orderId: string): boolean {
    const link = this.#hosts.get(host);
    if (link === undefined || this.#judging.has(host) || link.openOrders.has(orderId)) return false;
    return this.#sentOn.get(orderId) !== link.generation;
  }

  sent(host: string, orderId: string): void {
    const link = this.#hosts.get(host);
    if (link !== undefined) this.#sentOn.set(orderId, link.generation);
  }

  /** What the agent said of an order when it linked; null: nothing. */
  stateInHello(host: string, orderId: string): OpenOrderState | null {
    return this.#hosts.get(host)?.openOrders.get(orderId) ?? null;
  }

  ended(orderId: string): void {
    this.#sentOn.delete(orderId);
  }

  /** How long this node has been without a link, by what was seen here. */
  disconnectedMs(instance: string, connected: boolean, nowMs: number): number {
    if (connected) {
      this.#disconnectedSince.delete(instance);
      return 0;
    }
    const since = this.#disconnectedSince.get(instance) ?? nowMs;
    this.#disconnectedSince.set(instance, since);
    return nowMs - since;
  }
}

/** Where other systems are asked. */
export interface ExternalSource {
  /** What speaks against it, one sentence, an answer that did not come included; null: it agrees. Comes within the time limit, and never rejects. */
  ask(body: ExternalBody): Promise<string | null>;
}

/** What the sequencer is made of; twins of any of these make a test. */
export interface SequencerDeps {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly log: Log;
  /** Random per process; orders carry it with the epoch (P5). */
  readonly writer: string;
  readonly procedures: ReadonlyMap<string, Procedure>;
  /** The rule packs active now; another object after every change. */
  packs(): RulePacks;
  readonly external: ExternalSource;
}
