/** The cheapest admissible walk: fewest irreversible hops, then fewest outages of the whole cluster, then fewest hops, then the newest stops. */
import { isIrreversible, type Judge, type OpenHop } from './judge.ts';
import type { Profile } from './pack.ts';

interface Label {
  readonly at: Profile;
  readonly hop: OpenHop | null;
  readonly before: Label | null;
  /** [irreversible hops, outages, hops]. */
  readonly cost: readonly [number, number, number];
}

export interface Walks {
  /** Reached versions, in the order of walking, the start first. */
  readonly reached: readonly Profile[];
  to(version: string): readonly OpenHop[] | null;
}

/**
 * The cheapest walks from a version to every release up to the furthest one. Walks never turn round: each stop lies between its ends in
 * the order of versions, and is a listed, final release that was not withdrawn; the furthest one may be any version.
 */
export function walksFrom(judge: Judge, from: Profile, furthest: Profile): Walks {
  const { compare } = judge.pack.scheme;
  const way = compare(from.version, furthest.version) <= 0 ? 1 : -1;
  const ahead = (a: Profile, b: Profile) => way * compare(a.version, b.version);
  const nodes = [...new Map([...judge.pack.profiles.filter((it) => it.stop), furthest].map((it) => [it.version, it])).values()]
    .filter((it) => ahead(from, it) < 0 && ahead(it, furthest) <= 0)
    .sort(ahead);
  const labels = new Map<string, Label>([[from.version, { at: from, hop: null, before: null, cost: [0, 0, 0] }]]);
  const order = [from, ...nodes];
  for (const [place, node] of order.entries()) {
    const label = labels.get(node.version);
    // An end that is not a stop is never gone through.
    if (label === undefined || (label.before !== null && !node.stop)) continue;
    for (const next of order.slice(place + 1)) {
      const known = labels.get(next.version);
      if (known !== undefined && cannotBeat(label.cost, known.cost)) continue;
      const hop = judge.open(node, next);
      if (hop === null) continue;
      const made = extended(label, hop);
      if (known === undefined || isBetter(made, known, compare)) labels.set(next.version, made);
    }
  }
  return {
    reached: order.filter((node) => labels.has(node.version)),
    to: (version) => {
      const label = labels.get(version);
      return label === undefined ? null : hopsOf(label);
    },
  };
}

function extended(label: Label, hop: OpenHop): Label {
  const [irreversible, outages, hops] = label.cost;
  return {
    at: hop.to,
    hop,
    before: label,
    cost: [irreversible + (isIrreversible(hop.wayBack, hop.edge) ? 1 : 0), outages + (hop.edge.kind === 'rolling' ? 0 : 1), hops + 1],
  };
}

/** Even a free hop from here would cost more than what is known. */
function cannotBeat(cost: Label['cost'], known: Label['cost']): boolean {
  return compareCosts([cost[0], cost[1], cost[2] + 1], known) > 0;
}

function isBetter(made: Label, known: Label, compare: (a: string, b: string) => number): boolean {
  const difference = compareCosts(made.cost, known.cost);
  if (difference !== 0) return difference < 0;
  // As many hops in both: the first stop that differs decides, the newer one wins.
  const [ours, theirs] = [hopsOf(made), hopsOf(known)];
  for (const [at, hop] of ours.entries()) {
    const newer = compare(hop.to.version, theirs[at]?.to.version ?? hop.to.version);
    if (newer !== 0) return newer > 0;
  }
  return false;
}

function compareCosts(a: Label['cost'], b: Label['cost']): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function hopsOf(label: Label): readonly OpenHop[] {
  const hops: OpenHop[] = [];
  for (let at: Label | null = label; at?.hop != null; at = at.before) hops.unshift(at.hop);
  return hops;
}
