/**
 * kill -9 of controller, agents and databases under a real upgrade, at ten points chosen by a seed, in three runs: up, down, up again.
 * Reproduce: `DRYDOCK_SEED=<seed> npx vitest run --project e2e test/e2e/kill.test.ts`.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../cli/client.ts';
import { followRun } from '../../cli/watch/follow.ts';
import { systemClock } from '../../common/clock.ts';
import type { ClusterDocument, PlanShownDocument, ReportDocument, RunDocument } from '../../common/documents.ts';
import type { RunEvent } from '../../common/events.ts';
import { toFailure } from '../../common/failure.ts';
import type { Clients } from '../../demo/clients/clients.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { databaseUnit, type NodeName, nodeNames } from '../../demo/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { seededRandom } from '../simulator/kernel.ts';

const seed = process.env.DRYDOCK_SEED === undefined ? randomInt(2 ** 31) : Number(process.env.DRYDOCK_SEED);
const random = seededRandom(seed);
const pick = <T>(among: readonly T[]): T => among[Math.floor(random() * among.length)] as T;

type Victim = 'controller' | `agent ${NodeName}` | `database ${NodeName}`;
const victims: readonly Victim[] = [
  'controller',
  ...nodeNames.map((name) => `agent ${name}` as const),
  ...nodeNames.map((name) => `database ${name}` as const),
];

interface Point {
  /** Strikes when the run's log has this many events. */
  readonly atSeq: number;
  readonly victim: Victim;
}

/** An upgrade of three nodes writes about fifty events; the first few are plan, approval and start. */
function chosenPoints(count: number): readonly Point[] {
  const points = Array.from({ length: count }, () => ({ atSeq: 4 + Math.floor(random() * 44), victim: pick(victims) }));
  return points.sort((a, b) => a.atSeq - b.atSeq);
}

const journeys = [chosenPoints(4), chosenPoints(3), chosenPoints(3)] as const;

/** Up when it is down, down when it is up: a journey that was taken back leaves the cluster where it was. */
async function nextTarget(fleet: DemoFleet): Promise<readonly [to: string, ...more: string[]]> {
  const { versions } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
  return versions[0] === '16.4' ? ['16.14'] : ['16.4', '--downgrade'];
}

async function strike(fleet: DemoFleet, victim: Victim): Promise<void> {
  if (victim === 'controller') {
    await fleet.killController();
    await fleet.startController();
    return;
  }
  const [kind, name] = victim.split(' ') as ['agent' | 'database', NodeName];
  if (kind === 'agent') {
    await fleet.killAgent(name);
    await fleet.startAgent(name);
    return;
  }
  // Its own supervision brings it back, as on a host with Restart=on-failure; Drydock itself never does.
  await fleet.host(name).kill(databaseUnit(name));
  // In an outage its agent brings it back and lets nobody else do it (P16): whoever is refused tries again.
  await waitFor(`start of the database of ${name}`, 60_000, new AbortController().signal, async () => {
    const refused = await fleet
      .host(name)
      .start(databaseUnit(name))
      .then(() => null, toFailure);
    if (refused !== null) expect(refused.code).toBe('held');
    return refused === null ? { seen: true } : { notYet: refused.message };
  });
}

/** Follows the run and strikes at its points. Returns when it ended, or when a hold waits for a person. */
async function followAndStrike(fleet: DemoFleet, runId: string, points: Point[]): Promise<RunDocument> {
  const leave = new AbortController();
  const never = new AbortController().signal;
  let last: RunDocument | null = null;
  const follow = followRun({ runId, connect: () => connect(fleet.controllerAddress, never), clock: systemClock, signal: leave.signal });
  for await (const seen of follow) {
    if (seen.kind === 'event')
      while (points[0] !== undefined && points[0].atSeq <= seen.seen.seq) await strike(fleet, (points.shift() as Point).victim);
    if (seen.kind === 'status') last = seen.run;
    if (last !== null && points.length === 0 && last.holds.some((hold) => hold.releasedBy === 'person')) leave.abort();
  }
  if (last === null) throw new Error(`${runId} was never seen`);
  return last;
}

/** What a person would do: retry what failed, until the run has ended. A database that was killed in its own start is such a case. */
async function bringToEnd(fleet: DemoFleet, runId: string, points: Point[]): Promise<RunDocument> {
  for (let round = 0; round < 12; round++) {
    const run = await followAndStrike(fleet, runId, points);
    if (run.endedAt !== null) return run;
    for (const hold of run.holds.filter(({ releasedBy }) => releasedBy === 'person')) {
      expect(hold.commands, `${hold.kind}: ${hold.detail}`).not.toHaveLength(0);
      await fleet.waitHealthy(60_000).catch(() => {});
      await fleet.cli(['retry', runId, hold.subject]);
    }
  }
  throw new Error(`${runId} did not end within twelve rounds`);
}

/** P1 and P3 from the log: one disruptive turn at a time, and each order id ended once. */
function checkLog(events: readonly RunEvent[]): void {
  const ended = new Set<string>();
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === 'order-dispatched' && event.step.endsWith('.outage')) {
      open.add(event.turn);
      expect(open.size, `P1: outages of ${[...open].join(' and ')} at the same time`).toBe(1);
    }
    if (event.type !== 'order-ended') continue;
    expect(ended, `P3: ${event.receipt.orderId} ended twice`).not.toContain(event.receipt.orderId);
    ended.add(event.receipt.orderId);
    if (event.step.endsWith('.outage')) open.delete(event.turn);
  }
}

describe(`a real cluster under kill -9 (seed ${seed})`, () => {
  let fleet: DemoFleet;
  let clients: Clients;

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.adopt();
    await fleet.addRelease('16.4');
    await fleet.addRelease('16.14');
    clients = await fleet.startClients();
  });

  afterAll(async () => {
    await clients?.kill();
    await fleet?.stop();
  });

  it('P18 P20 M51 every run comes to its end, and no acknowledged write is lost', async () => {
    for (const points of journeys) {
      await fleet.waitHealthy(60_000);
      const target = await nextTarget(fleet);
      const plan = ['plan', fleet.cluster, '--to', ...target, '--settle', '500ms', '--again'];
      const what = `seed ${seed}, to ${target[0]}, points ${points.map(({ atSeq, victim }) => `${victim}@${atSeq}`).join(', ')}`;
      const { planId, runId, digest } = (await fleet.cliJson(plan)) as PlanShownDocument;
      expect(planId, what).toBeDefined();
      expect((await fleet.cli(['approve', planId, '--digest', digest])).exitCode, what).toBe(0);
      expect((await fleet.cli(['run', planId, '--detach'])).exitCode, what).toBe(0);

      const run = await bringToEnd(fleet, runId, [...points]);
      // A canary whose database is killed in its own start is taken back: that is an end, too.
      expect(['done', 'rolled-back'], `${what}: ${run.endReason}`).toContain(run.state);

      const audit = (await fleet.cliJson(['audit', runId])) as { events: readonly { body: RunEvent }[] };
      checkLog(audit.events.map(({ body }) => body));
      expect(((await fleet.cliJson(['report', runId])) as ReportDocument).audit.ok, what).toBe(true);
      await fleet.waitHealthy(60_000);
      expect(await clients.report(), what).toMatchObject({ lost: 0 });
    }
    const figures = await clients.end();
    expect(figures.lost).toBe(0);
    expect(figures.acknowledged).toBeGreaterThan(0);
    expect((await fleet.cli(['audit', '--verify'])).exitCode).toBe(0);
  }, 280_000);
});
