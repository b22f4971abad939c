/** P14 An audit log that was cut, forked, rewritten or replaced is found out by what was signed of it, here and on hosts. */

import { copyFileSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../agent/journal/journal.ts';
import { openJournal } from '../../agent/journal/sqlite-journal.ts';
import { mostAnchors } from '../../common/checkpoint.ts';
import type { AuditVerificationDocument } from '../../common/documents/administration.ts';
import { silentLog } from '../../common/log.ts';
import { Inventory } from '../../controller/fleet/inventory.ts';
import { createAuditOperations } from '../../controller/operations/audit.ts';
import { createCheckpoints } from '../../controller/operations/checkpoints.ts';
import { eventHash, genesis } from '../../controller/store/chain.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import type { Store } from '../../controller/store/store.ts';
import { type AuditKey, openAuditKey } from '../../controller/trust/audit-key.ts';
import { agentPeer, announced, type CardboardAgent, cardboardAgent, handClock, hello } from '../fleet/agents.ts';
import { addRun, append, cluster, tempDir } from '../store/samples.ts';
import { settled } from '../twins/clock.ts';

let dir: ReturnType<typeof tempDir>;
let key: AuditKey;
let journal: Journal;
const clock = handClock();

beforeEach(async () => {
  dir = tempDir();
  key = await openAuditKey(dir.path);
  journal = openJournal(dir.file('journal.db'));
});

afterEach(() => {
  journal.close();
  dir[Symbol.dispose]();
});

const file = () => dir.file('store.db');

interface Running {
  readonly store: Store;
  /** What the agent on db-1 was given, with its stream. */
  readonly agent: CardboardAgent | null;
  /** As the ticker calls it, a minute later. */
  sign(): Promise<void>;
  verify(): Promise<AuditVerificationDocument>;
  accept(reason: string): Promise<number>;
  stop(): Promise<void>;
}

/** A controller on the store; with `agent` the one on db-1 is connected, and keeps what it is given in its journal. */
async function running(options: { readonly agent: boolean; readonly key?: AuditKey | null }): Promise<Running> {
  const store = openStore({ file: file() });
  const fleet = new Inventory({
    clock,
    nonce: () => 'n',
    adopted: (name) => store.cluster(name),
    controllerVersion: 'test',
    writer: 'w1',
    beatMs: 15_000,
    log: silentLog,
  });
  const checkpoints = createCheckpoints({ store, fleet, clock, log: silentLog, key: options.key === undefined ? key : options.key });
  const audit = createAuditOperations(store, checkpoints);
  const agent = options.agent ? cardboardAgent() : null;
  const listen = () => {
    for (const message of agent?.heard.splice(0) ?? []) if (message.type === 'anchor') journal.keepCheckpoint(message.checkpoint);
  };
  if (agent !== null) {
    fleet.accept(agent.end, agentPeer);
    agent.say({ ...hello('db-1', [announced('pg-1')]), checkpoints: journal.checkpoints() } as Parameters<typeof agent.say>[0]);
    await settled();
    listen();
  }
  return {
    store,
    agent,
    async sign() {
      for (let beat = 0; beat < 5; beat++) {
        clock.advance(14_000);
        agent?.say({ type: 'beat', journalHead: 0 });
      }
      await checkpoints.tick();
      listen();
    },
    verify: () => audit.verifyAudit(),
    accept: (reason) => checkpoints.accept('human:anna', reason),
    async stop() {
      agent?.hangUp('the test is over');
      await store.close();
    },
  };
}

/** Two runs whose chains are signed, of which the agent keeps a checkpoint each. */
async function twoSignedRuns(): Promise<void> {
  const { store, sign, stop } = await running({ agent: true });
  await store.adoptCluster(cluster, 'w1', 'human:anna');
  for (const runId of ['r-1', 'r-2']) {
    await addRun(store, runId, 'approved');
    await goOn(store, runId, 1);
  }
  await sign();
  await stop();
}

const goOn = (store: Store, runId: string, afterSeq: number, word = 'a word') =>
  store.append(
    append(
      runId,
      afterSeq,
      [
        { type: 'paused', actor: 'human:anna', reason: word },
        { type: 'resumed', actor: 'human:anna' },
      ],
      { state: 'approved', atMs: 5_000 },
    ),
  );

/** Behind Drydock's back. */
function tamper(sql: string): void {
  const database = new BetterSqlite(file());
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
}

/** A chain that ends earlier, with a head that fits. */
const cut = (chain: string, at: number) => `DELETE FROM events WHERE chain = '${chain}' AND seq > ${at};
  UPDATE chains SET seq = ${at}, head = (SELECT hash FROM events WHERE chain = '${chain}' AND seq = ${at}) WHERE chain = '${chain}';
  UPDATE runs SET cursor = ${at} WHERE run_id = '${chain}';`;

/** A changed line, and every hash after it made anew. */
function rewrite(chain: string, seq: number, from: string, to: string): void {
  const database = new BetterSqlite(file());
  const rows = database.prepare('SELECT * FROM events WHERE chain = ? ORDER BY seq').all(chain) as {
    seq: number;
    v: number;
    at_ms: number;
    body: string;
  }[];
  let head = genesis;
  for (const row of rows) {
    const bodyText = row.seq === seq ? row.body.replace(from, to) : row.body;
    head = eventHash(head, { chain, seq: row.seq, v: row.v, atMs: row.at_ms, bodyText });
    database.prepare('UPDATE events SET body = ?, hash = ? WHERE chain = ? AND seq = ?').run(bodyText, head, chain, row.seq);
  }
  database.prepare('UPDATE chains SET head = ? WHERE chain = ?').run(head, chain);
  database.close();
}

/** What a controller that is started on the store then says of chains that are not whole. */
async function found(options: { readonly agent: boolean }): Promise<readonly string[]> {
  const controller = await running(options);
  await controller.sign();
  const document = await controller.verify();
  await controller.stop();
  const broken = document.chains.filter(({ ok }) => !ok).map(({ chain, detail }) => `${chain}: ${detail}`);
  expect(document.ok).toBe(broken.length === 0);
  return broken;
}

const at = expect.stringMatching(/^20\d\d-/) as unknown as string;

describe('P14 signed checkpoints of the audit log', () => {
  it('are made of every chain that grew, are kept by the agents of its cluster, and say nothing against a log that is whole', async () => {
    await twoSignedRuns();
    expect(journal.checkpoints().map(({ chain, seq }) => `${chain} ${seq}`)).toEqual(['fleet 2', 'r-1 3', 'r-2 3']);
    expect(journal.checkpoints().every((checkpoint) => key.sealed(checkpoint))).toBe(true);
    const controller = await running({ agent: true });
    const document = await controller.verify();
    await controller.stop();
    expect(document).toMatchObject({ ok: true, signing: { key: key.id, hosts: 1, evidence: [] } });
    expect(document.chains.map(({ chain, signed }) => ({ chain, signed }))).toEqual([
      { chain: 'fleet', signed: { seq: 2, at } },
      { chain: 'r-1', signed: { seq: 3, at } },
      { chain: 'r-2', signed: { seq: 3, at } },
    ]);
  });

  it('are not made again for a chain that did not grow, nor more often than once a minute for one that did', async () => {
    await twoSignedRuns();
    const { store, sign, stop } = await running({ agent: false });
    const numbers = async () => (await store.checkpoints.newest()).map(({ number }) => number);
    expect(await numbers()).toEqual([1, 2, 3]);
    await sign();
    expect(await numbers()).toEqual([1, 2, 3]);
    await goOn(store, 'r-1', 3);
    const due = (nowMs: number) => store.checkpoints.due({ nowMs, everyMs: 60_000, everyEvents: 256 }, 9);
    const signedAtMs = (await store.checkpoints.of('r-1'))?.atMs ?? 0;
    expect(await due(signedAtMs + 59_000)).toEqual([]);
    expect((await due(signedAtMs + 60_000)).map(({ chain }) => chain)).toEqual(['r-1']);
    await stop();
  });

  it('are signed at once when their run has ended', async () => {
    await twoSignedRuns();
    const { store, stop } = await running({ agent: false });
    await store.append(append('r-1', 3, [{ type: 'run-ended', state: 'done', reason: '' }], { state: 'done' }));
    const signedAtMs = (await store.checkpoints.of('r-1'))?.atMs ?? 0;
    expect((await store.checkpoints.due({ nowMs: signedAtMs, everyMs: 60_000, everyEvents: 256 }, 9)).map(({ chain }) => chain)).toEqual([
      'r-1',
    ]);
    await stop();
  });

  it('find a tail that was cut off with its head, and are not signed over', async () => {
    await twoSignedRuns();
    tamper(cut('r-1', 2));
    expect(await found({ agent: false })).toEqual([expect.stringMatching(/^r-1: event 3 is missing, as was signed at 20/)]);
    // Looked at again after the controller had its chance to sign.
    expect(await found({ agent: false })).toHaveLength(1);
  });

  it('find a line that was changed and every hash after it made anew', async () => {
    await twoSignedRuns();
    rewrite('r-2', 2, 'a word', 'no word');
    expect(await found({ agent: false })).toEqual([
      expect.stringMatching(/^r-2: event 3 differs: the chain was rewritten or forked, as was signed at 20/),
    ]);
  });

  it('are missed when one was deleted, and its chain is not signed anew', async () => {
    await twoSignedRuns();
    tamper("DELETE FROM checkpoints WHERE chain = 'r-1'");
    rewrite('r-1', 2, 'a word', 'no word');
    const what = 'r-1: it has no checkpoint, and one checkpoint was deleted';
    expect(await found({ agent: false })).toEqual([expect.stringContaining(what)]);
    expect(await found({ agent: false })).toEqual([expect.stringContaining(what)]);
  });

  it('are of no worth when they were changed, or signed by another', async () => {
    await twoSignedRuns();
    tamper(`${cut('r-1', 2)} UPDATE checkpoints SET seq = 2, head = (SELECT head FROM chains WHERE chain = 'r-1') WHERE chain = 'r-1'`);
    expect(await found({ agent: false })).toEqual([
      expect.stringContaining('r-1: its checkpoint is not signed with the key of this controller'),
    ]);
  });
});

describe('P14 anchors of the audit log on hosts', () => {
  it('find a tail that was cut off with head and checkpoints, and say which host proves it', async () => {
    await twoSignedRuns();
    tamper(`${cut('r-1', 2)} DELETE FROM checkpoints`);
    expect(await found({ agent: false })).toEqual([]);
    expect(await found({ agent: true })).toEqual([
      expect.stringMatching(/^r-1: db-1 holds evidence, signed at 20\S+: event 3 is missing$/),
    ]);
    // The evidence is still there after the controller signed what it found.
    expect(await found({ agent: true })).toHaveLength(1);
  });

  it('find a copy that was put back and went on another way, however far it went', async () => {
    const { store, stop, sign } = await running({ agent: true });
    await store.adoptCluster(cluster, 'w1', 'human:anna');
    await addRun(store, 'r-1', 'approved');
    await sign();
    await stop();
    copyFileSync(file(), dir.file('copy.db'));
    const later = await running({ agent: true });
    await goOn(later.store, 'r-1', 1, 'as it was');
    await later.sign();
    await later.stop();

    copyFileSync(dir.file('copy.db'), file());
    const fork = await running({ agent: false });
    await goOn(fork.store, 'r-1', 1, 'as it was not');
    await goOn(fork.store, 'r-1', 3, 'and more');
    await fork.sign();
    await fork.stop();
    expect(await found({ agent: true })).toEqual([expect.stringMatching(/^r-1: db-1 holds evidence, .*: event 3 differs: the chain/)]);
  });

  it('find a store that was replaced by an empty one, chain by chain', async () => {
    await twoSignedRuns();
    copyFileSync(file(), dir.file('gone.db'));
    tamper('DELETE FROM checkpoints; DELETE FROM events; DELETE FROM chains; DELETE FROM runs; DELETE FROM plans; DELETE FROM claims');
    const broken = await found({ agent: true });
    expect(broken.map((line) => line.replace(/signed at \S+:/, 'signed:'))).toEqual([
      'fleet: db-1 holds evidence, signed: the chain with its 2 events is missing',
      'r-1: db-1 holds evidence, signed: the chain with its 3 events is missing',
      'r-2: db-1 holds evidence, signed: the chain with its 3 events is missing',
    ]);
  });

  it('are let stand by a person, whose word is in the log, when a backup was restored', async () => {
    await twoSignedRuns();
    tamper(`${cut('r-1', 2)} DELETE FROM checkpoints`);
    const controller = await running({ agent: true });
    await controller.sign();
    expect((await controller.verify()).signing?.evidence).toMatchObject([{ chain: 'r-1', seq: 3, hosts: ['db-1'] }]);
    expect(await controller.accept('restored from the backup of Sunday')).toBe(1);
    expect(await controller.verify()).toMatchObject({ ok: true, signing: { evidence: [] } });
    expect(await controller.accept('again')).toBe(0);
    expect((await controller.store.events('fleet', 0, 99)).at(-1)?.body).toMatchObject({
      type: 'audit-adopted',
      actor: 'human:anna',
      reason: 'restored from the backup of Sunday',
      anchors: [expect.stringMatching(/^r-1 3 [0-9a-f]{64}$/)],
    });
    await controller.stop();
  });

  it('prove nothing when an agent made them up', async () => {
    await twoSignedRuns();
    const [real] = journal.checkpoints();
    journal.keepCheckpoint({ ...(real as NonNullable<typeof real>), chain: 'r-9', seq: 99 });
    expect(await found({ agent: true })).toEqual([]);
  });

  it('are of so many chains at most, the log of administration always among them', () => {
    const checkpoint = { seq: 1, head: '0'.repeat(64), atMs: 1, chains: 1, key: key.id, signature: '' };
    for (let number = 1; number <= 40; number++)
      journal.keepCheckpoint({ ...checkpoint, chain: number === 1 ? 'fleet' : `r-${number}`, number });
    const chains = journal.checkpoints().map(({ chain }) => chain);
    expect(chains).toHaveLength(mostAnchors);
    expect(chains).toContain('fleet');
    expect(chains).toContain('r-40');
    expect(chains).not.toContain('r-2');
    // An earlier state never takes the place of a later one.
    journal.keepCheckpoint({ ...checkpoint, chain: 'r-40', number: 99, seq: 0 });
    expect(journal.checkpoints().find(({ chain }) => chain === 'r-40')?.number).toBe(40);
  });
});

describe('a controller without an identity', () => {
  it('says that its log is not signed', async () => {
    const controller = await running({ agent: true, key: null });
    await controller.store.adoptCluster(cluster, 'w1', 'local:loopback');
    await controller.sign();
    expect(await controller.verify()).toMatchObject({
      ok: true,
      signing: { key: null, hosts: 0, evidence: [] },
      chains: [{ signed: null }],
    });
    await controller.stop();
  });
});
