/** What is wrong with a pack although every line of it can be read: `drydock rules lint`. PURE. */

import { configTasks } from './hop-document.ts';
import { Judge } from './judge.ts';
import type { Compiled, Profile, RulePack, RulePacks } from './pack.ts';
import type { EdgeText, NoteText, RefusalText } from './pack-schema.ts';

/** Findings in the order of the file's lines. No finding: the pack can be used as it is. */
export function lintPack(pack: RulePack, packs: RulePacks, known: KnownIds): readonly LintFinding[] {
  const judge = new Judge(pack, packs, { hosts: [{ host: null, os: null, arch: null }], traits: {} });
  const findings = [
    ...unknownIds(pack, known),
    ...configFindings(pack, known),
    ...emptyRules(pack),
    ...unreachable(pack, judge),
    ...disagreeing(pack, judge),
  ];
  return findings.sort((a, b) => a.line - b.line);
}

function unknownIds(pack: RulePack, known: KnownIds): readonly LintFinding[] {
  return (['edges', 'notes'] as const).flatMap((list) => {
    const rules: readonly Compiled<EdgeText | NoteText>[] = pack[list];
    return distinct(rules).flatMap(({ id, requires, tasks }) => {
      const unknown = [
        ...requires.filter((it) => !known.requirements.has(it)).map((it) => `requirement "${it}"`),
        ...tasks.filter((it) => !known.tasks.has(it)).map((it) => `task "${it}"`),
      ];
      return unknown.map((it) => about(pack, list, id, 'unknown-id', `unknown ${it}; correct it, or add it to engines/rule-ids.ts`));
    });
  });
}

type AnyRule = EdgeText | RefusalText | NoteText;

/** Rules that speak of no pair of listed releases, and do not say that they mean others. Of a chain, each link counts. */
function emptyRules(pack: RulePack): readonly LintFinding[] {
  return (['edges', 'refusals', 'notes'] as const).flatMap((list) => {
    const rules: readonly Compiled<AnyRule>[] = pack[list];
    const empty = rules.filter((rule) => rule.rule.unlisted === undefined && !speaksOfAnything(rule, pack.profiles));
    const message = 'from and to match no two listed releases; correct them, list the releases, or set unlisted: true';
    return distinct(empty).map(({ id }) => about(pack, list, id, 'matches-nothing', message));
  });
}

function speaksOfAnything({ rule, from, to }: Compiled<AnyRule>, profiles: readonly Profile[]): boolean {
  const starts = profiles.filter((it) => from(it.version));
  const ends = profiles.filter((it) => to(it.version));
  return starts.some((start) =>
    ends.some(
      (end) =>
        start !== end &&
        (rule.direction === 'both' || (rule.direction === 'up') === start.place < end.place) &&
        (rule.series === undefined || (rule.series === 'same') === (start.series === end.series)),
    ),
  );
}

/** Releases that no edge leads to, although no rule says that they are to be avoided. The oldest one is where everything begins. */
function unreachable(pack: RulePack, judge: Judge): readonly LintFinding[] {
  const [, ...others] = pack.profiles.filter((it) => it.stop);
  return others
    .filter((end) => {
      const starts = pack.profiles.filter((it) => it !== end);
      if (starts.some((start) => judge.leads(start, end))) return false;
      return !starts.some((start) => judge.explain(start, end).some((pruned) => pruned.forbids));
    })
    .map((end) => ({
      kind: 'unreachable',
      file: pack.file,
      line: pack.lineOfRelease(end.version),
      rule: null,
      message: `no edge leads to ${end.version} and no refusal explains why; add one of them`,
    }));
}

/** Pairs of edges that say different things about the same hop, or that make a hop without a rollback free to roll back. */
function disagreeing(pack: RulePack, judge: Judge): readonly LintFinding[] {
  const found = new Map<string, LintFinding>();
  const once = (key: string, finding: LintFinding) => {
    if (!found.has(key)) found.set(key, finding);
  };
  for (const from of pack.profiles) {
    for (const to of pack.profiles) {
      if (from === to) continue;
      const edges = judge.edges(from, to);
      const [first, ...rest] = edges;
      const other = rest.find((it) => first !== undefined && contradicts(first, it));
      if (first !== undefined && other !== undefined)
        once(`${first.id} ${other.id}`, about(pack, 'edges', other.id, 'contradiction', contradiction(first, from, to)));
      const back = edges.some(isLost) ? rolledBack(from, to, judge) : null;
      if (back !== null)
        once(
          `${back.lost.id} back by ${back.free.id}`,
          about(pack, 'edges', back.free.id, 'free-rollback', freeRollback(back.lost, from, to)),
        );
    }
  }
  return [...found.values()];
}

/** Same hop, same kind, same conditions, other words. */
function contradicts(a: EdgeText, b: EdgeText): boolean {
  if (a.id === b.id || a.kind !== b.kind || a.alone !== b.alone || JSON.stringify(a.when) !== JSON.stringify(b.when)) return false;
  return (
    a.rollback !== b.rollback ||
    a.finalize !== b.finalize ||
    a.adjacent !== b.adjacent ||
    JSON.stringify(a.limits) !== JSON.stringify(b.limits)
  );
}

function isLost(edge: EdgeText): boolean {
  return edge.rollback === 'restore-cluster' || edge.rollback === 'none';
}

