/**
 * May one hop be made, by which edge, and if not, why not? A judge is made for one question (pack, hosts, traits) and asked about many
 * pairs of versions, so what does not hang on the pair is answered once.
 */
import type { RollbackKind } from '../../common/plan.ts';
import type { Answer, Situation } from './conditions.ts';
import { type Compiled, compareProfiles, type Profile, profileOf, type RulePack, type RulePacks } from './pack.ts';
import type { EdgeText } from './pack-schema.ts';
import { concerns, type EdgeMet, type RefusalMet, RulesMet } from './rules-met.ts';

/** A hop that may be made. */
export interface OpenHop {
  readonly from: Profile;
  readonly to: Profile;
  readonly edge: EdgeText;
  readonly edgeAnswer: Answer;
  readonly rollback: RollbackKind;
  /** The hop that the engine inside the package makes at the same time; null: it stays what it is. */
  readonly base: { readonly judge: Judge; readonly hop: OpenHop } | null;
}

/** Why a hop may not be made. */
export interface Pruned {
  /** Id of the rule, or what stands for one; equal for the same reason. */
  readonly rule: string;
  readonly reason: string;
  /** null: the nearest newer release that is allowed. */
  readonly instead: string | null;
  readonly source: string;
  /** A rule says no; false: only nothing leads there in one hop. */
  readonly forbids: boolean;
}

const rollbackOrder: readonly RollbackKind[] = ['lossless', 'restore-node', 'restore-cluster', 'none'];

/** What cannot be rolled back without losing writes once the hop is over. */
export function isIrreversible({ rollback, edge }: Pick<OpenHop, 'rollback' | 'edge'>): boolean {
  return rollback === 'restore-cluster' || rollback === 'none' || edge.finalize !== 'none';
}

export class Judge {
  readonly pack: RulePack;
  readonly situation: Situation;
  readonly #packs: RulePacks;
  readonly #met: RulesMet;
  readonly #profiles: Map<string, Profile>;
  /** By where a hop begins: the nearest release that is allowed, by direction and unit. */
  readonly #nearest = new Map<Profile, Map<string, Profile | null>>();

  constructor(pack: RulePack, packs: RulePacks, situation: Situation) {
    this.pack = pack;
    this.situation = situation;
    this.#packs = packs;
    this.#met = new RulesMet(pack, situation);
    this.#profiles = new Map(pack.profiles.map((profile) => [profile.version, profile]));
  }

  /** A canonical version set against the rules. */
  profile(version: string): Profile {
    const known = this.#profiles.get(version);
    if (known !== undefined) return known;
    const newer = this.pack.profiles.findIndex((it) => this.pack.scheme.compare(it.version, version) > 0);
    const place = (newer === -1 ? this.pack.profiles.length : newer) - 0.5;
    const made = profileOf(this.pack, version, { release: null, place });
    this.#profiles.set(version, made);
    return made;
  }

  /** The order of versions: negative, zero, positive. */
  compare(a: Profile, b: Profile): number {
    return compareProfiles(this.pack, a, b);
  }

  /** The hop by its best edge, all rules asked; null: not admissible. As part of a longer walk some edges may not be taken. */
  open(from: Profile, to: Profile, walk: 'alone' | 'longer' = 'alone'): OpenHop | null {
    const edges = this.#met.edges(from, to);
    if (edges.length === 0) return null;
    const fit = edges.filter(({ edge }) => (walk === 'alone' || edge.alone === undefined) && this.#passedBy(from, to, edge) === null);
    return this.#allowed(from, to, fit)[0] ?? null;
  }

  /** Edges that lead there, whether or not anything forbids it. */
  edges(from: Profile, to: Profile): readonly EdgeText[] {
    return this.#met.edges(from, to).map(({ edge }) => edge);
  }

  leads(from: Profile, to: Profile): boolean {
    return this.#met.edges(from, to).length > 0;
  }

  /** No hop from here leads beyond this place (a release's index, or infinity): a search need not look further. */
  horizon(from: Profile, up: boolean): number {
    const horizons = from.edgesFrom.map((at) => {
      const { direction, series, adjacent } = (this.pack.edges[at] as Compiled<EdgeText>).rule;
      if (direction !== 'both' && (direction === 'up') !== up) return from.place;
      if (series === 'same') return this.#endOfSeries(from, up);
      const nearest = adjacent === 'series' ? this.#nearestAllowed(from, up, adjacent) : null;
      return nearest === null ? (up ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) : this.#endOfSeries(nearest, up);
    });
    return up ? Math.max(from.place, ...horizons) : Math.min(from.place, ...horizons);
  }

  /** Half a place beyond the last release of a series: a version that is not listed stands there. */
  #endOfSeries(of: Profile, up: boolean): number {
    const step = up ? 1 : -1;
    let place = up ? Math.ceil(of.place) : Math.floor(of.place);
    while (this.pack.profiles[place]?.series === of.series) place += step;
    return place - step / 2;
  }

