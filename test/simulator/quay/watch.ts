/** What must hold of quay at every moment, seen from outside of all programs. */
import type { AgentEnd } from '../../../common/link.ts';
import type { Order, Receipt } from '../../../common/orders.ts';
import { type Component, componentOf } from '../../quay/procedure.ts';
import { Receipts } from '../receipts.ts';
import type { Effect } from '../sim-host.ts';
import type { Observer } from '../sim-world.ts';
import { unknowableMs } from '../watch.ts';
import type { QuayServer } from './server.ts';
import { unit, versionIn } from './server.ts';
import type { QuayWorld } from './world.ts';

interface NodeSeen {
  /** Order that took it down and after which it has not served yet. */
  outBy: string | null;
  /** Since when it has been down, for whatever reason; null: it serves. */
  outSinceMs: number | null;
}

const isCritical = ({ name }: QuayServer): boolean => componentOf({ instance: name }) !== 'lens';

interface ToolAsked {
  readonly tool: string;
  readonly atMs: number;
}

export class QuayWatch implements Observer {
  readonly effects: Effect[] = [];
  readonly stops: { readonly node: string; readonly order: string; readonly atMs: number }[] = [];
  /** Every call of a tool, by the server that was asked. */
  readonly toolCalls = new Map<string, ToolAsked[]>();
  readonly #world: QuayWorld;
  readonly #receipts: Receipts;
  readonly #seen = new Map<string, NodeSeen>();
  readonly #breachesReported = new Map<string, number>();
  #mixReported = false;

  constructor(world: QuayWorld) {
    this.#world = world;
    this.#receipts = new Receipts((what) => world.broke(what));
  }

  probe(): void {
    const { servers, kernel } = this.#world;
    for (const server of servers) {
      const seen = this.#nodeSeen(server.name);
      if (server.version !== null) Object.assign(seen, { outBy: null, outSinceMs: null });
      else seen.outSinceMs ??= kernel.nowMs;
      this.#tellBreaches(server);
    }
    this.#tellMix();
  }

  heardFrom(end: AgentEnd): AgentEnd {
    return this.#receipts.listenOn(end);
  }

  taken(_name: string, order: Order): void {
    this.#receipts.taken(order);
  }

  /** P9: what is said to serve does, or did a moment ago. */
  orderEnds(name: string, { orderId, body }: Order, { outcome }: Receipt): void {
    if (outcome !== 'done' || body.kind !== 'await') return;
    const { outSinceMs } = this.#nodeSeen(name);
    if (outSinceMs === null || this.#world.server(name).version !== null) return;
    if (this.#world.kernel.nowMs - outSinceMs > unknowableMs)
      this.#world.broke(`P9 ${orderId} is done, and ${name} has been down since ${outSinceMs} ms`);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
    if (effect.order === null) return;
    if (effect.kind === 'stop') this.#nodeSeen(effect.node).outBy = effect.order;
    if (effect.kind === 'activate') this.#activated(effect);
    if (effect.kind === 'start') this.#started(effect);
  }

  asked(name: string, tool: string): void {
    const calls = this.toolCalls.get(name) ?? [];
    this.toolCalls.set(name, calls);
    calls.push({ tool, atMs: this.#world.kernel.nowMs });
  }

  /** P1 at the only moment that counts, and the barriers of the stop. */
  stopBegins(name: string): void {
    const { kernel, servers, kind } = this.#world;
    const { order } = this.#world.agent(name);
    if (order === null) this.#world.broke(`P13 ${name} is stopped and nobody ordered it`);
    if (this.#world.host(name).units.get(unit)?.active !== true) return;
    const isResumed = this.stops.some((stop) => stop.node === name && stop.order === order);
    if (kind.hop === 'rolling' || this.#isOfAnother(order))
      for (const other of servers.filter(
        (each) => each.name !== name && this.#isCounted(each.name) && this.#component(each.name) === this.#component(name),
      )) {
        const { outBy, outSinceMs } = this.#nodeSeen(other.name);
        if (outBy !== null && other.version === null)
          this.#world.broke(`P1 ${name} is stopped by ${order} while ${other.name} is out by ${outBy}`);
        else if (!isResumed && outSinceMs !== null && kernel.nowMs - outSinceMs > unknowableMs)
          this.#world.broke(`P1 ${name} is stopped by ${order} while ${other.name} has been down since ${outSinceMs} ms`);
      }
    if (kind.hop === 'all-stop' && !this.#isOfAnother(order) && this.#component(name) === 'store')
      for (const router of this.#of('router'))
        if (router.isUp) this.#world.broke(`waves: ${name} is stopped by ${order} while ${router.name} still runs`);
    this.stops.push({ node: name, order: order ?? '', atMs: kernel.nowMs });
  }

  /** An excluded node uses the budget of its group as long as the database lists it. */
  #isCounted(name: string): boolean {
    return this.#world.options.listsMembers === true || !this.#world.excluded.has(name);
  }

  /** Everything that is critical stands still before any artifact changes, there and back. */
  #activated({ node, release, order }: Effect): void {
    const { servers, kind } = this.#world;
    if (kind.hop === 'rolling' || this.#isOfAnother(order)) return;
    const up = servers.filter((server) => isCritical(server) && server.isUp).map(({ name }) => name);
    if (up.length > 0) this.#world.broke(`waves: ${node} got ${release} by ${order} while ${up.join()} ran`);
  }

  /** Routers come up when all stores serve. */
  #started({ node, order }: Effect): void {
    if (this.#world.kind.hop !== 'all-stop' || this.#isOfAnother(order) || this.#component(node) !== 'router') return;
    for (const store of this.#of('store')) {
      const { outBy } = this.#nodeSeen(store.name);
      if (outBy !== null && store.version === null && !this.#world.excluded.has(store.name))
        this.#world.broke(`waves: ${node} is started by ${order} before ${store.name} serves, which ${outBy} took down`);
    }
  }

  /** A run that restarts the cluster while this one rests goes node by node. */
  #isOfAnother(order: string | null): boolean {
    return this.#world.repairs.some(({ runs }) => runs.some((run) => order?.startsWith(`${run}/`)));
  }

  /** A hop that stops everything never has two releases running at once. */
  #tellMix(): void {
    const { kind, servers } = this.#world;
    if (kind.hop !== 'all-stop' || this.#mixReported) return;
    const running = servers.filter((server) => isCritical(server) && server.isUp);
    const versions = new Set(running.map(({ host }) => versionIn(host.runs(unit) ?? '')));
    if (versions.size < 2) return;
    this.#mixReported = true;
    this.#world.broke(`waves: ${running.map(({ name, host }) => `${name} runs ${host.runs(unit)}`).join(', ')} at the same time`);
  }

  #tellBreaches({ name, host }: QuayServer): void {
    const breaches = [...host.breaches, ...host.jobs.breaches];
    for (const breach of breaches.slice(this.#breachesReported.get(name) ?? 0))
      this.#world.broke(`${breach.startsWith('P') ? '' : 'P7 '}${breach}`);
    this.#breachesReported.set(name, breaches.length);
  }

  #component(name: string): Component {
    return componentOf({ instance: name });
  }

  #of(component: Component): readonly QuayServer[] {
    return this.#world.servers.filter(({ name }) => this.#component(name) === component);
  }

  #nodeSeen(name: string): NodeSeen {
    const known = this.#seen.get(name);
    if (known !== undefined) return known;
    const fresh: NodeSeen = { outBy: null, outSinceMs: null };
    this.#seen.set(name, fresh);
    return fresh;
  }
}
