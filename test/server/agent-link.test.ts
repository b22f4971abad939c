import { EventEmitter } from 'node:events';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { AgentMessage } from '../../common/link.ts';
import { silentLog } from '../../common/log.ts';
import { queueLimit, StreamLink } from '../../controller/server/agent-link.ts';
import { agentPace, MessageRate } from '../../controller/server/message-rate.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { agentMessageToWire } from '../../proto/wire/link.ts';
import { announced, facts, hello } from '../fleet/agents.ts';
import { dialledAs } from '../identities.ts';
import { type Door, openDoor } from './door.ts';

async function dial(door: Door, host = 'db-1') {
  const by = await dialledAs({ class: 'agent', name: host });
  const client = new drydockV1.AgentLink(door.server.address, by.credentials, by.options);
  const stream = client.connect();
  const heard: string[] = [];
  stream.on('data', (message) => heard.push(message.body ?? ''));
  const ended = new Promise<{ code: number; details: string }>((resolve) => stream.on('status', resolve));
  stream.on('error', () => {});
  return { say: (message: AgentMessage) => stream.write(agentMessageToWire(message)), stream, heard, ended, close: () => client.close() };
}

describe('AgentLink', () => {
  it('carries messages both ways and knows when the agent has gone', async () => {
    await using door = await openDoor();
    const agent = await dial(door);
    agent.say(hello('db-1', [announced('pg-1')]));
    await expect.poll(() => agent.heard, { timeout: 5_000 }).toEqual(['welcome']);
    expect(door.fleet.hosts()).toMatchObject([{ host: 'db-1', connected: true }]);
    const probe = door.fleet.probe('pg-1', ['in-service'], 5_000);
    await expect.poll(() => agent.heard, { timeout: 5_000 }).toEqual(['welcome', 'order']);
    agent.say({ type: 'facts', facts: facts('pg-1', { nonce: 'n1', role: 'primary' }) });
    expect(await probe).toMatchObject({ role: 'primary', version: { running: '16.4' } });
    agent.stream.cancel();
    await expect.poll(() => door.fleet.hosts()[0]?.connected, { timeout: 5_000 }).toBe(false);
    agent.close();
  });

  it('ends with the reason when a message is malformed or the first one is no hello', async () => {
    await using door = await openDoor();
    const rude = await dial(door);
    rude.say({ type: 'beat', journalHead: 1 });
    expect(await rude.ended).toMatchObject({ code: status.UNAVAILABLE, details: 'the first message was beat, expected hello' });
    rude.close();
    const garbled = await dial(door);
    garbled.stream.write({});
    expect(await garbled.ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringMatching(/^malformed message/) });
    garbled.close();
  });

  it('12.C17: P12 ends the stream of an agent that floods it, and another one is served meanwhile', async () => {
    await using door = await openDoor();
    const [flood, calm] = await Promise.all([dial(door), dial(door, 'db-2')]);
    flood.say(hello('db-1', []));
    calm.say(hello('db-2', [announced('pg-2')]));
    for (let sent = 0; sent < agentPace.burst + 5_000; sent++) flood.say({ type: 'beat', journalHead: sent });
    expect(await flood.ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: expect.stringContaining('messages per second') });
    const probe = door.fleet.probe('pg-2', ['in-service'], 5_000);
    await expect.poll(() => calm.heard, { timeout: 5_000 }).toEqual(['welcome', 'order']);
    calm.say({ type: 'facts', facts: facts('pg-2', { nonce: 'n1' }) });
    expect(await probe).toMatchObject({ instance: 'pg-2' });
    flood.close();
    calm.close();
  });

  it('12.C17: takes a burst and then a steady pace', () => {
    const rate = new MessageRate({ burst: 3, perSecond: 2 }, 0);
    expect([0, 0, 0, 0, 400, 500, 600, 1_000].map((nowMs) => rate.takes(nowMs))).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  it('tells an agent goodbye before the stream ends', async () => {
    await using door = await openDoor();
    const agent = await dial(door);
    agent.say(hello('db-1', []));
    await expect.poll(() => agent.heard, { timeout: 5_000 }).toEqual(['welcome']);
    door.fleet.goodbye(1_000);
    expect(await agent.ended).toMatchObject({ details: 'the controller is shutting down' });
    expect(agent.heard).toEqual(['welcome', 'goodbye']);
    agent.close();
  });

  it('keeps a bounded queue for an agent that reads slowly, and drops the link beyond it', () => {
    let room = 2;
    const written: unknown[] = [];
    const stream = Object.assign(new EventEmitter(), {
      destroyed: false,
      getPeer: () => '127.0.0.1:1',
      write: (message: unknown) => {
        written.push(message);
        room -= 1;
        return room > 0;
      },
    });
    const closed: string[] = [];
    const link = new StreamLink(stream as unknown as ConstructorParameters<typeof StreamLink>[0], silentLog, 'db-1');
    link.onClose((reason) => closed.push(reason));
    stream.on('error', () => {});
    for (let seq = 1; seq <= 10; seq++) link.send({ type: 'report-ack', seq });
    expect(written).toHaveLength(2);
    room = 5;
    stream.emit('drain');
    expect(written).toEqual([1, 2, 3, 4, 5, 6, 7].map((seq) => ({ reportAck: { seq } })));
    for (let seq = 0; seq <= queueLimit; seq++) link.send({ type: 'report-ack', seq });
    expect(closed).toEqual([`the agent does not read its stream: more than ${queueLimit} messages are queued`]);
    link.send({ type: 'report-ack', seq: 1 });
    stream.emit('drain');
    expect(written).toHaveLength(7);
  });
});
