/** A real etcd cluster reaches the quota of its database in the middle of a run. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HoldDocument, RunDocument } from '../../common/documents/runs.ts';
import { encoded, range, transact } from '../../demo/etcd/clients/gateway.ts';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import { etcdNames } from '../../demo/etcd/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { compareWithTable } from '../e2e/failures-seen.ts';
import {
  ctl,
  endOf,
  expectPromisesKept,
  giveLeadTo,
  holding,
  type Started,
  shortWatchMs,
  startRun,
  stepEnded,
  underLoad,
} from './etcd-stage.ts';

const quotaBytes = 24 * 1024 * 1024;
const valueBytes = 256 * 1024;
const runLimitMs = 180_000;
const fillLimitMs = 60_000;
/** Time for the alarm to be raised before the next member is asked for. */
const pace = { settle: '3s', soak: '100ms' };
let fleet: EtcdFleet;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startEtcdFleet({ version: '3.6.16', flags: [`--quota-backend-bytes=${quotaBytes}`] });
  await fleet.adopt();
});

afterAll(async () => {
  await started?.log.close();
  await fleet?.stop();
});

const anyMember = () => fleet.layout.clientsAddress.members[0] ?? '';

/** One key again and again: each revision of it takes its space until it is compacted. */
async function fillUp(): Promise<void> {
  const put = { request_put: { key: encoded('filling'), value: encoded('x'.repeat(valueBytes)) } };
  await waitFor('a full database', fillLimitMs, new AbortController().signal, async () => {
    const refused = await transact(anyMember(), { success: [put] }).then(
      () => '',
      (thrown: unknown) => String(thrown),
    );
    return refused.includes('space exceeded') ? { seen: true } : { notYet: refused };
  });
}

async function makeRoom(): Promise<void> {
  const { header } = await range(anyMember(), { key: 'filling', limit: 1 });
  await ctl(fleet, ['compact', `${header.revision}`, '--physical']);
  for (const name of etcdNames) await ctl(fleet, ['defrag'], name);
  await ctl(fleet, ['alarm', 'disarm']);
}

/** Which of them reaches it first is another one each time. */
function ofAnyMember(run: RunDocument): RunDocument {
  const holds = run.holds.map((hold) => ({ ...hold, detail: hold.detail.replace(/raised by etcd-\d/, 'raised by etcd-1') }));
  return { ...run, holds };
}

it('M43 P1 holds while the alarm NOSPACE is raised, names it, and goes on automatically when it is disarmed', () =>
  underLoad(
    fleet,
    'NOSPACE',
    async () => {
      await giveLeadTo(fleet, 'etcd-1');
      const run = await startRun(fleet, ['--restart'], pace);
      started = run;
      await stepEnded(run, 'h1.canary.etcd-2.follower.downtime');
      await fillUp();
      const ofAlarm = ({ detail }: HoldDocument) => detail.includes('alarm NOSPACE');
      compareWithTable(
        'etcd',
        'the database reaches its quota in the middle',
        ofAnyMember(await holding(run, 'the alarm', ofAlarm)),
        ofAlarm,
      );
      await makeRoom();
      expect((await endOf(run, runLimitMs)).state).toBe('done');
      await expectPromisesKept(fleet, run, true);
    },
    shortWatchMs,
  ));
