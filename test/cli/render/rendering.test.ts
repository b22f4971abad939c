import { describe, expect, test } from 'vitest';
import { auditLines, auditVerificationLines } from '../../../cli/render/audit.ts';
import { clusterLines, hostLines, nodeLines, releaseListLines } from '../../../cli/render/fleet.ts';
import { liveLines } from '../../../cli/render/live.ts';
import { reportLines } from '../../../cli/render/report.ts';
import { statusLines } from '../../../cli/render/status.ts';
import { plainView } from '../../../cli/render/view.ts';
import type { RunDocument } from '../../../common/documents/runs.ts';
import * as documents from '../../stand-ins/operator-documents.ts';
import { nowMs } from '../captured-io.ts';

const pipe = plainView(nowMs);
const wide = { ...pipe, wide: true };
const narrow = { ...pipe, width: 60 };
const golden = (lines: readonly string[], name: string) =>
  expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../golden/cli/${name}.txt`);

describe('status', () => {
  test('P17 a run that holds says why, what that means, how it goes on and what can be done', async () => {
    await golden(statusLines(documents.holding, pipe), 'status-holding');
  });
  test('P17 a run that needs a person says so', async () => {
    await golden(statusLines(documents.needsPerson, wide), 'status-needs-person');
  });
  test('long texts are wrapped on a narrow terminal', async () => {
    const lines = statusLines(documents.holding, narrow);
    await golden(lines, 'status-narrow');
  });
  test('a run that is over says how it ended', async () => {
    await golden(statusLines(documents.ended('rolled-back', 'the canary did not start'), pipe), 'status-rolled-back');
  });
  test('P17 a run that holds on its rollback says that it goes back, since when and why', async () => {
    await golden(statusLines(documents.goingBack, pipe), 'status-going-back');
  });
  test('P17 a proof that waits says until when, and what follows then', async () => {
    await golden(statusLines({ ...documents.run, waiting: documents.checkWaiting }, pipe), 'status-check-waiting');
  });
  test('14.4: a run that rests says until when, until when it can be rolled back, and what is gone then', async () => {
    await golden(statusLines(documents.resting, pipe), 'status-resting');
  });
  test('a run that waits and is paused shows both', async () => {
    const waiting = { reason: 'window opens at 02:00', since: '2026-03-01T01:10:00.000Z', nextProbe: '2026-03-01T02:00:00.000Z' };
    await golden(statusLines({ ...documents.run, paused: true, waiting }, pipe), 'status-waiting');
  });
});

describe('live view', () => {
  const frame = (run: RunDocument, rows: number | null = null) =>
    liveLines(
      { run, ageMs: 5000, progress: new Map([['h1.roll.pg-3.downtime', { part: 'start', fraction: 0.4, note: '' }]]), trouble: null, rows },
      pipe,
    );

  test('shows what is done, what is under way and what waits', async () => {
    await golden(frame(documents.run), 'live-active');
  });
  test('shows the hold and who can release it', async () => {
    await golden(frame(documents.needsPerson), 'live-holding');
  });
  test('14.4: shows how much of its rest is left', async () => {
    await golden(frame(documents.resting), 'live-resting');
  });
  test('shows which way it goes and why, and until when a proof is waited for', async () => {
    await golden(frame({ ...documents.goingBack, holds: [], waiting: documents.checkWaiting }), 'live-going-back');
  });
  test('keeps its last state when the run has ended', async () => {
    await golden(frame(documents.ended('done', '')), 'live-done');
  });
  test('13.1: bar and time left go on while a step is under way, and stand when it takes longer than expected', () => {
    const at = (ageMs: number) => liveLines({ run: documents.run, ageMs, progress: new Map(), trouble: null, rows: null }, pipe)[0];
    expect(at(0)).toContain('62 %');
    expect(at(0)).toContain('about 70 s left');
    expect(at(10_000)).toContain('67 %');
    expect(at(10_000)).toContain('about 60 s left');
    expect(at(500_000)).toContain('72 %');
    expect(at(500_000)).toContain('about 50 s left');
  });
  test('13.1: says how long a phase took by the wall clock: nodes that are staged together count once', () => {
    expect(frame(documents.run)[1]).toContain('stage 3/3 4.1 s');
    expect(documents.turns.filter(({ phase }) => phase === 'stage').flatMap(({ steps }) => steps.map(({ ms }) => ms))).toEqual([
      4100, 4100, 4100,
    ]);
  });
  test('counts nodes when the terminal is too low for all of them', async () => {
    const [, , , , , busy] = documents.turns;
    const many = Array.from({ length: 40 }, (_, at) => ({
      ...(busy as (typeof documents.turns)[number]),
      turn: `t${at}`,
      instance: `pg-${at}`,
      state: at < 20 ? ('done' as const) : at === 20 ? ('open' as const) : ('pending' as const),
    }));
    const lines = frame({ ...documents.run, turns: many }, 10);
    expect(lines.length).toBeLessThan(10);
    await golden(lines, 'live-many');
  });
});

describe('tables', () => {
  test('report', async () => {
    await golden(reportLines(documents.report, pipe), 'report');
  });
  test('report of a run with a switchover: how long writes paused', () => {
    expect(reportLines({ ...documents.report, writesPausedMs: 710 }, pipe).at(-1)).toMatch(
      /^writes paused 0\.71 s \(switchover\) · holds 1/,
    );
  });
  test('report of a restore: what it restored and what that cost', () => {
    const restored = ['pg-2 to snapshot r-3.pg-2; the replaced data is kept beside its data directory'];
    expect(reportLines({ ...documents.report, restored }, pipe)).toContain(`restored  ${restored[0]}`);
  });
  test('report of a run that was rolled back, wide', async () => {
    const [first] = documents.report.nodes;
    const rolledBack = {
      ...documents.report,
      run: { ...documents.report.run, state: 'rolled-back', reason: 'the canary did not start', approvedBy: null },
      nodes: first === undefined ? [] : [{ ...first, rollbackUsed: true, downtimeMs: null, version: '16.4' }],
      audit: { ...documents.report.audit, ok: false },
    };
    await golden(reportLines(rolledBack, wide), 'report-rolled-back');
  });
  test('cluster', async () => {
    await golden(clusterLines(documents.cluster, pipe), 'cluster');
  });
  test('cluster, wide', async () => {
    await golden(clusterLines(documents.cluster, wide), 'cluster-wide');
  });
  test('cluster on a narrow terminal stays within its width', async () => {
    const lines = clusterLines(documents.cluster, narrow);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    await golden(lines, 'cluster-narrow');
  });
  test('nodes, and below them the snapshot that lies on one of their hosts', async () => {
    const snapshot = {
      id: 'r-12.pg-2',
      madeAt: '2026-03-01T01:05:00.000Z',
      expiresAt: '2026-03-08T01:19:40.000Z',
      bytes: 6_200_000_000,
      version: '16.4',
      role: 'standby',
      verified: 'restore-compare',
    };
    const nodes = documents.cluster.members.map((node) => (node.instance === 'pg-2' ? { ...node, snapshots: [snapshot] } : node));
    await golden(nodeLines(nodes, pipe), 'nodes-snapshot');
  });
  test('host, releases, audit', async () => {
    await golden(hostLines(documents.host, pipe), 'host');
    await golden(releaseListLines(documents.releases, pipe), 'releases');
    await golden(auditLines(documents.audit, pipe), 'audit');
    await golden(auditVerificationLines(documents.brokenAudit, pipe), 'audit-broken');
  });
});
