import { describe, expect, test } from 'vitest';
import type { NodeFacts } from '../../common/facts.ts';
import { failure } from '../../common/failure.ts';
import type { Receipt } from '../../common/orders.ts';
import { type Step, turnsOf } from '../../common/plan.ts';
import { verdictOf } from '../../controller/sequencer/decide/verdict.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { inputFor, planOf } from '../planner/input.ts';

async function verdictOfVerify(
  attempt: number,
  change: (facts: NodeFacts) => NodeFacts,
  ended: Pick<Receipt, 'outcome' | 'failure'> = { outcome: 'done' },
  ordered: Partial<Step> = {},
) {
  const input = await inputFor(3);
  const plan = planOf(input);
  const [place] = [...turnsOf(plan)].filter(({ turn }) => turn.id === 'h1.verify.pg-2');
  const step = place?.turn.variants.find(({ role }) => role === 'standby')?.steps[0];
  const facts = input.view.nodes.find(({ instance }) => instance === 'pg-2')?.facts;
  if (place === undefined || step === undefined || facts == null) throw new Error('no verify turn of pg-2');
  const receipt: Receipt = {
    orderId: `r-1/${step.id}/${attempt}`,
    ...ended,
    before: facts.incarnation,
    after: facts.incarnation,
    elapsedMs: 1,
    engineMs: 0,
    parts: [],
    downtimeMs: null,
    reverted: false,
    findings: [],
    facts: change(facts),
    effects: [],
  };
  const asked = { ...step, ...ordered };
  return verdictOf({
    runId: 'r-1',
    plan,
    turn: place.turn,
    step: asked,
    attempt,
    version: '16.14',
    isUndo: false,
    member: 'pg-2',
    receipt,
    procedure: postgresqlProcedure,
  });
}

const down = (facts: NodeFacts): NodeFacts => ({
  ...facts,
  inService: false,
  version: { ...facts.version, running: '16.14', onDisk: '16.14' },
});

describe('a probe whose facts do not pass its gate', () => {
  test('P15 is no success, and is probed again automatically: another host may be coming up', async () => {
    expect(await verdictOfVerify(1, down)).toMatchObject({ ok: false, hold: { kind: 'health-check-failed', releasedBy: 'automatic' } });
  });

  test('P18 is probed again automatically, too, when what was awaited came and the database was away right after it', async () => {
    const body = { kind: 'await', condition: 'in-service', member: null, steadyMs: 0, viewpoint: 'self' } as const;
    const away = (facts: NodeFacts): NodeFacts => ({ ...facts, version: { ...facts.version, running: null } });
    const verdict = await verdictOfVerify(1, away, { outcome: 'done' }, { body, healthCheck: 'in-service-standby' });
    expect(verdict).toMatchObject({ ok: false, hold: { kind: 'node-down', releasedBy: 'automatic' } });
  });

  test('P17 waits for a person once it was probed again often enough', async () => {
    expect(await verdictOfVerify(8, down)).toMatchObject({ ok: false, hold: { kind: 'health-check-failed', releasedBy: 'person' } });
  });
});

describe('a change that failed', () => {
  const follow = { member: 'pg-3', host: '127.0.0.1', port: 5432 };
  const repoint: Partial<Step> = { body: { kind: 'act', verb: 'repoint', args: { follow } }, healthCheck: null };
  const away = { outcome: 'failed', failure: failure('unreachable', 'not-listening', 'nothing listens', { remedy: 'retry' }) } as const;
  const same = (facts: NodeFacts) => facts;

  test('P18 is tried again by itself when its database did not answer just then: a rollback must not end there', async () => {
    expect(await verdictOfVerify(1, same, away, repoint)).toMatchObject({
      ok: false,
      hold: { kind: 'order-failed', releasedBy: 'automatic' },
    });
  });

  test('waits for a person when it may be done only once, when it is not to be tried again, and when it was tried often enough', async () => {
    const person = { ok: false, hold: { releasedBy: 'person' } };
    expect(await verdictOfVerify(1, same, away, { ...repoint, repeat: 'once' })).toMatchObject(person);
    const refused = { ...away, failure: failure('failed', 'not-repointed', 'it did not take it over') };
    expect(await verdictOfVerify(1, same, refused, repoint)).toMatchObject(person);
    expect(await verdictOfVerify(8, same, away, repoint)).toMatchObject(person);
  });
});

