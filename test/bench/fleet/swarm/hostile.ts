/** A child program of the fleet bench: attackers, until the parent ends them. argv: address, folder of the authority. */
import { connect as http2Connect } from 'node:http2';
import { connect as tcpConnect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { drydockV1 } from '../../../../proto/loader.ts';
import { clientCredentials, secureClientOptions } from '../../../../proto/secure-channel.ts';
import { agentMessageToWire } from '../../../../proto/wire/link.ts';
import { identityOf, tester } from '../../../identities.ts';
import { agentIdentities } from './identities.ts';

/** What was done since the parent was told that it began. */
export interface HostileNews {
  readonly ms: number;
  readonly messages: number;
  /** Streams whose answers were never read. */
  readonly unread: number;
}

const [address = '', trustDir = ''] = process.argv.slice(2);
const port = Number(address.split(':').at(-1));
/** Another machine than everybody else's. */
const localAddress = '127.0.0.9';
let [connections, messages, unread] = [0, 0, 0];

/** Silence, another protocol, a handshake cut short, noise; again as soon as it is hung up on, once a second at most. */
async function badConnection(number: number): Promise<void> {
  const words = [Buffer.alloc(0), Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from([0x16, 3, 1, 2, 0, 1]), Buffer.alloc(4_096, 0xff)];
  for (;;) {
    connections += 1;
    await new Promise<void>((resolve) => {
      const socket = tcpConnect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => {}).once('close', () => resolve());
      socket.resume().write(words[number % words.length] ?? '');
    });
    await pause(1_000);
  }
}

/** Beats as fast as the stream takes them; again when it is ended. */
async function flood(): Promise<void> {
  const [identity] = await agentIdentities(trustDir, ['evil']);
  if (identity === undefined) return;
  for (;;) {
    const client = new drydockV1.AgentLink(address, clientCredentials(identity), secureClientOptions);
    const stream = client.connect();
    let isOver = false;
    const over = new Promise<void>((resolve) => void stream.on('status', () => resolve())).then(() => {
      isOver = true;
    });
    stream.on('error', () => {}).on('data', () => {});
    const hello = { agentVersion: 'evil', host: 'evil', bootId: 'evil', arch: 'x64', os: 'evil', instances: [], fences: [] };
    stream.write(agentMessageToWire({ type: 'hello', protocol: 1, ...hello, openOrders: [], journalHead: 0, newestOrders: [] }));
    while (!isOver) {
      for (let burst = 0; burst < 200; burst++, messages++) stream.write(agentMessageToWire({ type: 'beat', journalHead: messages }));
      await Promise.race([over, pause(10)]);
    }
    client.close();
  }
}

/** Sixty lists at once over one connection, with no room for any answer; again when it is hung up on. */
async function readNothing(): Promise<void> {
  const by = await identityOf(tester);
  const request = drydockV1.Operator.service.ListHosts.requestSerialize({});
  const head = Buffer.alloc(5);
  head.writeUInt32BE(request.length, 1);
  for (;;) {
    const session = http2Connect(`https://${address}`, {
      settings: { initialWindowSize: 0 },
      createConnection: () =>
        tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'], key: by.key, cert: by.chain }),
    });
    session.on('error', () => {});
    for (let stream = 0; stream < 60; stream++, unread++) {
      const headers = { 'content-type': 'application/grpc', te: 'trailers' };
      const call = session.request({ ':method': 'POST', ':path': '/drydock.v1.Operator/ListHosts', ...headers });
      call.on('error', () => {}).end(Buffer.concat([head, request]));
    }
    await new Promise<void>((resolve) => void session.once('close', () => resolve()));
    await pause(100);
  }
}

process.once('disconnect', () => process.exit());
for (let number = 0; number < 1_000; number++) void badConnection(number);
for (let number = 0; number < 8; number++) void readNothing();
void flood();
while (connections < 1_000 || messages < 1_000 || unread === 0) await pause(50);
const begunMs = performance.now();
const sentBefore = messages;
process.once('message', () => {
  const news: HostileNews = { ms: performance.now() - begunMs, messages: messages - sentBefore, unread };
  process.send?.(news);
});
process.send?.('begun');
