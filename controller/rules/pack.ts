/** A rule pack as it is used: read, checked and compiled, with every listed release set against every rule once. */
import { sha256Of } from '../../common/canonical-json.ts';
import { fail } from '../../common/failure.ts';
import { plainText } from '../../common/plain-text.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import { readRange, type VersionTest } from './conditions.ts';
import {
  type EdgeText,
  type Limits,
  type LocatedYaml,
  type NoteText,
  type PackText,
  packSchema,
  type RefusalText,
  readLocatedYaml,
} from './pack-schema.ts';

export const releaseMarks = ['prerelease', 'withdrawn', 'innovation', 'cloud-only'] as const;
export type ReleaseMark = (typeof releaseMarks)[number];

export interface Release {
  readonly version: string;
  /** `2024-08-08`; null: not known. */
  readonly date: string | null;
  readonly marks: readonly ReleaseMark[];
  /** Day on which `cloud-only` ends: binaries for everybody follow by then. null: it does not end. */
  readonly until: string | null;
}

/** A rule with the two sets of versions that it leads between. One edge with a chain becomes several of these. */
export interface Compiled<T> {
  readonly rule: T;
  readonly from: VersionTest;
  readonly to: VersionTest;
}

/** A note, and where the notes of a release ask for it: which one. */
export type NoteRule = Omit<NoteText, 'crosses' | 'carried'> & { readonly release?: string };

/** One version set against every rule: which rules it may begin, which ones it may end. */
export interface Profile {
  readonly version: string;
  /** Where it stands among the pack's releases: its index, or half a place before the next newer one. */
  readonly place: number;
  readonly series: string;
  /** In the pack's list. */
  readonly listed: boolean;
  /** Listed, final, not withdrawn: a walk may stop here. */
  readonly stop: boolean;
  readonly marks: readonly ReleaseMark[];
  /** A mark against it that ended on this day; null: none did. */
  readonly lapsed: string | null;
  readonly edgesFrom: readonly number[];
  readonly edgesTo: Uint8Array;
  readonly refusalsFrom: readonly number[];
  readonly refusalsTo: Uint8Array;
}

export interface RulePack {
  readonly name: string;
  readonly version: number;
  /** sha256 of the file's bytes. */
  readonly digest: string;
  readonly file: string;
  readonly source: string;
  /** Why there is no edge where there is none. */
  readonly otherwise: string;
  readonly scheme: VersionScheme;
  readonly limits: Limits;
  readonly releasesSource: string;
  /** Oldest first. */
  readonly releases: readonly Release[];
  readonly edges: readonly Compiled<EdgeText>[];
  readonly refusals: readonly Compiled<RefusalText>[];
  readonly notes: readonly Compiled<NoteRule>[];
  /** Of the listed releases, oldest first. */
  readonly profiles: readonly Profile[];
  /** Line of a rule, for findings about it. */
  lineOf(list: 'edges' | 'refusals' | 'notes', id: string): number;
  lineOfRelease(version: string): number;
}

/** Packs by engine. */
export type RulePacks = ReadonlyMap<string, RulePack>;

/** Where a pack was read from: for its digest, and for errors that name file and line. */
export type PackOrigin = Pick<LocatedYaml, 'lineOf' | 'wrong'> & { readonly file: string; readonly digest: string };

/** Reads one pack. Throws FailureError(usage, `bad-pack`) that names file, line and what was expected there. */
export function loadPack(file: string, text: string, schemes: ReadonlyMap<string, VersionScheme>): RulePack {
  const yaml = readLocatedYaml(file, text);
  const parsed = packSchema.safeParse(yaml.value, plainText);
  if (parsed.success) return compilePack(parsed.data, { ...yaml, file, digest: sha256Of(text) }, schemes);
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') throw yaml.wrong([...issue.path, issue.keys[0] ?? ''], 'unknown field');
  throw yaml.wrong(issue?.path ?? [], issue?.message ?? 'wrong');
}

