import { describe, expect, it } from 'vitest';
import type { ConfigChange } from '../../../common/order-body.ts';
import { type ConfigFormat, problemText } from '../../../engines/kit/config/config-format.ts';
import { hadoopXmlFormat } from '../../../engines/kit/config/hadoop-xml-format.ts';
import { iniFormat } from '../../../engines/kit/config/ini-format.ts';
import { propertiesFormat } from '../../../engines/kit/config/properties-format.ts';
import { yamlFormat } from '../../../engines/kit/config/yaml-format.ts';

const set = (key: string, value: string): ConfigChange => ({ op: 'set', key, value });
const remove = (key: string): ConfigChange => ({ op: 'remove', key });
const rename = (key: string, to: string, unit?: string): ConfigChange => ({
  op: 'rename',
  key,
  to,
  ...(unit === undefined ? {} : { unit }),
});

function edited(format: ConfigFormat, text: string, ...changes: readonly ConfigChange[]): string {
  const edit = format.apply(text, changes);
  return 'text' in edit ? edit.text : `refused: ${problemText('FILE', edit.problem)}`;
}

describe('yaml', () => {
  const cassandra = `# NOTE: see the documentation
cluster_name: 'Test Cluster'
num_tokens: 256   # never change this
start_rpc: false
rpc_port: 9160
# concurrent_validations: 0
read_request_timeout_in_ms: 5000

seed_provider:
    # Addresses of hosts
    - class_name: org.apache.cassandra.locator.SimpleSeedProvider
      parameters:
          - seeds: "127.0.0.1,127.0.0.2"
data_file_directories:
    - /var/lib/cassandra/data
request_scheduler_options:
    throttle_limit: 80
server_encryption_options: { internode_encryption: none, keystore: conf/.keystore }
`;
  it('removes what a version does not know as comments, and keeps all else', () => {
    const after = edited(
      yamlFormat,
      cassandra,
      remove('start_rpc'),
      remove('rpc_port'),
      remove('request_scheduler_options'),
      remove('not_there'),
    );
    expect(after).toBe(
      cassandra
        .replace('start_rpc: false\nrpc_port: 9160', '# start_rpc: false\n# rpc_port: 9160')
        .replace('request_scheduler_options:\n    throttle_limit', '# request_scheduler_options:\n#     throttle_limit'),
    );
  });
  it('gives a new name and the unit that the old one said', () => {
    expect(edited(yamlFormat, cassandra, rename('read_request_timeout_in_ms', 'read_request_timeout', 'ms'))).toBe(
      cassandra.replace('read_request_timeout_in_ms: 5000', 'read_request_timeout: 5000ms'),
    );
  });
  it('leaves the old name to what is no plain number', () => {
    expect(edited(yamlFormat, 'a_in_ms: -1\n', rename('a_in_ms', 'a', 'ms'))).toBe('a_in_ms: -1\n');
  });
  it('sets values in maps, lists and quotes where they stand', () => {
    expect(edited(yamlFormat, cassandra, set('seed_provider.0.parameters.0.seeds', '10.0.0.1'))).toBe(
      cassandra.replace('"127.0.0.1,127.0.0.2"', '"10.0.0.1"'),
    );
    expect(edited(yamlFormat, cassandra, set('num_tokens', '16'))).toBe(cassandra.replace('256 ', '16 '));
    expect(edited(yamlFormat, cassandra, set('cluster_name', "it's: one"))).toBe(cassandra.replace("'Test Cluster'", "'it''s: one'"));
    expect(edited(yamlFormat, cassandra, set('data_file_directories.1', '/mnt/b'))).toBe(
      cassandra.replace('cassandra/data\n', 'cassandra/data\n    - /mnt/b\n'),
    );
    expect(edited(yamlFormat, cassandra, set('server_encryption_options.enabled', 'true'))).toBe(
      cassandra.replace('.keystore }', '.keystore, enabled: true }'),
    );
    expect(edited(yamlFormat, cassandra, remove('server_encryption_options.internode_encryption'))).toBe(
      cassandra.replace('internode_encryption: none, ', ''),
    );
  });
  it('adds a key after its commented default, or at the end', () => {
    expect(edited(yamlFormat, cassandra, set('concurrent_validations', '4'))).toBe(
      cassandra.replace('# concurrent_validations: 0\n', '# concurrent_validations: 0\nconcurrent_validations: 4\n'),
    );
    expect(edited(yamlFormat, cassandra, set('storage_compatibility_mode', 'CASSANDRA_4'))).toBe(
      `${cassandra}storage_compatibility_mode: CASSANDRA_4\n`,
    );
    expect(edited(yamlFormat, 'a: 1', set('b.c', 'x'))).toBe('a: 1\nb:\n  c: x');
    expect(edited(yamlFormat, 'a:\nz: 1\n', set('a.b', 'x'))).toBe('a:\n  b: x\nz: 1\n');
    expect(edited(yamlFormat, '---\na: 1\n...\n', set('b', 'x'))).toBe('---\na: 1\nb: x\n...\n');
  });
  it('leaves to a person what stands for more than one thing', () => {
    expect(edited(yamlFormat, 'a: &x 1\nb: *x\n', set('a', '2'))).toBe(
      'refused: FILE:1: a cannot be changed without changing the lines around it: change it by hand',
    );
    expect(edited(yamlFormat, 'a: &x 1\nb: *x\n', set('b', '2'))).toBe('a: &x 1\nb: 2\n');
    expect(edited(yamlFormat, 'z: 1\na:\n  b: 1\n', set('a', '2'))).toBe('refused: FILE:3: a holds more than one value: name one of them');
    expect(edited(yamlFormat, 'a: |\n  text\n', set('a', '2'))).toBe('refused: FILE:1: a holds several lines of text: change it by hand');
    expect(edited(yamlFormat, 'a: [x, y]\n', remove('a.0'))).toContain('refused: FILE:1: a.0 is a list entry');
    expect(edited(yamlFormat, 'a: 1\nb: 2\n', rename('a', 'b'))).toBe(
      'refused: FILE:1: it already sets b: remove a instead of renaming it',
    );
    expect(edited(yamlFormat, 'a: 1\n', set('a.b', '2'))).toBe('refused: FILE:1: a.b cannot be set: a is not a map');
  });
  it('names the line of what is no YAML, of keys that stand there twice, and of more than one document', () => {
    expect(edited(yamlFormat, 'a: 1\nb: 2\na: 3\n', set('b', '1'))).toBe('refused: FILE:3: Map keys must be unique');
    expect(edited(yamlFormat, 'a: 1\nb: [1\n', set('b', '1'))).toMatch(/^refused: FILE:[23]: /);
    expect(edited(yamlFormat, 'a: 1\n---\nb: 1\n', set('b', '1'))).toMatch(/^refused: FILE:\d: /);
    expect(edited(yamlFormat, '- a\n- b\n', set('b', '1'))).toBe('refused: FILE:1: it must be a map of settings');
  });
});

