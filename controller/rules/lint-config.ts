/** What is wrong with what a pack says of configuration files. PURE. */
import { configTasks } from './hop-document.ts';
import { about, distinct, type KnownIds, type LintFinding } from './lint-finding.ts';
import type { Compiled, RulePack } from './pack.ts';
import type { EdgeText, NoteText } from './pack-schema.ts';

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
      const instead = files.length === 0 ? 'none is known of this engine' : `there is ${files.join(', ')}`;
      return unknown.map((file) =>
        about(pack, list, id, 'unknown-file', `no code reads a configuration file ${file}; ${instead}: engines/config-files.ts`),
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
      const message = `speaks of ${key} as "${one.compiled.rule.id}" does, on the same hop; say once what becomes of it`;
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
