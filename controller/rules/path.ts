/** "Which versions may I go through, on these hosts, in this state?", answered from rule packs alone, with the reason for every no. PURE. */
import type { PathDocument } from '../../common/documents/rules.ts';
import { type FailureError, fail } from '../../common/failure.ts';
import type { HostSituation } from './conditions.ts';
import { describeHop } from './hop-document.ts';
import { Judge, type OpenHop } from './judge.ts';
import { type Profile, packOn, type RulePack, type RulePacks } from './pack.ts';
import { reportedOf } from './pack-schema.ts';
import { refusedOf } from './refusals.ts';
import { type Walks, walksFrom } from './walk.ts';

export interface PathQuery {
  readonly engine: string;
  readonly from: string;
  /** A version, or a series: then its newest release that is allowed. */
  readonly to: string;
  /** Every host of the cluster; one host without a name when asked for none in particular. Never empty. */
  readonly hosts: readonly HostSituation[];
  /** Versions to stop at on the way, in its order; left out or empty: wherever it is cheapest. */
  readonly via?: readonly string[];
  /** What is known of the cluster as a whole: `omHa` is `true`. */
  readonly traits: Readonly<Record<string, string>>;
  /** The day, such as 2026-11-29: marks that end by then do not count. Left out: every mark counts. */
  readonly today?: string;
}

/**
 * The cheapest admissible walk, and every pruned edge with reason, source and what to take instead. A path that is not admissible is an
 * answer and no error. Throws FailureError: not-found `unknown-engine`, usage `bad-version`, `bad-via`, `unknown-trait` and `bad-trait`, refused
 * `series-as-from`.
 */
export function findPath(query: PathQuery, packs: RulePacks): PathDocument {
  const pack = packOn(packFor(query.engine, packs), query.today);
  checkTraits(query.traits, pack, packs);
  const judge = new Judge(pack, packs, query);
  const from = judge.profile(readFrom(query.from, pack));
  const { to, walks, passedOver } = readTo(query.to, from, judge);
  const via = readVia(query.via ?? [], { from, to, judge });
  const { hops, refused } = via.length === 0 ? straight({ judge, from, to, walks, passedOver }) : byWayOf(via, { judge, from, to });
  return {
    apiVersion: 'drydock/v1',
    engine: pack.name,
    from: from.version,
    to: to.version,
    admissible: hops !== null,
    hops: (hops ?? []).map((hop) => describeHop(hop, judge)),
    refused,
    ...(via.length === 0 ? {} : { via: via.map(({ version }) => version) }),
    ...unlistedOf([from, to]),
    pack: { name: pack.name, version: pack.version, digest: pack.digest },
  };
}

interface Asked {
  readonly judge: Judge;
  readonly from: Profile;
  readonly to: Profile;
}

interface Found {
  /** null: not admissible. */
  readonly hops: readonly OpenHop[] | null;
  readonly refused: PathDocument['refused'];
}

function straight({ judge, from, to, walks, passedOver }: Asked & Target): Found {
  const hops = walks.to(to);
  return { hops, refused: refusedOf({ judge, from, to, hops, reached: walks.reached, passedOver }) };
}

/** The cheapest walk of each part; where one part is not admissible the whole is not. */
function byWayOf(via: readonly Profile[], { judge, from, to }: Asked): Found {
  const ends = [from, ...via, to];
  const parts = ends.slice(1).map((end, at): Found => {
    const begin = ends[at] ?? from;
    if (end !== to && !end.stop) return { hops: null, refused: [noStop(begin, end, judge)] };
    const walks = walksFrom(judge, begin, end, 'longer');
    return straight({ judge, from: begin, to: end, walks, passedOver: [] });
  });
  const whole = parts.every(({ hops }) => hops !== null) ? parts.flatMap(({ hops }) => hops ?? []) : null;
  return { hops: whole, refused: parts.filter(({ hops }) => (hops === null) === (whole === null)).flatMap(({ refused }) => refused) };
}

function noStop(from: Profile, to: Profile, { pack }: Judge): PathDocument['refused'][number] {
  const reason = `a path cannot stop at ${to.version}: it is not a final release listed in the rules of ${pack.name}, or it was withdrawn`;
  return { from: from.version, to: to.version, reason, instead: null, source: pack.source };
}

/** FailureError(usage): `bad-version`, `bad-via` where one does not lie between the one before it and the end. */
function readVia(texts: readonly string[], { from, to, judge }: Asked): readonly Profile[] {
  const way = judge.compare(from, to) <= 0 ? 1 : -1;
  const via: Profile[] = [];
  for (const text of texts) {
    const version = judge.pack.scheme.parse(text);
    if (version === null) throw badVersion(text, judge.pack);
    const [before, stop] = [via.at(-1) ?? from, judge.profile(version)];
    if (way * judge.compare(before, stop) >= 0 || way * judge.compare(stop, to) >= 0)
      throw fail(
        'usage',
        'bad-via',
        `${stop.version} is not between ${before.version} and ${to.version}: give intermediate versions in order`,
      );
    via.push(stop);
  }
  return via;
}

