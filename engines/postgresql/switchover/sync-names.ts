/** synchronous_standby_names: which standbys a commit waits for, and whether it still can when one is out. PURE. */

export interface SyncRule {
  readonly method: 'FIRST' | 'ANY';
  /** How many must confirm; 0: none, commits wait for no standby. */
  readonly count: number;
  /** As they are written; the server compares them without regard to case, and `*` is any. */
  readonly names: readonly string[];
}

const name = '"(?:[^"]|"")*"|[^\\s,()"]+';
const list = `\\s*(?:${name})\\s*(?:,\\s*(?:${name})\\s*)*`;
const form = new RegExp(`^(?:(?:(first|any)\\s+)?([1-9][0-9]*)\\s*\\((${list})\\)|(${list}))$`, 'i');

/**
 * Reads the setting: ``, `a, b`, `2 (a, b, c)`, `FIRST 2 (…)`, `ANY 1 (…)`. Null for a form the server would not have taken.
 * Source: chapter Replication, synchronous_standby_names.
 */
export function parseSyncNames(setting: string): SyncRule | null {
  const text = setting.trim();
  if (text === '') return { method: 'FIRST', count: 0, names: [] };
  const found = form.exec(text);
  if (found === null) return null;
  const [, method, count = '1', counted, plain] = found;
  const names = (counted ?? plain ?? '').match(new RegExp(name, 'g')) ?? [];
  return { method: method?.toLowerCase() === 'any' ? 'ANY' : 'FIRST', count: Number(count), names: names.map(unquoted) };
}

const unquoted = (text: string): string => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);

/** True when the standbys that stream are enough for a commit to be confirmed. */
export const isSatisfiedBy = (rule: SyncRule, streaming: readonly string[]): boolean => confirming(rule, streaming) >= rule.count;

function confirming({ names }: SyncRule, streaming: readonly string[]): number {
  const wanted = names.map((name) => name.toLowerCase());
  return streaming.filter((name) => wanted.includes('*') || wanted.includes(name.toLowerCase())).length;
}

/**
 * The setting with which commits wait for as many of these standbys as it asks for, or as there are; '' for none. The names stay as they are.
 * null when the setting cannot be read; the setting itself when these standbys are enough.
 */
export function loweredTo(setting: string, streaming: readonly string[]): string | null {
  const rule = parseSyncNames(setting);
  if (rule === null) return null;
  const count = confirming(rule, streaming);
  if (count >= rule.count) return setting;
  return count === 0 ? '' : `${rule.method} ${count} (${rule.names.map(quoted).join(', ')})`;
}

const quoted = (name: string): string => (name === '*' ? name : `"${name.replaceAll('"', '""')}"`);

/** Standbys whose stop would make commits hang; null when the setting cannot be read. */
export function indispensable(setting: string, streaming: readonly string[]): readonly string[] | null {
  const rule = parseSyncNames(setting);
  if (rule === null) return null;
  return streaming.filter((out) => !isSatisfiedBy(rule, withoutOne(streaming, out)));
}

/** One of two that share a name stays. */
export function withoutOne(names: readonly string[], out: string): readonly string[] {
  const at = names.indexOf(out);
  return names.filter((_, index) => index !== at);
}
