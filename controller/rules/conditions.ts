/**
 * Does a rule's `when` hold for these hosts? What is not known never speaks for a hop: an unknown OS or architecture matches a refusal and
 * does not open an edge; an unknown trait becomes a requirement of the hop, to be proven in preflight.
 */

import type { VersionScheme } from '../../common/version-scheme.ts';
import { reportedOf, type When } from './pack-schema.ts';

export interface HostSituation {
  /** null: asked on the command line, for no host in particular. */
  readonly host: string | null;
  /** `ubuntu:16.04`; null: not known. */
  readonly os: string | null;
  /** `x64` or `arm64`; null: not known. */
  readonly arch: string | null;
}

/** What a path is asked for: the hosts of the cluster and what is known of it as a whole. */
export interface Situation {
  /** At least one. */
  readonly hosts: readonly HostSituation[];
  readonly traits: Readonly<Record<string, string>>;
}

export type Answer =
  | { readonly holds: 'no'; readonly because: string }
  | { readonly holds: 'yes'; readonly because: string | null }
  /** It hangs on a trait that is unknown. */
  | { readonly holds: 'open'; readonly traits: readonly string[] };

type Match = 'yes' | 'no' | 'unknown';

/** A refusal holds when one host is enough for it, and when that is unknown. */
export function answerRefusal(when: When | undefined, situation: Situation): Answer {
  if (when === undefined) return { holds: 'yes', because: null };
  const hit = situation.hosts.find((host) => matchHost(when, host) !== 'no');
  if (hit === undefined) return { holds: 'no', because: `no host is ${hostText(when)}` };
  const trait = answerTraits(when, situation);
  if (trait.holds !== 'yes') return trait;
  const words = [hostPart(when, hit), trait.because].filter((word) => word !== null);
  return { holds: 'yes', because: words.length === 0 ? null : words.join(', ') };
}

/** An edge is there when every host is known to fit. */
export function answerEdge(when: When | undefined, situation: Situation): Answer {
  if (when === undefined) return { holds: 'yes', because: null };
  const miss = situation.hosts.find((host) => matchHost(when, host) !== 'yes');
  if (miss !== undefined) return { holds: 'no', because: `only on ${hostText(when)}; ${placeText(when, miss)}` };
  return answerTraits(when, situation);
}

/** What a condition asks for, as a person reads it: `os ubuntu or centos`, `omHa=true`. */
export function conditionText(when: When, negated: boolean): string {
  const not = negated ? 'not ' : '';
  const parts = [
    when.os === undefined ? null : `os ${not}${when.os.join(' or ')}`,
    when.arch === undefined ? null : `arch ${not}${when.arch.join(' or ')}`,
    ...Object.entries(reportedOf(when)).map(([name, value]) => traitText(name, value, negated)),
  ].filter((part) => part !== null);
  return parts.join(negated ? ' or ' : ' and ');
}

const opposites: Readonly<Record<string, string>> = { '<=': '>', '>': '<=', '<': '>=', '>=': '<' };

/** `omHa=true`, `runtime.java<=11`; negated `omHa!=true`, `runtime.java>11`. */
export function traitText(name: string, wanted: string, negated: boolean): string {
  const bound = boundOf(wanted);
  if (bound === null) return `${name}${negated ? '!=' : '='}${wanted}`;
  return `${name}${negated ? opposites[bound.operator] : bound.operator}${bound.than}`;
}

function boundOf(wanted: string): { readonly operator: string; readonly than: number } | null {
  const [, operator, than] = /^(<=|>=|<|>)([0-9]+)$/.exec(wanted) ?? [];
  return operator === undefined ? null : { operator, than: Number(than) };
}

function meets(reported: string, wanted: string): boolean {
  const bound = boundOf(wanted);
  if (bound === null) return reported === wanted;
  const number = Number(reported);
  if (bound.operator === '<=') return number <= bound.than;
  if (bound.operator === '>=') return number >= bound.than;
  return bound.operator === '<' ? number < bound.than : number > bound.than;
}

function answerTraits(when: When, situation: Situation): Answer {
  const open: string[] = [];
  for (const [name, value] of Object.entries(reportedOf(when))) {
    const reported = Object.hasOwn(situation.traits, name) ? situation.traits[name] : undefined;
    if (reported === undefined) open.push(name);
    else if (!meets(reported, value))
      return { holds: 'no', because: `only with ${traitText(name, value, false)}, and ${name} is ${reported}` };
  }
  if (open.length > 0) return { holds: 'open', traits: open };
  const reported = Object.keys(reportedOf(when)).map((name) => `${name}=${situation.traits[name]}`);
  return { holds: 'yes', because: reported.length === 0 ? null : reported.join(', ') };
}

