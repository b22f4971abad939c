/** What an expression of PromQL speaks of, as far as ours go: metrics with the labels that it selects or groups by. */
export interface Spoken {
  readonly metrics: readonly { readonly name: string; readonly labels: readonly string[] }[];
  /** Of `by`, `without`, `on` and `ignoring`. */
  readonly grouped: readonly string[];
}

const groupings = /\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const operators = new Set(['and', 'or', 'unless', 'bool', 'offset']);

export function spokenOf(expression: string): Spoken {
  const grouped: string[] = [];
  const plain = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(groupings, (_all, _word: string, labels: string) => {
      grouped.push(...wordsIn(labels));
      return ' ';
    })
    .replaceAll(/\[[^\]]*\]/g, ' ');
  // A name with its selectors; one that a parenthesis follows is a function.
  const metrics = [...plain.matchAll(/(?<![\w$.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?!\s*\(|[\w:])/g)]
    .filter(([, name = '']) => !operators.has(name))
    .map(([, name = '', selectors = '']) => ({ name, labels: wordsIn(selectors.replaceAll('""', '')) }));
  return { metrics, grouped };
}

const wordsIn = (text: string): readonly string[] => text.match(/[a-zA-Z_]\w*/g) ?? [];
