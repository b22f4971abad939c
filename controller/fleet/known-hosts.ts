/** Hosts that are known, connected or not: what each said of itself, which instances it holds, and what the store is to remember of it. */
import { fail } from '../../common/failure.ts';
import type { InstanceAnnounced } from '../../common/link.ts';
import type { HostRecord } from '../store/store.ts';
import { type Claim, Claims } from './claims.ts';
import type { HostView } from './fleet.ts';
import type { Hello, HostLink } from './host-connection.ts';
import type { RefusedInstance } from './membership.ts';

export interface KnownHost extends Pick<Hello, 'host' | 'agentVersion' | 'bootId' | 'arch' | 'os' | 'fences'> {
  /** Null: known from before this controller started, and not heard of since. */
  readonly link: HostLink | null;
  lastSeenAtMs: number;
  /** The time that the store was given to remember; null: what it remembers is another host than this. */
  rememberedAtMs: number | null;
}

/** An instance with the host that holds it. */
export interface HeldInstance {
  readonly known: KnownHost;
  readonly announced: InstanceAnnounced;
}

/** Known hosts, connected or not. */
export const mostHosts = 16_384;

/** A host that goes on speaking is written down again only so often. */
const rememberAgainMs = 60_000;

export class KnownHosts {
  readonly #hosts = new Map<string, KnownHost>();
  readonly #claims = new Claims();
  #names: readonly string[] | null = null;

  get(host: string): KnownHost | undefined {
    return this.#hosts.get(host);
  }

  /** No host is taken that is not known yet. */
  get full(): boolean {
    return this.#hosts.size >= mostHosts;
  }

