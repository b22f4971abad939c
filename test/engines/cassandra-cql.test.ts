/** The connection over which Cassandra is asked: what comes of an answer, a refusal, a silence and of nonsense. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame, opcodes, rowsIn, takeFrame } from '../../engines/cassandra/cql-frames.ts';
import { openCql } from '../../engines/cassandra/host/cql.ts';
import { cqlServer } from '../stand-ins/cql-server.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as { readonly port: number }).port;
}

const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const value = (bytes: Buffer) => Buffer.concat([int(bytes.length), bytes]);

/** One row of a name, a count that no number holds, an address, a list and a null. */
const rows = Buffer.concat([
  ...[2, 1, 5].map(int),
  text('ks'),
  text('table'),
  ...[Buffer.concat([text('name'), Buffer.from([0, 13])]), Buffer.concat([text('count'), Buffer.from([0, 2])])],
  ...[Buffer.concat([text('address'), Buffer.from([0, 16])]), Buffer.concat([text('names'), Buffer.from([0, 32, 0, 13])])],
  Buffer.concat([text('none'), Buffer.from([0, 12])]),
  int(1),
  value(Buffer.from('cass')),
  value(Buffer.from([127, 255, 255, 255, 255, 255, 255, 255])),
  value(Buffer.from([10, 0, 0, 1])),
  value(Buffer.concat([int(2), value(Buffer.from('a')), value(Buffer.from('b'))])),
  int(-1),
]);
const row = { name: 'cass', count: '9223372036854775807', address: '10.0.0.1', names: ['a', 'b'], none: null };

describe('an answer', () => {
  it('is read by the types of its columns, integers that no number holds as text', () => {
    expect(rowsIn(rows)).toEqual([row]);
  });

  it('that was cut off anywhere is no answer', () => {
    for (let length = 0; length < rows.length; length += 1) expect(() => rowsIn(rows.subarray(0, length))).toThrow(RangeError);
  });

  it('is waited for until its frame is whole; what begins with something else is none', () => {
    const frame = encodeFrame(7, opcodes.result, rows);
    frame.writeUInt8(0x84, 0);
    for (const length of [0, 8, 9, frame.length - 1]) expect(takeFrame(frame.subarray(0, length))).toBeNull();
    expect(takeFrame(Buffer.concat([frame, Buffer.from('more')]))).toMatchObject({ frame: { stream: 7 }, rest: Buffer.from('more') });
    expect(() => takeFrame(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow(RangeError);
  });
});

describe('a connection', () => {
  it('answers questions that are asked at once, each by its own answer, and tells what the server refuses in its words', async () => {
    const port = await portOf(cqlServer((query) => (query === 'SELECT' ? rows.toString('base64') : null)));
    const session = await openCql({ host: '127.0.0.1', port }, new AbortController().signal);
    const [good, bad] = await Promise.allSettled([session.query('SELECT'), session.query('DROP')]);
    expect(good).toEqual({ status: 'fulfilled', value: [row] });
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { failure: { code: 'cql-error', message: expect.stringContaining('not recorded') } },
    });
    session.close();
    await expect(session.query('SELECT')).rejects.toMatchObject({ failure: { code: 'no-answer' } });
  });

  it('P9 ends where nothing listens, where somebody says nothing, and where another protocol is spoken', async () => {
    const codeOf = (port: number, signal = new AbortController().signal) =>
      openCql({ host: '127.0.0.1', port }, signal).then(
        () => 'open',
        (thrown: { failure: { code: string } }) => thrown.failure.code,
      );
    const gone = createServer();
    const free = await portOf(gone);
    gone.close();
    await once(gone, 'close');
    expect(await codeOf(free)).toBe('not-listening');
    const mute = await portOf(createServer((socket) => socket.on('error', () => undefined)));
    expect(await codeOf(mute, AbortSignal.timeout(50))).toBe('no-answer');
    const other = await portOf(createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await codeOf(other)).toBe('no-answer');
  });
});
