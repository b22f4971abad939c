import type { PathRefusal } from '../../common/documents/rules.ts';
import type { Judge, OpenHop, Pruned } from './judge.ts';
import type { Profile } from './pack.ts';

export interface PathFound {
  readonly judge: Judge;
  readonly from: Profile;
  readonly to: Profile;
  /** null: not admissible. */
  readonly hops: readonly OpenHop[] | null;
  /** Everywhere that walks lead, the start first. */
  readonly reached: readonly Profile[];
  /** Newer releases of the series asked for that no walk reaches. */
  readonly passedOver: readonly Profile[];
}

/**
 * Every edge that was pruned on the way, with its reason: the straight way, the releases that a hop passes over because something forbids
 * them, shortcuts to later stops; and where nothing is admissible, what stops each walk. A reason is given once per place it bites.
 */
export function refusedOf(found: PathFound): readonly PathRefusal[] {
  const { judge, from, to, hops, passedOver } = found;
  const list = new Refusals(judge);
  if (hops === null || hops.length > 1) list.add(from, to, hops?.[0]?.to.version);
  for (const newer of passedOver) list.add(from, newer);
  if (hops === null) addDeadEnds(found, list);
  for (const [at, hop] of (hops ?? []).entries()) {
    list.addOtherKinds(hop);
    for (const between of releasesBetween(hop.from, hop.to, judge))
      if (judge.leads(hop.from, between)) list.addForbidden(hop.from, between);
    for (const later of (hops ?? []).slice(at + 1)) list.addOnce(hop.from, later.to);
  }
  return list.entries;
}

/**
 * What forbids to go on from where walks lead: each rule once, from the furthest place that it bites. Where a rule forbids the straight way
 * itself, what bites on the way there is beside the question.
 */
function addDeadEnds({ judge, to, from, reached }: PathFound, list: Refusals): void {
  const isForbidden = judge.explain(from, to).some((pruned) => pruned.forbids);
  const seen = new Set(reached);
  // One place in each series speaks for the others.
  const places = reached.filter((it, at) => it.series !== reached[at + 1]?.series).reverse();
  for (const place of places) {
    if (place !== from) list.addOnce(place, to);
    if (isForbidden) continue;
    for (const next of releasesBetween(place, to, judge)) if (!seen.has(next) && judge.leads(place, next)) list.addOnce(place, next);
  }
}

/** Listed releases strictly between two versions, in the order of walking. */
function releasesBetween(from: Profile, to: Profile, judge: Judge): readonly Profile[] {
  const up = judge.compare(from, to) < 0;
  const [low, high] = up ? [from.place, to.place] : [to.place, from.place];
  const between = judge.pack.profiles.filter((it) => low < it.place && it.place < high);
  return up ? between : between.reverse();
}

class Refusals {
  readonly entries: PathRefusal[] = [];
  readonly #judge: Judge;
  readonly #rules = new Set<string>();
  readonly #places = new Set<string>();

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** `first` is where a longer way to the same end begins. */
  add(from: Profile, to: Profile, first?: string): void {
    for (const pruned of this.#judge.explain(from, to)) this.#enter(from, to, { ...pruned, instead: pruned.instead ?? first ?? null });
  }

  /** Why a hop is not made in an easier way. */
  addOtherKinds(hop: OpenHop): void {
    for (const pruned of this.#judge.otherKinds(hop)) this.#enter(hop.from, hop.to, pruned);
  }

  /** Only what a rule forbids; that a release is not adjacent says nothing about it. */
  addForbidden(from: Profile, to: Profile): void {
    for (const pruned of this.#judge.explain(from, to)) if (pruned.forbids) this.#enter(from, to, pruned);
  }

  /** Only for rules that were not named yet. */
  addOnce(from: Profile, to: Profile): void {
    for (const pruned of this.#judge.explain(from, to)) if (pruned.forbids && !this.#rules.has(pruned.rule)) this.#enter(from, to, pruned);
  }

  #enter(from: Profile, to: Profile, pruned: Pruned): void {
    const place = `${from.version} ${to.version} ${pruned.rule}`;
    if (this.#places.has(place)) return;
    this.#places.add(place);
    this.#rules.add(pruned.rule);
    this.entries.push({
      from: from.version,
      to: to.version,
      reason: pruned.reason,
      instead:
        pruned.instead?.replace('{newest}', newestOf(from, this.#judge)) ??
        (pruned.forbids ? nearestAllowed(from, to, pruned.rule, this.#judge) : null),
      source: pruned.source,
    });
  }
}

/**
 * What to take instead. On the way up: the nearest newer release that the same start may go to, of the same series before any other; if there
 * is none, the nearest one of that series that this rule has nothing against; at last the newest older one of that series. On the way down:
 * the nearest newer release of the same series that is allowed, or to stay; any other one would be a downgrade that nothing recommends.
 */
function nearestAllowed(from: Profile, to: Profile, rule: string, judge: Judge): string | null {
  const newer = judge.pack.profiles.filter((it) => it.stop && it !== from && it.place > to.place);
  const near = newer.filter((it) => it.series === to.series);
  const isOpen = (it: Profile) => judge.open(from, it) !== null;
  if (from.place > to.place) return (near.find(isOpen) ?? from).version;
  const isSpared = (it: Profile) => judge.explain(from, it).every((pruned) => pruned.rule !== rule);
  const found = near.find(isOpen) ?? newer.find(isOpen) ?? near.find(isSpared);
  if (found !== undefined) return found.version;
  return judge.pack.profiles.findLast((it) => it.stop && it.series === to.series && it.place < to.place && isOpen(it))?.version ?? null;
}

/** The newest release of the series that runs now which may be gone to, or what runs. */
function newestOf(from: Profile, judge: Judge): string {
  return (
    judge.pack.profiles.findLast((it) => it.stop && it.series === from.series && judge.open(from, it) !== null)?.version ?? from.version
  );
}