function rolledBack(from: Profile, to: Profile, judge: Judge): { readonly lost: EdgeText; readonly free: EdgeText } | null {
  const there = judge.open(from, to);
  if (there === null || !isLost(there.edge)) return null;
  const back = judge.open(to, from);
  return back === null || back.rollback !== 'lossless' ? null : { lost: there.edge, free: back.edge };
}

function contradiction(first: EdgeText, from: Profile, to: Profile): string {
  return `covers ${from.version} to ${to.version} as "${first.id}" does, but with another rollback, finalization, adjacency or limit; narrow one of them`;
}

function freeRollback(lost: EdgeText, from: Profile, to: Profile): string {
  return `leads from ${to.version} back to ${from.version} by swap, but "${lost.id}" excludes such a rollback; one of them is wrong`;
}

// What is wrong with what a pack says of configuration files.

type Speaker = { readonly list: 'edges' | 'notes'; readonly compiled: Compiled<EdgeText | NoteText> };

export function configFindings(pack: RulePack, known: KnownIds): readonly LintFinding[] {
  const speakers = (['edges', 'notes'] as const).flatMap((list) => {
    const rules: readonly Compiled<EdgeText | NoteText>[] = pack[list];
    return rules.filter(({ rule }) => rule.config.length > 0).map((compiled): Speaker => ({ list, compiled }));
  });
  return [...unknownFiles(pack, known), ...changedTwice(pack, speakers)];
}

function unknownFiles(pack: RulePack, known: KnownIds): readonly LintFinding[] {
  const files = known.configFiles.get(pack.name) ?? [];
  return (['edges', 'notes'] as const).flatMap((list) => {
    const rules: readonly Compiled<EdgeText | NoteText>[] = pack[list];
    return distinct(rules).flatMap(({ id, config }) => {
      const unknown = [...new Set(config.map(({ file }) => file))].filter((file) => !files.includes(file));
      const instead = files.length === 0 ? 'this engine has none' : `known files: ${files.join(', ')}`;
      return unknown.map((file) =>
        about(pack, list, id, 'unknown-file', `unknown configuration file ${file}; ${instead} (engines/config-files.ts)`),
      );
    });
  });
}

/** A key that two tasks of one hop speak of: which comes first would decide. */
function changedTwice(pack: RulePack, speakers: readonly Speaker[]): readonly LintFinding[] {
  const found = new Map<string, LintFinding>();
  for (const [at, one] of speakers.entries())
    for (const other of speakers.slice(at)) {
      const key = sharedKey(one, other);
      if (key === null || (one !== other && !meet(pack, one, other))) continue;
      const message = `changes ${key} on the same hop as "${one.compiled.rule.id}" does; keep one of the two`;
      const finding = about(pack, other.list, other.compiled.rule.id, 'config-twice', message);
      found.set(`${finding.rule} ${key}`, finding);
    }
  return [...found.values()];
}

/** null: each key is spoken of once. */
function sharedKey(one: Speaker, other: Speaker): string | null {
  const keysOf = ({ compiled }: Speaker) => configTasks(compiled.rule).flatMap(({ file, keys }) => keys.map((key) => `${key} in ${file}`));
  const keys = keysOf(one);
  if (one === other) return keys.find((key, at) => keys.indexOf(key) !== at) ?? null;
  return keysOf(other).find((key) => keys.includes(key)) ?? null;
}

function meet(pack: RulePack, one: Speaker, other: Speaker): boolean {
  const [a, b] = [one.compiled, other.compiled];
  const starts = pack.profiles.filter(({ version }) => a.from(version) && b.from(version));
  const ends = pack.profiles.filter(({ version }) => a.to(version) && b.to(version));
  return starts.some((start) =>
    ends.some((end) => start !== end && isSpokenOf(a, start.place, end.place) && isSpokenOf(b, start.place, end.place)),
  );
}

const isSpokenOf = ({ rule }: Compiled<EdgeText | NoteText>, from: number, to: number): boolean =>
  rule.direction === 'both' || (rule.direction === 'up') === from < to;

// What the lint says, and about which line.

export type LintKind =
  | 'unreachable'
  | 'contradiction'
  | 'free-rollback'
  | 'matches-nothing'
  | 'unknown-id'
  | 'unknown-file'
  | 'config-twice';

export interface LintFinding {
  readonly kind: LintKind;
  readonly file: string;
  readonly line: number;
  /** Id of the rule; null: about a release. */
  readonly rule: string | null;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** Ids that somebody knows what to do about. */
export interface KnownIds {
  readonly requirements: ReadonlyMap<string, string>;
  readonly tasks: ReadonlyMap<string, string>;
  /** Names of the configuration files of each engine. */
  readonly configFiles: ReadonlyMap<string, readonly string[]>;
}

export function about(pack: RulePack, list: 'edges' | 'refusals' | 'notes', rule: string, kind: LintKind, message: string): LintFinding {
  return { kind, file: pack.file, line: pack.lineOf(list, rule), rule, message };
}

/** A chain is one rule in the file and many when compiled. */
export function distinct<T extends { readonly id: string }>(rules: readonly Compiled<T>[]): readonly T[] {
  return [...new Map(rules.map(({ rule }) => [rule.id, rule])).values()];
}
