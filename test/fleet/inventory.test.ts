import { describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import type { AgentMessage } from '../../common/link.ts';
import { silentLog } from '../../common/log.ts';
import { Inventory } from '../../controller/fleet/inventory.ts';
import { mostHosts } from '../../controller/fleet/known-hosts.ts';
import type { ClusterRecord } from '../../controller/store/store.ts';
import { agentPeer, announced, beatMs, type CardboardAgent, cardboardAgent, facts, handClock, hello } from './agents.ts';

function fleet(adopted: ClusterRecord | null = null) {
  const clock = handClock();
  let nonces = 0;
  const inventory = new Inventory({
    clock,
    nonce: () => `n${++nonces}`,
    adopted: async () => adopted,
    controllerVersion: '0.1.0',
    writer: 'w1',
    beatMs,
    log: silentLog,
  });
  const heard: string[] = [];
  inventory.listen({
    connected: (host) => heard.push(`linked ${host}`),
    disconnected: (host, reason) => heard.push(`disconnected ${host}: ${reason}`),
    received: (host, message) => heard.push(`${message.type} of ${host}`),
    observed: (instance) => heard.push(`observed ${instance}`),
  });
  const join = (first: AgentMessage): CardboardAgent => {
    const agent = cardboardAgent();
    inventory.accept(agent.end, agentPeer);
    agent.say(first);
    return agent;
  };
  return { clock, inventory, heard, join };
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'answered',
    (error: unknown) => (error instanceof FailureError ? `${error.failure.class} ${error.failure.code}` : String(error)),
  );
}

describe('links', () => {
  it('are welcomed after their hello and give a view of the cluster', async () => {
    const { inventory, join, heard } = fleet();
    const agent = join(hello('db-1', [announced('pg-1')]));
    expect(agent.heard).toEqual([{ type: 'welcome', controllerVersion: '0.1.0', writer: 'w1', beatMs }]);
    agent.say({ type: 'facts', facts: facts('pg-1') });
    const view = await inventory.view('pg-main');
    expect(view).toMatchObject({ engine: 'postgresql', databaseId: null, expectedMembers: null });
    expect(view.nodes).toMatchObject([{ instance: 'pg-1', host: 'db-1', connected: true, factsAgeMs: 0, facts: { role: 'standby' } }]);
    expect(inventory.announcedClusters()).toEqual(['pg-main']);
    expect(inventory.hostOf('pg-1')).toBe('db-1');
    expect(heard).toEqual(['linked db-1', 'observed pg-1']);
    expect(await codeOf(inventory.view('pg-none'))).toBe('not-found unknown-cluster');
  });

  it('P1 that are silent for three beats do not count and are closed, while facts grow old', () => {
    const { clock, inventory, join, heard } = fleet();
    const agent = join(hello('db-1', [announced('pg-1')]));
    agent.say({ type: 'facts', facts: facts('pg-1') });
    clock.advance(beatMs * 2);
    agent.say({ type: 'beat', journalHead: 0 });
    clock.advance(beatMs * 3 - 1);
    expect(inventory.nodes('pg-main')).toMatchObject([{ connected: true }]);
    clock.advance(1);
    expect(inventory.nodes('pg-main')).toMatchObject([{ connected: false, factsAgeMs: beatMs * 5 }]);
    expect(agent.closed()).toBe('no message for 45 s');
    expect(heard.at(-1)).toBe('disconnected db-1: no message for 45 s');
    expect(inventory.send('db-1', { type: 'report-ack', seq: 1 })).toBe(false);
  });

  it('stay known after they are lost, and a newer stream of the same host replaces the older one', () => {
    const { inventory, join, heard } = fleet();
    const first = join(hello('db-1', [announced('pg-1')]));
    const second = join(hello('db-1', [announced('pg-1')]));
    expect(first.closed()).toBe('the agent opened a newer stream');
    expect(inventory.hosts()).toMatchObject([{ host: 'db-1', connected: true }]);
    first.say({ type: 'facts', facts: facts('pg-1') });
    expect(inventory.nodes('pg-main')).toMatchObject([{ facts: null }]);
    second.hangUp('the wire was cut');
    expect(inventory.hosts()).toMatchObject([{ host: 'db-1', connected: false, instances: [{ instance: 'pg-1' }] }]);
    expect(heard).toEqual([
      'linked db-1',
      'disconnected db-1: the agent opened a newer stream',
      'linked db-1',
      'disconnected db-1: the wire was cut',
    ]);
  });

  it('tell by every probe what may be done there: what was announced while the database was down does not stand', () => {
    const { inventory, join } = fleet();
    const agent = join(hello('db-1', [{ ...announced('pg-1'), capabilities: [] }]));
    agent.say({ type: 'facts', facts: facts('pg-1') });
    expect(inventory.nodes('pg-main')).toMatchObject([{ capabilities: [] }]);
    agent.say({ type: 'facts', facts: facts('pg-1', { capabilities: ['sql', 'sql-admin'] }) });
    expect(inventory.nodes('pg-main')).toMatchObject([{ capabilities: ['sql', 'sql-admin'] }]);
  });

  it('are refused when they speak before hello, say nothing, or speak another protocol', () => {
    const { clock, inventory, join } = fleet();
    expect(join({ type: 'beat', journalHead: 0 }).closed()).toBe('the first message was beat, expected hello');
    expect(join(hello('db-1', [], 1)).closed()).toMatch(/^the agent speaks protocol 1, this controller 2/);
    const mute = cardboardAgent();
    inventory.accept(mute.end, agentPeer);
    clock.advance(10_000);
    expect(mute.closed()).toBe('no hello within 10000 ms');
    expect(inventory.hosts()).toEqual([]);
  });

  it('stand a doubled hello, and end when a second one names another host', () => {
    const { join, heard } = fleet();
    const agent = join(hello('db-1', [announced('pg-1')]));
    agent.say(hello('db-1', [announced('pg-1')]));
    expect(heard).toEqual(['linked db-1']);
    agent.say(hello('db-2', []));
    expect(agent.closed()).toBe('a second hello named a different host');
  });
});

