/**
 * PURE. Which host holds which instance. The host that announced an instance first holds it, also while its agent is away, until it announces itself
 * without it or a person forgets the host. What a host announces and does not get is a claim, which ends with its connection.
 */
import type { InstanceAnnounced } from '../../common/link.ts';

export interface Claim {
  readonly announced: InstanceAnnounced;
  readonly host: string;
  readonly heldBy: string;
}

export class Claims {
  readonly #heldBy = new Map<string, string>();
  readonly #held = new Map<string, readonly InstanceAnnounced[]>();
  readonly #claimed = new Map<string, readonly InstanceAnnounced[]>();
  /** Instances that are held, by cluster. */
  readonly #clusters = new Map<string, Set<string>>();
  #names: readonly string[] | null = null;
  #instances: readonly string[] | null = null;
  /** Hosts that claim instances which they do not get, by the cluster that they name. */
  readonly #claimants = new Map<string, Set<string>>();

  holderOf(instance: string): string | null {
    return this.#heldBy.get(instance) ?? null;
  }

  heldBy(host: string): readonly InstanceAnnounced[] {
    return this.#held.get(host) ?? [];
  }

  instancesOf(cluster: string): readonly string[] {
    return [...(this.#clusters.get(cluster) ?? [])];
  }

  /** All that are held, sorted; made anew only when there are others. */
  instances(): readonly string[] {
    this.#instances ??= [...this.#heldBy.keys()].sort();
    return this.#instances;
  }

  /** The same of clusters. */
  clusters(): readonly string[] {
    this.#names ??= [...this.#clusters.keys()].sort();
    return this.#names;
  }

  /** What connected hosts announce of a cluster and others hold. */
  claimsIn(cluster: string): readonly Claim[] {
    const hosts = [...(this.#claimants.get(cluster) ?? [])];
    return hosts.flatMap((host) => this.claimsOf(host).filter(({ announced }) => announced.cluster === cluster));
  }

  /** What one host announces and another holds. */
  claimsOf(host: string): readonly Claim[] {
    return (this.#claimed.get(host) ?? []).flatMap((announced) => {
      const heldBy = this.#heldBy.get(announced.instance);
      return heldBy === undefined ? [] : [{ announced, host, heldBy }];
    });
  }

  /** All that a host announces now. Returns the instances that have another holder than before. */
  announce(host: string, instances: readonly InstanceAnnounced[]): readonly string[] {
    const before = this.heldBy(host).map(({ instance }) => instance);
    const free = ({ instance }: InstanceAnnounced) => (this.#heldBy.get(instance) ?? host) === host;
    this.#claim(host, []);
    this.#hold(host, instances.filter(free));
    this.#claim(
      host,
      instances.filter((announced) => !free(announced)),
    );
    const after = this.heldBy(host).map(({ instance }) => instance);
    const given = before.filter((instance) => !after.includes(instance));
    this.#handOn(given);
    return [...given, ...after.filter((instance) => !before.includes(instance))];
  }

  /** Its connection ended: it keeps what it holds, and claims nothing any more. */
  disconnected(host: string): void {
    this.#claim(host, []);
  }

  /** Returns the instances that it held. */
  forget(host: string): readonly string[] {
    return this.announce(host, []);
  }

  /** To the host that has claimed it for the longest time. */
  #handOn(instances: readonly string[]): void {
    for (const instance of instances) {
      const heir = [...this.#claimed].find(([, claimed]) => claimed.some((announced) => announced.instance === instance));
      if (heir === undefined) continue;
      const [host, claimed] = heir;
      this.#hold(host, [...this.heldBy(host), ...claimed.filter((announced) => announced.instance === instance)]);
      this.#claim(
        host,
        claimed.filter((announced) => announced.instance !== instance),
      );
    }
  }

  #claim(host: string, claimed: readonly InstanceAnnounced[]): void {
    for (const { cluster } of this.#claimed.get(host) ?? []) {
      const others = this.#claimants.get(cluster);
      others?.delete(host);
      if (others?.size === 0) this.#claimants.delete(cluster);
    }
    if (claimed.length > 0) this.#claimed.set(host, claimed);
    else this.#claimed.delete(host);
    for (const { cluster } of claimed) this.#claimants.set(cluster, (this.#claimants.get(cluster) ?? new Set()).add(host));
  }

  #hold(host: string, instances: readonly InstanceAnnounced[]): void {
    for (const { instance, cluster } of this.heldBy(host)) {
      this.#heldBy.delete(instance);
      this.#instances = null;
      const others = this.#clusters.get(cluster);
      others?.delete(instance);
      if (others?.size !== 0) continue;
      this.#clusters.delete(cluster);
      this.#names = null;
    }
    if (instances.length > 0) this.#held.set(host, instances);
    else this.#held.delete(host);
    for (const { instance, cluster } of instances) {
      this.#heldBy.set(instance, host);
      this.#instances = null;
      if (!this.#clusters.has(cluster)) this.#names = null;
      this.#clusters.set(cluster, (this.#clusters.get(cluster) ?? new Set()).add(instance));
    }
  }
}
