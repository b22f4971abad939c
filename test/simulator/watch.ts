/** What must hold at every moment, seen from outside of all programs: by what the servers really do and what goes over the wires. */
import type { AgentEnd } from '../../common/link.ts';
import type { Order, Receipt } from '../../common/orders.ts';
import { orderKey } from './controller-process.ts';
import { type Server, unit } from './postgres.ts';
import { Receipts } from './receipts.ts';
import type { Effect } from './sim-host.ts';
import { holds } from './wal.ts';
import type { World } from './world.ts';

/** What has just happened is not known elsewhere yet: a probe, its answer and the order that rests on it travel for a while. */
export const unknowableMs = 5_000;

/** Conditions that say of a node that it serves. */
const serviceChecks: readonly string[] = ['in-service', 'member-in-service'];

interface NodeSeen {
  /** Order that took it down and after which it has not been in service yet. */
  outBy: string | null;
  /** Since when it has been down, for whatever reason; null: it serves. */
  outSinceMs: number | null;
}

export class Watch {
  readonly effects: Effect[] = [];
  /** Downtimes that really began, in order. */
  readonly stops: { readonly node: string; readonly order: string; readonly atMs: number }[] = [];
  /** Orders to promote that each node's agent took in. */
  readonly toPromote = new Map<string, Set<string>>();
  readonly #world: World;
  readonly #seen = new Map<string, NodeSeen>();
  /** Orders whose node was quiesced. */
  readonly #quiesced = new Set<string>();
  readonly #receipts: Receipts;
  readonly #breachesReported = new Map<string, number>();
  #writersReported = '';

  constructor(world: World) {
    this.#world = world;
    this.#receipts = new Receipts((what) => world.broke(what));
  }

  /** Called after every event of the kernel. */
  probe(): void {
    const { postgres, kernel } = this.#world;
    for (const server of postgres.servers) {
      const seen = this.#nodeSeen(server.name);
      const serves = postgres.inService(server);
      if (serves) Object.assign(seen, { outBy: null, outSinceMs: null });
      else seen.outSinceMs ??= kernel.nowMs;
      this.#tellBreaches(server);
    }
    this.#tellWriters(postgres.writable);
  }

  /** Never two that take writes; and the one that does has every write that a client saw confirmed. */
  #tellWriters(writers: readonly Server[]): void {
    const { acknowledged } = this.#world.postgres;
    const named = writers.map(({ name }) => name).join(' and ');
    if (writers.length > 1 && named !== this.#writersReported) this.#world.broke(`two primaries: ${named} take writes`);
    this.#writersReported = named;
    for (const { name, disk } of writers)
      if (acknowledged !== null && !holds(disk.wal, acknowledged)) this.#world.broke(`a row that a client was told of is lost on ${name}`);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
    if (effect.kind === 'remove') this.#rollbackRemoved(effect);
  }

  /** P1 at the only moment that counts: an agent takes its server down. */
  stopBegins(name: string): void {
    const { postgres, kernel } = this.#world;
    const order = this.#world.agent(name).order;
    if (order === null) this.#world.broke(`P13 ${name} is stopped and nobody ordered it`);
    if (postgres.server(name).host.units.get(unit)?.active !== true) return;
    if (this.#owesQuiesce(name, order)) this.#world.broke(`P9 ${name} is stopped by ${order}, and its quiesce has not come to its end`);
    const isResumed = this.stops.some((stop) => stop.node === name && stop.order === order);
    for (const other of postgres.servers) {
      // An excluded standby that streams from no member is no member any more.
      if (other.name === name || this.#world.excluded.has(other.name)) continue;
      const { outBy, outSinceMs } = this.#nodeSeen(other.name);
      if (outBy !== null && !postgres.inService(other))
        this.#world.broke(`P1 ${name} is stopped by ${order} while ${other.name} is out by ${outBy}`);
      // A downtime that was under way when the host went down is taken to its end, whatever has happened to others since (P20).
      else if (!isResumed && outSinceMs !== null && kernel.nowMs - outSinceMs > unknowableMs)
        this.#world.broke(`P1 ${name} is stopped by ${order} while ${other.name} has been down since ${outSinceMs} ms`);
    }
    this.#nodeSeen(name).outBy = order;
    this.stops.push({ node: name, order: order ?? '', atMs: kernel.nowMs });
  }

  taken(name: string, order: Order): void {
    this.#receipts.taken(order);
    if (order.body.kind !== 'act' || order.body.verb !== 'promote') return;
    const known = this.toPromote.get(name) ?? new Set();
    this.toPromote.set(name, known.add(orderKey(order)));
  }

  /** The server did what it is asked for before its stop. */
  quiesced(name: string): void {
    const { order } = this.#world.agent(name);
    if (order !== null) this.#quiesced.add(order);
  }

  #owesQuiesce(name: string, orderId: string | null): boolean {
    const state = this.#world
      .agent(name)
      .journal?.openOrders()
      .find(({ order }) => order.orderId === orderId);
    const body = state?.order.body;
    return body?.kind === 'downtime' && body.parts.includes('quiesce') && !this.#quiesced.has(state?.order.orderId ?? '');
  }

  /** P9: what is said to serve does, or did a moment ago. */
  orderEnds(name: string, { orderId, body }: Order, { outcome }: Receipt): void {
    if (outcome !== 'done' || body.kind !== 'await' || !serviceChecks.includes(body.condition)) return;
    const { postgres, kernel } = this.#world;
    const { outSinceMs } = this.#nodeSeen(body.member ?? name);
    // It may be back in this very moment, which was not probed yet.
    if (outSinceMs === null || postgres.inService(postgres.server(body.member ?? name))) return;
    if (kernel.nowMs - outSinceMs > unknowableMs)
      this.#world.broke(`P9 ${orderId} is done, and ${body.member ?? name} has been down since ${outSinceMs} ms`);
  }

  /** Listens to what an agent says: one order has one receipt, however often it is told (P3). */
  heardFrom(end: AgentEnd): AgentEnd {
    return this.#receipts.listenOn(end);
  }

  /** The previous release goes last of all: every server runs the new one by then (P7). */
  #rollbackRemoved(effect: Effect): void {
    const { postgres } = this.#world;
    const behind = postgres.servers.filter(({ name, host }) => host.runs(unit) === effect.release && !this.#world.excluded.has(name));
    for (const server of behind) this.#world.broke(`P7 ${effect.release} was removed from ${effect.node} while ${server.name} runs it`);
  }

  #tellBreaches({ name, host }: Server): void {
    const reported = this.#breachesReported.get(name) ?? 0;
    for (const breach of host.breaches.slice(reported)) this.#world.broke(`${breach.startsWith('P') ? '' : 'P7 '}${breach}`);
    this.#breachesReported.set(name, host.breaches.length);
  }

  #nodeSeen(name: string): NodeSeen {
    const known = this.#seen.get(name);
    if (known !== undefined) return known;
    const fresh: NodeSeen = { outBy: null, outSinceMs: null };
    this.#seen.set(name, fresh);
    return fresh;
  }
}
