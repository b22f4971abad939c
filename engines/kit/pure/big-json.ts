/**
 * JSON whose integers may be of 64 bits and stand there without quotes (18249187646912138824). JSON.parse would round them: a member would
 * take another one's id for its own. PURE.
 */
import type { z } from 'zod';

/** Integers of so many digits may lie beyond what a number holds exactly (2^53 has 16). */
const integersOrStrings = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** Like JSON.parse, but integers of 16 digits and more come as their text. Undefined when the text is no JSON. */
export function parseBigJson(text: string): unknown {
  const quoted = text.replaceAll(integersOrStrings, (token) => (token.startsWith('"') ? token : `"${token}"`));
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}

/** A parser of such JSON by a schema; null stands for a form that is not known. */
export function parserOf<T extends z.ZodType>(schema: T): (text: string) => z.output<T> | null {
  return (text) => schema.safeParse(parseBigJson(text)).data ?? null;
}