describe('what an agent says about others', () => {
  it('P12 is not believed: an instance that another host holds is refused and recorded with its peer', () => {
    const { inventory, join, heard } = fleet();
    join(hello('db-1', [announced('pg-1')]));
    const thief = join(hello('db-2', [announced('pg-1'), announced('pg-2')]));
    expect(inventory.hostOf('pg-1')).toBe('db-1');
    expect(inventory.nodes('pg-main').map(({ instance, host }) => `${instance} ${host}`)).toEqual(['pg-1 db-1', 'pg-2 db-2']);
    expect(inventory.refused('pg-main')).toEqual([
      { instance: 'pg-1', cluster: 'pg-main', host: 'db-2', heldBy: 'db-1', peer: 'host 127.0.0.1:1', holderConnected: true },
    ]);
    thief.say({ type: 'facts', facts: facts('pg-1') });
    thief.say({ type: 'intervention', seq: 1, instance: 'pg-1', verb: 'revert', actor: 'root', incarnation: null });
    expect(heard).toEqual(['linked db-1', 'linked db-2']);

    join(hello('db-2', [announced('pg-2')]));
    expect(inventory.refused('pg-main')).toEqual([]);
  });

  it('lets an instance move once its old host announces itself without it', () => {
    const { inventory, join } = fleet();
    join(hello('db-1', [announced('pg-1')])).say({ type: 'facts', facts: facts('pg-1') });
    join(hello('db-1', []));
    join(hello('db-2', [announced('pg-1')]));
    expect(inventory.nodes('pg-main')).toMatchObject([{ instance: 'pg-1', host: 'db-2', facts: null }]);
  });
});