  /** Of hosts that are connected, or were since this controller started. */
  links(): readonly HostLink[] {
    return [...this.#hosts.values()].flatMap(({ link }) => (link === null ? [] : [link]));
  }

  /** Its stream, as long as it is open and not silent for too long; null: none such. */
  freshLink(host: string | null): HostLink | null {
    const link = host === null ? null : this.#hosts.get(host)?.link;
    return link?.fresh === true ? link : null;
  }

  /** Sorted; made anew only when there is another host. */
  names(): readonly string[] {
    this.#names ??= [...this.#hosts.keys()].sort();
    return this.#names;
  }

  /** Sorted by name. */
  views(): readonly HostView[] {
    return this.names().flatMap((name) => this.view(name) ?? []);
  }

  /** null: it is not known. */
  view(host: string): HostView | null {
    const known = this.#hosts.get(host);
    return known === undefined ? null : this.#view(known);
  }

  /** Clusters of which an instance is held, sorted. */
  clusters(): readonly string[] {
    return this.#claims.clusters();
  }

  /** Sorted by instance. */
  instancesOf(cluster: string): readonly HeldInstance[] {
    return [...this.#claims.instancesOf(cluster)].sort().flatMap((instance) => this.held(instance) ?? []);
  }

  /** By name, behind this one, at most so many. */
  instancesAfter(instance: string, limit: number): readonly InstanceAnnounced[] {
    const names = this.#claims.instances();
    const begin = names.findIndex((name) => name > instance);
    if (begin < 0) return [];
    return names.slice(begin, begin + limit).flatMap((name) => this.held(name)?.announced ?? []);
  }

  /** null: no host holds it. */
  held(instance: string): HeldInstance | null {
    const host = this.#claims.holderOf(instance);
    const known = host === null ? undefined : this.#hosts.get(host);
    const announced = host === null ? undefined : this.#claims.heldBy(host).find((each) => each.instance === instance);
    return known === undefined || announced === undefined ? null : { known, announced };
  }

  hostOf(instance: string): string | null {
    return this.#claims.holderOf(instance);
  }

  /** What one connected host announces and others hold. */
  refusedOf(host: string): readonly RefusedInstance[] {
    return this.#claims.claimsOf(host).map((claim) => this.#refusal(claim));
  }

  /** What connected hosts announce of a cluster and others hold. */
  refusedIn(cluster: string): readonly RefusedInstance[] {
    return this.#claims.claimsIn(cluster).map((claim) => this.#refusal(claim));
  }

  /** A host with all that it announces now. Returns the instances that have another holder than before. */
  connected(known: Omit<KnownHost, 'rememberedAtMs'>, instances: readonly InstanceAnnounced[]): readonly string[] {
    if (!this.#hosts.has(known.host)) this.#names = null;
    this.#hosts.set(known.host, { ...known, rememberedAtMs: null });
    return this.#moved(this.#claims.announce(known.host, instances));
  }

  /** It keeps what it holds. */
  disconnected(host: string): void {
    this.#claims.disconnected(host);
  }

  /** What the store remembers of hosts, before agents are let in: they are listed as disconnected until they call. */
  remember(records: readonly HostRecord[]): void {
    for (const { instances, ...seen } of records) {
      this.#claims.announce(seen.host, instances);
      this.#names = null;
      this.#hosts.set(seen.host, { ...seen, link: null, fences: [], rememberedAtMs: seen.lastSeenAtMs });
    }
  }

  /** Hosts that the store is to remember otherwise than it does; they count as remembered from now on. */
  toRemember(): readonly HostRecord[] {
    return [...this.#hosts.values()].flatMap((known) => {
      const { host, agentVersion, bootId, arch, os, lastSeenAtMs, rememberedAtMs, link } = known;
      const due = link?.open === true ? rememberAgainMs : 1;
      if (rememberedAtMs !== null && lastSeenAtMs - rememberedAtMs < due) return [];
      known.rememberedAtMs = lastSeenAtMs;
      return [{ host, agentVersion, bootId, arch, os, instances: this.#claims.heldBy(host), lastSeenAtMs }];
    });
  }

  /** The store could not take them. */
  notRemembered(records: readonly HostRecord[]): void {
    for (const { host } of records) this.#forgetMemory(host);
  }

  /** What forgetting would end. FailureError: (not-found, `unknown-host`), (refused, `host-connected`). */
  forgettable(host: string): readonly string[] {
    const known = this.#hosts.get(host);
    if (known === undefined) throw fail('not-found', 'unknown-host', `host ${host} not found; drydock host list shows all hosts`);
    if (known.link?.open === true)
      throw fail('refused', 'host-connected', `host ${host} is connected: stop its agent first (on ${host}: systemctl stop drydock-agent)`);
    return this.#claims.heldBy(host).map(({ instance }) => instance);
  }

  /** A connected host that claimed some of what it holds gets that. Returns the instances that it held. Throws as forgettable() does. */
  forget(host: string): readonly string[] {
    this.forgettable(host);
    this.#hosts.delete(host);
    this.#names = null;
    return this.#moved(this.#claims.forget(host));
  }

  #view({ host, link, lastSeenAtMs, agentVersion, bootId, arch, os, fences }: KnownHost): HostView {
    const instances = this.#claims.heldBy(host);
    return { host, connected: link?.fresh === true, lastSeenAtMs, agentVersion, bootId, arch, os, instances, fences };
  }

  #refusal({ announced: { instance, cluster }, host, heldBy }: Claim): RefusedInstance {
    const peer = this.#hosts.get(host)?.link?.peer;
    return {
      ...{ instance, cluster, host, heldBy, peer: peer === undefined ? 'unknown' : `${peer.identity} ${peer.address}` },
      holderConnected: this.#hosts.get(heldBy)?.link?.open === true,
    };
  }

  #moved(instances: readonly string[]): readonly string[] {
    for (const instance of instances) {
      const host = this.#claims.holderOf(instance);
      if (host !== null) this.#forgetMemory(host);
    }
    return instances;
  }

  #forgetMemory(host: string): void {
    const known = this.#hosts.get(host);
    if (known !== undefined) known.rememberedAtMs = null;
  }
}