describe('properties', () => {
  it('changes the line that counts, keeps separators and writes what Java reads', () => {
    const text = '# rack\ndc=DC1\nrack : RAC1\ndc=DC2\n';
    expect(edited(propertiesFormat, text, set('dc', 'a\\b ä'))).toBe('# rack\ndc=DC1\nrack : RAC1\ndc=a\\\\b \\u00e4\n');
    expect(edited(propertiesFormat, text, remove('dc'))).toBe('# rack\n#dc=DC1\nrack : RAC1\n#dc=DC2\n');
    expect(edited(propertiesFormat, text, rename('rack', 'the.rack'))).toBe('# rack\ndc=DC1\nthe.rack : RAC1\ndc=DC2\n');
    expect(edited(propertiesFormat, 'spark.a  one\n', set('spark.b', 'two words'))).toBe('spark.a  one\nspark.b  two words\n');
    expect(edited(propertiesFormat, 'a=1,\\\n   2\nb=1\n', set('a', '3'))).toBe('a=3\nb=1\n');
  });
  it('takes a key with dots for itself alone', () => {
    expect(edited(propertiesFormat, 'a=1\na.b=2\n', remove('a'))).toBe('#a=1\na.b=2\n');
  });
  it('names the line of what Java refuses', () => {
    expect(edited(propertiesFormat, 'a=1\nb=\\u12\n', set('a', '2'))).toBe('refused: FILE:2: a \\u without four hexadecimal digits');
  });
});

