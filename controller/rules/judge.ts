/**
 * May one hop be made, by which edge, and if not, why not? A judge is made for one question (pack, hosts, traits) and asked about many
 * pairs of versions, so what does not hang on the pair is answered once.
 */
import type { WayBack } from '../../common/plan.ts';
import { type Answer, answerEdge, answerRefusal, type Situation } from './conditions.ts';
import { type Compiled, type Profile, profileOf, type RulePack, type RulePacks } from './pack.ts';
import type { EdgeText, RefusalText } from './pack-schema.ts';

/** A hop that may be made. */
export interface OpenHop {
  readonly from: Profile;
  readonly to: Profile;
  readonly edge: EdgeText;
  readonly edgeAnswer: Answer;
  readonly wayBack: WayBack;
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

export interface RefusalMet {
  readonly refusal: RefusalText;
  readonly answer: Answer;
}

const wayBackOrder: readonly WayBack[] = ['swap', 'restore-node', 'restore-cluster', 'none'];

/** What cannot be taken back without losing writes once the hop is over. */
export function isIrreversible({ wayBack, edge }: Pick<OpenHop, 'wayBack' | 'edge'>): boolean {
  return wayBack === 'restore-cluster' || wayBack === 'none' || edge.finalize !== 'none';
}

export class Judge {
  readonly pack: RulePack;
  readonly situation: Situation;
  readonly #packs: RulePacks;
  readonly #edgeAnswers: readonly Answer[];
  readonly #refusalAnswers: readonly Answer[];
  readonly #profiles: Map<string, Profile>;
  /** By where a hop begins: the nearest release that is allowed, by direction and unit. */
  readonly #nearest = new Map<Profile, Map<string, Profile | null>>();

  constructor(pack: RulePack, packs: RulePacks, situation: Situation) {
    this.pack = pack;
    this.situation = situation;
    this.#packs = packs;
    this.#edgeAnswers = pack.edges.map(({ rule }) => answerEdge(rule.when, situation));
    this.#refusalAnswers = pack.refusals.map(({ rule }) => answerRefusal(rule.when, situation));
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
    return a === b ? 0 : a.place - b.place || this.pack.scheme.compare(a.version, b.version);
  }

  /** The hop by its best edge, all rules asked; null: not admissible. As part of a longer walk some edges may not be taken. */
  open(from: Profile, to: Profile, walk: 'alone' | 'longer' = 'alone'): OpenHop | null {
    const edges = this.#edgesAt(from, to);
    if (edges.length === 0) return null;
    const fit = edges.filter((at) => {
      const edge = ruleAt(this.pack.edges, at);
      return (walk === 'alone' || edge.alone === undefined) && this.#passedBy(from, to, edge) === null;
    });
    return this.#allowed(from, to, fit)[0] ?? null;
  }

  /** Edges that lead there, whether or not anything forbids it. */
  edges(from: Profile, to: Profile): readonly EdgeText[] {
    return this.#edgesAt(from, to).map((at) => ruleAt(this.pack.edges, at));
  }

  leads(from: Profile, to: Profile): boolean {
    return this.#edgesAt(from, to).length > 0;
  }

