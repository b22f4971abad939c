/** One controller upgrades a PostgreSQL and an etcd cluster at the same time, on the same hosts. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditListDocument } from '../../common/documents/administration.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Plan } from '../../common/plan.ts';
import { startClients } from '../../demo/clients/clients.ts';
import { stepsOf } from '../kill/cells.ts';
import { breachesOf } from '../kill/promises.ts';
import { type ClusterAtHand, endOf, giveLeadTo, type Started, shortWatchMs, startRun, underLoad, versionsOf } from './etcd-stage.ts';
import { type SharedFleet, startSharedFleet } from './shared-fleet.ts';

const from = { postgres: '16.4', etcd: '3.5.35' } as const;
const to = { postgres: '16.14', etcd: '3.6.16' } as const;
const runLimitMs = 300_000;
const clientPauseMs = 10;
let fleet: SharedFleet;

beforeEach(async () => {
  fleet = await startSharedFleet(from, to);
});

afterEach(async () => {
  await fleet?.stop();
});

interface Disruption {
  readonly host: string;
  readonly step: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the dispatch of each downtime to its end, by the clock of the log. */
async function disruptionsOf({ runId, plan }: Started): Promise<readonly Disruption[]> {
  const { events } = (await fleet.cliJson(['audit', runId])) as AuditListDocument;
  const steps = stepsOf(plan.plan);
  const open = new Map<string, number>();
  return events.flatMap(({ at, body }): readonly Disruption[] => {
    const event = body as RunEvent;
    if (event.type === 'order-dispatched' && steps.get(event.step)?.body.kind === 'downtime') open.set(event.step, Date.parse(at));
    const fromMs = event.type === 'order-ended' ? open.get(event.step) : undefined;
    if (event.type !== 'order-ended' || fromMs === undefined) return [];
    return [{ host: hostOf(plan.plan, event.receipt.facts?.instance ?? ''), step: event.step, fromMs, toMs: Date.parse(at) }];
  });
}

function hostOf({ nodes }: Plan, instance: string): string {
  const host = nodes.find((node) => node.instance === instance)?.host;
  if (host === undefined) throw new Error(`${instance} is not in the plan`);
  return host;
}

async function done(at: ClusterAtHand, run: Started, version: string): Promise<void> {
  const end = await endOf(run, runLimitMs);
  expect(end.state, end.endReason ?? '').toBe('done');
  expect(await versionsOf(at)).toEqual([version, version, version]);
  expect(breachesOf({ plan: run.plan.plan, events: run.log.events, alone: true })).toEqual([]);
}

it('M43 P1 P18 upgrades both with one disruptive order per host at a time, and neither loses a write', () =>
  underLoad(
    fleet.etcd,
    'etcd beside PostgreSQL',
    async () => {
      const clients = await startClients(fleet.postgres.clientsAddress, fleet.dir, new AbortController().signal, clientPauseMs);
      try {
        // Primary and leader on one host: followers and standbys are gone through in the same order.
        await giveLeadTo(fleet.etcd, 'etcd-1');
        const runs = await Promise.all([startRun(fleet.postgres, ['--to', to.postgres]), startRun(fleet.etcd, ['--to', to.etcd])]);
        const [postgres, etcd] = runs;
        await Promise.all([done(fleet.postgres, postgres, to.postgres), done(fleet.etcd, etcd, to.etcd)]);
        const [ours, theirs] = [await disruptionsOf(postgres), await disruptionsOf(etcd)];
        expect([ours.length, theirs.length]).toEqual([3, 3]);
        const hosts = (list: readonly Disruption[]) => list.map(({ host }) => host).sort();
        expect(hosts(ours)).toEqual(hosts(theirs));
        const together = ours.flatMap((one) =>
          theirs
            .filter((other) => one.host === other.host && one.fromMs < other.toMs && other.fromMs < one.toMs)
            .map((other) => [one, other]),
        );
        expect(together).toEqual([]);
        const waited = runs.flatMap(({ log }) => log.statuses.flatMap(({ waiting }) => (waiting === null ? [] : [waiting.reason])));
        console.log(`waited: ${[...new Set(waited)].join('; ')}`);
        const { acknowledged, lost } = await clients.end();
        expect(lost).toBe(0);
        expect(acknowledged).toBeGreaterThan(0);
        for (const { log } of runs) await log.close();
      } finally {
        await clients.kill();
      }
    },
    shortWatchMs,
  ));
