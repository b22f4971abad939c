/** XML in pieces that know where they stand: as much of it as configuration files use. What else there is, is a problem. PURE. */
import type { ConfigProblem } from './config-format.ts';
import { lineAt } from './lines.ts';

/** An element with all that is in it. */
export interface XmlElement {
  readonly name: string;
  readonly hasAttributes: boolean;
  /** From `<` to the last `>`. */
  readonly start: number;
  end: number;
  /** Between its tags; both null: it is written as one, `<name/>`. */
  readonly innerStart: number | null;
  innerEnd: number | null;
  readonly children: XmlElement[];
}

const attribute = `\\s+[^\\s=<>"'/]+\\s*=\\s*(?:"[^"<]*"|'[^'<]*')`;
const pieceForm = new RegExp(
  [
    '<!--(?<comment>[\\s\\S]*?)-->',
    '<!\\[CDATA\\[[\\s\\S]*?\\]\\]>',
    '<\\?[\\s\\S]*?\\?>',
    '</(?<close>[^\\s<>/]+)\\s*>',
    `<(?<open>[^\\s<>/!?]+)(?<attributes>(?:${attribute})*)\\s*(?<single>/?)>`,
  ].join('|'),
  'y',
);

/** The root of a document. */
export function parseXml(text: string): { readonly root: XmlElement } | { readonly problem: ConfigProblem } {
  const wrong = (at: number, detail: string) => ({ problem: { line: lineAt(text, at), detail } });
  const open: XmlElement[] = [];
  let root: XmlElement | null = null;
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at < text.length; ) {
    const start = text.indexOf('<', at);
    const between = text.slice(at, start === -1 ? text.length : start);
    if (open.length === 0 && between.trim() !== '') return wrong(at + between.search(/\S/), 'text outside every element');
    if (/&(?!(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)/.test(between))
      return wrong(at + between.indexOf('&'), 'an unknown entity');
    if (start === -1) break;
    pieceForm.lastIndex = start;
    const piece = pieceForm.exec(text);
    if (piece === null) return wrong(start, text.startsWith('<!DOCTYPE', start) ? 'a DOCTYPE, which may redefine entities' : 'not XML');
    const { attributes = '', close, comment, open: name, single } = piece.groups ?? {};
    at = start + piece[0].length;
    const parent = open.at(-1);
    if (comment?.includes('--') === true) return wrong(start, 'a comment with -- in it');
    if (close !== undefined) {
      if (parent === undefined || parent.name !== close) return wrong(start, `</${close}> does not match an open element`);
      parent.innerEnd = start;
      parent.end = at;
      open.pop();
    } else if (name !== undefined) {
      if (parent === undefined && root !== null) return wrong(start, `<${name}> is a second root element`);
      const isSingle = single === '/';
      const inner = isSingle ? null : at;
      const element: XmlElement = {
        name,
        hasAttributes: attributes !== '',
        start,
        end: at,
        innerStart: inner,
        innerEnd: inner,
        children: [],
      };
      parent?.children.push(element);
      root ??= element;
      if (!isSingle) open.push(element);
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) return wrong(unclosed.start, `<${unclosed.name}> is not closed`);
  return root === null ? wrong(0, 'it has no root element') : { root };
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The text of an element, without comments. */
export function textIn(text: string, { innerStart, innerEnd }: XmlElement): string {
  if (innerStart === null || innerEnd === null) return '';
  return text
    .slice(innerStart, innerEnd)
    .replaceAll(/<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|&([^;]+);/g, (_, raw?: string, entity?: string) => {
      if (entity === undefined) return raw ?? '';
      if (!entity.startsWith('#')) return entities[entity] ?? '';
      const code = entity.startsWith('#x') ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
      return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    });
}

export const escapedXml = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
