import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../common/canonical-json.ts';
import { toFailure } from '../../common/failure.ts';
import { bodyText, type OrderBody, parseOrderBody } from '../../common/order-body.ts';
import { upcastBody } from '../../common/upcast.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const config = { changes: [{ op: 'set', key: 'work_mem', value: '8MB' } as const], fromDigest: digest, toDigest: digest };
const bundle = {
  engine: 'tally',
  version: '2.1',
  arch: 'x64',
  release: '2.1-abc',
  artifacts: [{ role: 'server' as const, digest, sizeBytes: 1, unpackedBytes: 2, unpackedInodes: 3 }],
};
const samples: readonly OrderBody[] = [
  { kind: 'observe', checks: ['in-service'], nonce: 'r-1/s/1', config: config.changes, restoreRun: 'r-1' },
  { kind: 'await', condition: 'in-service', member: null, steadyMs: 0, viewpoint: 'self' },
  { kind: 'stage', bundle, needBytes: 1, needInodes: 1 },
  {
    ...{ kind: 'downtime', mode: 'upgrade', parts: ['stop', 'activate', 'start'], fromRelease: '2.0-aaa', toRelease: '2.1-abc' },
    ...{ expectVersion: '2.1', onFailure: 'revert', config, restore: 'r-1.db-1' },
  },
  { kind: 'snapshot', hop: 'h1', verify: 'none', needBytes: 1, needInodes: 1, keepMs: 1 },
  { kind: 'set', scope: 'cluster', key: 'drain', value: 'on' },
  { kind: 'unset', scope: 'node', key: 'drain', effect: { key: 'drain', prior: 'a\nb', set: null, scope: 'cluster' } },
  { kind: 'act', verb: 'recount', args: { of: ['a', 1, null, { deep: true }] }, token: 't' },
  { kind: 'configure', config },
  { kind: 'cleanup', part: 'previous-release', keepRelease: '2.1-abc' },
  { kind: 'cleanup', part: 'snapshot', hop: 'h1', keepMs: 1 },
];

const refusalOf = (body: unknown): string | null => {
  try {
    parseOrderBody(typeof body === 'string' ? body : canonicalJson(body));
    return null;
  } catch (thrown) {
    expect(toFailure(thrown)).toMatchObject({ class: 'usage', code: 'malformed-order' });
    return toFailure(thrown).message;
  }
};

/** Every object inside, with a way to put another in its place. */
function* placesIn(value: unknown, replace: (other: unknown) => unknown): Generator<[object, (other: object) => unknown]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [value, replace];
  for (const [key, member] of Object.entries(value)) {
    const put = (other: unknown) =>
      replace(Array.isArray(value) ? value.map((each, at) => (String(at) === key ? other : each)) : { ...value, [key]: other });
    yield* placesIn(member, put);
  }
}

const isFree = (body: OrderBody, place: object): boolean => body.kind === 'act' && canonicalJson(body.args).includes(canonicalJson(place));

