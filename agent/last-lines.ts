/** PURE. The end of a database's log as it may leave the host: a few lines, none of them long, and no secret in them. */

const mostLines = 3;
const mostChars = 300;

const secrets: readonly (readonly [RegExp, string])[] = [
  // scheme://user:word@host.
  [/(:\/\/[^\s:/@]*:)[^\s@]+@/g, '$1***@'],
  // password=word, "token": "word", --secret word, PASSWORD 'word'.
  [
    /\b([\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key)["']?\s*(?:=|:|\s(?=['"]))\s*)(?:'[^']*'|"[^"]*"|[^\s,;)]+)/gi,
    '$1***',
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 ***'],
  [/SCRAM-SHA-256\$\S+/g, '***'],
  [/\bmd5[0-9a-f]{32}\b/g, '***'],
];

/** Empty lines are left out; the last one stands last. */
export function lastLines(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.slice(-mostLines).map((line) => shortened(secrets.reduce((kept, [secret, by]) => kept.replace(secret, by), line)));
}

const shortened = (line: string): string => (line.length <= mostChars ? line : `${line.slice(0, mostChars - 1)}…`);
