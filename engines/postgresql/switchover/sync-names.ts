/** synchronous_standby_names: which standbys a commit waits for, and whether it still can when one is out. PURE. */

export interface SyncRule {
  readonly method: 'FIRST' | 'ANY';
  /** How many must confirm; 0: none, commits wait for no standby. */
  readonly count: number;
  /** As they are written; the server compares them without regard to case, and `*` is any. */
  readonly names: readonly string[];
}

const tokenPattern = /\s*(?:"((?:[^"]|"")*)"|([^\s,()"]+)|([(),]))/y;

/**
 * Reads the setting: ``, `a, b`, `2 (a, b, c)`, `FIRST 2 (…)`, `ANY 1 (…)`. Null for a form the server would not have taken.
 * Source: chapter Replication, synchronous_standby_names.
 */
export function parseSyncNames(setting: string): SyncRule | null {
  const tokens = tokensOf(setting);
  if (tokens === null) return null;
  if (tokens.length === 0) return { method: 'FIRST', count: 0, names: [] };
  const opening = tokens.findIndex((token) => token.mark === '(');
  if (opening === -1) return withNames('FIRST', 1, tokens);
  const head = tokens.slice(0, opening).map((token) => token.text.toLowerCase());
  const method = head[0] === 'any' ? 'ANY' : 'FIRST';
  if (head[0] === 'first' || head[0] === 'any') head.shift();
  const [count] = head;
  if (head.length !== 1 || count === undefined || !/^[1-9][0-9]*$/.test(count) || tokens.at(-1)?.mark !== ')') return null;
  return withNames(method, Number(count), tokens.slice(opening + 1, -1));
}

interface Token {
  readonly text: string;
  readonly mark: string | null;
}

function tokensOf(setting: string): Token[] | null {
  const tokens: Token[] = [];
  const text = setting.trim();
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const match = tokenPattern.exec(text);
    if (match === null) return null;
    const [, quoted, plain, mark] = match;
    tokens.push({ text: quoted?.replaceAll('""', '"') ?? plain ?? '', mark: mark ?? null });
  }
  return tokens;
}

function withNames(method: SyncRule['method'], count: number, tokens: readonly Token[]): SyncRule | null {
  // Names at even places, commas between them.
  const wellFormed = tokens.length % 2 === 1 && tokens.every((token, at) => token.mark === (at % 2 === 0 ? null : ','));
  if (!wellFormed) return null;
  return { method, count, names: tokens.filter((token) => token.mark === null).map((token) => token.text) };
}

/** True when the standbys that stream are enough for a commit to be confirmed. */
export function isSatisfiedBy(rule: SyncRule, streaming: readonly string[]): boolean {
  return confirming(rule, streaming) >= rule.count;
}

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

function quoted(name: string): string {
  return name === '*' ? name : `"${name.replaceAll('"', '""')}"`;
}

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
