/**
 * The other side of the artifact bench: the bytes of a file over bare TLS 1.3, none of the product and no gRPC. argv: `serve FILE FOLDER-OF-THE-AUTHORITY` prints its port;
 * `read` hears from its parent a port and how many are to read at once, and tells how long they took.
 */
import { createReadStream } from 'node:fs';
import { connect, createServer } from 'node:tls';
import { openAuthority } from '../../../../controller/trust/authority.ts';

export interface BareReadAsked {
  readonly port: number;
  readonly count: number;
}

const [role, file = '', trustDir = ''] = process.argv.slice(2);

if (role === 'serve') {
  const { key, chain } = (await openAuthority(trustDir)).own;
  const server = createServer({ key, cert: chain, minVersion: 'TLSv1.3' }, (socket) => {
    socket.on('error', () => {});
    createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(socket);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
} else {
  process.on('message', async ({ port, count }: BareReadAsked) => {
    const begunMs = performance.now();
    const read = await Promise.all(Array.from({ length: count }, () => bytesFrom(port)));
    process.send?.({ bytes: read.reduce((sum, bytes) => sum + bytes, 0), ms: performance.now() - begunMs });
  });
  process.send?.('ready');
}
process.once('disconnect', () => process.exit());

function bytesFrom(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    // Throughput alone is measured: certificates are not verified and no byte is kept.
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('data', (piece) => {
      bytes += piece.length;
    });
    socket.once('end', () => resolve(bytes));
    socket.once('error', reject);
  });
}
