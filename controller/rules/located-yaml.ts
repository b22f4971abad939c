/** YAML that knows its lines: whatever is wrong with a value later is said with file and line. */
import { isCollection, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { type FailureError, fail } from '../../common/failure.ts';

export interface LocatedYaml {
  readonly value: unknown;
  /** Line of the value at a path, or of the closest parent that is written down. */
  lineOf(path: readonly PropertyKey[]): number;
  /** `FILE:LINE: edges[0].kind: sentence`, as FailureError(usage, `bad-pack`). */
  wrong(path: readonly PropertyKey[], sentence: string, linesBelow?: number): FailureError;
}

/** All scalars are texts: a version is never taken for a number. Throws FailureError(usage, `bad-pack`) on what is no YAML or has a key twice. */
export function readLocatedYaml(file: string, text: string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', strict: true, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const sentence = broken.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'not YAML';
    throw fail('usage', 'bad-pack', `${file}:${lines.linePos(broken.pos[0]).line}: ${sentence}`);
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      const offset = isScalar(node) || isCollection(node) ? node.range?.[0] : undefined;
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return 1;
  };
  return {
    value: document.toJS({ maxAliasCount: 100 }),
    lineOf,
    wrong: (path, sentence, linesBelow = 0) => {
      const field = pathText(path);
      return fail('usage', 'bad-pack', `${file}:${lineOf(path) + linesBelow}: ${field === '' ? '' : `${field}: `}${sentence}`);
    },
  };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
