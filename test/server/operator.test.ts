import { loadPackageDefinition, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../common/canonical-json.ts';
import type { AuditListDocument, AuditVerificationDocument } from '../../common/documents/administration.ts';
import type { RunEvent } from '../../common/events.ts';
import { type FailureClass, FailureError, failure } from '../../common/failure.ts';
import type { WatchRunResponse__Output } from '../../proto/generated/drydock/v1/WatchRunResponse.ts';
import { drydock } from '../cli/captured-io.ts';
import { dialledAs, tester } from '../identities.ts';
import { addRun, append, cluster } from '../store/samples.ts';
import { json, openDoor, refusal } from './door.ts';

describe('answers', () => {
  it('are documents whose digest is of exactly the bytes sent', async () => {
    await using door = await openDoor();
    const { clusters } = (await door.ask('ListClusters', {})) as { clusters: { json: Buffer; digest: string } };
    expect(clusters.digest).toBe(sha256Of(clusters.json));
    expect(json(clusters)).toEqual({ apiVersion: 'drydock/v1', clusters: [] });
  });

  it('that fail carry a gRPC status by class and the whole Failure in the trailer', async () => {
    const expected: Record<FailureClass, status> = {
      usage: status.INVALID_ARGUMENT,
      refused: status.FAILED_PRECONDITION,
      'not-found': status.NOT_FOUND,
      unreachable: status.UNAVAILABLE,
      timeout: status.DEADLINE_EXCEEDED,
      failed: status.ABORTED,
      internal: status.INTERNAL,
    };
    let next: unknown = null;
    const throwIt = async () => {
      throw next;
    };
    await using door = await openDoor({ runs: { getRun: throwIt } });
    for (const [name, code] of Object.entries(expected) as [FailureClass, status][]) {
      const reported = failure(name, 'a-code', `“${name}” in one sentence`, { cause: failure('failed', 'inner', 'because of this') });
      next = new FailureError(reported);
      expect(await refusal(door.ask('GetRun', { runId: 'r-1' }))).toEqual({ code, failure: reported });
    }
    next = new TypeError('a bug of ours');
    expect(await refusal(door.ask('GetRun', { runId: 'r-1' }))).toMatchObject({
      code: status.INTERNAL,
      failure: { class: 'internal', code: 'unexpected' },
    });
    next = new FailureError(failure('refused', 'long', 'x'.repeat(100_000)));
    expect(await refusal(door.ask('GetRun', { runId: 'r-1' }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      failure: { code: 'long' },
    });
  });

  it('name every malformed field of a request, before any use case is asked', async () => {
    await using door = await openDoor();
    const refused = async (method: string, request: object) => {
      const { code, failure: reported } = await refusal(door.ask(method, request));
      expect([code, reported?.class]).toEqual([status.INVALID_ARGUMENT, 'usage']);
      return reported?.message;
    };
    expect(await refused('GetRun', { runId: "r-1'; DROP TABLE runs" })).toMatch(/^runId: expected a name/);
    expect(await refused('ApprovePlan', { planId: 'p-1', digest: 'sha256:xyz' })).toBe('digest: expected sha256: and 64 hex digits');
    expect(await refused('AdoptCluster', { cluster: '../x', members: 0 })).toMatch(
      /^cluster: expected a name .*; members: expected the number of members/,
    );
    expect(await refused('PauseRun', { runId: 'r-1', reason: 'two\nlines' })).toBe('reason: expected one line of text');
    expect(await refused('ResolveStep', { runId: 'r-1', step: 's', as: 'done', reason: ' ' })).toBe('reason: expected a reason');
    for (const [method, asked] of [
      ['ExcludeNode', { runId: 'r-1', instance: 'pg-3' }],
      ['ResolveStep', { runId: 'r-1', step: 's', as: 'done' }],
      ['PauseRun', { runId: 'r-1' }],
      ['ForgetHost', { host: 'db-1' }],
    ] as const)
      expect(await refused(method, { ...asked, reason: '…' })).toBe('reason: expected your own words in place of …');
    expect(await refused('ResolveStep', { runId: 'r-1', step: 's', as: 'maybe', reason: 'r' })).toBe('as: expected done or failed');
  });

  it('say who is unknown', async () => {
    await using door = await openDoor();
    const code = (method: string, request: object) => refusal(door.ask(method, request)).then(({ failure: reported }) => reported?.code);
    expect(await code('GetCluster', { cluster: 'pg-none' })).toBe('unknown-cluster');
    expect(await code('GetHost', { host: 'db-9' })).toBe('unknown-host');
    expect(await code('ListAudit', { chain: 'r-9', afterSeq: 0, pageSize: 0 })).toBe('unknown-chain');
  });

  it('on health are given by the standard service', async () => {
    await using door = await openDoor();
    const Health = loadPackageDefinition({ health: healthService }).health as unknown as new (
      address: string,
      channel: unknown,
      options: object,
    ) => { check(request: object, answered: (error: unknown, answer: { status: string }) => void): void; close(): void };
    const by = await dialledAs(tester);
    const client = new Health(door.server.address, by.credentials, by.options);
    const check = (service: string) => new Promise((resolve) => client.check({ service }, (_, answer) => resolve(answer?.status)));
    expect(await check('')).toBe('SERVING');
    expect(await check('drydock.v1.Operator')).toBe('SERVING');
    client.close();
  });
});

describe('WatchRun', () => {
  it('sends what there is at the reader’s pace and stops asking when the reader goes', async () => {
    let given = 0;
    let released = false;
    const body: RunEvent = { type: 'resumed', actor: 'x'.repeat(1000) };
    const event = { chain: 'r-1', v: 1, atMs: 1, hash: 'h', body, text: JSON.stringify(body) };
    await using door = await openDoor({
      runs: {
        async *watchRun(_runId, afterSeq, signal) {
          try {
            for (let seq = afterSeq + 1; !signal.aborted && given < 100_000; seq++) {
              given += 1;
              yield { event: { ...event, seq } };
            }
          } finally {
            released = true;
          }
        },
      },
    });
    const call = door.operator.watchRun({ runId: 'r-1', afterSeq: 7 });
    call.on('error', () => {});
    const first = await new Promise<WatchRunResponse__Output>((resolve) => call.once('data', resolve));
    expect(first.event).toMatchObject({ seq: 8, type: 'resumed' });
    call.pause();
    // The windows of the connection fill up; then the run is not read any further.
    const settled = async () => {
      const before = given;
      await new Promise((resolve) => setImmediate(resolve));
      return given === before;
    };
    await expect.poll(settled, { timeout: 10_000, interval: 100 }).toBe(true);
    expect(given).toBeLessThan(100_000);
    call.cancel();
    await expect.poll(() => released, { timeout: 5_000 }).toBe(true);
  });
});

describe('P14 the audit', () => {
  it('is exported as JSON lines that say who did what, and why', async () => {
    await using door = await openDoor();
    await door.store.adoptCluster(cluster, 'w1', 'local:ann', 'ours now');
    await addRun(door.store, 'r-1');
    const { exitCode, stdout } = await drydock(['audit', '--export'], { env: { DRYDOCK_CONTROLLER: door.server.address } });
    expect(exitCode).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { apiVersion: 'drydock/v1', chain: 'fleet', seq: 1, type: 'role-bound', actor: 'local:test' },
      { chain: 'fleet', seq: 2, type: 'cluster-adopted', actor: 'local:ann', reason: 'ours now', digest: null },
      { chain: 'fleet', seq: 3, type: 'epoch-claimed', actor: null },
      {
        chain: 'r-1',
        seq: 1,
        type: 'plan-made',
        actor: 'local:test',
        digest: expect.stringMatching(/^sha256:/),
        body: { plan: 'p-of-r-1' },
      },
    ]);
    expect(await door.store.verifyChains('r-1')).toMatchObject([{ chain: 'r-1', ok: true, events: 1 }]);
    expect(await door.store.verifyChains('r-9')).toMatchObject([{ chain: 'r-9', ok: false }]);
  });

  it('is read in pages, one chain or all, and verified', async () => {
    await using door = await openDoor();
    await door.store.adoptCluster(cluster, 'w1', 'local:test');
    for (const runId of ['r-1', 'r-2']) {
      await addRun(door.store, runId, 'approved');
      const events = Array.from({ length: 6 }, (): RunEvent => ({ type: 'resumed', actor: 'local:test' }));
      await door.store.append(append(runId, 1, events, { state: 'approved' }));
    }
    const pages = async (chain: string, pageSize: number) => {
      const seen: string[] = [];
      let count = 0;
      for (let afterSeq = 0; ; count++) {
        const answer = await door.ask('ListAudit', { chain, afterSeq, pageSize });
        const { events } = json(answer.audit) as AuditListDocument;
        expect(events.length).toBeLessThanOrEqual(pageSize);
        seen.push(...events.map((event) => `${event.chain} ${event.seq}`));
        if ((answer.nextAfterSeq as number) === 0) return { seen, pages: count + 1 };
        afterSeq = answer.nextAfterSeq as number;
      }
    };
    const run = (runId: string) => Array.from({ length: 7 }, (_, index) => `${runId} ${index + 1}`);
    expect(await pages('r-2', 3)).toEqual({ seen: run('r-2'), pages: 3 });
    expect(await pages('r-2', 7)).toEqual({ seen: run('r-2'), pages: 1 });
    expect((await pages('', 4)).seen).toEqual(['fleet 1', 'fleet 2', 'fleet 3', ...run('r-1'), ...run('r-2')]);
    const verified = json((await door.ask('VerifyAudit', {})).verification) as AuditVerificationDocument;
    expect(verified).toMatchObject({ ok: true, chains: [{ chain: 'fleet', events: 3 }, { chain: 'r-1', events: 7 }, { chain: 'r-2' }] });
  });

  it('never makes a page larger than a message may be', async () => {
    await using door = await openDoor();
    await addRun(door.store, 'r-1');
    const events = Array.from({ length: 20 }, (): RunEvent => ({ type: 'resumed', actor: 'x'.repeat(100_000) }));
    await door.store.append(append('r-1', 1, events));
    const first = await door.ask('ListAudit', { chain: 'r-1', afterSeq: 0, pageSize: 500 });
    expect((json(first.audit) as AuditListDocument).events.length).toBeLessThan(10);
    expect(first.nextAfterSeq).toBeGreaterThan(0);
  });
});
