/** synchronous_standby_names: which standbys a commit waits for, and whether it still can when one is out. PURE. */

export interface SyncRule {
  /** How many must confirm; 0: none, commits wait for nobody. */
  readonly count: number;
  /** Lower case, as the server compares; `*` is any. */
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
  if (tokens.length === 0) return { count: 0, names: [] };
  const opening = tokens.findIndex((token) => token.mark === '(');
  if (opening === -1) return withNames(1, tokens);
  const head = tokens.slice(0, opening).map((token) => token.text.toLowerCase());
  if (head[0] === 'first' || head[0] === 'any') head.shift();
  const [count] = head;
  if (head.length !== 1 || count === undefined || !/^[1-9][0-9]*$/.test(count) || tokens.at(-1)?.mark !== ')') return null;
  return withNames(Number(count), tokens.slice(opening + 1, -1));
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

function withNames(count: number, tokens: readonly Token[]): SyncRule | null {
  // Names at even places, commas between them.
  const wellFormed = tokens.length % 2 === 1 && tokens.every((token, at) => token.mark === (at % 2 === 0 ? null : ','));
  if (!wellFormed) return null;
  return { count, names: tokens.filter((token) => token.mark === null).map((token) => token.text.toLowerCase()) };
}

/** True when the standbys that stream are enough for a commit to be confirmed. */
export function isSatisfiedBy(rule: SyncRule, streaming: readonly string[]): boolean {
  const counted = streaming.filter((name) => rule.names.includes('*') || rule.names.includes(name.toLowerCase()));
  return counted.length >= rule.count;
}

/** Standbys whose stop would make commits hang; null when the setting cannot be read. */
export function indispensable(setting: string, streaming: readonly string[]): readonly string[] | null {
  const rule = parseSyncNames(setting);
  if (rule === null) return null;
  return streaming.filter((out) => !isSatisfiedBy(rule, withoutOne(streaming, out)));
}

function withoutOne(names: readonly string[], out: string): readonly string[] {
  const at = names.indexOf(out);
  return names.filter((_, index) => index !== at);
}
