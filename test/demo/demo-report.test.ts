import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../common/documents/runs.ts';
import { type DemoReport, demoReport, verdictsOn } from '../../demo/demo-report.ts';

const clients = { acknowledged: 1000, lost: 0, failed: 3, retried: 3, longestWriteGapMs: 210, longestReadGapMs: 12 };
const brake = { what: 'the broken release', state: 'rolled-back', reason: 'pg-2: exited at once', clusterHealthy: true };
const upgrade: ReportDocument = {
  apiVersion: 'drydock/v1',
  run: {
    id: 'r-1',
    plan: 'p-1',
    digest: 'sha256:00',
    cluster: 'pg-main',
    what: 'upgrade',
    state: 'done',
    reason: null,
    from: '16.4',
    to: '16.14',
    startedAt: '2026-11-21T04:00:00.000Z',
    endedAt: '2026-11-21T04:01:00.000Z',
    plannedBy: 'local',
    approvedBy: 'local',
  },
  nodes: [
    {
      instance: 'pg-2',
      hop: 'h1',
      role: 'standby',
      downtimeMs: 410,
      parts: [{ part: 'stop', ms: 110 }],
      settleMs: 3000,
      version: '16.14',
      rollbackUsed: false,
      steps: [{ name: 'downtime', ms: 430 }],
    },
  ],
  restored: [],
  writesPausedMs: null,
  phases: [],
  holds: [],
  effectsOpen: 0,
  audit: { ok: true, events: 40, head: 'ab' },
};
const good = demoReport(upgrade, clients, brake);

describe('the demo’s report', () => {
  it('has exactly the fields that are promised', () => {
    expect(good).toEqual({
      run: {
        id: 'r-1',
        state: 'done',
        from: '16.4',
        to: '16.14',
        startedAt: '2026-11-21T04:00:00.000Z',
        endedAt: '2026-11-21T04:01:00.000Z',
      },
      nodes: [{ name: 'pg-2', role: 'standby', downtimeMs: 410, steps: [{ name: 'downtime', ms: 430 }] }],
      clients,
      brake,
    });
  });

  it('finds all well only when the run is done, nothing is lost, and the brake took the release back', () => {
    const allGood = (report: DemoReport) => verdictsOn(report).every((verdict) => verdict.good);
    expect(allGood(good)).toBe(true);
    expect(allGood({ ...good, run: { ...good.run, state: 'aborted' } })).toBe(false);
    expect(allGood({ ...good, nodes: [] })).toBe(false);
    expect(allGood({ ...good, clients: { ...clients, lost: 1 } })).toBe(false);
    expect(allGood({ ...good, clients: { ...clients, acknowledged: 0 } })).toBe(false);
    expect(allGood({ ...good, brake: { ...brake, state: 'done' } })).toBe(false);
    expect(allGood({ ...good, brake: { ...brake, clusterHealthy: false } })).toBe(false);
  });
});
