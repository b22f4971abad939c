import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeFacts, SnapshotSeen } from '../../common/facts.ts';
import { FailureError } from '../../common/failure.ts';
import type { AgentMessage, ControllerMessage, HeardMessage } from '../../common/link.ts';
import { type Order, type OrderBody, type Receipt, snapshotVerifications } from '../../common/orders.ts';
import type { AgentMessage__Output } from '../../proto/generated/drydock/v1/AgentMessage.ts';
import type { ControllerMessage__Output } from '../../proto/generated/drydock/v1/ControllerMessage.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { agentMessageFromWire, agentMessageToWire, controllerMessageFromWire, controllerMessageToWire } from '../../proto/wire/link.ts';
import { fractionalMs } from '../whole-ms.ts';

const sample: Order = {
  orderId: 'r-1/s/1',
  run: 'r-1',
  step: 's',
  attempt: 1,
  cluster: 'c',
  epoch: 1,
  writer: 'w',
  given: { epoch: 1, writer: 'w' },
  target: { instance: 'a', host: 'h', engine: 'e', dataDir: '/d', databaseId: null },
  guards: [],
  deadlineMs: 1000,
  repeat: 'convergent',
  body: { kind: 'cleanup', part: 'previous-release', keepRelease: 'x' },
};

const connect = drydockV1.AgentLink.service.Connect;

/** Through real protobuf bytes, so that defaults, oneofs and 64-bit numbers are those of the wire. */
function agentRoundTrip(message: AgentMessage): AgentMessage {
  return agentMessageFromWire(connect.requestDeserialize(connect.requestSerialize(agentMessageToWire(message))) as AgentMessage__Output);
}

