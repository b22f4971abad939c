import { describe, expect, it } from 'vitest';
import { configDiff } from '../../../engines/kit/config/config-diff.ts';
import { hadoopXmlFormat } from '../../../engines/kit/config/hadoop-xml-format.ts';
import { yamlFormat } from '../../../engines/kit/config/yaml-format.ts';

describe('the difference that a person reads', () => {
  it('has two lines around each change and leaves the rest out', () => {
    const before = 'a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\ng: 7\nh: 8\n';
    const after = before.replace('a: 1\n', '').replace('h: 8', 'h: 9');
    expect(configDiff(before, after, yamlFormat.read)).toEqual(['-a: 1', ' b: 2', ' c: 3', ' ⋮', ' f: 6', ' g: 7', '-h: 8', '+h: 9']);
  });
  it('shows no secret, whichever line its name stands on', () => {
    const yaml = 'x: 1\nserver:\n  keystore_password: hunter2\n  client_secret: >\n    hunter2\n';
    expect(configDiff(yaml, yaml.replace('x: 1', 'x: 2'), yamlFormat.read).join('\n')).not.toContain('hunter2');
    expect(configDiff(yaml, yaml.replaceAll('hunter2', 'hunter3'), yamlFormat.read).join('\n')).not.toMatch(/hunter/);
    const xml = '<configuration>\n<property>\n<name>s3.secret.key</name>\n<value>hunter2</value>\n</property>\n</configuration>\n';
    const shown = configDiff(xml, xml.replace('hunter2', 'hunter3'), hadoopXmlFormat.read);
    expect(shown).toContain('+<value>…</value>');
    expect(shown.join('\n')).not.toMatch(/hunter/);
  });
});