describe('ini', () => {
  const install = '[general]\nnodetype = design\n\n# ports\n[server]\nport = 10000\n; the java\nssl = false\n';
  it('changes, adds and removes in the section that a key names', () => {
    expect(edited(iniFormat, install, set('server.port', '11000'))).toBe(install.replace('10000', '11000'));
    expect(edited(iniFormat, install, set('general.name', 'x'))).toBe(install.replace('design\n', 'design\nname = x\n'));
    expect(edited(iniFormat, install, set('javaopts.jek.xmx', '4g'))).toBe(`${install}\n[javaopts]\njek.xmx = 4g\n`);
    expect(edited(iniFormat, install, remove('server.ssl'))).toBe(install.replace('ssl =', '# ssl ='));
    expect(edited(iniFormat, install, rename('server.PORT', 'server.base_port'))).toBe(install.replace('port =', 'base_port ='));
    expect(edited(iniFormat, install, rename('server.port', 'general.port'))).toBe(
      'refused: FILE:6: server.port cannot be renamed to general.port: a key stays in its section',
    );
  });
  it('names the line of what configparser refuses', () => {
    expect(edited(iniFormat, 'a = 1\n', remove('x.y'))).toBe('refused: FILE:1: it is not in any [section]');
    expect(edited(iniFormat, '[s]\na = 1\nA = 2\n', remove('x.y'))).toBe('refused: FILE:3: a appears twice in [s]');
    expect(edited(iniFormat, '[s]\n[s]\n', remove('x.y'))).toBe('refused: FILE:2: section [s] appears twice');
    expect(edited(iniFormat, '[s]\njust words\n', remove('x.y'))).toBe('refused: FILE:2: not of the form key = value');
  });
});

describe('hadoop xml', () => {
  const site = `<?xml version="1.0"?>
<!-- ozone -->
<configuration xmlns:xi="http://www.w3.org/2001/XInclude">
  <xi:include href="common.xml"/>
  <!-- where OM listens -->
  <property>
    <name>ozone.om.address</name><value>om &amp; co</value>
    <final>true</final>
  </property>
  <property>
    <name>ozone.scm.names</name>
    <value>scm1</value>
  </property>
</configuration>
`;
  it('changes a value with its marks escaped, and leaves final, includes and comments', () => {
    expect(edited(hadoopXmlFormat, site, set('ozone.om.address', 'a<b> & c'))).toBe(site.replace('om &amp; co', 'a&lt;b&gt; &amp; c'));
    expect(hadoopXmlFormat.valueOf(site, 'ozone.om.address')).toBe('om & co');
  });
  it('adds a property as its neighbours are written, gives new names, and removes whole ones', () => {
    expect(edited(hadoopXmlFormat, site, set('ozone.replication', '3'))).toBe(
      site.replace(
        '</configuration>',
        '  <property>\n    <name>ozone.replication</name>\n    <value>3</value>\n  </property>\n</configuration>',
      ),
    );
    expect(edited(hadoopXmlFormat, site, rename('ozone.scm.names', 'ozone.scm.ids'))).toBe(site.replace('scm.names', 'scm.ids'));
    expect(edited(hadoopXmlFormat, site, remove('ozone.scm.names'))).toBe(
      site.replace('  <property>\n    <name>ozone.scm.names</name>\n    <value>scm1</value>\n  </property>\n', ''),
    );
    expect(edited(hadoopXmlFormat, '<configuration/>\n', set('a', '1'))).toBe(
      '<configuration>\n  <property>\n    <name>a</name>\n    <value>1</value>\n  </property>\n</configuration>\n',
    );
  });
  it('changes the one that counts: the last, or the one that is final', () => {
    const one = (value: string, more = '') => `<property><name>a</name><value>${value}</value>${more}</property>\n`;
    const of = (...parts: readonly string[]) => `<configuration>\n${parts.join('')}</configuration>\n`;
    expect(edited(hadoopXmlFormat, of(one('1'), one('2')), set('a', '3'))).toBe(of(one('1'), one('3')));
    const final = '<final>true</final>';
    expect(edited(hadoopXmlFormat, of(one('1', final), one('2')), set('a', '3'))).toBe(of(one('3', final), one('2')));
  });
  it('names the line of what it does not read', () => {
    const refused = (text: string) => edited(hadoopXmlFormat, text, set('a', '1'));
    expect(refused('<configuration>\n<property>\n</configuration>')).toBe(
      'refused: FILE:3: </configuration> does not match an open element',
    );
    expect(refused('<configuration>\n<property/>\n</configuration>')).toBe('refused: FILE:2: a <property> needs exactly one <name>');
    expect(refused('<!DOCTYPE x [<!ENTITY e "v">]>\n<configuration/>')).toContain('refused: FILE:1: a DOCTYPE');
    expect(refused('<configuration>\n&e;</configuration>')).toBe('refused: FILE:2: an unknown entity');
    expect(refused('<config/>')).toBe('refused: FILE:1: the root is <config>, not <configuration>');
    expect(refused('<configuration>\n\n<property name="a" value="1"/></configuration>')).toContain(
      'refused: FILE:3: a <property> has its name or value as an attribute',
    );
  });
});
