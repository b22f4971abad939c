import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { etcdDriver } from '../../engines/etcd/driver.ts';
import { memberTwin, ToolsTwin } from './etcd-tools-twin.ts';

const folder = '/srv/etcd/member/wal';
const kinds = { metadata: 1, entry: 2, state: 3, snapshot: 5 } as const;

type Fields = Readonly<Record<number, number | Uint8Array>>;

function message(fields: Fields): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value === 'number') writer.uint32(Number(field) << 3).uint64(value);
    else writer.uint32((Number(field) << 3) | 2).bytes(value);
  }
  return writer.finish();
}

/** Filled up to a multiple of eight bytes, as the server writes it. */
function frame(kind: keyof typeof kinds, data: Uint8Array): Uint8Array {
  const record = message({ 1: kinds[kind], 2: 4711, 3: data });
  const fill = (8 - (record.length % 8)) % 8;
  const whole = Buffer.alloc(8 + record.length + fill);
  whole.writeUInt32LE(record.length, 0);
  if (fill > 0) whole.writeUInt8(0x80 | fill, 7);
  whole.set(record, 8);
  return whole;
}

const entry = (index: number, request: Uint8Array) => frame('entry', message({ 2: 3, 3: index, 4: request }));
const text = (value: string) => Buffer.from(value);
/** As 3.5 announces a member: ID, method, path, value. */
const old = (index: number) =>
  entry(index, message({ 1: 7, 2: text('PUT'), 3: text('/0/members/8211f1d0f64f3269/attributes'), 4: text('{}') }));
/** As every server puts a key. */
const put = (index: number, bytes = 10) =>
  entry(index, message({ 4: message({ 1: text('key'), 2: Buffer.alloc(bytes, 120) }), 100: message({ 1: 9 }) }));
const snapshot = (index: number) => frame('snapshot', message({ 1: index, 2: 3 }));
const commit = (index: number) => frame('state', message({ 1: 3, 2: 5, 3: index }));

/** Files by number and first index; made longer with zeros, as the server does beforehand. */
async function judged(...files: readonly (readonly [firstIndex: number, frames: readonly Uint8Array[]])[]) {
  const tools = new ToolsTwin([memberTwin(1)]);
  for (const [at, [firstIndex, frames]] of files.entries()) {
    const name = [at, firstIndex].map((number) => number.toString(16).padStart(16, '0')).join('-');
    tools.log.set(`${folder}/${name}.wal`, Buffer.concat([frame('metadata', message({ 1: 1 })), ...frames, Buffer.alloc(4096)]));
  }
  return etcdDriver.check(tools.context(), { check: 'no-v2-entries' });
}

describe('the log of a member', () => {
  it('holds what 3.5 wrote until a snapshot sets it aside: 3.7 would end over it', async () => {
    const finding = await judged([0, [old(2), put(3), old(4), put(5), commit(5)]]);
    expect(finding).toMatchObject({ ok: false });
    expect(finding.detail).toMatch(/^its WAL, from its beginning, still has 2 entries written by 3\.5, up to 4, which 3\.7 cannot read/);
  });

  it('is good when a snapshot stands behind the last such entry, wherever in the log it is written', async () => {
    expect(await judged([0, [old(2), put(3), commit(3), snapshot(3), put(4)]])).toMatchObject({ ok: true });
    expect(await judged([0, [old(2), put(3)]], [4, [put(4), commit(4), snapshot(4)]])).toMatchObject({ ok: true });
  });

  it('is not good for a snapshot that the cluster never agreed on, nor for one before the entry', async () => {
    expect(await judged([0, [old(2), put(3), commit(2), snapshot(3)]])).toMatchObject({ ok: false });
    expect(await judged([0, [put(1), commit(1), snapshot(1), old(2), commit(2)]])).toMatchObject({ ok: false });
  });

  it('is read back to the file that the newest snapshot leads into, and no further', async () => {
    const older = [0, [old(2), put(3)]] as const;
    expect(await judged(older, [4, [put(4), put(5), commit(5)]])).toMatchObject({ ok: false });
    expect(await judged(older, [4, [old(4), put(5), commit(5), snapshot(3)]])).toMatchObject({ ok: false });
    expect(await judged(older, [4, [put(4), put(5), commit(5), snapshot(3)]])).toMatchObject({ ok: true });
  });

  it('is read whole when entries are longer than what is read at once, and to the last whole one when the newest is half written', async () => {
    const long = put(3, 3_000_000);
    expect(await judged([0, [long, old(4), commit(4)]])).toMatchObject({ ok: false });
    const half = old(5).subarray(0, 20);
    const tools = new ToolsTwin([memberTwin(1)]);
    tools.log.set(`${folder}/0000000000000000-0000000000000000.wal`, Buffer.concat([long, put(4), commit(4), half]));
    expect(await etcdDriver.check(tools.context(), { check: 'no-v2-entries' })).toMatchObject({ ok: true });
  });

  it('is unknown where there is none, and where it is no log', async () => {
    const nowhere = await judged();
    expect(nowhere).toMatchObject({ ok: null });
    expect(nowhere.detail).toContain(`there is no WAL in ${folder}`);
    const strange = await judged([0, [Buffer.alloc(64, 0x55)]]);
    expect(strange).toMatchObject({ ok: null });
    expect(strange.detail).toMatch(/cannot be parsed/);
  });
});