function unlistedOf(ends: readonly Profile[]): Pick<PathDocument, 'unlisted'> {
  const unlisted = [...new Set(ends.filter((end) => !end.listed).map((end) => end.version))];
  return unlisted.length === 0 ? {} : { unlisted };
}

/** A name that no rule speaks of is a slip of the pen, and would be taken for an answer to a question that stays open. */
function checkTraits(traits: PathQuery['traits'], pack: RulePack, packs: RulePacks): void {
  if (Object.keys(traits).length === 0) return;
  const spoken = traitsAskedFor(pack, packs);
  const names = [...spoken.keys()].sort().join(', ');
  for (const [name, value] of Object.entries(traits)) {
    const wanted = spoken.get(name);
    if (wanted === undefined)
      throw fail(
        'usage',
        'unknown-trait',
        `unknown trait ${name}: ${names === '' ? `the rules of ${pack.name} use no traits` : `the rules of ${pack.name} use ${names}`}`,
      );
    if (/^[<>]/.test(wanted) && !/^[0-9]{1,4}$/.test(value))
      throw fail('usage', 'bad-trait', `${name}=${value}: expected its major version, such as ${name}=17`);
  }
}

/** Traits by which its rules decide, each with a value that one of them wants. */
export function traitsAskedFor(pack: RulePack, packs: RulePacks): ReadonlyMap<string, string> {
  return new Map(packsInside(pack, packs).flatMap(wantedBy));
}

/** The rules of a package are those of its own pack and of whatever engine is inside. */
function packsInside(pack: RulePack, packs: RulePacks): readonly RulePack[] {
  const { base } = pack.scheme;
  if (base === undefined) return [pack];
  const engines = new Set(pack.releases.map(({ version }) => base(version).engine));
  return [pack, ...[...packs.values()].filter((other) => engines.has(other.name))];
}

function wantedBy({ edges, refusals, notes }: RulePack): readonly (readonly [name: string, wanted: string])[] {
  return [...edges, ...refusals, ...notes].flatMap(({ rule }) => Object.entries(reportedOf(rule.when)));
}

/** The pack of an engine. Throws FailureError(not-found, `unknown-engine`). */
export function packFor(engine: string, packs: RulePacks): RulePack {
  const pack = packs.get(engine);
  if (pack !== undefined) return pack;
  throw fail('not-found', 'unknown-engine', `unknown engine "${engine}"; known engines: ${[...packs.keys()].sort().join(', ')}`);
}

function readFrom(text: string, pack: RulePack): string {
  const version = pack.scheme.parse(text);
  if (version !== null) return version;
  if (!pack.scheme.isSeries(text)) throw badVersion(text, pack);
  const example = releasesOf(pack, text).at(-1)?.version ?? pack.profiles.at(-1)?.version;
  throw fail('refused', 'series-as-from', `${pack.name} ${text} is a series; give the release that runs now, such as ${example}`);
}

interface Target {
  readonly to: Profile;
  readonly walks: Walks;
  /** Newer releases of the series asked for that may not be reached, newest first. */
  readonly passedOver: readonly Profile[];
}

function readTo(text: string, from: Profile, judge: Judge): Target {
  const { pack } = judge;
  const version = pack.scheme.parse(text);
  if (version !== null) {
    const to = judge.profile(version);
    return { to, walks: walksFrom(judge, from, to), passedOver: [] };
  }
  if (!pack.scheme.isSeries(text)) throw badVersion(text, pack);
  const targets = targetsIn(text, from, judge);
  const [newest] = targets;
  if (newest === undefined)
    throw fail(
      'usage',
      'bad-version',
      `${pack.name} ${text}: the pack lists no release of this series; give a version, such as ${exampleOf(pack)}`,
    );
  const goesUp = judge.compare(from, newest) <= 0;
  const walks = walksFrom(judge, from, goesUp ? newest : (targets.at(-1) ?? newest));
  const to = targets.find((it) => walks.to(it) !== null) ?? newest;
  return { to, walks, passedOver: targets.slice(0, targets.indexOf(to)) };
}

/** What a series can stand for, newest first: its final releases; from inside the series those not older than the start. */
function targetsIn(series: string, from: Profile, judge: Judge): readonly Profile[] {
  const { pack } = judge;
  const releases = releasesOf(pack, series);
  const finals = releases.filter((it) => it.stop);
  const inside = pack.scheme.compareSeries(from.series, series) === 0;
  const newer = finals.filter((it) => judge.compare(it, from) > 0);
  if (inside) return newer.length === 0 ? [from] : newer.reverse();
  return (finals.length === 0 ? releases : finals).reverse();
}

function releasesOf(pack: RulePack, series: string): Profile[] {
  return pack.profiles.filter((it) => pack.scheme.compareSeries(it.series, series) === 0);
}

function badVersion(text: string, pack: RulePack): FailureError {
  return fail('usage', 'bad-version', `"${text}" is not a valid version of ${pack.name}; expected one like ${exampleOf(pack)}`);
}

function exampleOf(pack: RulePack): string {
  return pack.profiles.findLast((it) => it.stop)?.version ?? 'those in its pack';
}
