/**
 * P12 P13 What no program of ours sends, before and after a login: nothing crashes, nothing is kept, nothing changes. A share plays with each test run;
 * `npm run test:fuzz` plays 100,000 messages. FUZZ_SEED plays those of another seed.
 */
import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { methodAccess } from '../../controller/trust/method-access.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { clientCredentials, secureClientOptions, unverifiedCredentials } from '../../proto/secure-channel.ts';
import { agentMessageToWire } from '../../proto/wire/link.ts';
import { announced, facts, hello } from '../fleet/agents.ts';
import { identityOf } from '../identities.ts';
import { type Door, openDoor } from './door.ts';
import { malformedMessage, randomFrame, seeded } from './malformed.ts';

const messages = Number(process.env.FUZZ_MESSAGES ?? 3_000);
const seed = Number(process.env.FUZZ_SEED ?? 128_677_593);
const random = seeded(seed);
/** Calls that wait for their answers at once. */
const atOnce = 40;
/** What this process may grow by after a tenth of all messages, attacker and controller together; of so few that it is still warming up it says nothing. */
const mostGrowthBytes = 128 * 1024 * 1024;
const fewestWeighed = 50_000;
/** What may be held after the first third of however few messages, garbage collected: some 16 KB for each would be found. */
const mostHeldBytes = 32 * 1024 * 1024;

let door: Door;
beforeAll(async () => {
  const plenty = { burst: 1e9, perSecond: 1e9 };
  const strangers = { perAddress: 1_000, inAll: 1_000, waiting: 1_000, failures: 1e9, failuresPerSecond: 1e9 };
  door = await openDoor({ limits: { calls: plenty, strangers, prefaceMs: 2_000 } });
  for (const role of ['viewer', 'operator', 'approver'] as const)
    await door.ask('BindRole', { identity: `human:${role}`, role, selector: '' });
}, 60_000);
afterAll(() => door[Symbol.asyncDispose]());

async function state(): Promise<string> {
  const chains = await door.store.verifyChains();
  return JSON.stringify([chains, await door.store.trust.bindings(), await door.store.clusters(), await door.store.releases(null)]);
}

const same = (of: Buffer) => of;
const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);

/** Made afresh now and then: a connection on which something was malformed may be ended for it. */
function caller(make: () => Client): { call(path: string, bytes: Buffer, isStream: boolean): Promise<void>; close(): void } {
  let client = make();
  let calls = 0;
  return {
    call(path, bytes, isStream) {
      calls += 1;
      if (calls % 500 === 0) {
        client.close();
        client = make();
      }
      const options = { deadline: Date.now() + 20_000 };
      return new Promise((resolve) => {
        if (!isStream) return void client.makeUnaryRequest(path, same, same, bytes, new Metadata(), options, () => resolve());
        const stream = client.makeBidiStreamRequest(path, same, same, new Metadata(), options);
        stream.on('error', () => {});
        stream.on('data', () => {});
        stream.on('status', () => resolve());
        stream.write(bytes);
        stream.end();
      });
    },
    close: () => client.close(),
  };
}

const words = {
  planId: 'p-1',
  runId: 'r-1',
  cluster: 'pg-main',
  engine: 'postgresql',
  reason: 'x',
  step: 's',
  host: 'db-1',
  identity: 'human:x',
};

/** A good message of each method, to be spoilt. */
function sampleOf(path: string): Buffer {
  const [, service = '', method = ''] = /^\/drydock\.v1\.(\w+)\/(\w+)$/.exec(path) ?? [];
  if (method === 'Connect') {
    const said = [hello('evil', [announced('evil-1', 'evil')]), { type: 'facts' as const, facts: facts('evil-1') }];
    return drydockV1.AgentLink.service.Connect.requestSerialize(agentMessageToWire(said[random() < 0.5 ? 0 : 1] as (typeof said)[number]));
  }
  const known = (drydockV1 as unknown as Record<string, { service: Record<string, { requestSerialize(of: object): Buffer }> }>)[service];
  return known?.service[method]?.requestSerialize(words) ?? Buffer.alloc(0);
}

/** Copies of the whole store, and what would end the test's own admin, are not asked for. */
const spared = new Set(['BackUpStore', 'UnbindRole', 'RevokeIdentity', 'BindRole', 'CreateToken']);
const paths = [...methodAccess.keys()].filter((path) => path.startsWith('/drydock.v1.'));
const isStream = (path: string) => path.endsWith('/Connect') || path.endsWith('/AddRelease');

async function frames(): Promise<void> {
  const socket = tlsConnect({
    port: Number(door.server.address.split(':').at(-1)),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  });
  socket.on('error', () => {});
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([once(socket, 'secureConnect').catch(() => {}), closed]);
  socket.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
  for (let count = 0; count < framesAtOnce && !socket.destroyed; count++) socket.write(randomFrame(random));
  setTimeout(() => socket.destroy(), 50);
  await closed;
}

const framesAtOnce = 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test(`P12 P13 ${messages} malformed messages of seed ${seed} crash nothing and change nothing`, {
  timeout: 1_800_000,
}, async () => {
  const evil = { ...(await identityOf({ class: 'agent', name: 'evil' })) };
  const people = await Promise.all(['viewer', 'operator', 'approver', 'tester'].map((name) => identityOf({ class: 'human', name })));
  const connect = (credentials: ReturnType<typeof clientCredentials>) => () =>
    new Client(door.server.address, credentials, secureClientOptions);
  const callers = [
    caller(connect(unverifiedCredentials())),
    caller(connect(clientCredentials(evil))),
    ...people.map((by) => caller(connect(clientCredentials(by)))),
  ];
  const before = await state();
  let [sent, warm] = [0, 0];
  const one = async (): Promise<void> => {
    if (random() < 0.02) {
      sent += framesAtOnce;
      return frames();
    }
    sent += 1;
    const who = Math.floor(random() * callers.length);
    // The admin alone could change something: it sends what is spoilt to what has nothing to lose.
    const path = paths[Math.floor(random() * paths.length)] as string;
    if (who === callers.length - 1 && spared.has(path.split('/').at(-1) ?? '')) return;
    if (path.endsWith('/BackUpStore')) return;
    await callers[who]?.call(path, malformedMessage(random, sampleOf(path)), isStream(path));
  };
  const worker = async (until: number) => {
    while (sent < until) {
      await one();
      if (warm === 0 && sent >= messages / 10) warm = process.memoryUsage().rss;
    }
  };
  const play = (until: number) => Promise.all(Array.from({ length: atOnce }, () => worker(until)));
  await play(messages / 3);
  const heldAtThird = heldBytes();
  await play(messages);
  const heldMore = heldBytes() - heldAtThird;
  const grownBytes = process.memoryUsage().rss - warm;
  for (const each of callers) each.close();
  expect(await state()).toBe(before);
  await door.ask('ListClusters', {});
  console.log(
    `fuzz: ${sent} messages of seed ${seed}, grown by ${mib(grownBytes)} MiB after the first tenth, ${mib(heldMore)} MiB more held after the first third`,
  );
  expect(heldMore).toBeLessThan(mostHeldBytes);
  if (messages >= fewestWeighed) expect(grownBytes).toBeLessThan(mostGrowthBytes);
});