  /** No hop from here leads beyond this place (a release's index, or infinity): a search need not look further. */
  horizon(from: Profile, up: boolean): number {
    const horizons = from.edgesFrom.map((at) => {
      const { direction, series, adjacent } = ruleAt(this.pack.edges, at);
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
    return this.#refusalsAt(from, to)
      .map((at) => ({ refusal: ruleAt(this.pack.refusals, at), answer: answerAt(this.#refusalAnswers, at) }))
      .filter(({ refusal }) => concerns(refusal, edge));
  }

  /** Every reason against the hop; empty: it is open. What a rule forbids is said before what merely leads nowhere. */
  explain(from: Profile, to: Profile): readonly Pruned[] {
    if (this.open(from, to) !== null) return [];
    const [first] = this.#allowed(from, to, this.#edgesAt(from, to));
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
  #allowed(from: Profile, to: Profile, edges: readonly number[]): readonly OpenHop[] {
    if (edges.length === 0 || this.#marksAgainst(to).length > 0) return [];
    const refusals = this.#refusalsAt(from, to).filter((at) => this.#refusalAnswers[at]?.holds === 'yes');
    const hops = edges.flatMap((at) => {
      const edge = ruleAt(this.pack.edges, at);
      const edgeAnswer = answerAt(this.#edgeAnswers, at);
      if (edgeAnswer.holds === 'no' || refusals.some((refusal) => concerns(ruleAt(this.pack.refusals, refusal), edge))) return [];
      const base = this.#baseHop(edge, from, to);
      return typeof base === 'string' ? [] : [{ from, to, edge, edgeAnswer, wayBack: worse(edge.wayBack, base?.hop.wayBack), base }];
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
      if (this.#allowed(from, it, this.#edgesAt(from, it)).length === 0) continue;
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
    if (before.engine !== after.engine || pack === undefined) return `${inside}, and no rule leads there`;
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
    const holding = this.#refusalsAt(from, to).filter((at) => this.#refusalAnswers[at]?.holds === 'yes');
    const ofAll = holding.filter((at) => ruleAt(this.pack.refusals, at).kinds === undefined);
    if (ofAll.length > 0) return ofAll.map((at) => this.#refusalAt(at));
    const edges = this.#edgesAt(from, to).map((at) => ruleAt(this.pack.edges, at));
    const biting = holding.filter((at) => edges.some((edge) => concerns(ruleAt(this.pack.refusals, at), edge)));
    return biting.map((at) => this.#refusalAt(at));
  }

  /** Other kinds of the same hop that are refused, also where no edge offers them: why it is not rolling. */
  otherKinds({ from, to, edge }: OpenHop): readonly Pruned[] {
    const others = this.#edgesAt(from, to)
      .map((at) => ruleAt(this.pack.edges, at))
      .filter((other) => other.kind !== edge.kind);
    return this.#refusalsAt(from, to)
      .filter((at) => {
        const refusal = ruleAt(this.pack.refusals, at);
        const isOfOthers = refusal.kinds !== undefined && !refusal.kinds.includes(edge.kind);
        return this.#refusalAnswers[at]?.holds === 'yes' && (isOfOthers || others.some((other) => concerns(refusal, other)));
      })
      .map((at) => this.#refusalAt(at));
  }

  #refusalAt(at: number): Pruned {
    const { id, kinds, reason, instead, source } = ruleAt(this.pack.refusals, at);
    const answer = answerAt(this.#refusalAnswers, at);
    const because = answer.holds === 'yes' && answer.because !== null ? ` (${answer.because})` : '';
    const which = kinds === undefined ? '' : `not ${kinds.join(' or ')}: `;
    return { rule: id, reason: `${which}${reason}${because}`, instead: instead ?? null, source, forbids: true };
  }

  #conditionsAgainst(from: Profile, to: Profile): readonly Pruned[] {
    const { scheme } = this.pack;
    // A package with another engine inside is another product: nothing forbids it, it is just not the way.
    const isOtherProduct = scheme.base?.(from.version).engine !== scheme.base?.(to.version).engine;
    return this.#edgesAt(from, to).flatMap((at): Pruned[] => {
      const edge = ruleAt(this.pack.edges, at);
      const answer = answerAt(this.#edgeAnswers, at);
      const reason = answer.holds === 'no' ? answer.because : this.#baseHop(edge, from, to);
      return typeof reason === 'string' ? [{ rule: edge.id, reason, instead: null, source: edge.source, forbids: !isOtherProduct }] : [];
    });
  }

  #edgesAt(from: Profile, to: Profile): readonly number[] {
    return this.#rulesAt(this.pack.edges, from.edgesFrom, to.edgesTo, from, to);
  }

  #refusalsAt(from: Profile, to: Profile): readonly number[] {
    return this.#rulesAt(this.pack.refusals, from.refusalsFrom, to.refusalsTo, from, to);
  }

  #rulesAt(
    rules: readonly Compiled<EdgeText | RefusalText>[],
    starts: readonly number[],
    ends: Uint8Array,
    from: Profile,
    to: Profile,
  ): readonly number[] {
    // Asked of every pair of releases: no array is made for the many pairs that no rule speaks of.
    let found: number[] | null = null;
    for (const at of starts) {
      if (ends[at] !== 1) continue;
      const { direction, series } = ruleAt(rules, at);
      if (series !== undefined && (series === 'same') !== (from.series === to.series)) continue;
      if (direction !== 'both' && (direction === 'up') !== this.compare(from, to) < 0) continue;
      if (found === null) found = [at];
      else found.push(at);
    }
    return found ?? none;
  }
}

const none: readonly number[] = [];

function ruleAt<T>(rules: readonly Compiled<T>[], at: number): T {
  return (rules[at] as Compiled<T>).rule;
}

function answerAt(answers: readonly Answer[], at: number): Answer {
  return answers[at] as Answer;
}

/** A refusal without kinds concerns every hop. */
function concerns(refusal: RefusalText, edge: EdgeText): boolean {
  return refusal.kinds === undefined || refusal.kinds.includes(edge.kind);
}

function worse(a: WayBack, b: WayBack | undefined): WayBack {
  return b !== undefined && wayBackOrder.indexOf(b) > wayBackOrder.indexOf(a) ? b : a;
}

/** Reversible before irreversible, rolling before an outage of the whole cluster; the order in the pack decides between equals. */
function weight(hop: Pick<OpenHop, 'wayBack' | 'edge'>): number {
  return (isIrreversible(hop) ? 2 : 0) + (hop.edge.kind === 'rolling' ? 0 : 1);
}
