/**
 * A configuration file as text that people wrote, and changes of it that leave every other byte alone. PURE.
 * A format reads settings with their places and makes one change at a time; that the change did what it should, and nothing else, is found out
 * here by reading the new text again, for every format alike.
 */
import type { ConfigChange } from '../../../common/order-body.ts';

/** Something that the file sets. */
export interface Setting {
  /** Nested keys are joined by dots, entries of lists have their number: `seed_provider.0.class_name`. */
  readonly key: string;
  /** Without quotes and escapes; null: the key is there and has no value. */
  readonly value: string | null;
  /** Lines that it stands on, 1 for the first. */
  readonly line: number;
  readonly lastLine: number;
  /** Another line about the same key counts instead. */
  readonly shadowed?: true;
}

/** What is wrong with a text, where it stands. */
export interface ConfigProblem {
  readonly line: number;
  /** One sentence without its end. */
  readonly detail: string;
}

export interface ConfigReading {
  /** In the order of the file. */
  readonly settings: readonly Setting[];
  /** The database would refuse the text, or it means something that is not read here. With any of them nothing is changed. */
  readonly problems: readonly ConfigProblem[];
}

/** Keys that changes name, in their order; a new name stands behind the old one. */
export const keysNamed = (changes: readonly ConfigChange[]): readonly string[] =>
  changes.flatMap((change) => (change.op === 'rename' ? [change.key, change.to] : [change.key]));

/** A text after a change, or why it cannot be made. */
export type ConfigEdit = { readonly text: string } | { readonly problem: ConfigProblem };

/** What a format knows how to do. Each is asked with a text that it reads without problems; what is so already comes back as it is. */
export interface FormatParts {
  /** What a key is compared by; left out: its letters. */
  readonly sameKey?: (key: string) => string;
  /** What stands below a key is part of it. */
  readonly isNested?: true;
  read(text: string): ConfigReading;
  set(text: string, key: string, value: string): ConfigEdit;
  /** Every line about the key: else an earlier one would count then. */
  rename(text: string, key: string, to: string): ConfigEdit;
  remove(text: string, key: string): ConfigEdit;
}

export interface ConfigFormat {
  read(text: string): ConfigReading;
  /** One change after the other. A second time there is nothing left to change. */
  apply(text: string, changes: readonly ConfigChange[]): ConfigEdit;
  /** What counts for a key; null: it is set without a value; undefined: nothing sets it. */
  valueOf(text: string, key: string): string | null | undefined;
  /** What a key is compared by. */
  keyOf(key: string): string;
}

/** `/etc/db/db.yaml:12: sentence`. */
export const problemText = (file: string, { line, detail }: ConfigProblem): string => `${file}:${line}: ${detail}`;

export function formatOf(parts: FormatParts): ConfigFormat {
  const same = parts.sameKey ?? ((key: string) => key);
  const valuesOf = (text: string) =>
    new Map(
      parts
        .read(text)
        .settings.filter(({ shadowed }) => shadowed === undefined)
        .map(({ key, value }) => [same(key), value]),
    );
  return {
    read: parts.read,
    keyOf: same,
    valueOf: (text, key) => valuesOf(text).get(same(key)),
    apply(text, changes) {
      const [unread] = parts.read(text).problems;
      if (unread !== undefined) return { problem: unread };
      let current = text;
      for (const change of changes) {
        const edit = applied(parts, same, current, change);
        if ('problem' in edit) return edit;
        current = edit.text;
      }
      return { text: current };
    },
  };

  function applied({ read, rename, remove, set }: FormatParts, sameKey: (key: string) => string, text: string, change: ConfigChange) {
    const before = valuesOf(text);
    const expected = valuesAfter(before, change, sameKey, parts.isNested === true);
    if ('problem' in expected) return expected;
    if (isSame(before, expected.values)) return { text };
    const edit = made();
    if ('problem' in edit) return edit;
    const after = read(edit.text);
    if (after.problems.length === 0 && isSame(valuesOf(edit.text), expected.values)) return edit;
    const line = read(text).settings.find(({ key }) => sameKey(key) === sameKey(change.key))?.line ?? 1;
    return { problem: { line, detail: `${change.key} cannot be changed without changing the lines around it: change it by hand` } };

    function made(): ConfigEdit {
      if (change.op === 'set') return set(text, change.key, change.value);
      if (change.op === 'remove') return remove(text, change.key);
      const renamed = rename(text, change.key, change.to);
      if ('problem' in renamed || change.unit === undefined) return renamed;
      return set(renamed.text, change.to, `${before.get(sameKey(change.key))}${change.unit}`);
    }
  }
}

/** What a unit can be given to; all else keeps its old name. */
const isBareNumber = (value: string | null | undefined): value is string => typeof value === 'string' && /^\d+(\.\d+)?$/.test(value);

type Values = ReadonlyMap<string, string | null>;

/** Settings as they must be once the change is made, and nothing else differs. */
function valuesAfter(
  before: Values,
  change: ConfigChange,
  same: (key: string) => string,
  isNested: boolean,
): { readonly values: Values } | { readonly problem: ConfigProblem } {
  const key = same(change.key);
  const values = new Map(before);
  if (change.op === 'set') {
    values.set(key, change.value);
    // What was no more than a name is a map from now on.
    for (let end = isNested ? key.lastIndexOf('.') : -1; end !== -1; end = key.lastIndexOf('.', end - 1))
      if (values.get(key.slice(0, end)) === null) values.delete(key.slice(0, end));
    return { values };
  }
  const isPart = (other: string, of: string) => other === of || (isNested && other.startsWith(`${of}.`));
  const moved = [...values].filter(([other]) => isPart(other, key));
  for (const [other] of moved) values.delete(other);
  if (change.op === 'remove' || moved.length === 0) return { values };
  if (change.unit !== undefined && moved.some(([other, value]) => other !== key || !isBareNumber(value))) return { values: before };
  const to = same(change.to);
  if ([...before.keys()].some((other) => isPart(other, to)))
    return { problem: { line: 1, detail: `it already sets ${change.to}: remove ${change.key} instead of renaming it` } };
  for (const [other, value] of moved)
    values.set(`${to}${other.slice(key.length)}`, change.unit === undefined ? value : `${value}${change.unit}`);
  return { values };
}

function isSame(one: Values, other: Values): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.has(key) && other.get(key) === value);
}
