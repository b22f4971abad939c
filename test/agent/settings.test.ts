import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAgentSettings, profileDigest, profileOf } from '../../agent/settings.ts';
import { toFailure } from '../../common/failure.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-settings-'));
  file = join(dir, 'agent.yaml');
  for (const name of ['data', 'releases', 'state']) mkdirSync(join(dir, name));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const good = () =>
  [
    'host: host-1',
    'controller: 127.0.0.1:7420',
    `stateDir: ${dir}/state`,
    'instances:',
    '  - instance: db-1',
    '    cluster: main',
    '    engine: twin',
    `    dataDir: ${dir}/data`,
    `    releasesDir: ${dir}/releases`,
    '    unit: db',
  ].join('\n');

function load(text: string) {
  writeFileSync(file, text);
  return loadAgentSettings(file).value;
}

function complaint(text: string): string {
  try {
    load(text);
  } catch (thrown) {
    return toFailure(thrown).message;
  }
  throw new Error('it was taken');
}

describe('settings of the agent', () => {
  it('are systemd and a beat of fifteen seconds unless they say otherwise', () => {
    expect(load(good())).toMatchObject({
      host: 'host-1',
      units: { kind: 'systemd' },
      beatMs: 15_000,
      retention: { orders: '90d' },
      instances: [{ instance: 'db-1', connection: {} }],
    });
  });

  it('take more instances from drop-ins', () => {
    mkdirSync(join(dir, 'agent.d'));
    const more = good().slice(good().indexOf('instances')).replace('db-1', 'db-2');
    writeFileSync(join(dir, 'agent.d', 'two.yaml'), more);
    expect(load(good()).instances.map(({ instance }) => instance)).toEqual(['db-1', 'db-2']);
  });

  it.each<[string, (text: string) => string, string]>([
    ['an address that is none', (text) => text.replace('127.0.0.1', '10.1.2.3/24'), ':2: controller: expected HOST:PORT'],
    ['a data directory that is not there', (text) => text.replace('/data', '/dada'), ':8: instances[0].dataDir: no such directory'],
    ['a relative path', (text) => text.replace(/dataDir: .*/, 'dataDir: data'), ':8: instances[0].dataDir: expected an absolute path'],
    ['a path that climbs', (text) => text.replace('/data', '/../data'), ':8: instances[0].dataDir: expected an absolute path without ..'],
    ['a state directory that is not there', (text) => text.replace('/state', '/stat'), ':3: stateDir: no such directory'],
    ['an unknown field', (text) => `${text}\nbeats: 3`, ':11: beats: unknown setting'],
    ['a unit that is an option', (text) => text.replace('unit: db', 'unit: --now'), ':10: instances[0].unit: expected the name of a unit'],
    ['units of an unknown kind', (text) => `${text}\nunits: {kind: upstart}`, ':11: units'],
    ['no instance', (text) => `${text.slice(0, text.indexOf('instances'))}instances: []`, ':4: instances: expected at least one'],
    ['a beat that is too fast', (text) => `${text}\nbeatMs: 1`, ':11: beatMs: expected at least 100 ms'],
    [
      'orders that are kept for a day',
      (text) => `${text}\nretention: {orders: 1d}`,
      ':11: retention.orders: expected 7d or more (400d), or forever',
    ],
    ['a time without its unit', (text) => `${text}\nretention: {orders: 90}`, ':11: retention.orders: expected 7d or more'],
    ['broken YAML', (text) => text.replace('host: host-1', 'host: [host-1'), ':'],
  ])('name file, line and field of %s', (_name, spoil, expected) => {
    const output = complaint(spoil(good()));
    expect(output).toContain(`${file}${expected}`);
  });

  it('refuse two instances of one name', () => {
    const twice = `${good()}\n${good().slice(good().indexOf('  - instance'))}`;
    expect(complaint(twice)).toContain('instances[1].instance: db-1 is listed twice');
  });

  it('have a profile digest that changes with what an instance is, and with nothing else', () => {
    const [instance] = load(good()).instances;
    if (instance === undefined) throw new Error('no instance');
    expect(profileDigest({ ...instance, connection: { port: 1 } })).toBe(profileDigest(instance));
    expect(profileDigest({ ...instance, unit: 'other' })).not.toBe(profileDigest(instance));
    expect(profileOf({ ...instance, connection: { password: 'secret' } })).toEqual({
      engine: instance.engine,
      unit: instance.unit,
      dataDir: instance.dataDir,
      releasesDir: instance.releasesDir,
    });
  });
});
