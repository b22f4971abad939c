/**
 * May one hop be made, by which edge, and if not, why not? A judge is made for one question (pack, hosts, traits) and asked about many
 * pairs of versions, so what does not hang on the pair is answered once.
 */
import type { WayBack } from '../../common/plan.ts';
import { type Answer, answerEdge, answerRefusal, type Situation } from './conditions.ts';
import { type Profile, profileOf, type RulePack, type RulePacks } from './pack.ts';
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

export interface Judge {
  readonly pack: RulePack;
  readonly situation: Situation;
  profile(version: string): Profile;
  /** The best edge for this hop, all rules asked. */
  open(from: Profile, to: Profile): OpenHop | null;
  /** An edge leads there, whether or not anything forbids it. */
  leads(from: Profile, to: Profile): boolean;
  /** Every reason against the hop; empty: it is open. */
  explain(from: Profile, to: Profile): readonly Pruned[];
  /** Refusals that speak of this pair, whatever their conditions say. */
  refusalsMet(from: Profile, to: Profile, edge: EdgeText | null): readonly RefusalMet[];
}

export const wayBackOrder: readonly WayBack[] = ['swap', 'restore-node', 'restore-cluster', 'none'];

/** What cannot be taken back without losing writes, once the hop is over. */
export function isIrreversible(wayBack: WayBack, edge: EdgeText): boolean {
  return wayBackOrder.indexOf(wayBack) >= 2 || edge.finalize !== 'none';
}

