/** A server of Cassandra's native protocol that says what a real one said once: bodies of RESULT frames, by their queries. */
import { createServer, type Server, type Socket } from 'node:net';
import { encodeFrame, opcodes } from '../../engines/cassandra/cql-frames.ts';

const headerBytes = 9;

/** `answerTo`: body of the RESULT as base64; null: the server refuses the query. */
export function cqlServer(answerTo: (query: string) => string | null): Server {
  return createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= headerBytes && received.length >= headerBytes + received.readUInt32BE(5)) {
        const length = headerBytes + received.readUInt32BE(5);
        answer(socket, received.subarray(0, length), answerTo);
        received = received.subarray(length);
      }
    });
  });
}

function answer(socket: Socket, request: Buffer, answerTo: (query: string) => string | null): void {
  const [stream, opcode, body] = [request.readInt16BE(2), request.readUInt8(4), request.subarray(headerBytes)];
  const reply = (code: number, bytes: Buffer) => {
    const frame = encodeFrame(stream, code, bytes);
    // A reply has the direction bit.
    frame.writeUInt8(0x84, 0);
    socket.write(frame);
  };
  if (opcode === opcodes.startup) reply(opcodes.ready, Buffer.alloc(0));
  else {
    const said = answerTo(body.subarray(4, 4 + body.readInt32BE(0)).toString());
    const message = Buffer.from('it was not recorded');
    if (said !== null) reply(opcodes.result, Buffer.from(said, 'base64'));
    else reply(opcodes.error, Buffer.concat([Buffer.from([0, 0, 0x22, 0, 0, message.length]), message]));
  }
}
