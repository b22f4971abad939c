/** What is dialled ends with its channel: a fleet that lost its controller comes back with one connection each. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { drydockV1 } from '../../proto/loader.ts';
import { clientCredentials, secureClientOptions } from '../../proto/secure-channel.ts';
import { identityOf } from '../identities.ts';

const by = await identityOf({ class: 'agent', name: 'db-1' });

async function listening(port = 0): Promise<{ readonly server: Server; readonly port: number; readonly taken: readonly Socket[] }> {
  const taken: Socket[] = [];
  const server = createServer((socket) => taken.push(socket.resume().on('error', () => {})));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, taken };
}

function dial(port: number) {
  const client = new drydockV1.AgentLink(`127.0.0.1:${port}`, clientCredentials(by), secureClientOptions);
  const call = client.connect();
  const failed = new Promise<void>((resolve) => void call.once('error', () => resolve()));
  return { client, call, failed };
}

it('P12 a dial that was refused and given up does not come back when somebody listens there again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { server, port } = await listening();
  server.close();
  await once(server, 'close');
  const { client, call, failed } = dial(port);
  await failed;
  call.cancel();
  client.close();
  const again = await listening(port);
  // The library's own second try comes within 1.2 s; what it dialled then arrives before a connection that is made afterwards.
  vi.advanceTimersByTime(1_500);
  const last = connect(port, '127.0.0.1');
  await expect.poll(() => again.taken.length).toBeGreaterThan(0);
  expect(again.taken.map(({ remotePort }) => remotePort)).toEqual([last.localPort]);
  last.destroy();
  again.server.close();
});

it('P12 a dial that is given up in the midst of its handshake hangs up', async () => {
  const { server, port, taken } = await listening();
  const { client, call, failed } = dial(port);
  await expect.poll(() => taken.length).toBe(1);
  call.cancel();
  client.close();
  await failed;
  const [socket] = taken;
  if (socket?.closed === false) await once(socket, 'close');
  server.close();
});