describe('claims of hosts', () => {
  const adopted: ClusterRecord = {
    ...{ cluster: 'pg-main', engine: 'postgresql', databaseId: '73', expectedMembers: 2, adoptedAtMs: 1 },
    instances: ['pg-1', 'pg-2'],
  };

  it('12.C13: end with their connection: a clone that went away and a stray that is gone block nothing any more', async () => {
    const { inventory, join } = fleet(adopted);
    join(hello('db-1', [announced('pg-1')]));
    join(hello('db-2', [announced('pg-2')]));
    const clone = join(hello('clone', [announced('pg-2')]));
    const stray = join(hello('stray', [announced('pg-9')]));
    expect(inventory.refused('pg-main').map(({ instance, host, heldBy }) => `${instance} ${host} ${heldBy}`)).toEqual(['pg-2 clone db-2']);
    expect((await inventory.view('pg-main')).nodes.map(({ instance }) => instance)).toEqual(['pg-1', 'pg-2', 'pg-9']);
    clone.hangUp('gone');
    stray.hangUp('gone');
    expect(inventory.refused('pg-main')).toEqual([]);
    expect((await inventory.view('pg-main')).nodes.map(({ instance }) => instance)).toEqual(['pg-1', 'pg-2']);
    expect(inventory.hosts().map(({ host, connected }) => `${host} ${connected}`)).toEqual([
      'clone false',
      'db-1 true',
      'db-2 true',
      'stray false',
    ]);
  });

  it('12.C13: of a renamed host wait until its old name is forgotten, and are believed at once then', () => {
    const { inventory, join } = fleet(adopted);
    const old = join(hello('db-2', [announced('pg-2')]));
    old.say({ type: 'facts', facts: facts('pg-2') });
    old.hangUp('renamed');
    const renamed = join(hello('db-2b', [announced('pg-2')]));
    expect(inventory.refused('pg-main')).toMatchObject([{ instance: 'pg-2', host: 'db-2b', heldBy: 'db-2', holderConnected: false }]);
    expect(inventory.nodes('pg-main')).toMatchObject([{ instance: 'pg-2', host: 'db-2', connected: false }]);
    inventory.forget('db-2');
    expect(inventory.refused('pg-main')).toEqual([]);
    expect(inventory.nodes('pg-main')).toMatchObject([{ instance: 'pg-2', host: 'db-2b', connected: true, facts: null }]);
    renamed.say({ type: 'facts', facts: facts('pg-2') });
    expect(inventory.nodes('pg-main')).toMatchObject([{ facts: { instance: 'pg-2' } }]);
    expect(() => inventory.forget('db-2')).toThrow(/host db-2 not found/);
    expect(() => inventory.forget('db-2b')).toThrow(/host db-2b is connected: stop its agent first/);
  });

  it('13.4: stay over a restart of the controller: listed as disconnected, with what and when it was last', async () => {
    const first = fleet(adopted);
    first.clock.advance(5_000);
    first.join(hello('db-1', [announced('pg-1')]));
    const remembered = first.inventory.toRemember();
    expect(remembered).toMatchObject([
      { host: 'db-1', agentVersion: '0.1.0', instances: [{ instance: 'pg-1' }], lastSeenAtMs: 1_700_000_005_000 },
    ]);
    expect(first.inventory.toRemember()).toEqual([]);
    first.inventory.notRemembered(remembered);
    expect(first.inventory.toRemember()).toEqual(remembered);

    const second = fleet(adopted);
    second.inventory.remember(remembered);
    expect(second.inventory.hosts()).toMatchObject([{ host: 'db-1', connected: false, lastSeenAtMs: 1_700_000_005_000 }]);
    expect((await second.inventory.view('pg-main')).nodes).toMatchObject([
      { instance: 'pg-1', host: 'db-1', connected: false, facts: null },
    ]);
    expect(await codeOf(second.inventory.probe('pg-1', [], 1_000))).toBe('unreachable agent-lost');
    expect(second.inventory.toRemember()).toEqual([]);
    second.join(hello('db-1', [announced('pg-1')]));
    expect(second.inventory.hosts()).toMatchObject([{ host: 'db-1', connected: true }]);
  });

  it('13.4: are written down again when the host leaves, and once a minute while it speaks', () => {
    const { inventory, join, clock } = fleet(adopted);
    const agent = join(hello('db-1', [announced('pg-1')]));
    inventory.toRemember();
    const beat = () => {
      clock.advance(beatMs);
      agent.say({ type: 'beat', journalHead: 0 });
      return inventory.toRemember().length;
    };
    expect([beat(), beat(), beat(), beat(), beat()]).toEqual([0, 0, 0, 1, 0]);
    agent.hangUp('gone');
    expect(inventory.toRemember()).toHaveLength(1);
    expect(inventory.toRemember()).toEqual([]);
  });
});

describe('probes', () => {
  it('are answered by facts that echo the nonce, from the host that was asked', async () => {
    const { inventory, join } = fleet();
    const other = join(hello('db-2', [announced('pg-2')]));
    const agent = join(hello('db-1', [announced('pg-1')]));
    const probe = inventory.probe('pg-1', ['in-service'], 5_000);
    const asked = agent.heard.at(-1);
    expect(asked).toMatchObject({
      type: 'order',
      order: {
        orderId: 'probe/n1/1',
        run: 'probe',
        target: { instance: 'pg-1', databaseId: null },
        body: { kind: 'observe', checks: ['in-service'], nonce: 'n1' },
      },
    });
    other.say({ type: 'facts', facts: facts('pg-2', { nonce: 'n1' }) });
    agent.say({ type: 'facts', facts: facts('pg-1', { role: 'unasked' }) });
    agent.say({ type: 'facts', facts: facts('pg-1', { nonce: 'n1', role: 'primary' }) });
    expect(await probe).toMatchObject({ nonce: 'n1', role: 'primary' });
  });

  it('P9 end as time-out, refusal or lost agent, never as an answer', async () => {
    const { clock, inventory, join } = fleet();
    expect(await codeOf(inventory.probe('pg-1', [], 5_000))).toBe('unreachable agent-lost');
    const agent = join(hello('db-1', [announced('pg-1')]));
    const late = codeOf(inventory.probe('pg-1', [], 5_000));
    clock.advance(5_000);
    expect(await late).toBe('timeout probe-timeout');
    agent.say({ type: 'facts', facts: facts('pg-1', { nonce: 'n1' }) });

    const refused = codeOf(inventory.probe('pg-1', ['nonsense'], 5_000));
    const refusal = { class: 'refused', code: 'unknown-check', message: 'nonsense is not a check', remedy: 'hold' } as const;
    agent.say({ type: 'ack', orderId: 'probe/n2/1', state: 'refused', failure: refusal });
    expect(await refused).toBe('refused unknown-check');

    const cut = codeOf(inventory.probe('pg-1', [], 5_000));
    agent.hangUp('the wire was cut');
    expect(await cut).toBe('unreachable agent-lost');
    expect(await codeOf(inventory.probe('pg-1', [], 5_000))).toBe('unreachable agent-lost');
  });
});