describe('12.C15: an agent whose disk takes no journal entry', () => {
  test('P17 P18 is asked again as long as it has no room, however often that was, and for no person', async () => {
    const message = 'journal /var/lib/agent/journal.db cannot be written: the disk is full, 0 bytes are free in /var/lib/agent';
    const refused = { outcome: 'refused', failure: failure('refused', 'journal-unwritable', message, { remedy: 'retry' }) } as const;
    for (const attempt of [1, 8, 500])
      expect(await verdictOfVerify(attempt, (facts) => facts, refused)).toMatchObject({
        ok: false,
        hold: { kind: 'journal-unwritable', releasedBy: 'automatic', detail: expect.stringContaining(message) },
      });
  });
});

describe('a step that may be done only once', () => {
  test('P17 asks a person to look at who was to do it, not at the node whose turn it is, when it was interrupted or refused there', async () => {
    const promote: Partial<Step> = {
      title: 'promote pg-3',
      repeat: 'once',
      executor: { kind: 'instance', instance: 'pg-3' },
      body: { kind: 'act', verb: 'promote', args: { slots: [] } },
      healthCheck: null,
    };
    const same = (facts: NodeFacts) => facts;
    expect(await verdictOfVerify(1, same, { outcome: 'interrupted' }, promote)).toMatchObject({
      hold: {
        kind: 'order-interrupted',
        detail: '"promote pg-3" was interrupted on pg-3, and it is unknown whether it took effect',
        releasedBy: 'person',
        until: 'check pg-3, then record whether it took effect',
      },
    });
    const refused = { outcome: 'refused', failure: failure('refused', 'not-asked', 'pg-3: nothing listens', { remedy: 'retry' }) } as const;
    expect(await verdictOfVerify(1, same, refused, promote)).toMatchObject({
      hold: { detail: 'pg-3 refused promote pg-3: nothing listens', releasedBy: 'automatic' },
    });
  });
});

describe('a downtime that is done', () => {
  const downtime: Partial<Step> = {
    body: {
      kind: 'downtime',
      mode: 'downgrade',
      parts: ['quiesce', 'stop', 'activate', 'start'],
      fromRelease: '16.14-1',
      toRelease: '16.4',
      expectVersion: '16.4',
      onFailure: 'revert',
    },
    healthCheck: null,
  };
  const running = (version: string | null) => (facts: NodeFacts) => ({ ...facts, version: { ...facts.version, running: version } });
  const done = { outcome: 'done' } as const;

  test('P15 is no success without the version read back; a server that stopped answering just then is asked again by itself', async () => {
    expect(await verdictOfVerify(1, running('16.4'), done, downtime)).toEqual({ ok: true });
    expect(await verdictOfVerify(1, running(null), done, downtime)).toMatchObject({ ok: false, hold: { releasedBy: 'automatic' } });
    expect(await verdictOfVerify(1, running('16.14'), done, downtime)).toMatchObject({ ok: false, hold: { releasedBy: 'person' } });
  });
});

describe('a release that could not be set against a database that is away', () => {
  test('12.C14: P17 waits for the database and asks no person, however often it was tried', async () => {
    const away = failure('failed', 'fit-unknown', 'pg-2: whether it fits is not known yet: nothing listens', { remedy: 'retry' });
    for (const attempt of [1, 8, 500]) {
      const verdict = await verdictOfVerify(attempt, (facts) => facts, { outcome: 'failed', failure: away });
      expect(verdict).toMatchObject({ ok: false, hold: { releasedBy: 'automatic', detail: expect.stringContaining('nothing listens') } });
    }
  });
});
