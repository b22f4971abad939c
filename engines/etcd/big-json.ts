/**
 * JSON as etcd's tools print it. Ids are unquoted 64 bit integers there (18249187646912138824), which JSON.parse would round: a member would
 * take another one's id for its own. PURE.
 */

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

/** An id as etcd writes it for people, lower-case hex without padding; from a number, or the decimal text of a big one. */
export function hexId(id: number | string): string {
  return BigInt(id).toString(16);
}