function controllerRoundTrip(message: ControllerMessage): HeardMessage {
  return controllerMessageFromWire(
    connect.responseDeserialize(connect.responseSerialize(controllerMessageToWire(message))) as ControllerMessage__Output,
  );
}

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,30}$/);
const count = fc.nat();
const text = fc.string({ maxLength: 40 });
const maybe = <T>(inner: fc.Arbitrary<T>) => fc.option(inner, { nil: null });
const incarnation = fc.record({ bootId: text, invocationId: text });
const finding = fc.record({ check: name, ok: fc.constantFrom(true, false, null), detail: text });
const space = fc.record({ freeBytes: count, freeInodes: count });
const bareFacts: fc.Arbitrary<NodeFacts> = fc.record({
  instance: name,
  nonce: maybe(text),
  observedAtMs: count,
  incarnation: maybe(incarnation),
  databaseId: maybe(text),
  memberId: maybe(text),
  version: fc.record({ running: maybe(name), onDisk: maybe(name), format: maybe(name) }),
  role: maybe(name),
  inService: fc.boolean(),
  peers: fc.array(fc.record({ member: name, healthy: fc.boolean(), state: text, lagBytes: maybe(count) }), { maxLength: 3 }),
  release: fc.record({ current: maybe(name), previous: maybe(name), installed: fc.array(name, { maxLength: 3 }) }),
  space: fc.record({ releases: space, data: space }),
  findings: fc.array(finding, { maxLength: 3 }),
  detail: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(text, count, fc.boolean()), { maxKeys: 4, noNullPrototype: true }),
});
const measured = fc.record(
  {
    snapshotNeed: fc.record(
      { bytes: count, inodes: count, method: fc.constantFrom('reflink', 'copy' as const), keptBytesPerS: fc.nat().map((more) => more + 1) },
      { requiredKeys: ['bytes', 'inodes', 'method'] },
    ),
    restoreNeeds: fc.array(fc.record({ path: text, bytes: count, inodes: count, room: space }), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const facts = fc.tuple(bareFacts, measured).map(([bare, more]): NodeFacts => ({ ...bare, ...more }));
const failure = fc.record({
  class: fc.constantFrom('failed', 'refused', 'internal' as const),
  code: name,
  message: text,
  remedy: fc.constantFrom('retry', 'hold', 'abort' as const),
});
const receipt: fc.Arbitrary<Receipt> = fc.record({
  orderId: text,
  outcome: fc.constantFrom('done', 'failed', 'refused', 'interrupted' as const),
  before: maybe(incarnation),
  after: maybe(incarnation),
  elapsedMs: count,
  engineMs: count,
  parts: fc.array(fc.record({ part: name, ms: count }), { maxLength: 4 }),
  downtimeMs: maybe(count),
  reverted: fc.boolean(),
  findings: fc.array(finding, { maxLength: 3 }),
  facts: maybe(facts),
  effects: fc.array(
    fc.record(
      { key: name, prior: maybe(text), set: maybe(text), scope: fc.constant('cluster' as const) },
      { requiredKeys: ['key', 'prior', 'set'] },
    ),
    { maxLength: 2 },
  ),
});
const digest = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);
const artifact = fc.record({
  role: fc.constantFrom('server', 'runtime', 'extensions' as const),
  digest,
  sizeBytes: count,
  unpackedBytes: count,
  unpackedInodes: count,
});
const bundle = fc.record({ engine: name, version: name, arch: name, artifacts: fc.array(artifact, { maxLength: 3 }), release: name });
const part = fc.constantFrom('quiesce', 'stop', 'activate', 'start' as const);
const body: fc.Arbitrary<OrderBody> = fc.oneof(
  fc.record(
    { kind: fc.constant('observe' as const), checks: fc.array(name, { maxLength: 3 }), nonce: name, restoreRun: name },
    { requiredKeys: ['kind', 'checks', 'nonce'] },
  ),
  fc.record({
    kind: fc.constant('await' as const),
    condition: name,
    member: maybe(name),
    steadyMs: count,
    viewpoint: fc.constantFrom('self', 'peer' as const),
  }),
  fc.record({ kind: fc.constant('stage' as const), bundle, needBytes: count, needInodes: count }),
  fc.record({
    kind: fc.constant('downtime' as const),
    mode: fc.constantFrom('normal', 'upgrade', 'downgrade' as const),
    parts: fc.array(part, { maxLength: 4 }),
    fromRelease: name,
    toRelease: name,
    expectVersion: name,
    onFailure: fc.constantFrom('revert', 'leave-stopped' as const),
  }),
  fc.record({ kind: fc.constant('cleanup' as const), part: fc.constant('previous-release' as const), keepRelease: name }),
  fc.record(
    {
      kind: fc.constant('act' as const),
      verb: name,
      args: fc.dictionary(name, fc.oneof(text, count, fc.array(text)), { maxKeys: 3 }),
      token: text,
    },
    { requiredKeys: ['kind', 'verb', 'args'] },
  ),
  fc.record(
    {
      kind: fc.constant('snapshot' as const),
      verify: fc.constantFrom(...snapshotVerifications),
      needBytes: count,
      needInodes: count,
      hop: name,
    },
    { requiredKeys: ['kind', 'verify', 'needBytes', 'needInodes'] },
  ),
  fc.record(
    { kind: fc.constant('cleanup' as const), part: fc.constant('snapshot' as const), keepMs: count, hop: name },
    { requiredKeys: ['kind', 'part', 'keepMs'] },
  ),
);
const giver = fc.record({ epoch: count, writer: text });
const order: fc.Arbitrary<Order> = fc.record({
  orderId: text,
  run: name,
  step: name,
  attempt: fc.nat({ max: 1000 }),
  cluster: name,
  epoch: count,
  writer: text,
  given: giver,
  target: fc.record({ instance: name, host: name, engine: name, dataDir: text, databaseId: maybe(text) }),
  guards: fc.array(fc.oneof(fc.record({ check: name }), fc.record({ check: name, expect: text })), { maxLength: 3 }),
  deadlineMs: count,
  repeat: fc.constantFrom('convergent', 'once' as const),
  body,
});

describe('the wire', () => {
  it('gives back every order as it was sent', () => {
    fc.assert(
      fc.property(order, (sent) => {
        expect(controllerRoundTrip({ type: 'order', order: sent })).toEqual({ type: 'order', order: sent });
      }),
    );
  });

  it('gives back every report as it was sent', () => {
    fc.assert(
      fc.property(count, receipt, maybe(failure), giver, (seq, bare, why, given) => {
        const sent: AgentMessage = { type: 'report', seq, receipt: why === null ? bare : { ...bare, failure: why }, given };
        expect(agentRoundTrip(sent)).toEqual(sent);
      }),
    );
  });

  it('gives back snapshots with their run and hop; of those that 0.1 announces the id alone says the run', () => {
    const made = { madeAtMs: 1, expiresAtMs: 2, bytes: 3, version: '1', role: 'standby', verified: 'list', position: '7' };
    const snapshots = [
      { id: 'r-1-aa.db-1', run: 'r-1-aa', ...made },
      { id: 'r-1-aa.h2.db-1', run: 'r-1-aa', hop: 'h2', ...made },
    ];
    const [oneProbe] = fc.sample(facts, { numRuns: 1, seed: 1 }) as [NodeFacts];
    const arrived = (seen: readonly SnapshotSeen[]) => {
      const back = agentRoundTrip({ type: 'facts', facts: { ...oneProbe, snapshots: seen } });
      return back.type === 'facts' ? back.facts.snapshots : null;
    };
    expect(arrived(snapshots)).toEqual(snapshots);
    expect(arrived([{ id: 'r-1-aa.db-1', run: '', ...made }])).toEqual([snapshots[0]]);
  });

  it('13.7: durations that a clock measured in fractions arrive as whole milliseconds, in receipts and so in events and documents', () => {
    const fraction = fc.double({ min: 0, max: 1e9, noNaN: true });
    const parts = fc.array(fc.record({ part: name, ms: fraction }), { maxLength: 4 });
    const measuredTimes = fc.record({ elapsedMs: fraction, engineMs: fraction, downtimeMs: maybe(fraction), parts });
    fc.assert(
      fc.property(receipt, measuredTimes, giver, (bare, times, given) => {
        const arrived = agentRoundTrip({ type: 'report', seq: 1, receipt: { ...bare, facts: null, ...times }, given });
        expect(fractionalMs(arrived)).toEqual([]);
        expect(arrived).toMatchObject({ receipt: { elapsedMs: Math.round(times.elapsedMs) } });
      }),
    );
  });

  it('12.A2: gives back what an agent recalls, and what it is asked', () => {
    const recalled = fc.record({
      seq: count,
      order,
      state: fc.constantFrom('open', 'ended', 'forgotten' as const),
      receipt: maybe(receipt),
    });
    fc.assert(
      fc.property(name, count, fc.array(recalled, { maxLength: 3 }), fc.boolean(), (cluster, beforeSeq, orders, isAll) => {
        const sent: AgentMessage = { type: 'recalled', cluster, beforeSeq, orders, isAll };
        expect(agentRoundTrip(sent)).toEqual(sent);
        const asked: ControllerMessage = { type: 'recall', cluster, beforeSeq };
        expect(controllerRoundTrip(asked)).toEqual(asked);
      }),
    );
  });

  it('13.5: gives back which snapshot is to be removed under which claim, and what came of it', () => {
    fc.assert(
      fc.property(name, name, name, count, maybe(failure), (nonce, instance, snapshot, epoch, why) => {
        const asked: ControllerMessage = {
          ...{ type: 'remove-snapshot', nonce, instance, snapshot },
          claim: { cluster: 'main', epoch, writer: 'w-1' },
        };
        expect(controllerRoundTrip(asked)).toEqual(asked);
        const removed: AgentMessage = { type: 'snapshot-removed', nonce, ...(why === null ? {} : { failure: why }) };
        expect(agentRoundTrip(removed)).toEqual(removed);
      }),
    );
  });

  it('12.A2 P13: refuses a recalled order of an unknown state, or without its order', () => {
    const [sent] = fc.sample(order, 1);
    if (sent === undefined) throw new Error('no order was made');
    const message: AgentMessage = {
      type: 'recalled',
      cluster: 'c',
      beforeSeq: 0,
      orders: [{ seq: 1, order: sent, state: 'open', receipt: null }],
      isAll: true,
    };
    const spoil = (change: (recalled: NonNullable<AgentMessage__Output['recalled']>['orders'][number]) => void) => {
      const wire = connect.requestDeserialize(connect.requestSerialize(agentMessageToWire(message))) as AgentMessage__Output;
      const [recalled] = wire.recalled?.orders ?? [];
      if (recalled === undefined) throw new Error('the sample lost its order');
      change(recalled);
      return () => agentMessageFromWire(wire);
    };
    const stateless = spoil((recalled) => {
      recalled.state = 'RECALLED_STATE_UNSPECIFIED';
    });
    const orderless = spoil((recalled) => {
      recalled.order = null;
    });
    for (const refused of [stateless, orderless]) expect(refused).toThrow(FailureError);
  });

  it('gives back facts, hello, acks and the small words', () => {
    fc.assert(
      fc.property(facts, (seen) => {
        expect(agentRoundTrip({ type: 'facts', facts: seen })).toEqual({ type: 'facts', facts: seen });
      }),
    );
    const others: readonly AgentMessage[] = [
      {
        type: 'hello',
        protocol: 1,
        agentVersion: '0.1.0',
        host: 'db-1',
        bootId: 'b',
        arch: 'x64',
        os: 'debian:12',
        instances: [
          {
            instance: 'a',
            cluster: 'c',
            engine: 'e',
            dataDir: '/d',
            capabilities: ['sql-admin'],
            checks: ['in-service'],
            verbs: ['recount'],
            keys: ['drain'],
            jobs: [],
            profileDigest: 'sha256:1',
            profile: { unit: 'db', dataDir: '/d' },
          },
        ],
        fences: [{ cluster: 'c', epoch: 7, writer: 'w' }],
        newestOrders: [{ cluster: 'c', orderId: 'r-1/s/1', epoch: 7, writer: 'w' }],
        openOrders: [{ orderId: 'r-1/s/1', state: 'begun' }],
        journalHead: 12,
      },
      { type: 'beat', journalHead: 3 },
      { type: 'ack', orderId: 'r-1/s/1', state: 'refused', failure: { class: 'refused', code: 'fenced', message: 'no', remedy: 'hold' } },
      { type: 'progress', orderId: 'r-1/s/1', part: 'stop', fraction: 0.5, note: 'half' },
      { type: 'intervention', seq: 2, instance: 'a', verb: 'revert', actor: 'root', incarnation: null },
    ];
    for (const sent of others) expect(agentRoundTrip(sent)).toEqual(sent);
    for (const sent of [
      { type: 'welcome', controllerVersion: '0.1.0', writer: 'w', beatMs: 15_000 },
      { type: 'report-ack', seq: 4 },
      { type: 'cancel', orderId: 'r-1/s/1' },
      { type: 'goodbye', afterMs: 10 },
    ] satisfies ControllerMessage[])
      expect(controllerRoundTrip(sent)).toEqual(sent);
  });

  it('P13 hears of an order without a body, of an unknown kind, or with a release name that would leave its folder, that it is refused', () => {
    const wire = controllerMessageToWire({ type: 'order', order: sample });
    const spoil = (change: (order: NonNullable<ControllerMessage__Output['order']>) => void) => {
      const copy = deserialize(serialize(connect.responseDeserialize(connect.responseSerialize(wire)))) as ControllerMessage__Output;
      if (copy.order === null || copy.order === undefined) throw new Error('the sample lost its order');
      change(copy.order);
      return controllerMessageFromWire(copy);
    };
    const bodyless = spoil((spoilt) => {
      spoilt.bodyJson = '';
    });
    const unknownKind = spoil((spoilt) => {
      spoilt.bodyJson = '{"kind":"run","argv":["reboot"]}';
    });
    const escaping = spoil((spoilt) => {
      spoilt.bodyJson = spoilt.bodyJson.replace('"x"', '"../../etc"');
    });
    const targetless = spoil((spoilt) => {
      spoilt.target = null;
    });
    for (const refused of [bodyless, unknownKind, escaping, targetless])
      expect(refused).toMatchObject({ type: 'unreadable-order', orderId: sample.orderId, why: { class: 'refused' } });
    // Nothing could be answered to it.
    expect(() => spoil((spoilt) => Object.assign(spoilt, { orderId: 'x'.repeat(1_000), target: null }))).toThrow(FailureError);
  });

  it('12.C17: takes no order that is to last for ever, and no time that no calendar has', () => {
    const changed = (more: Partial<Order>): ControllerMessage => ({ type: 'order', order: { ...sample, ...more } });
    const longest: OrderBody = { kind: 'await', condition: 'c', member: null, steadyMs: 1e15, viewpoint: 'self' };
    for (const more of [{ deadlineMs: 1e15 }, { body: longest }, { body: { kind: 'cleanup', part: 'snapshot', keepMs: 1e15 } as const }])
      expect(controllerRoundTrip(changed(more)), JSON.stringify(more)).toMatchObject({
        why: { message: expect.stringMatching(/Ms (1000000000000000 ms )?is longer than two years/) },
      });
    const year = 365 * 86_400_000;
    expect(controllerRoundTrip(changed({ deadlineMs: year + 60_000 }))).toMatchObject({ order: { deadlineMs: year + 60_000 } });
    const [seen] = fc.sample(facts, { numRuns: 1, seed: 1 }) as [NodeFacts];
    expect(() => agentRoundTrip({ type: 'facts', facts: { ...seen, observedAtMs: 9e15 } })).toThrow(/facts\.observedAtMs .* is not a time/);
  });

  it('12.C17: holds every text, list and nesting of every message to its bounds, and names the field', () => {
    const [seen] = fc.sample(facts, { numRuns: 1, seed: 1 }) as [NodeFacts];
    const hello = (more: object): AgentMessage => ({
      ...{ type: 'hello', protocol: 1, agentVersion: '0.1.0', host: 'db-1', bootId: 'b', arch: 'x64', os: 'debian:12', journalHead: 1 },
      ...{ instances: [], fences: [], newestOrders: [], openOrders: [] },
      ...more,
    });
    const instance = (more: object = {}) => ({
      ...{
        instance: 'a',
        cluster: 'c',
        engine: 'e',
        dataDir: '/d',
        capabilities: [],
        checks: [],
        verbs: [],
        keys: [],
        jobs: [],
        profileDigest: 'sha256:1',
      },
      ...more,
    });
    const long = 'x'.repeat(900_000);
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`s${at}`, '']));
    const nested = JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`);
    const cases: readonly (readonly [AgentMessage, RegExp])[] = [
      ...['agentVersion', 'bootId', 'arch', 'os'].map((field) => [hello({ [field]: long }), new RegExp(`hello\\.${field}`)] as const),
      [hello({ agentVersion: 'x'.repeat(201) }), /hello\.agentVersion is 201 characters long, at most 200 are allowed/],
      [hello({ host: 'x'.repeat(201) }), /hello\.host/],
      [hello({ instances: [instance({ dataDir: long })] }), /hello\.instances\.dataDir/],
      [hello({ instances: [instance({ profileDigest: long })] }), /hello\.instances\.profileDigest/],
      [hello({ instances: [instance({ profile: { unit: long } })] }), /hello\.instances\.profile\.unit/],
      [hello({ instances: [instance({ profile: many })] }), /hello\.instances\.profile has 51 entries/],
      [hello({ instances: [instance({ checks: Array(1_001).fill('c') })] }), /hello\.instances\.checks has 1001 entries/],
      [hello({ instances: Array(101).fill(instance()) }), /hello\.instances has 101 entries, at most 100/],
      [hello({ instances: Array(10_000).fill(instance()) }), /hello\.instances has 10000 entries/],
      [hello({ instances: Array(90).fill(instance({ dataDir: `/${'d'.repeat(4_000)}` })) }), /hello holds more than 262144 characters/],
      [hello({ openOrders: Array(1_001).fill({ orderId: 'r/s/1', state: 'begun' }) }), /hello\.openOrders has 1001 entries/],
      [{ type: 'progress', orderId: 'o', part: 'p', fraction: 1, note: long }, /progress\.note/],
      [{ type: 'ack', orderId: long, state: 'begun' }, /ack\.orderId/],
      [{ type: 'facts', facts: { ...seen, findings: Array(10_001).fill({ check: 'c', ok: true, detail: '' }) } }, /facts\.facts\.findings/],
      [{ type: 'facts', facts: { ...seen, detail: nested } }, /facts\.detailJson is nested deeper than 32/],
    ];
    for (const [message, says] of cases) expect(() => agentRoundTrip(message), String(says)).toThrow(says);
    expect(agentRoundTrip({ type: 'progress', orderId: 'o', part: 'p', fraction: Number.NaN, note: '' })).toMatchObject({ fraction: 0 });
  });
});