  /** Refusals that speak of a hop by this edge, whatever their conditions say. */
  refusalsMet(from: Profile, to: Profile, edge: EdgeText): readonly RefusalMet[] {
    return this.#met.refusals(from, to).filter(({ refusal }) => concerns(refusal, edge));
  }

  /** Every reason against the hop; empty: it is open. What a rule forbids is said before what merely leads nowhere. */
  explain(from: Profile, to: Profile): readonly Pruned[] {
    if (this.open(from, to) !== null) return [];
    const [first] = this.#allowed(from, to, this.#met.edges(from, to));
    if (first !== undefined) {
      const instead = this.#passedBy(from, to, first.edge)?.version ?? null;
      return [{ rule: `${first.edge.id} adjacent`, reason: 'adjacent versions only', instead, source: first.edge.source, forbids: false }];
    }
    const forbidden = [...this.#marksAgainst(to), ...this.#refusalsAgainst(from, to)];
    if (forbidden.length > 0) return forbidden;
    const unfit = this.#conditionsAgainst(from, to);
    if (unfit.length > 0) return unfit;
    const reason = `not in one hop: ${this.pack.otherwise}`;
    return [{ rule: 'no-edge', reason, instead: null, source: this.pack.source, forbids: false }];
  }

  /** Hops by these edges that nothing forbids, the best first; whether something allowed lies between is not asked. */
  #allowed(from: Profile, to: Profile, edges: readonly EdgeMet[]): readonly OpenHop[] {
    if (edges.length === 0 || this.#marksAgainst(to).length > 0) return [];
    const refusals = this.#refusalsHolding(from, to);
    const hops = edges.flatMap(({ edge, answer: edgeAnswer }) => {
      if (edgeAnswer.holds === 'no' || refusals.some(({ refusal }) => concerns(refusal, edge))) return [];
      const base = this.#baseHop(edge, from, to);
      return typeof base === 'string' ? [] : [{ from, to, edge, edgeAnswer, rollback: worse(edge.rollback, base?.hop.rollback), base }];
    });
    return hops.length < 2 ? hops : hops.sort((a, b) => weight(a) - weight(b));
  }

  /** The nearest allowed release that a hop by an edge between neighbours would pass by; null: it passes by none. */
  #passedBy(from: Profile, to: Profile, { adjacent }: EdgeText): Profile | null {
    if (adjacent === undefined || (adjacent === 'series' && from.series === to.series)) return null;
    const up = this.compare(from, to) < 0;
    const nearest = this.#nearestAllowed(from, up, adjacent);
    if (nearest === null || (adjacent === 'series' && to.series === nearest.series)) return null;
    return this.compare(nearest, to) < 0 === up && nearest !== to ? nearest : null;
  }