/** The second half of loadPack: the meaning of what was written. Throws the same. */
export function compilePack(pack: PackText, origin: PackOrigin, schemes: ReadonlyMap<string, VersionScheme>): RulePack {
  const scheme = schemes.get(pack.engine);
  if (scheme === undefined)
    throw origin.wrong(['engine'], `unknown engine "${pack.engine}"; known engines: ${[...schemes.keys()].sort().join(', ')}`);
  checkIds(pack, origin);
  const { releases, lines } = readReleases(pack, scheme, origin);
  const compiled = {
    scheme,
    edges: pack.edges.flatMap((edge, at) => compileEdge(edge, ['edges', at], scheme, origin)),
    refusals: pack.refusals.map((rule, at) => compileSpan(rule, ['refusals', at], scheme, origin)),
    notes: pack.notes.flatMap((rule, at) => compileNote(rule, ['notes', at], scheme, origin)),
  };
  return {
    ...compiled,
    name: pack.engine,
    version: pack.version,
    digest: origin.digest,
    file: origin.file,
    source: pack.source,
    otherwise: pack.otherwise,
    limits: pack.limits,
    releasesSource: pack.releases.source,
    releases,
    profiles: releases.map((release, place) => profileOf(compiled, release.version, { release, place })),
    lineOfRelease: (version) => origin.lineOf(['releases', 'list']) + (lines.get(version) ?? 0),
    lineOf: (list, id) => origin.lineOf([list, pack[list].findIndex((rule) => rule.id === id)]),
  };
}

/** Reads many packs; two of one engine are refused with FailureError(usage, `bad-pack`). */
export function loadPacks(
  sources: readonly { readonly file: string; readonly text: string }[],
  schemes: ReadonlyMap<string, VersionScheme>,
): RulePacks {
  const packs = new Map<string, RulePack>();
  for (const source of sources) {
    const pack = loadPack(source.file, source.text, schemes);
    const other = packs.get(pack.name);
    if (other !== undefined) throw fail('usage', 'bad-pack', `${source.file}:1: engine "${pack.name}" already has a pack: ${other.file}`);
    packs.set(pack.name, pack);
  }
  return packs;
}

/** Sets a version against every rule of a pack. */
export function profileOf(
  pack: Pick<RulePack, 'scheme' | 'edges' | 'refusals'>,
  version: string,
  { release, place }: { readonly release: Release | null; readonly place: number },
): Profile {
  const marks = release?.marks ?? [];
  const starts = (rules: readonly Compiled<unknown>[]) => rules.flatMap((rule, at) => (rule.from(version) ? [at] : []));
  const ends = (rules: readonly Compiled<unknown>[]) => Uint8Array.from(rules, (rule) => (rule.to(version) ? 1 : 0));
  return {
    version,
    place,
    series: pack.scheme.series(version),
    listed: release !== null,
    stop: release !== null && isStop(marks, pack.scheme.isPrerelease(version)),
    marks,
    lapsed: null,
    edgesFrom: starts(pack.edges),
    edgesTo: ends(pack.edges),
    refusalsFrom: starts(pack.refusals),
    refusalsTo: ends(pack.refusals),
  };
}

/** The pack as it speaks on a day such as 2026-11-29: marks that ended by then are gone, and their releases say so. */
export function packOn(pack: RulePack, today: string | undefined): RulePack {
  const lapsedBy = new Map(
    pack.releases.flatMap(({ version, until }) => (until !== null && today !== undefined && until <= today ? [[version, until]] : [])),
  );
  if (lapsedBy.size === 0) return pack;
  const lapse = (profile: Profile): Profile => {
    const lapsed = lapsedBy.get(profile.version);
    if (lapsed === undefined) return profile;
    const marks = profile.marks.filter((mark) => mark !== 'cloud-only');
    return { ...profile, lapsed, marks, stop: isStop(marks, pack.scheme.isPrerelease(profile.version)) };
  };
  return { ...pack, profiles: pack.profiles.map(lapse) };
}

/** A walk may stop at a listed release unless a mark or its form speaks against it. */
function isStop(marks: readonly ReleaseMark[], prerelease: boolean): boolean {
  return !prerelease && !marks.some((mark) => mark !== 'innovation');
}

/** The order of versions: negative, zero, positive. */
export function compareProfiles({ scheme }: Pick<RulePack, 'scheme'>, a: Profile, b: Profile): number {
  return a === b ? 0 : a.place - b.place || scheme.compare(a.version, b.version);
}

function checkIds(pack: PackText, origin: PackOrigin): void {
  const seen = new Set<string>();
  for (const list of ['edges', 'refusals', 'notes'] as const) {
    for (const [at, rule] of pack[list].entries()) {
      if (seen.has(rule.id)) throw origin.wrong([list, at, 'id'], `"${rule.id}" is already the id of another rule in this pack`);
      seen.add(rule.id);
    }
  }
}

