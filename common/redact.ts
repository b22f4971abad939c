/**
 * PURE. Takes secrets out of what is handed to somebody else: by the name that they stand under, and by forms that only secrets have. What has
 * neither cannot be known; rather too much is removed than too little.
 */
export const removedMark = '[removed]';

export interface Redacted<T> {
  readonly value: T;
  /** How many were removed. */
  readonly removed: number;
}

/** A name that a secret stands under, and not the place where one lies: `passwordFile` may be read. */
const secretName = /(?:pass(?:word|wd|phrase)|passwd|pwd|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key)/i;
const placeName = /(?:file|path|dir|folder)$/i;
const isSecretName = (name: string): boolean => secretName.test(name) && !placeName.test(name);

const quoted = String.raw`'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"`;
const named = String.raw`[\w.-]*(?:pass(?:word|wd|phrase)|passwd|pwd|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key)s?[\w.-]*`;

/** What is found is kept up to the end of its first group, where it has one. */
const forms: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // scheme://user:password@host
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/'"]*:)[^\s'"]+(?=@)/gi,
  // name = value, name: value, "name": "value"
  new RegExp(String.raw`(\b${named}["']?\s*(?:=>|[=:])\s*)(?:${quoted}|[^\s,;&'"]+)`, 'gi'),
  // --name value
  new RegExp(String.raw`(--?${named}\s+)(?:${quoted}|[^\s-]\S*)`, 'gi'),
  // PASSWORD 'value', IDENTIFIED BY 'value'
  new RegExp(String.raw`(\b(?:password|passphrase|identified\s+by)\s+)(?:${quoted})`, 'gi'),
  /(\b(?:proxy-)?authorization["']?\s*[:=]\s*)(?:(?:basic|bearer|digest|negotiate)\s+)?[^\s,;'"]+/gi,
  /(\bbearer\s+)[\w.~+/-]{8,}=*/gi,
  // A line of a password file: host:port:database:user:password
  /^(\s*[^\s:]+:(?:\d+|\*):[^\s:]+:[^\s:]+:)\S+$/gm,
  // Forms that are secrets wherever they stand: verifiers of passwords, keys of clouds and forges, signed tokens.
  /SCRAM-SHA-\d+\$[^\s'"]+/g,
  /\bmd5[0-9a-f]{32}\b/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abeprs]-|AGE-SECRET-KEY-)[\w-]{10,}/g,
  /\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g,
];

/** The text with each secret in it replaced. */
export function redactText(text: string): Redacted<string> {
  let removed = 0;
  const value = forms.reduce(
    (left, form) =>
      left.replace(form, (found: string, ...rest: unknown[]) => {
        const kept = typeof rest[0] === 'string' ? rest[0] : '';
        if (found === `${kept}${removedMark}`) return found;
        if (placeName.test(/[\w-]+(?=["']?\s*(?:=>|[=:\s])\s*$)/.exec(kept)?.[0] ?? '')) return found;
        removed += 1;
        return `${kept}${removedMark}`;
      }),
    text,
  );
  return { value, removed };
}

/** The same of everything in a JSON document. A pair of key and value, as settings are written, counts by its key. */
export function redactDocument<T>(document: T): Redacted<T> {
  let removed = 0;
  const taken = (): string => {
    removed += 1;
    return removedMark;
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const clean = redactText(value);
      removed += clean.removed;
      return clean.value;
    }
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    const pairIsSecret = 'key' in value && typeof value.key === 'string' && isSecretName(value.key);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const isSecret = isSecretName(name) || (pairIsSecret && name !== 'key' && name !== 'op' && name !== 'instance');
        return [name, isSecret && isScalar(member) && member !== removedMark ? taken() : walk(member)];
      }),
    );
  };
  return { value: walk(document) as T, removed };
}

/** Numbers too: a PIN is one. `null` and truths tell nothing. */
const isScalar = (value: unknown): boolean => (typeof value === 'string' && value !== '') || typeof value === 'number';