describe('13.5: removals of snapshots', () => {
  const removal = { claim: { cluster: 'pg-main', epoch: 3, writer: 'w1' }, instance: 'pg-1', snapshot: 'r-1.pg-1' };

  it('13.5: end with the answer of the host that was asked, and with nobody else’s', async () => {
    const { inventory, join } = fleet();
    const agent = join(hello('db-1', [announced('pg-1')]));
    const other = join(hello('db-2', [announced('pg-2')]));
    const removed = codeOf(inventory.removeSnapshot(removal, 5_000));
    expect(agent.heard.at(-1)).toEqual({ type: 'remove-snapshot', nonce: 'n1', ...removal });
    const why = { class: 'refused', code: 'fenced', message: 'it obeys another', remedy: 'hold' } as const;
    other.say({ type: 'snapshot-removed', nonce: 'n1', failure: why });
    agent.say({ type: 'snapshot-removed', nonce: 'n1' });
    expect(await removed).toBe('answered');
    const refused = codeOf(inventory.removeSnapshot(removal, 5_000));
    agent.say({ type: 'snapshot-removed', nonce: 'n2', failure: why });
    expect(await refused).toBe('refused fenced');
  });

  it('13.5 P9: end as time-out or lost agent where no answer comes', async () => {
    const { clock, inventory, join } = fleet();
    const agent = join(hello('db-1', [announced('pg-1')]));
    const late = codeOf(inventory.removeSnapshot(removal, 5_000));
    clock.advance(5_000);
    expect(await late).toBe('timeout removal-timeout');
    const cut = codeOf(inventory.removeSnapshot(removal, 5_000));
    agent.hangUp('the wire was cut');
    expect(await cut).toBe('unreachable agent-lost');
    expect(await codeOf(inventory.removeSnapshot(removal, 5_000))).toBe('unreachable agent-lost');
  });
});

it('goodbye tells every agent before it closes', () => {
  const { inventory, join } = fleet();
  const agent = join(hello('db-1', [announced('pg-1')]));
  inventory.goodbye(2_000);
  expect(agent.heard.at(-1)).toEqual({ type: 'goodbye', afterMs: 2_000 });
  expect(agent.closed()).toBe('the controller is shutting down');
});

it('P2 facts inside a report are no sighting: a repeated report may be old', () => {
  const { inventory, join, heard } = fleet();
  const agent = join(hello('db-1', [announced('pg-1')]));
  const receipt = {
    orderId: 'r-1/s/1',
    outcome: 'done',
    before: null,
    after: null,
    elapsedMs: 1,
    engineMs: 0,
    parts: [],
    downtimeMs: null,
    reverted: false,
    findings: [],
    facts: facts('pg-1'),
    effects: [],
  } as const;
  agent.say({ type: 'report', seq: 3, receipt, given: { epoch: 1, writer: 'w1' } });
  expect(inventory.nodes('pg-main')).toMatchObject([{ facts: null }]);
  expect(heard.at(-1)).toBe('report of db-1');
});

describe('12.C17: a crowd', () => {
  it('of streams that say nothing does not keep out who says who it is', () => {
    const { inventory, join } = fleet();
    const strangers = Array.from({ length: 1_100 }, () => {
      const stranger = cardboardAgent();
      inventory.accept(stranger.end, agentPeer);
      return stranger;
    });
    expect(strangers.filter((stranger) => stranger.closed() === null)).toHaveLength(1_024);
    expect(strangers[0]?.closed()).toBe('more than 1024 connections have not sent a hello yet');
    expect(join(hello('db-1', [announced('pg-1')])).closed()).toBeNull();
    expect(inventory.hosts()).toMatchObject([{ host: 'db-1', connected: true }]);
  });

  it('of hosts is taken up to a bound, and whoever is refused hears what a person can do', () => {
    const { inventory, join } = fleet();
    for (let count = 0; count < mostHosts; count++) join(hello(`stray-${count}`, []));
    expect(join(hello('db-1', [announced('pg-1')])).closed()).toBe(
      `the limit of ${mostHosts} hosts is reached: remove those that are gone with drydock host forget NAME`,
    );
    expect(inventory.hostOf('pg-1')).toBeNull();
    expect(join(hello('stray-7', [announced('pg-7')])).closed()).toBeNull();
    expect(inventory.hosts()).toHaveLength(mostHosts);
  });
});