describe('the body of an order (P13)', () => {
  it('gives back every kind as it was written', () => {
    for (const body of samples) expect(parseOrderBody(bodyText(body))).toEqual(body);
  });

  it('refuses a field that is not known, wherever it stands', () => {
    for (const body of samples)
      for (const [place, replace] of placesIn(body, (other) => other)) {
        if (isFree(body, place)) continue;
        const refusal = refusalOf(replace({ ...place, argv: ['reboot'] }));
        expect(refusal, `${bodyText(body)} at ${canonicalJson(place)}`).toMatch(/has an unknown field: "argv"/);
      }
  });

  it('refuses a body of which a field is missing that is not optional', () => {
    const optional = ['config', 'restoreRun', 'restore', 'hop', 'keepMs', 'token', 'scope'];
    for (const body of samples)
      for (const key of Object.keys(body)) {
        const { [key]: _, ...rest } = body as unknown as Record<string, unknown>;
        const isOptional = optional.includes(key) && !(key === 'config' && body.kind === 'configure') && !(key === 'scope');
        const needsIt = body.kind === 'cleanup' && key === 'keepMs';
        expect(refusalOf(rest) === null, `${body.kind} without ${key}`).toBe(isOptional && !needsIt);
      }
  });

  it('refuses unknown kinds, parts and words, and what is no name, count or digest', () => {
    const [, awaits, stage, downtime, snapshot, set, unset, act, configure, cleanup] = samples as [...typeof samples] & readonly object[];
    const bad: readonly [unknown, RegExp][] = [
      [{ kind: 'run' }, /unknown kind/],
      [{}, /unknown kind/],
      [null, /type/],
      [[], /type/],
      [{ ...cleanup, part: 'everything' }, /unknown kind/],
      [{ ...awaits, viewpoint: 'god' }, /viewpoint is not one of self, peer/],
      [{ ...awaits, steadyMs: 1e15 }, /steadyMs is longer than two years/],
      [{ ...awaits, steadyMs: -1 }, /steadyMs is not a count/],
      [{ ...awaits, condition: 'a\u001bb' }, /condition holds control characters/],
      [{ ...downtime, parts: ['wipe'] }, /parts.0 is not one of quiesce, drain, stop/],
      [{ ...downtime, toRelease: '../../etc' }, /toRelease is not a name/],
      [{ ...snapshot, needBytes: 0.5 }, /needBytes/],
      [{ ...set, scope: 'fleet' }, /scope/],
      [{ ...set, value: 'a\nb' }, /control characters/],
      [{ ...unset, effect: {} }, /effect/],
      [{ ...act, verb: '' }, /verb is not a name/],
      [{ ...configure, config: { ...config, toDigest: 'sha256:x' } }, /toDigest is not a sha256 digest/],
      [{ ...stage, bundle: { ...bundle, artifacts: Array(1_001).fill(bundle.artifacts[0]) } }, /more than 1000 entries/],
      [{ ...act, args: { long: 'x'.repeat(65_537) } }, /65537 characters long/],
      [{ ...act, args: { many: Array(9).fill('x'.repeat(65_000)) } }, /at most 524288/],
      [{ ...act, args: { deep: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) } }, /nested deeper/],
    ];
    for (const [body, says] of bad) expect(refusalOf(body), String(says)).toMatch(says);
  });

  it('takes no text but the canonical one: no blanks, no other order, no field twice', () => {
    expect(refusalOf('{"kind": "act","args":{},"verb":"a"}')).toMatch(/canonical/);
    expect(refusalOf('{"kind":"act","verb":"a","args":{}}')).toMatch(/canonical/);
    expect(refusalOf('{"args":{},"kind":"act","verb":"a","verb":"b"}')).toMatch(/canonical/);
    expect(refusalOf('{"args":{"__proto__":{}},"kind":"act","verb":"a"}')).not.toBeNull();
    expect(refusalOf('{"args":{},"kind":"act","verb":"b"}')).toBeNull();
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.tuple(fc.constantFrom(...samples.map(bodyText)), fc.nat(), fc.nat({ max: 3 }), fc.string({ maxLength: 3 })).map(
        // One of them with a piece of it replaced.
        ([sample, at, length, by]) => `${sample.slice(0, at % sample.length)}${by}${sample.slice((at % sample.length) + length)}`,
      ),
    );
    fc.assert(
      fc.property(text, (sent) => {
        if (refusalOf(sent) === null) expect(bodyText(parseOrderBody(sent))).toBe(sent);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('bodies that release 0.1 wrote', () => {
  const follow = { member: 'pg-2', host: '127.0.0.1', port: 5432 };
  it.each([
    [
      { kind: 'act', verb: 'fence', follow },
      { kind: 'act', verb: 'fence', args: { follow } },
    ],
    [
      { kind: 'act', verb: 'unfence' },
      { kind: 'act', verb: 'unfence', args: {} },
    ],
    [
      { kind: 'act', verb: 'promote', token: null, slots: ['a'] },
      { kind: 'act', verb: 'promote', args: { slots: ['a'] } },
    ],
    [
      { kind: 'act', verb: 'promote', token: 't', slots: [] },
      { kind: 'act', verb: 'promote', args: { slots: [] }, token: 't' },
    ],
    [
      { kind: 'act', verb: 'dropSlots', slots: ['a'] },
      { kind: 'act', verb: 'dropSlots', args: { slots: ['a'] } },
    ],
    [
      { kind: 'act', verb: 'configure', config },
      { kind: 'configure', config },
    ],
    [
      { kind: 'act', verb: 'finalize', part: 'snapshot', keepMs: 1, hop: 'h1' },
      { kind: 'cleanup', part: 'snapshot', keepMs: 1, hop: 'h1' },
    ],
    [
      { kind: 'act', verb: 'finalize', part: 'previous-release', keepRelease: 'x' },
      { kind: 'cleanup', part: 'previous-release', keepRelease: 'x' },
    ],
    [
      { kind: 'set', key: 'k', value: 'v' },
      { kind: 'set', scope: 'node', key: 'k', value: 'v' },
    ],
    [
      { kind: 'unset', key: 'k', effect: null },
      { kind: 'unset', scope: 'node', key: 'k', effect: null },
    ],
  ])('%j is read as what it is called now', (old, now) => {
    expect(upcastBody(old)).toEqual(now);
    expect(parseOrderBody(canonicalJson(upcastBody(old)))).toEqual(now);
    expect(upcastBody(now)).toEqual(now);
  });

  it('others are as they were', () => {
    for (const body of samples) expect(upcastBody(body)).toEqual(body);
  });
});
