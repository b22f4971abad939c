/**
 * `<configuration>` of `<property>` with `<name>` and `<value>`, as Hadoop reads it. Of several about one name the last one counts, unless an
 * earlier one is final. Includes and all other elements stay as they are. PURE.
 * Source: org.apache.hadoop.conf.Configuration, class comment and loadResource
 */
import { type ConfigEdit, type ConfigProblem, formatOf, type Setting } from './config-format.ts';
import { breakOf, insertLines, lineAt, lineEnd, lineStart, spliced } from './lines.ts';
import { escapedXml, parseXml, textIn, type XmlElement } from './xml-tokens.ts';

interface Property {
  readonly name: string;
  readonly value: string | null;
  readonly isFinal: boolean;
  readonly element: XmlElement;
  readonly nameElement: XmlElement;
  readonly valueElement: XmlElement | null;
}

interface Parsed {
  readonly root: XmlElement | null;
  readonly properties: readonly Property[];
  readonly problems: readonly ConfigProblem[];
}

function parsed(text: string): Parsed {
  const parsedXml = parseXml(text);
  if ('problem' in parsedXml) return { root: null, properties: [], problems: [parsedXml.problem] };
  const { root } = parsedXml;
  if (root.name !== 'configuration')
    return {
      root,
      properties: [],
      problems: [{ line: lineAt(text, root.start), detail: `the root is <${root.name}>, not <configuration>` }],
    };
  const properties: Property[] = [];
  const problems: ConfigProblem[] = [];
  for (const element of root.children) {
    const wrong = (detail: string) => problems.push({ line: lineAt(text, element.start), detail });
    if (element.name === 'configuration') wrong('a <configuration> inside another one');
    if (element.name !== 'property') continue;
    const parts = (name: string) => element.children.filter((child) => child.name === name);
    const [nameElement, ...moreNames] = parts('name');
    const [valueElement, ...moreValues] = parts('value');
    if (element.hasAttributes) wrong('a <property> has its name or value as an attribute: write them as elements');
    else if (nameElement === undefined || moreNames.length > 0) wrong('a <property> needs exactly one <name>');
    else if (moreValues.length > 0) wrong('a <property> has more than one <value>');
    else
      properties.push({
        name: textIn(text, nameElement).trim(),
        value: valueElement === undefined ? null : textIn(text, valueElement),
        isFinal: parts('final').some((child) => textIn(text, child).trim() === 'true'),
        element,
        nameElement,
        valueElement: valueElement ?? null,
      });
  }
  return { root, properties, problems };
}

/** The one that counts. */
function activeOf(properties: readonly Property[], name: string): Property | undefined {
  const named = properties.filter((property) => property.name === name);
  return named.find(({ isFinal }) => isFinal) ?? named.at(-1);
}

const about = (text: string, name: string) => parsed(text).properties.filter((property) => property.name === name);

function set(text: string, key: string, value: string): ConfigEdit {
  const { root, properties } = parsed(text);
  const present = activeOf(properties, key);
  if (present !== undefined) return { text: withValue(text, present, value) };
  if (root?.innerEnd == null) return { text: spliced(text, root?.start ?? 0, root?.end ?? 0, emptyRoot(text, key, value)) };
  const like = properties.at(-1)?.element;
  const indent = like === undefined ? '  ' : indentOf(text, like.start);
  const inner = like?.children[0] === undefined ? `${indent}  ` : indentOf(text, like.children[0].start) || `${indent}  `;
  const lines = propertyLines(key, value, indent, inner);
  const end = lineStart(text, root.innerEnd);
  // The end tag stands on a line with something else.
  if (text.slice(end, root.innerEnd).trim() !== '') {
    const br = breakOf(text);
    return { text: spliced(text, root.innerEnd, root.innerEnd, `${br}${lines.join(br)}${br}`) };
  }
  return { text: insertLines(text, end, lines) };
}

const propertyLines = (key: string, value: string, indent: string, inner: string): readonly string[] => [
  `${indent}<property>`,
  `${inner}<name>${escapedXml(key)}</name>`,
  `${inner}<value>${escapedXml(value)}</value>`,
  `${indent}</property>`,
];

function emptyRoot(text: string, key: string, value: string): string {
  return ['<configuration>', ...propertyLines(key, value, '  ', '    '), '</configuration>'].join(breakOf(text));
}

function withValue(text: string, { nameElement, valueElement }: Property, value: string): string {
  const element = `<value>${escapedXml(value)}</value>`;
  if (valueElement === null) {
    const column = indentOf(text, nameElement.start);
    return spliced(text, nameElement.end, nameElement.end, `${breakOf(text)}${column}${element}`);
  }
  const { start, end, innerStart, innerEnd } = valueElement;
  return innerStart === null || innerEnd === null
    ? spliced(text, start, end, element)
    : spliced(text, innerStart, innerEnd, escapedXml(value));
}

/** The blanks before it, if nothing else is before it on its line. */
function indentOf(text: string, at: number): string {
  const before = text.slice(lineStart(text, at), at);
  return before.trim() === '' ? before : '';
}

/** With the rest of the lines that it has to itself; a comment could not hold every property. */
function withoutProperty(text: string, { element: { start, end } }: Property): string {
  const [from, to] = [lineStart(text, start), lineEnd(text, end)];
  const isAlone = text.slice(from, start).trim() === '' && text.slice(end, to).trim() === '';
  return isAlone ? spliced(text, from, to, '') : spliced(text, start, end, '');
}

export const hadoopXmlFormat = formatOf({
  read(text) {
    const { properties, problems } = parsed(text);
    const settings = properties.map((property): Setting => {
      const { name, value, element } = property;
      const place = { key: name, value, line: lineAt(text, element.start), lastLine: lineAt(text, element.end - 1) };
      return activeOf(properties, name) === property ? place : { ...place, shadowed: true };
    });
    return { settings, problems };
  },
  set,
  // From the end, so that the places of earlier ones hold.
  rename: (text, key, to) => ({
    text: about(text, key).reduceRight(
      (sofar, { nameElement: { innerStart, innerEnd } }) => spliced(sofar, innerStart ?? 0, innerEnd ?? 0, escapedXml(to)),
      text,
    ),
  }),
  remove: (text, key) => ({ text: about(text, key).reduceRight(withoutProperty, text) }),
});
