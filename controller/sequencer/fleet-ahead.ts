/**
 * What shows that the fleet went on without this store: an agent obeys an epoch that was never claimed here, holds an order that was never
 * given here, or refuses what is ordered as somebody who was superseded. Such a store is older than the fleet, and commands nothing.
 */
export interface FleetAheadDeps {
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
