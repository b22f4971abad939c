/** A change of postgresql.conf as people read it. PURE. */
import type { EditedLine } from './edit.ts';

const aroundLines = 2;
const maxChars = 200;
/** Stands for kept lines that are left out. */
const skipped = ' ⋮';
/** Stands for what is nobody's business. */
const hidden = '…';

/** Whether what is said of it may hold a secret: connection strings, commands with passwords in them. */
export function isSecret(text: string): boolean {
  return /passw|passphrase|secret|conninfo/i.test(text);
}

/** ` kept`, `-old`, `+new`, with two lines around each change; no value that may be a secret. */
export function diffLines(lines: readonly EditedLine[]): readonly string[] {
  const kept = lines.map(({ was, is }) => was !== null && withoutBreak(was) === withoutBreak(is));
  const shown = kept.map((_, at) => kept.slice(Math.max(0, at - aroundLines), at + aroundLines + 1).includes(false));
  return lines.flatMap(({ was, is }, at) => {
    if (shown[at] !== true) return shown[at - 1] === true && shown.includes(true, at) ? [skipped] : [];
    if (kept[at] === true) return [` ${shownLine(is)}`];
    return [...(was === null ? [] : [`-${shownLine(was)}`]), `+${shownLine(is)}`];
  });
}

const withoutBreak = (line: string) => line.replace(/\r$/, '');

function shownLine(line: string): string {
  const text = withoutBreak(line);
  // As far as the name of the key, or the first word of a comment.
  const open = isSecret(text) ? `${(/^\s*#?\s*[^\s=']*(?:\s*=)?/.exec(text)?.[0] ?? '').trimEnd()} ${hidden}` : text;
  return open.length > maxChars ? `${open.slice(0, maxChars)}${hidden}` : open;
}