  #nearestAllowed(from: Profile, up: boolean, unit: 'series' | 'version'): Profile | null {
    const known = this.#nearest.get(from) ?? new Map<string, Profile | null>();
    this.#nearest.set(from, known);
    const key = `${up ? 'up' : 'down'} ${unit}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    let nearest: Profile | null = null;
    for (const it of this.#stopsAhead(from, up)) {
      if (unit === 'series' && it.series === from.series) continue;
      if (this.#allowed(from, it, this.#met.edges(from, it)).length === 0) continue;
      nearest = it;
      break;
    }
    known.set(key, nearest);
    return nearest;
  }

  /** Where walks may stop, from the nearest one on. */
  *#stopsAhead(from: Profile, up: boolean): Generator<Profile> {
    const { profiles } = this.pack;
    const step = up ? 1 : -1;
    const first = up ? Math.floor(from.place) + 1 : Math.ceil(from.place) - 1;
    for (let place = first; place >= 0 && place < profiles.length; place += step)
      if (profiles[place]?.stop) yield profiles[place] as Profile;
  }

  /** null: the base stays what it is; a text: why it may not go along. */
  #baseHop(edge: EdgeText, from: Profile, to: Profile): OpenHop['base'] | string {
    const { scheme } = this.pack;
    if (edge.base === undefined || scheme.base === undefined) return null;
    const [before, after] = [scheme.base(from.version), scheme.base(to.version)];
    if (before.engine === after.engine && before.version === after.version) return null;
    const inside = `inside the package, ${before.engine} ${before.version} becomes ${after.engine} ${after.version}`;
    const pack = this.#packs.get(before.engine);
    if (before.engine !== after.engine || pack === undefined) return `${inside}, and no rule allows that`;
    const judge = new Judge(pack, this.#packs, this.situation);
    const [start, end] = [judge.profile(before.version), judge.profile(after.version)];
    const hop = judge.open(start, end);
    if (hop === null) return `${inside}: ${judge.explain(start, end)[0]?.reason}`;
    if (edge.kind !== 'side-by-side' && hop.edge.kind !== edge.kind) return `${inside}, and that goes ${hop.edge.kind}, not ${edge.kind}`;
    return { judge, hop };
  }

  #marksAgainst(to: Profile): readonly Pruned[] {
    const against = (rule: string, reason: string): Pruned => {
      return { rule, reason, instead: null, source: this.pack.releasesSource, forbids: true };
    };
    if (to.marks.includes('withdrawn')) return [against('withdrawn', `${to.version} was withdrawn by its vendor`)];
    if (to.marks.includes('cloud-only')) return [against('cloud-only', `${to.version} was released for the vendor's own cloud only`)];
    return [];
  }

  /** Refusals of every kind of hop; where there are none, those of the kinds that lead there. */
  #refusalsAgainst(from: Profile, to: Profile): readonly Pruned[] {
    const holding = this.#refusalsHolding(from, to);
    const ofAll = holding.filter(({ refusal }) => refusal.kinds === undefined);
    if (ofAll.length > 0) return ofAll.map(refusedBy);
    const edges = this.edges(from, to);
    return holding.filter(({ refusal }) => edges.some((edge) => concerns(refusal, edge))).map(refusedBy);
  }

  #refusalsHolding(from: Profile, to: Profile): readonly RefusalMet[] {
    return this.#met.refusals(from, to).filter(({ answer }) => answer.holds === 'yes');
  }

  /** Other kinds of the same hop that are refused, also where no edge offers them: why it is not rolling. */
  otherKinds({ from, to, edge }: OpenHop): readonly Pruned[] {
    const others = this.edges(from, to).filter((other) => other.kind !== edge.kind);
    return this.#refusalsHolding(from, to)
      .filter(({ refusal }) => {
        const isOfOthers = refusal.kinds !== undefined && !refusal.kinds.includes(edge.kind);
        return isOfOthers || others.some((other) => concerns(refusal, other));
      })
      .map(refusedBy);
  }

  #conditionsAgainst(from: Profile, to: Profile): readonly Pruned[] {
    const { scheme } = this.pack;
    // A package with another engine inside is another product: nothing forbids it, it is just not the way.
    const isOtherProduct = scheme.base?.(from.version).engine !== scheme.base?.(to.version).engine;
    return this.#met.edges(from, to).flatMap(({ edge, answer }): Pruned[] => {
      const reason = answer.holds === 'no' ? answer.because : this.#baseHop(edge, from, to);
      return typeof reason === 'string' ? [{ rule: edge.id, reason, instead: null, source: edge.source, forbids: !isOtherProduct }] : [];
    });
  }
}

function refusedBy({ refusal, answer }: RefusalMet): Pruned {
  const { id, kinds, policy, reason, instead, source } = refusal;
  const because = answer.holds === 'yes' && answer.because !== null ? ` (${answer.because})` : '';
  const which = kinds === undefined ? '' : `not ${kinds.join(' or ')}: `;
  const whose = policy === undefined ? '' : 'policy of Drydock, not of the vendor: ';
  return { rule: id, reason: `${which}${whose}${reason}${because}`, instead: instead ?? null, source, forbids: true };
}

function worse(a: RollbackKind, b: RollbackKind | undefined): RollbackKind {
  return b !== undefined && rollbackOrder.indexOf(b) > rollbackOrder.indexOf(a) ? b : a;
}

/** Reversible before irreversible, rolling before a downtime of the whole cluster; the order in the pack decides between equals. */
function weight(hop: Pick<OpenHop, 'rollback' | 'edge'>): number {
  return (isIrreversible(hop) ? 2 : 0) + (hop.edge.kind === 'rolling' ? 0 : 1);
}
