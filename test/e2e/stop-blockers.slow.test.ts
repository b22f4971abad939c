/** 12.B6 and 12.B7 on a real cluster: what came about after approval holds before the stop, and a long stop says what it waits for. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { approve } from '../../demo/base-fleet.ts';
import { dial, hangUp } from '../../demo/clients/dial.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { databaseUnit } from '../../demo/layout.ts';
import { descendantsOf, signal } from '../../demo/supervisor/processes.ts';
import { waitFor } from '../../demo/wait.ts';

const never = new AbortController().signal;
const patienceMs = 90_000;
let fleet: DemoFleet;

beforeAll(async () => {
  fleet = await startFleet();
  await fleet.adopt();
  await sql('ALTER SYSTEM SET wal_level = logical');
  await sql('ALTER SYSTEM SET archive_mode = on');
  await sql(`ALTER SYSTEM SET archive_command = 'true'`);
  await fleet.host('pg-1').stop(databaseUnit('pg-1'));
  await fleet.host('pg-1').start(databaseUnit('pg-1'));
  await fleet.waitHealthy(patienceMs);
}, 120_000);

afterAll(async () => {
  await fleet?.stop();
}, 60_000);

/** On pg-1, as its superuser. */
async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  const { clientsAddress } = fleet.layout;
  const [first] = clientsAddress.nodes;
  if (first === undefined) throw new RangeError('there is no pg-1');
  const client = await dial(clientsAddress, first);
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await hangUp(client);
  }
}

async function ok(args: readonly string[]): Promise<void> {
  const { exitCode, stderr, stdout } = await fleet.cli(args);
  expect(exitCode, `${stderr}${stdout}`).toBe(0);
}

async function approved(...asked: readonly string[]): Promise<PlanShownDocument & { readonly runId: string }> {
  const shown = (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', '100ms'])) as PlanShownDocument;
  expect(shown.planId, JSON.stringify(shown)).toBeDefined();
  return approve(fleet, shown);
}

const status = async (run: string) => (await fleet.cliJson(['status', run])) as RunDocument;

const seen = (what: string, run: string, is: (document: RunDocument) => boolean) =>
  waitFor(what, patienceMs, never, async () => {
    const document = await status(run);
    return is(document) ? { seen: document } : { notYet: JSON.stringify([document.state, document.waiting, document.holds]) };
  });

/** What the archiver waits for ends, as if somebody had repaired the archive. */
async function endSleepers(): Promise<void> {
  const { pid } = await fleet.host('pg-1').state(databaseUnit('pg-1'));
  for (const each of descendantsOf(pid ?? 0))
    if (readFileSync(`/proc/${each}/cmdline`, 'utf8').startsWith('sleep\0')) signal(each, 'SIGTERM');
}

const startedAt = async () => (await sql('SELECT pg_postmaster_start_time()::text AS at'))[0]?.at;

it('12.B7: a stop that is long says what the server waits for, since when and how long it usually takes, and promises no end', async () => {
  // It hangs only once the server goes down, as an archive does that is lost in that very moment.
  await sql(`ALTER SYSTEM SET archive_command = 'if grep -q stopping postmaster.pid; then sleep 25; fi'`);
  await sql('SELECT pg_reload_conf()');
  const { planId, runId } = await approved('--restart');
  await ok(['run', planId, '--detach']);
  const document = await seen('a long stop', runId, ({ waiting }) => waiting?.reason.includes('archiver') === true);
  expect(document.waiting?.reason).toMatch(
    /^stopping pg-1 for \d.* \(usually \S+ s\): the server waits for its archiver \(archiving \w+\): `.*sleep 25.*` has run for \S+ s$/,
  );
  expect(document.remainingMs).toBeNull();
  expect(document.meaning).not.toContain('no node is in the middle of a turn');
  await ok(['watch', runId, '--wait', '--timeout', '2m']);
}, 180_000);

it('12.B7: an archiver that hangs after approval holds the run before the stop, which goes on when it archives again', async () => {
  await sql(`ALTER SYSTEM SET archive_command = 'sleep 600'`);
  await sql('SELECT pg_reload_conf()');
  const { planId, runId } = await approved('--restart');
  const before = await startedAt();
  await ok(['run', planId, '--detach']);
  const { holds } = await seen('a hold', runId, (document) => document.holds.some(({ detail }) => detail.includes('archiver')));
  expect(holds.find(({ detail }) => detail.includes('archiver'))).toMatchObject({ releasedBy: 'automatic' });
  expect(await startedAt()).toBe(before);
  await sql(`ALTER SYSTEM SET archive_command = 'true'`);
  await sql('SELECT pg_reload_conf()');
  await endSleepers();
  await ok(['watch', runId, '--wait', '--timeout', '2m']);
  expect(await startedAt()).not.toBe(before);
}, 240_000);

it('12.B6: a logical slot that was made after approval holds the run before the switchover stops the primary', async () => {
  const { planId, runId, plan } = await approved('--restart', '--primary', 'switchover');
  expect(plan.succession?.from).toBe('pg-1');
  await sql(`SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')`);
  const before = await startedAt();
  await ok(['run', planId, '--detach']);
  const { holds } = await seen(
    'a hold',
    runId,
    (document) => document.holds.length > 0 && document.turns.some(({ state }) => state === 'done'),
  );
  expect(holds).toMatchObject([
    { kind: 'facts-changed', detail: expect.stringContaining('logical slots of pg-1 would be lost in a switchover (cdc)') },
  ]);
  expect(await startedAt()).toBe(before);
  await sql(`SELECT pg_drop_replication_slot('cdc')`);
  await ok(['watch', runId, '--wait', '--timeout', '2m']);
  expect(await sql('SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: true }]);
}, 180_000);
