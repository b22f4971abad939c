import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { loadAgentSettings } from '../../agent/settings.ts';
import { readPersonal } from '../../cli/personal-settings.ts';
import { toFailure } from '../../common/failure.ts';
import { plainText } from '../../common/plain-text.ts';
import { loadPack } from '../../controller/rules/pack.ts';
import { parseRequest, releaseDescription, requests } from '../../controller/server/requests.ts';
import { loadControllerSettings } from '../../controller/settings.ts';
import { connectionOf as etcdConnection } from '../../engines/etcd/connection.ts';
import { connectionOf as postgresqlConnection } from '../../engines/postgresql/host/connection.ts';
import { numbersSchemes } from '../rules/numbers-scheme.ts';

const listOf = (item: z.ZodType) => z.union([item.transform((one) => [one]), z.array(item)]);
const kinds = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('systemd') }), z.strictObject({ kind: z.literal('other') })]);

type Row = readonly [schema: z.ZodType, input: unknown, sentence: string];

/** By every code that the schema library knows: a new one asks for a row here. */
const codes: Readonly<Record<z.core.$ZodIssue['code'], readonly Row[]>> = {
  invalid_type: [
    [z.string(), undefined, 'it is missing; expected text'],
    [z.string(), 7, 'expected text, found a number'],
    [z.string(), null, 'expected text, found nothing'],
    [z.number(), 'seven', 'expected a number, found text'],
    [z.number(), Number.NaN, 'expected a number, found NaN'],
    [z.int(), 1.5, 'expected a whole number, found 1.5'],
    [z.boolean(), 'yes', 'expected true or false, found text'],
    [z.array(z.string()), {}, 'expected a list, found keys and values'],
    [z.object({}), [], 'expected keys and values, found a list'],
    [z.record(z.string(), z.string()), true, 'expected keys and values, found true or false'],
    [kinds, 'systemd', 'expected keys and values, found text'],
  ],
  invalid_value: [
    [z.enum(['lossless', 'restore-node', 'none']), 'swap', 'expected lossless, restore-node or none, found "swap"'],
    [z.enum(['lossless', 'none']), undefined, 'it is missing; expected lossless or none'],
    [z.literal('true'), 'false', 'expected true, found "false"'],
    [z.enum(['x64', 'arm64']), 'x'.repeat(61), 'expected x64 or arm64, found text'],
    [z.enum(['', 'x64', 'arm64']), ['x64'], 'expected x64 or arm64, found a list'],
  ],
  invalid_format: [
    [z.string().startsWith('/'), 'etc', 'expected text that begins with /'],
    [z.string().endsWith('.yaml'), 'a.json', 'expected text that ends with .yaml'],
    [z.string().includes('='), 'a', 'expected text with = in it'],
    [z.string().regex(/^a$/, 'expected the letter a'), 'b', 'expected the letter a'],
  ],
  too_big: [
    [z.number().max(7), 8, 'expected at most 7'],
    [z.number().lt(7), 8, 'expected less than 7'],
    [z.string().max(1), 'ab', 'expected at most 1 character'],
    [z.array(z.int()).max(2), [1, 2, 3], 'expected at most 2 entries'],
    [z.string().length(2), 'abc', 'expected 2 characters'],
  ],
  too_small: [
    [z.number().min(7), 6, 'expected at least 7'],
    [z.number().positive(), 0, 'expected more than 0'],
    [z.string().min(1), '', 'expected text, found nothing'],
    [z.string().min(2), 'a', 'expected at least 2 characters'],
    [z.array(z.int()).min(1), [], 'expected at least 1 entry'],
  ],
  not_multiple_of: [[z.number().multipleOf(5), 7, 'expected a multiple of 5']],
  unrecognized_keys: [[z.strictObject({}), { speed: 'high' }, 'speed: unknown; remove it or correct its name']],
  invalid_union: [
    [listOf(z.string()), 7, 'expected text or a list, found a number'],
    [listOf(z.string()), undefined, 'it is missing; expected text or a list'],
    [listOf(z.string()), ['a', 7], 'entry 2: expected text, found a number'],
    [listOf(z.enum(['x64', 'arm64'])), 'mips', 'expected x64 or arm64, found "mips"'],
    [z.union([z.literal(''), z.enum(['plan', 'hop'])]), 'node', 'expected plan or hop, found "node"'],
    [kinds, { kind: 'docker' }, 'expected systemd or other, found "docker"'],
    [kinds, {}, 'it is missing; expected systemd or other'],
  ],
  invalid_key: [[z.record(z.string().max(2), z.string()), { name: 'a' }, 'expected at most 2 characters']],
  invalid_element: [[z.map(z.string(), z.string()), new Map([['a', 7]]), 'expected text, found a number']],
  custom: [
    [z.string().refine(() => false, 'expected an address of this machine'), 'a', 'expected an address of this machine'],
    [z.string().refine(() => false), 'a', 'it is malformed'],
  ],
};

