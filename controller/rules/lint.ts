/** What is wrong with a pack although every line of it can be read: `drydock rules lint`. PURE. */

import { Judge } from './judge.ts';
import { configFindings } from './lint-config.ts';
import { about, distinct, type KnownIds, type LintFinding } from './lint-finding.ts';
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
      return unknown.map((it) =>
        about(pack, list, id, 'unknown-id', `no code knows the ${it}; correct it, or teach it in engines/rule-ids.ts`),
      );
    });
  });
}

type AnyRule = EdgeText | RefusalText | NoteText;

/** Rules that speak of no pair of listed releases, and do not say that they mean others. Of a chain, each link counts. */
function emptyRules(pack: RulePack): readonly LintFinding[] {
  return (['edges', 'refusals', 'notes'] as const).flatMap((list) => {
    const rules: readonly Compiled<AnyRule>[] = pack[list];
    const empty = rules.filter((rule) => rule.rule.unlisted === undefined && !speaksOfAnything(rule, pack.profiles));
    const message = 'from and to match no two listed releases; correct them, list the releases, or say unlisted: true';
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
      message: `no edge leads to ${end.version} and no refusal says why; add one of them`,
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
  return `speaks of ${from.version} to ${to.version} as "${first.id}" does, but with another rollback, finalization, adjacency or limit; narrow one of them`;
}

function freeRollback(lost: EdgeText, from: Profile, to: Profile): string {
  return `leads back from ${to.version} to ${from.version} by swap, where "${lost.id}" says that there is no such rollback; one of them is wrong`;
}
