/**
 * The meaning of a pack said a second time, as plainly as possible and without regard to speed: every walk is listed, the cheapest is
 * taken. Works on the few fields that the random packs use.
 */
import type { FinalizeKind, HopKind, RollbackKind } from '../../common/plan.ts';
import { numbersScheme as scheme } from './numbers-scheme.ts';

export interface RandomRule {
  readonly id: string;
  /** Versions, inclusive. */
  readonly from: readonly [string, string];
  readonly to: readonly [string, string];
  readonly series?: 'same' | 'other';
  readonly direction: 'up' | 'down' | 'both';
  readonly os?: string;
  readonly trait?: string;
}

export interface RandomEdge extends RandomRule {
  readonly kind: HopKind;
  readonly rollback: RollbackKind;
  readonly finalize: FinalizeKind;
  readonly adjacent?: 'series' | 'version';
  readonly alone?: 'true';
}

export interface RandomRefusal extends RandomRule {
  readonly kinds?: readonly HopKind[];
}

export interface RandomPack {
  readonly releases: readonly { readonly version: string; readonly withdrawn: boolean }[];
  readonly edges: readonly RandomEdge[];
  readonly refusals: readonly RandomRefusal[];
}

export interface RandomQuery {
  readonly from: string;
  readonly to: string;
  readonly os: string | null;
  readonly traits: Readonly<Record<string, string>>;
}

const within = (version: string, [low, high]: readonly [string, string]) =>
  scheme.compare(low, version) <= 0 && scheme.compare(version, high) <= 0;

function speaksOf(rule: RandomRule, from: string, to: string): boolean {
  const direction = scheme.compare(from, to) < 0 ? 'up' : 'down';
  const series = scheme.series(from) === scheme.series(to) ? 'same' : 'other';
  return (
    within(from, rule.from) &&
    within(to, rule.to) &&
    (rule.direction === 'both' || rule.direction === direction) &&
    (rule.series === undefined || rule.series === series)
  );
}

const edgeHolds = (edge: RandomEdge, query: RandomQuery) =>
  (edge.os === undefined || query.os === edge.os) && (edge.trait === undefined || (query.traits[edge.trait] ?? 'yes') === 'yes');

const refusalHolds = (refusal: RandomRefusal, query: RandomQuery) =>
  (refusal.os === undefined || query.os === null || query.os === refusal.os) &&
  (refusal.trait === undefined || query.traits[refusal.trait] === 'yes');

/** Edges that may be taken, adjacency left aside. */
function allowedEdges(pack: RandomPack, query: RandomQuery, from: string, to: string): readonly RandomEdge[] {
  if (pack.releases.some((release) => release.version === to && release.withdrawn)) return [];
  const refusals = pack.refusals.filter((refusal) => speaksOf(refusal, from, to) && refusalHolds(refusal, query));
  return pack.edges
    .filter((edge) => speaksOf(edge, from, to) && edgeHolds(edge, query))
    .filter((edge) => !refusals.some((refusal) => refusal.kinds === undefined || refusal.kinds.includes(edge.kind)));
}

const stopsOf = (pack: RandomPack) =>
  pack.releases.filter((it) => !it.withdrawn && !scheme.isPrerelease(it.version)).map((release) => release.version);

function isAdjacent(pack: RandomPack, query: RandomQuery, edge: RandomEdge, from: string, to: string): boolean {
  if (edge.adjacent === undefined) return true;
  const way = Math.sign(scheme.compare(to, from));
  return !stopsOf(pack).some((stop) => {
    const isBetween = Math.sign(scheme.compare(stop, from)) === way && Math.sign(scheme.compare(to, stop)) === way;
    const isOther =
      edge.adjacent === 'version' || (scheme.series(stop) !== scheme.series(from) && scheme.series(stop) !== scheme.series(to));
    const matters = edge.adjacent === 'version' || scheme.series(from) !== scheme.series(to);
    return isBetween && isOther && matters && allowedEdges(pack, query, from, stop).length > 0;
  });
}

export type Cost = readonly [irreversible: number, downtimes: number, hops: number];

const costOf = (edge: RandomEdge): Cost => [
  edge.rollback === 'restore-cluster' || edge.rollback === 'none' || edge.finalize !== 'none' ? 1 : 0,
  edge.kind === 'rolling' ? 0 : 1,
  1,
];

export const compareCosts = (a: Cost, b: Cost) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/** The cost of one hop by its best edge; null: not admissible. */
export function hopCost(pack: RandomPack, query: RandomQuery, from: string, to: string, alone: boolean): Cost | null {
  const edges = allowedEdges(pack, query, from, to).filter(
    (edge) => isAdjacent(pack, query, edge, from, to) && (alone || edge.alone === undefined),
  );
  return edges.map(costOf).sort(compareCosts)[0] ?? null;
}

/** Stops of the best walk, the start first, with its cost; null: there is none. */
export function bestWalk(pack: RandomPack, query: RandomQuery): { readonly stops: readonly string[]; readonly cost: Cost } | null {
  const way = Math.sign(scheme.compare(query.to, query.from));
  const between = stopsOf(pack)
    .filter((it) => Math.sign(scheme.compare(it, query.from)) === way && Math.sign(scheme.compare(query.to, it)) === way)
    .sort((a, b) => way * scheme.compare(a, b));
  const walks: { stops: string[]; cost: Cost }[] = [];
  // Every hop is part of many walks.
  const known = new Map<string, Cost | null>();
  const costOfHop = (from: string, to: string, alone: boolean): Cost | null => {
    const key = `${from} ${to} ${alone}`;
    const cost = known.get(key);
    if (cost !== undefined) return cost;
    const found = hopCost(pack, query, from, to, alone);
    known.set(key, found);
    return found;
  };
  for (let chosen = 0; chosen < 2 ** between.length; chosen++) {
    const stops = [query.from, ...between.filter((_stop, at) => (chosen >> at) % 2 === 1), query.to];
    const costs = stops.slice(1).map((to, at) => costOfHop(stops[at] as string, to, stops.length === 2));
    if (costs.includes(null)) continue;
    walks.push({ stops, cost: [0, 1, 2].map((part) => costs.reduce((sum, cost) => sum + (cost?.[part] ?? 0), 0)) as unknown as Cost });
  }
  walks.sort((a, b) => compareCosts(a.cost, b.cost) || newerFirst(a.stops, b.stops));
  return walks[0] ?? null;
}

function newerFirst(a: readonly string[], b: readonly string[]): number {
  for (const [at, stop] of a.entries()) {
    const difference = scheme.compare(b[at] ?? stop, stop);
    if (difference !== 0) return difference;
  }
  return 0;
}