describe.each(Object.entries(codes))('13.7: what the schema library calls %s', (_code, rows) => {
  it.each(rows)('reads in plain words (%#)', (schema, input, sentence) => {
    expect(schema.safeParse(input, plainText).error?.issues.map(({ message }) => message)).toEqual([sentence]);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'drydock-plain-text-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, value: unknown): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, stringify(value) ?? '');
  return file;
}

const requestsAsked = Object.entries({ ...requests, releaseDescription }).map(([method, schema]) => ({
  door: `a request for ${method}`,
  sound: Object.fromEntries(
    Object.keys(schema.shape).map((field) => [field, field === 'artifacts' ? [{ role: '', digest: '', sizeBytes: 0, fileName: '' }] : '']),
  ) as unknown,
  take: (value: unknown) => parseRequest<z.ZodType>(schema, value) as unknown,
}));

const pack = `engine: numbers
version: 3
source: a page
releases: { source: a list, list: 1.0 - }
edges:
  - { id: minor, from: any, to: [final], kind: rolling, rollback: lossless, source: a page, limits: { maxDown: 1 } }
refusals:
  - { id: bad, to: 1.1, when: { os: ubuntu, arch: x64, traits: { a: b }, runtime: { java: <=11 } }, reason: bad, source: a page, kinds: rolling }
notes:
  - { id: note, crosses: [1.0], source: a page, tasks: [a] }
`;

const instance = { instance: 'db-1', cluster: 'main', engine: 'twin', dataDir: '/d', releasesDir: '/r', unit: 'db', connection: { a: 1 } };

/** Everywhere that something written by a person or sent by a program is read by a schema. */
const doors: readonly { readonly door: string; readonly sound: unknown; readonly take: (value: unknown) => unknown }[] = [
  ...requestsAsked,
  {
    door: 'the settings of an agent',
    sound: {
      host: 'a',
      controller: '127.0.0.1:1',
      stateDir: '/s',
      units: { kind: 'supervised', socket: '/u' },
      beatMs: 200,
      instances: [instance],
    },
    take: (value) => loadAgentSettings(fileOf('agent.yaml', value)),
  },
  {
    door: 'the settings of a controller',
    sound: {
      listen: '127.0.0.1:1',
      stateDir: '/s',
      artifactsDir: '/a',
      metrics: '127.0.0.1:2',
      beatMs: 200,
      readyFile: '/f',
      logLevel: 'info',
      externalChecks: [
        {
          name: 'a',
          at: ['soak'],
          clusters: 'a=b',
          prometheus: { url: 'http://a', query: 'up', atMost: 1 },
          timeoutMs: 1000,
          everyMs: 1000,
          toleranceMs: 0,
          tokenFile: '/t',
        },
        { name: 'b', at: ['finalize'], http: { url: 'http://a', status: 200 } },
      ],
    },
    take: (value) => loadControllerSettings(fileOf('controller.yaml', value)),
  },
  {
    door: 'a person’s own settings',
    sound: { controller: 'a', context: 'b', contexts: { b: { controller: 'c' } } },
    take: (value) => {
      fileOf('drydock/config.yaml', value);
      return readPersonal({ XDG_CONFIG_HOME: folder });
    },
  },
  { door: 'a rule pack', sound: parse(pack), take: (value) => loadPack('pack.yaml', stringify(value) ?? '', numbersSchemes) },
  ...[postgresqlConnection, etcdConnection].map((connectionOf, at) => ({
    door: `the connection of ${['PostgreSQL', 'etcd'][at]}`,
    sound: {
      ...[
        {
          host: 'a',
          port: 1,
          user: 'u',
          passwordFile: '/p',
          advertise: { host: 'a', port: 1 },
          replication: { user: 'u', slot: 's' },
          backups: [''],
        },
        {
          endpoint: 'http://a',
          httpEndpoint: 'http://b',
          cacert: '/c',
          cert: '/c',
          key: '/k',
          user: 'u',
          passwordFile: '/p',
          walDir: '/w',
        },
      ][at],
    },
    take: (value: unknown) => connectionOf({ ...instance, snapshotsDir: '/s', connection: value as Readonly<Record<string, unknown>> }),
  })),
];

const hostile = [undefined, null, '', 'x y', '\u0007', 7, -1, 1.5, true, [], [null], [7], {}, { 'a b': 1 }, 'a'.repeat(2000)];
const foreign =
  /Invalid|Unrecognized|Too (big|small)|\bundefined\b|\brecord\b|\bstring\b|\bNaN\b|\bexpected (object|array|boolean)\b|malformed/;

/** The document with each of its values, and itself, replaced by another one. */
function* spoiled(value: unknown, by: unknown): Generator<unknown> {
  yield by;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    for (const other of spoiled(inner, by)) yield Array.isArray(value) ? [other] : { ...value, [key]: other };
}

async function complaintOf(take: (value: unknown) => unknown, value: unknown): Promise<string> {
  try {
    await take(value);
    return '';
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    return code === 'unexpected' ? `unexpected: undefined ${message}` : message;
  }
}

describe('13.7: whatever is wrong in what a person or a program wrote', () => {
  it.each(doors)('is named without the words of the schema library: $door', async ({ sound, take }) => {
    const seen = new Set<string>();
    for (const by of hostile) for (const value of spoiled(sound, by)) seen.add(await complaintOf(take, value));
    expect([...seen].filter((text) => foreign.test(text))).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
  });
});
