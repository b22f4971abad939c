/** Texts of each format as a property test makes them: comments, blank lines, both line breaks, values with marks in them. */
import fc from 'fast-check';
import type { ConfigFormat } from '../../../engines/kit/config/config-format.ts';
import { hadoopXmlFormat } from '../../../engines/kit/config/hadoop-xml-format.ts';
import { iniFormat } from '../../../engines/kit/config/ini-format.ts';
import { propertiesFormat } from '../../../engines/kit/config/properties-format.ts';
import { yamlFormat } from '../../../engines/kit/config/yaml-format.ts';

export interface FormatCase {
  readonly name: string;
  readonly format: ConfigFormat;
  readonly text: fc.Arbitrary<string>;
  readonly key: fc.Arbitrary<string>;
  /** What a setting can be set to. */
  readonly value: fc.Arbitrary<string>;
}

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta_in_ms');
const plain = fc.constantFrom(
  '1',
  '250',
  'true',
  'on',
  '/var/lib/db',
  'a b',
  "it's",
  'x:y',
  'a # b',
  '"q"',
  '$user',
  'ä',
  '50%',
  '[1, 2]',
  '- x',
  '&a',
  '*a',
  '<b>&c;',
  'null',
);
const comment = fc.constantFrom('# a comment', '# alpha: 3', '# beta = 4', '#', '# é "quoted" : x');
const breaks = fc.constantFrom('\n', '\r\n');
/** With or without a break at its end. */
const joined = (lines: fc.Arbitrary<readonly string[]>) =>
  fc.tuple(lines, breaks, fc.boolean()).map(([all, br, ends]) => all.join(br) + (ends && all.length > 0 ? br : ''));
const rare = (value: string) => value.replaceAll(/[#:;=]/g, '');

const yamlValue = fc.oneof(
  fc.constantFrom('1', '250ms', 'true', '/var/lib', 'a b', '~', ''),
  plain.map((text) => `'${text.replaceAll("'", "''")}'`),
  plain.map((text) => JSON.stringify(text)),
);
const yamlEntry = (key: string) =>
  fc.oneof(
    fc.tuple(yamlValue, fc.constantFrom('', '   # why')).map(([value, tail]) => [`${key}: ${value}${tail}`]),
    yamlValue.map((value) => [
      `${key}:`,
      `    inner: ${value}`,
      '    # beta: 7',
      '    list:',
      '        - one   # first',
      '',
      `        - ${value === '' ? 'two' : value}`,
    ]),
    fc.constant([`${key}: { one: 1, two: [a, "b"] }  # flow`]),
    fc.constant([`${key}: |`, '  text: of', '', '  # several lines']),
    fc.constant([`${key}:`, '- class_name: org.x.Y', '  parameters:', '      - seeds: "127.0.0.1"']),
  );
const yamlText = joined(
  fc
    .uniqueArray(word, { maxLength: 5 })
    .chain((keys) =>
      fc
        .tuple(...keys.map((key) => fc.tuple(fc.array(fc.oneof(comment, fc.constant('')), { maxLength: 2 }), yamlEntry(key))))
        .map((parts) => parts.flat(2)),
    ),
);

const propertiesText = joined(
  fc.array(
    fc.oneof(
      comment,
      fc.constantFrom('', '! old style', '  '),
      fc.tuple(word, fc.constantFrom('=', ': ', ' ', ' = '), plain).map(([key, between, value]) => `${key}${between}${value}`),
      word.map((key) => `${key}=one,\\`).chain((first) => breaks.map((br) => `${first}${br}    two`)),
      fc.constantFrom('a\\ b=1', 'a\\:b=2', 'only-a-key', '\\u0061lone = 3'),
    ),
    { maxLength: 8 },
  ),
);

const iniText = joined(
  fc.uniqueArray(fc.constantFrom('server', 'general', 'node.js'), { maxLength: 3 }).chain((sections) =>
    fc
      .tuple(
        ...sections.map((section) =>
          fc
            .uniqueArray(word, { maxLength: 3 })
            .chain((keys) =>
              fc.tuple(
                fc.array(fc.oneof(comment, fc.constantFrom('', '; alpha = 9')), { maxLength: 2 }),
                ...keys.map((key) =>
                  fc
                    .tuple(fc.constantFrom(' = ', '=', ': '), plain, fc.boolean())
                    .map(([between, value, more]) => [`${key}${between}${value}`, ...(more ? ['   and more'] : [])]),
                ),
              ),
            )
            .map((lines) => [`[${section}]`, ...lines.flat(2)]),
        ),
      )
      .map((all) => ['; of the file', ...all.flat()]),
  ),
);

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const xmlText = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom('  <!-- <property><name>alpha</name></property> -->', '', '  <xi:include href="other.xml"/>'),
        fc
          .tuple(word, plain, fc.constantFrom('', '<final>true</final>', '<description>what &amp; why</description>'))
          .map(([key, value, more]) => `  <property>\n    <name>${key}</name>\n    <value>${escaped(value)}</value>${more}\n  </property>`),
        word.map((key) => `<property><name> ${key} </name><value/></property>`),
        word.map((key) => `  <property><value><![CDATA[a <b> &c]]></value><name>${key}</name></property>`),
        word.map((key) => `  <property>\n    <name>${key}</name>\n  </property>`),
      ),
      { maxLength: 6 },
    ),
    breaks,
    fc.boolean(),
  )
  .map(([parts, br, ends]) =>
    [
      '<?xml version="1.0"?>',
      '<?xml-stylesheet type="text/xsl" href="configuration.xsl"?>',
      '<configuration>',
      ...parts,
      `</configuration>${ends ? '\n' : ''}`,
    ]
      .join('\n')
      .replaceAll('\n', br),
  );

export const formatCases: readonly FormatCase[] = [
  {
    name: 'yaml',
    format: yamlFormat,
    text: yamlText,
    key: fc.oneof(
      word,
      word.map((key) => `${key}.inner`),
      word.map((key) => `new.${key}.deep`),
    ),
    value: plain,
  },
  {
    name: 'properties',
    format: propertiesFormat,
    text: propertiesText,
    key: fc.oneof(word, fc.constantFrom('a.b.c', 'new$key')),
    value: plain,
  },
  {
    name: 'ini',
    format: iniFormat,
    text: iniText,
    key: fc.oneof(
      word.map((key) => `server.${key}`),
      fc.constantFrom('node.js.alpha', 'new.thing', 'General.alpha'),
    ),
    value: plain.map((text) => rare(text) || 'x'),
  },
  { name: 'hadoop-xml', format: hadoopXmlFormat, text: xmlText, key: fc.oneof(word, fc.constant('ozone.om.service.ids')), value: plain },
];
