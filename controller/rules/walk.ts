/** The cheapest admissible walk: fewest irreversible hops, then fewest downtimes of the whole cluster, then fewest hops, then the newest stops. */
import { isIrreversible, type Judge, type OpenHop } from './judge.ts';
import type { Profile } from './pack.ts';

interface Label {
  readonly hop: OpenHop | null;
  readonly before: Label | null;
  /** [irreversible hops, downtimes, hops]. */
  readonly cost: readonly [number, number, number];
}

export interface Walks {
  /** Reached versions, in the order of walking, the start first. */
  readonly reached: readonly Profile[];
  /** null: no walk leads there. */
  to(end: Profile): readonly OpenHop[] | null;
}

/**
 * The cheapest walks from a version to every release up to the furthest one. Walks never turn round: each stop lies between its ends in
 * the order of versions, and is a listed, final release that was not withdrawn; the furthest one may be any version. `longer`: the walk is part of another
 * one, which hops that must be the whole walk are no part of.
 */
export function walksFrom(judge: Judge, from: Profile, furthest: Profile, walk: 'alone' | 'longer' = 'alone'): Walks {
  const way = judge.compare(from, furthest) <= 0 ? 1 : -1;
  const ahead = (a: Profile, b: Profile) => way * judge.compare(a, b);
  const stops = judge.pack.profiles.filter((it) => it.stop && it !== furthest && ahead(from, it) < 0 && ahead(it, furthest) < 0);
  const order = [from, ...(way > 0 ? stops : stops.reverse()), ...(furthest === from ? [] : [furthest])];
  const start: Label = { hop: null, before: null, cost: [0, 0, 0] };
  const labels: (Label | undefined)[] = [start];
  // Hops that must be the whole walk end where they lead: they stand apart, so that they hide no walk that goes on.
  const alone: (Label | undefined)[] = [];
  for (const [place, node] of order.entries()) {
    const label = labels[place];
    if (label === undefined) continue;
    const horizon = judge.horizon(node, way > 0);
    for (let at = place + 1; at < order.length; at++) {
      const next = order[at] as Profile;
      if (way * (next.place - horizon) > 0) break;
      const known = labels[at];
      if (known !== undefined && cannotBeat(label.cost, known.cost)) continue;
      const hop = judge.open(node, next, 'longer');
      if (hop === null) continue;
      const made = extended(label, hop);
      if (known === undefined || isBetter(made, known, judge)) labels[at] = made;
    }
  }
  for (const [at, next] of order.entries()) {
    const hop = at === 0 || walk === 'longer' ? null : judge.open(from, next);
    if (hop !== null) alone[at] = extended(start, hop);
  }
  const best = (at: number): Label | undefined => {
    const [one, many] = [alone[at], labels[at]];
    return one === undefined || (many !== undefined && compareCosts(many.cost, one.cost) <= 0) ? many : one;
  };
  return {
    reached: order.filter((_node, at) => best(at) !== undefined),
    to: (end) => {
      const label = best(order.indexOf(end));
      return label === undefined ? null : hopsOf(label);
    },
  };
}

function extended(label: Label, hop: OpenHop): Label {
  const [irreversible, downtimes, hops] = label.cost;
  return {
    hop,
    before: label,
    cost: [irreversible + (isIrreversible(hop) ? 1 : 0), downtimes + (hop.edge.kind === 'rolling' ? 0 : 1), hops + 1],
  };
}

/** Even a free hop from here would cost more than what is known. */
function cannotBeat(cost: Label['cost'], known: Label['cost']): boolean {
  return compareCosts([cost[0], cost[1], cost[2] + 1], known) > 0;
}

function isBetter(made: Label, known: Label, judge: Judge): boolean {
  const difference = compareCosts(made.cost, known.cost);
  if (difference !== 0) return difference < 0;
  // As many hops in both, walked back together: the earliest stop that differs decides, the newer one wins.
  let newer = 0;
  for (
    let [ours, theirs]: [Label | null, Label | null] = [made, known];
    ours !== theirs;
    [ours, theirs] = [ours?.before ?? null, theirs?.before ?? null]
  ) {
    if (ours?.hop != null && theirs?.hop != null && ours.hop.to !== theirs.hop.to) newer = judge.compare(ours.hop.to, theirs.hop.to);
  }
  return newer > 0;
}

function compareCosts(a: Label['cost'], b: Label['cost']): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function hopsOf(label: Label): readonly OpenHop[] {
  const hops: OpenHop[] = [];
  for (let at: Label | null = label; at?.hop != null; at = at.before) hops.unshift(at.hop);
  return hops;
}
