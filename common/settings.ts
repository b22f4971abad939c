/**
 * Settings in three types: fragments as written (YAML file, then a drop-in folder in name order), merged, valid.
 * After start only the third exists. Errors name file, line and field.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node as YamlNode } from 'yaml';
import type { z } from 'zod';
import { fail } from './failure.ts';
import { plainText } from './plain-text.ts';

interface Fragment {
  readonly file: string;
  readonly root: YamlNode | null;
  readonly lines: LineCounter;
  readonly value: unknown;
}

/** Where a field's value came from, for `--print-settings` and for errors. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

export interface LoadedSettings<T> {
  readonly value: T;
  /** By dotted path: `instances[0].dataDir`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface SettingsRequest<S extends z.ZodType> {
  /** The main file; must be there. */
  readonly file: string;
  /** `*.yaml` in here are merged over it in name order; may be absent. */
  readonly dropInDir: string | null;
  readonly schema: S;
}

/** Reads, merges and checks. Objects merge by key, lists append (drop-ins add instances), scalars replace. Throws FailureError(usage, `bad-settings`). */
export function loadSettings<S extends z.ZodType>(request: SettingsRequest<S>): LoadedSettings<z.output<S>> {
  const fragments = [request.file, ...dropIns(request.dropInDir)].map(readFragment);
  const origins = new Map<string, Origin>();
  let merged: unknown = {};
  for (const fragment of fragments) merged = mergeInto(merged, fragment.value, fragment.root, '', fragment, origins);
  const parsed = request.schema.safeParse(merged, plainText);
  if (!parsed.success) {
    const texts = parsed.error.issues.flatMap((issue) => describeIssue(issue, origins, request.file));
    throw fail('usage', 'bad-settings', texts.join('\n'));
  }
  return { value: parsed.data, origins };
}

/** Where a field stands, or its closest written parent; for checks that are made after parsing (a folder that is not there). */
export function placeOf(origins: ReadonlyMap<string, Origin>, path: string, file: string): string {
  for (let probe = path; probe !== ''; probe = probe.replace(/(\.[^.[]*|\[\d+\])$/, '')) {
    const origin = origins.get(probe);
    if (origin !== undefined) return `${origin.file}:${origin.line}`;
    if (!/[.[]/.test(probe)) break;
  }
  return file;
}

function dropIns(dir: string | null): readonly string[] {
  if (dir === null) return [];
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => join(dir, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fail('usage', 'bad-settings', `${dir}: cannot be listed: ${(error as Error).message}`);
  }
}

function readFragment(file: string): Fragment {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw fail(
      'usage',
      'bad-settings',
      `${file}: ${code === 'ENOENT' ? 'no such settings file' : `cannot be read: ${(error as Error).message}`}`,
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const sentence = broken.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'invalid YAML';
    throw fail('usage', 'bad-settings', `${file}:${lines.linePos(broken.pos[0]).line}: ${sentence}`);
  }
  const value: unknown = document.toJS({ maxAliasCount: 20 }) ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw fail('usage', 'bad-settings', `${file}:1: expected keys and values, found something else`);
  return { file, root: document.contents, lines, value };
}

function mergeInto(
  below: unknown,
  above: unknown,
  node: YamlNode | null,
  path: string,
  fragment: Fragment,
  origins: Map<string, Origin>,
): unknown {
  if (Array.isArray(above)) {
    const start = Array.isArray(below) ? below.length : 0;
    note(origins, path, node, fragment);
    const items = isSeq(node) ? (node.items as YamlNode[]) : [];
    const added = above.map((entry, index) =>
      mergeInto(undefined, entry, items[index] ?? null, `${path}[${start + index}]`, fragment, origins),
    );
    return [...(Array.isArray(below) ? below : []), ...added];
  }
  if (typeof above === 'object' && above !== null) {
    note(origins, path, node, fragment);
    const result: Record<string, unknown> = isRecord(below) ? { ...below } : {};
    for (const [key, entry] of Object.entries(above)) {
      const child = path === '' ? key : `${path}.${key}`;
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;
      // The key's place, not the value's: a nested value may begin a line further down.
      if (pair !== undefined) note(origins, child, pair.key as YamlNode, fragment);
      result[key] = mergeInto(result[key], entry, (pair?.value as YamlNode | undefined) ?? null, child, fragment, origins);
    }
    return result;
  }
  return above;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function note(origins: Map<string, Origin>, path: string, node: YamlNode | null, fragment: Fragment): void {
  const offset = node?.range?.[0];
  if (path === '' || offset === undefined || origins.get(path)?.file === fragment.file) return;
  origins.set(path, { file: fragment.file, line: fragment.lines.linePos(offset).line });
}

function describeIssue(issue: z.core.$ZodIssue, origins: ReadonlyMap<string, Origin>, file: string): readonly string[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const full = path === '' ? key : `${path}.${key}`;
      return `${placeOf(origins, full, file)}: ${full}: unknown setting; remove it or correct its name`;
    });
  return [`${placeOf(origins, path, file)}: ${path === '' ? 'settings' : path}: ${issue.message}`];
}

/** `instances[0].dataDir`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
}