/** One release a line: version, date or -, marks, and the day on which a mark ends. `lines` counts from the line of the list's key. */
function readReleases(
  pack: PackText,
  scheme: VersionScheme,
  origin: PackOrigin,
): { readonly releases: readonly Release[]; readonly lines: ReadonlyMap<string, number> } {
  // The text of a block begins on the line below its `|`.
  const lines = new Map<string, number>();
  const releases = pack.releases.list.split('\n').flatMap((line, at): readonly Release[] => {
    const [written = '', date = '-', ...words] = line.trim().split(/\s+/);
    if (written === '') return [];
    const ends = words.flatMap((word) => /^until:(.*)$/.exec(word)?.[1] ?? []);
    const marks = words.filter((word) => !word.startsWith('until:'));
    const wrong = (sentence: string) => origin.wrong(['releases', 'list'], sentence, at + 1);
    const version = scheme.parse(written);
    if (version === null) throw wrong(`"${written}" is not a valid version of ${pack.engine}`);
    if (lines.has(version)) throw wrong(`${version} is listed twice`);
    if (date !== '-' && !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw wrong(`expected a date such as 2024-08-08, or -, found "${date}"`);
    const strange = marks.find((mark) => !releaseMarks.includes(mark as ReleaseMark));
    if (strange !== undefined) throw wrong(`expected one of ${releaseMarks.join(', ')}, found "${strange}"`);
    if (ends.length > 0 && !marks.includes('cloud-only')) throw wrong('expected until: beside the mark cloud-only, which it ends');
    if (ends.length > 1 || ends.some((day) => !/^\d{4}-\d{2}-\d{2}$/.test(day)))
      throw wrong(`expected one day such as until:2024-08-08, found "${ends.join(' ')}"`);
    lines.set(version, at + 1);
    return [{ version, date: date === '-' ? null : date, marks: marks as ReleaseMark[], until: ends[0] ?? null }];
  });
  return { releases: releases.sort((a, b) => scheme.compare(a.version, b.version)), lines };
}

function compileEdge(
  edge: EdgeText,
  path: readonly PropertyKey[],
  scheme: VersionScheme,
  origin: PackOrigin,
): readonly Compiled<EdgeText>[] {
  if (edge.chain === undefined) return [compileSpan({ ...edge, from: edge.from ?? [], to: edge.to ?? [] }, path, scheme, origin)];
  const links = edge.chain.map((link, at) => compileRange(link, [...path, 'chain', at], scheme, origin));
  return links.slice(1).flatMap((later, at) => {
    const earlier = links[at] as VersionTest;
    const up = { rule: { ...edge, direction: 'up' as const }, from: earlier, to: later };
    const down = { rule: { ...edge, direction: 'down' as const }, from: later, to: earlier };
    return edge.direction === 'up' ? [up] : edge.direction === 'down' ? [down] : [up, down];
  });
}

/** What several releases ask for becomes a note for each of them: it then says which of them asks. */
function compileNote(
  note: NoteText,
  path: readonly PropertyKey[],
  scheme: VersionScheme,
  origin: PackOrigin,
): readonly Compiled<NoteRule>[] {
  const { crosses, carried, ...rest } = note;
  if (crosses === undefined) return [compileSpan({ ...note, from: note.from ?? ['any'], to: note.to ?? ['any'] }, path, scheme, origin)];
  const releases = crosses.map((text, at) => {
    const release = scheme.parse(text);
    if (release === null) throw origin.wrong([...path, 'crosses', at], `expected a version, found "${text}"`);
    return release;
  });
  const twice = releases.findIndex((release, at) => releases.slice(0, at).some((other) => scheme.series(other) === scheme.series(release)));
  if (twice !== -1) throw origin.wrong([...path, 'crosses', twice], 'expected one release of each series');
  return releases.flatMap((release) => {
    const series = scheme.series(release);
    const inSeries = (version: string) => scheme.compareSeries(scheme.series(version), series) === 0;
    const before = (version: string) => inSeries(version) && scheme.compare(version, release) < 0;
    const asks = { ...rest, release, direction: 'up', source: note.source.replace('{release}', release) } as const;
    const within = {
      rule: { ...asks, series: 'same' as const },
      from: before,
      to: (version: string) => inSeries(version) && scheme.compare(version, release) >= 0,
    };
    const beyond = { rule: { ...asks, series: 'other' as const, kinds: ['in-place' as const] }, from: before, to: () => true };
    return carried === undefined ? [within] : [within, beyond];
  });
}

function compileSpan<T extends { readonly from: readonly string[]; readonly to: readonly string[] }>(
  rule: T,
  path: readonly PropertyKey[],
  scheme: VersionScheme,
  origin: PackOrigin,
): Compiled<T> {
  return {
    rule,
    from: compileRange(rule.from, [...path, 'from'], scheme, origin),
    to: compileRange(rule.to, [...path, 'to'], scheme, origin),
  };
}

function compileRange(range: readonly string[], path: readonly PropertyKey[], scheme: VersionScheme, origin: PackOrigin): VersionTest {
  const read = readRange(range, scheme);
  if ('expected' in read) throw origin.wrong(path, read.expected);
  return read.test;
}