function matchHost(when: When, host: HostSituation): Match {
  const parts = [
    when.os === undefined ? 'yes' : bestOf(when.os.map((pattern) => matchOs(pattern, host.os))),
    when.arch === undefined ? 'yes' : host.arch === null ? 'unknown' : when.arch.some((arch) => arch === host.arch) ? 'yes' : 'no',
  ] as const;
  return parts.includes('no') ? 'no' : parts.includes('unknown') ? 'unknown' : 'yes';
}

function bestOf(matches: readonly Match[]): Match {
  return matches.includes('yes') ? 'yes' : matches.includes('unknown') ? 'unknown' : 'no';
}

/** `ubuntu` matches every version of it; `centos:7` matches centos:7 and centos:7.9. */
function matchOs(pattern: string, os: string | null): Match {
  const [id, version] = pattern.split(':');
  const [hostId, hostVersion] = os?.toLowerCase().split(':') ?? [];
  if (hostId === undefined || hostId === '') return 'unknown';
  if (hostId !== id) return 'no';
  if (version === undefined) return 'yes';
  if (hostVersion === undefined || hostVersion === '') return 'unknown';
  return hostVersion === version.toLowerCase() || hostVersion.startsWith(`${version.toLowerCase()}.`) ? 'yes' : 'no';
}

function hostText(when: When): string {
  return [when.os?.join(' or '), when.arch?.join(' or ')].filter((part) => part !== undefined).join(' on ');
}

function hostPart(when: When, host: HostSituation): string | null {
  return when.os === undefined && when.arch === undefined ? null : placeText(when, host);
}

/** `host db-3 is ubuntu:16.04`, `the operating system is not known`. */
function placeText(when: When, host: HostSituation): string {
  const whose = host.host === null ? 'it' : `host ${host.host}`;
  const facts = [
    when.os === undefined ? null : host.os === null ? 'of an unknown operating system' : host.os,
    when.arch === undefined ? null : host.arch === null ? 'of an unknown architecture' : host.arch,
  ].filter((fact) => fact !== null);
  return `${whose} is ${facts.join(', ')}`;
}

// Which versions a rule speaks of. A range is a list of alternatives; an alternative is words separated by blanks that must all hold: `any`, `final`,
// `prerelease`, `16.4` (that version), `16` (every version of that series), or `>= > <= <` before either one. A bound that names a series means its
// edge: `<3.0` is below all of 3.0, its pre-releases included; `>3.0` is above all of it.

export type VersionTest = (version: string) => boolean;

type ReadRange = { readonly test: VersionTest } | { readonly expected: string };

/** Reads a range in an engine's own versions; `expected` says what stands there instead of a word that it knows. */
export function readRange(alternatives: readonly string[], scheme: VersionScheme): ReadRange {
  const tests: VersionTest[] = [];
  for (const alternative of alternatives) {
    const words = alternative.split(/\s+/).filter((word) => word !== '');
    const read = words.map((word) => readWord(word, scheme));
    const unknown = words.find((_word, at) => read[at] === null);
    if (words.length === 0 || unknown !== undefined)
      return {
        expected: `expected a version, a series, any, final or prerelease, with >= > <= < before a bound; found "${unknown ?? ''}"`,
      };
    tests.push((version) => read.every((test) => test?.(version) ?? false));
  }
  return { test: (version) => tests.some((test) => test(version)) };
}

function readWord(word: string, scheme: VersionScheme): VersionTest | null {
  if (word === 'any') return () => true;
  if (word === 'final') return (version) => !scheme.isPrerelease(version);
  if (word === 'prerelease') return (version) => scheme.isPrerelease(version);
  const [, operator = '', bound = ''] = /^(>=|<=|>|<)?(.*)$/.exec(word) ?? [];
  const position = readBound(bound, scheme);
  if (position === null) return null;
  if (operator === '>=') return (version) => position(version) >= 0;
  if (operator === '<=') return (version) => position(version) <= 0;
  if (operator === '>') return (version) => position(version) > 0;
  if (operator === '<') return (version) => position(version) < 0;
  return (version) => position(version) === 0;
}

/** Where a version stands relative to the bound: before, in or after it. */
function readBound(bound: string, scheme: VersionScheme): ((version: string) => number) | null {
  const exact = scheme.parse(bound);
  if (exact !== null) return (version) => scheme.compare(version, exact);
  if (scheme.isSeries(bound)) return (version) => scheme.compareSeries(scheme.series(version), bound);
  return null;
}