export function judgeFor(pack: RulePack, packs: RulePacks, situation: Situation): Judge {
  const { scheme } = pack;
  const edgeAnswers = pack.edges.map(({ rule }) => answerEdge(rule.when, situation));
  const refusalAnswers = pack.refusals.map(({ rule }) => answerRefusal(rule.when, situation));
  const known = new Map(pack.profiles.map((profile) => [profile.version, profile]));
  const stops = pack.profiles.filter((profile) => profile.stop);
  const preference = pack.edges.map((_edge, at) => at).sort((a, b) => weight(pack.edges[a]?.rule) - weight(pack.edges[b]?.rule) || a - b);
  const rank = Uint16Array.from(preference.keys());
  for (const [place, at] of preference.entries()) rank[at] = place;
  const byPreference = new Map<Profile, readonly number[]>();
  const neighbours = new Map<string, Profile | null>();

  const profile = (version: string): Profile => {
    const before = known.get(version);
    if (before !== undefined) return before;
    const made = profileOf(pack, version, null);
    known.set(version, made);
    return made;
  };
  const edgesFrom = (from: Profile): readonly number[] => {
    const before = byPreference.get(from);
    if (before !== undefined) return before;
    const sorted = [...from.edgesFrom].sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0));
    byPreference.set(from, sorted);
    return sorted;
  };
  const fits = (
    rule: { readonly direction: string; readonly series?: 'same' | 'other' | undefined },
    from: Profile,
    to: Profile,
    up: boolean,
  ) =>
    (rule.direction === 'both' || (rule.direction === 'up') === up) &&
    (rule.series === undefined || (rule.series === 'same') === (from.series === to.series));
  const isUp = (from: Profile, to: Profile) => scheme.compare(from.version, to.version) < 0;

  const candidates = (from: Profile, to: Profile): readonly number[] => {
    const found: number[] = [];
    let up: boolean | null = null;
    for (const at of edgesFrom(from)) {
      if (to.edgesTo[at] !== 1) continue;
      up ??= isUp(from, to);
      const rule = pack.edges[at]?.rule;
      if (rule !== undefined && fits(rule, from, to, up)) found.push(at);
    }
    return found;
  };
  const refusalsAt = (from: Profile, to: Profile): readonly number[] => {
    const found: number[] = [];
    let up: boolean | null = null;
    for (const at of from.refusalsFrom) {
      if (to.refusalsTo[at] !== 1) continue;
      up ??= isUp(from, to);
      const rule = pack.refusals[at]?.rule;
      if (rule !== undefined && fits(rule, from, to, up)) found.push(at);
    }
    return found;
  };
  const markAgainst = (to: Profile): Pruned | null => {
    if (to.marks.includes('withdrawn')) return against('withdrawn', `${to.version} was withdrawn by its vendor`);
    if (to.marks.includes('cloud-only')) return against('cloud-only', `${to.version} was released for the vendor's own cloud only`);
    return null;
  };
  const against = (rule: string, reason: string): Pruned => ({ rule, reason, instead: null, source: pack.releasesSource, forbids: true });

  /** All rules but adjacency, which is itself made of this. */
  const openIgnoringNeighbours = (from: Profile, to: Profile): OpenHop | null => {
    const edges = candidates(from, to);
    if (edges.length === 0 || markAgainst(to) !== null) return null;
    const refusals = refusalsAt(from, to).filter((at) => refusalAnswers[at]?.holds === 'yes');
    for (const at of edges) {
      const edge = (pack.edges[at] as { rule: EdgeText }).rule;
      const edgeAnswer = edgeAnswers[at] as Answer;
      if (edgeAnswer.holds === 'no' || refusals.some((refusal) => concerns(pack.refusals[refusal]?.rule, edge))) continue;
      const base = baseHop(edge, from, to);
      if (typeof base === 'object') return { from, to, edge, edgeAnswer, wayBack: worse(edge.wayBack, base?.hop.wayBack), base };
    }
    return null;
  };

  /** null: the base stays; a text: why its hop may not be made. */
  const baseHop = (edge: EdgeText, from: Profile, to: Profile): OpenHop['base'] | string => {
    if (edge.base === undefined || scheme.base === undefined) return null;
    const [before, after] = [scheme.base(from.version), scheme.base(to.version)];
    if (before.engine === after.engine && before.version === after.version) return null;
    const inside = `the package's base goes from ${before.engine} ${before.version} to ${after.engine} ${after.version}`;
    const basePack = packs.get(before.engine);
    if (before.engine !== after.engine || basePack === undefined || basePack === pack) return `${inside}, and no rules lead there`;
    const judge = judgeFor(basePack, packs, situation);
    const [start, end] = [judge.profile(before.version), judge.profile(after.version)];
    const hop = judge.open(start, end);
    if (hop === null) return `${inside}: ${judge.explain(start, end)[0]?.reason}`;
    if (edge.kind !== 'side-by-side' && hop.edge.kind !== edge.kind) return `${inside}, and that is ${hop.edge.kind}, not ${edge.kind}`;
    return { judge, hop };
  };

  /** The nearest stop of another series (or any other stop) that may be gone to. */
  const neighbour = (from: Profile, up: boolean, unit: 'series' | 'version'): Profile | null => {
    const key = `${from.version} ${up} ${unit}`;
    const before = neighbours.get(key);
    if (before !== undefined) return before;
    const ahead = stops.filter((stop) => (up ? isUp(from, stop) : isUp(stop, from)) && (unit === 'version' || stop.series !== from.series));
    const found = (up ? ahead : ahead.reverse()).find((stop) => openIgnoringNeighbours(from, stop) !== null) ?? null;
    neighbours.set(key, found);
    return found;
  };
  const beyond = (edge: EdgeText, from: Profile, to: Profile): Profile | null => {
    if (edge.adjacent === undefined || (edge.adjacent === 'series' && from.series === to.series)) return null;
    const up = isUp(from, to);
    const nearest = neighbour(from, up, edge.adjacent);
    if (nearest === null) return null;
    const difference =
      edge.adjacent === 'series' ? scheme.compareSeries(to.series, nearest.series) : scheme.compare(to.version, nearest.version);
    return (up ? difference > 0 : difference < 0) ? nearest : null;
  };

  const open = (from: Profile, to: Profile): OpenHop | null => {
    const hop = openIgnoringNeighbours(from, to);
    return hop === null || beyond(hop.edge, from, to) !== null ? null : hop;
  };

  const explain = (from: Profile, to: Profile): readonly Pruned[] => {
    const hop = openIgnoringNeighbours(from, to);
    if (hop !== null) {
      const nearest = beyond(hop.edge, from, to);
      if (nearest === null) return [];
      return [
        {
          rule: `${hop.edge.id} adjacent`,
          reason: 'adjacent versions only',
          instead: nearest.version,
          source: hop.edge.source,
          forbids: false,
        },
      ];
    }
    const reasons: Pruned[] = [];
    const mark = markAgainst(to);
    if (mark !== null) reasons.push(mark);
    for (const at of refusalsAt(from, to)) {
      const { rule } = pack.refusals[at] as { rule: RefusalText };
      const answer = refusalAnswers[at] as Answer;
      if (answer.holds !== 'yes') continue;
      const because = answer.because === null ? '' : ` (${answer.because})`;
      reasons.push({
        rule: rule.id,
        reason: `${rule.reason}${because}`,
        instead: rule.instead ?? null,
        source: rule.source,
        forbids: true,
      });
    }
    if (reasons.length > 0) return reasons;
    for (const at of candidates(from, to)) {
      const { rule } = pack.edges[at] as { rule: EdgeText };
      const answer = edgeAnswers[at] as Answer;
      const base = answer.holds === 'no' ? answer.because : baseHop(rule, from, to);
      if (typeof base === 'string') reasons.push({ rule: rule.id, reason: base, instead: null, source: rule.source, forbids: true });
    }
    if (reasons.length > 0) return reasons;
    const way = isUp(from, to) ? '' : ' back';
    return [
      {
        rule: 'no-edge',
        reason: `no rule leads straight${way} from ${from.version} to ${to.version}`,
        instead: null,
        source: pack.source,
        forbids: false,
      },
    ];
  };

  return {
    pack,
    situation,
    profile,
    open,
    explain,
    leads: (from, to) => candidates(from, to).length > 0,
    refusalsMet: (from, to, edge) =>
      refusalsAt(from, to)
        .map((at) => ({ refusal: (pack.refusals[at] as { rule: RefusalText }).rule, answer: refusalAnswers[at] as Answer }))
        .filter(({ refusal }) => edge === null || concerns(refusal, edge)),
  };
}

/** A refusal without kinds concerns every hop. */
function concerns(refusal: RefusalText | undefined, edge: EdgeText): boolean {
  return refusal !== undefined && (refusal.kinds === undefined || refusal.kinds.includes(edge.kind));
}

function worse(a: WayBack, b: WayBack | undefined): WayBack {
  return b !== undefined && wayBackOrder.indexOf(b) > wayBackOrder.indexOf(a) ? b : a;
}

/** Among edges for one hop: reversible before irreversible, rolling before an outage of the whole cluster. */
function weight(edge: EdgeText | undefined): number {
  return edge === undefined ? 0 : (isIrreversible(edge.wayBack, edge) ? 2 : 0) + (edge.kind === 'rolling' ? 0 : 1);
}
