import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadSettings, placeOf } from '../../common/settings.ts';

const schema = z.strictObject({
  host: z.string().min(1),
  beatMs: z.number().int().positive().default(15_000),
  instances: z.array(z.strictObject({ instance: z.string(), dataDir: z.string() })).default([]),
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-settings-'));
  mkdirSync(join(folder, 'agent.d'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(main: string, dropIns: Readonly<Record<string, string>> = {}) {
  writeFileSync(join(folder, 'agent.yaml'), main);
  for (const [name, text] of Object.entries(dropIns)) writeFileSync(join(folder, 'agent.d', name), text);
  return loadSettings({ file: join(folder, 'agent.yaml'), dropInDir: join(folder, 'agent.d'), schema });
}

describe('settings', () => {
  it.each([
    ['host: ""', 'host: expected text, found nothing'],
    ['host: a\nbeatMs: 0', 'beatMs: expected more than 0'],
    ['host: a\ninstances: [{}]', 'instances[0].instance: it is missing; expected text'],
  ])('say of %j in plain words what was expected', (text, sentence) => {
    expect(() => load(text)).toThrow(sentence);
  });

  it('merge the file and its drop-ins in name order: scalars replace, lists append', () => {
    const loaded = load('host: db-1\nbeatMs: 1000\ninstances:\n  - instance: a\n    dataDir: /a\n', {
      '20-more.yaml': 'instances:\n  - instance: b\n    dataDir: /b\n',
      '10-slow.yaml': 'beatMs: 2000\n',
      'notes.txt': 'not: settings',
    });
    expect(loaded.value).toEqual({
      host: 'db-1',
      beatMs: 2000,
      instances: [
        { instance: 'a', dataDir: '/a' },
        { instance: 'b', dataDir: '/b' },
      ],
    });
    expect(loaded.origins.get('beatMs')).toEqual({ file: join(folder, 'agent.d', '10-slow.yaml'), line: 1 });
    expect(placeOf(loaded.origins, 'instances[1].dataDir', 'x')).toBe(`${join(folder, 'agent.d', '20-more.yaml')}:3`);
  });

  it('name file, line and field of a value of the wrong form', () => {
    expect(() => load('host: db-1\ninstances:\n  - instance: a\n    dataDir: 7\n')).toThrow(
      `${join(folder, 'agent.yaml')}:4: instances[0].dataDir: `,
    );
  });

  it('name the drop-in when the fault is there', () => {
    expect(() => load('host: db-1\n', { 'pg.yaml': '\n\nbeatMs: soon\n' })).toThrow(`${join(folder, 'agent.d', 'pg.yaml')}:3: beatMs: `);
  });

  it('refuse unknown settings, duplicate keys, broken YAML, a missing file and a list at the top, each with its place', () => {
    expect(() => load('host: db-1\nhots: db-2\n')).toThrow(/agent\.yaml:2: hots: unknown setting/);
    expect(() => load('host: db-1\nhost: db-2\n')).toThrow(/agent\.yaml:2: .*unique/i);
    expect(() => load('host: [db-1\n')).toThrow(/agent\.yaml:\d: /);
    expect(() => load('- a\n')).toThrow(/agent\.yaml:1: expected keys and values/);
    rmSync(join(folder, 'agent.yaml'));
    expect(() => loadSettings({ file: join(folder, 'agent.yaml'), dropInDir: null, schema })).toThrow(/agent\.yaml: no such settings file/);
  });

  it('say which field is missing, at the closest line that was written', () => {
    expect(() => load('host: db-1\ninstances:\n  - instance: a\n')).toThrow(
      /agent\.yaml:3: instances\[0\]\.dataDir: it is missing; expected text/,
    );
  });
});
