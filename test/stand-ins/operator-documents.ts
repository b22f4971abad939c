/** Documents as a controller of a three-node cluster would send them. */
import type { AuditListDocument, AuditVerificationDocument } from '../../common/documents/administration.ts';
import type { ClusterDocument, HostDocument, NodeDocument, ReleaseListDocument } from '../../common/documents/fleet.ts';
import type { PathDocument } from '../../common/documents/rules.ts';
import type { HoldDocument, ReportDocument, RunDocument, StepDocument, TurnDocument } from '../../common/documents/runs.ts';
import { type Plan, planVersion } from '../../common/plan.ts';

const apiVersion = 'drydock/v1';
export const digest = `sha256:51d0${'a'.repeat(60)}`;

function step(id: string, title: string, more: Partial<StepDocument> = {}): StepDocument {
  return { step: id, title, state: 'ended', attempt: 1, outcome: 'done', ms: 400, expectedMs: 500, ...more };
}

function turn(more: Partial<TurnDocument> & Pick<TurnDocument, 'turn' | 'phase'>): TurnDocument {
  return {
    hop: 'h1',
    instance: null,
    role: null,
    disruptive: false,
    state: 'done',
    downtimeMs: null,
    version: null,
    rollbackUsed: false,
    startedAt: null,
    lastReceiptAt: null,
    steps: [],
    ...more,
  };
}

/** Three nodes that are staged at the same time take no longer than one of them. */
const between = (since: string, until: string) => ({
  startedAt: `2026-03-01T01:${since}Z`,
  lastReceiptAt: `2026-03-01T01:${until}Z`,
});

export const turns: readonly TurnDocument[] = [
  turn({ turn: 'h1.preflight', phase: 'preflight', ...between('08:12.000', '08:12.400'), steps: [step('h1.preflight.probe', 'probe')] }),
  ...['pg-1', 'pg-2', 'pg-3'].map((instance) =>
    turn({
      turn: `h1.stage.${instance}`,
      phase: 'stage',
      instance,
      ...between('08:12.500', '08:16.600'),
      steps: [step(`h1.stage.${instance}.stage`, 'stage', { ms: 4100 })],
    }),
  ),
  turn({
    turn: 'h1.canary.pg-2',
    phase: 'canary',
    instance: 'pg-2',
    role: 'standby',
    disruptive: true,
    downtimeMs: 410,
    version: '16.14',
  }),
  turn({
    turn: 'h1.roll.pg-3',
    phase: 'roll',
    instance: 'pg-3',
    role: 'standby',
    disruptive: true,
    state: 'open',
    steps: [
      step('h1.roll.pg-3.await', 'await peers'),
      step('h1.roll.pg-3.downtime', 'downtime', { state: 'begun', outcome: null, ms: null }),
      step('h1.roll.pg-3.settle', 'settle 60 s', { state: 'queued', outcome: null, ms: null }),
    ],
  }),
  turn({ turn: 'h1.roll.pg-1', phase: 'roll', instance: 'pg-1', role: 'primary', disruptive: true, state: 'pending' }),
];

export const run: RunDocument = {
  apiVersion,
  effects: [],
  excluded: [],
  run: 'r-12',
  plan: 'p-7Q4M',
  digest,
  cluster: 'pg-main',
  what: 'upgrade',
  moved: [],
  engine: 'postgresql',
  from: '16.4',
  to: '16.14',
  state: 'active',
  way: 'forward',
  paused: false,
  aborting: false,
  rest: null,
  rollback: null,
  abort: null,
  startedAt: '2026-03-01T01:08:11.000Z',
  endedAt: null,
  endReason: null,
  holds: [],
  waiting: null,
  meaning: 'pg-2 runs 16.14; pg-3 is in the middle of a turn; pg-1 runs 16.4',
  hops: [{ hop: 'h1', from: '16.4', to: '16.14', state: 'rolling' }],
  turns,
  fraction: 0.62,
  remainingMs: 70_000,
  currentStepMs: 20_000,
  legalCommands: ['watch', 'pause', 'abort', 'rollback'],
  next: [],
  cursor: 9,
};

export const resting: RunDocument = {
  ...run,
  state: 'unfinalized',
  rest: {
    since: '2026-02-25T00:00:00.000Z',
    until: '2026-03-07T00:00:00.000Z',
    step: 'h1.finalize.pg-main.consent',
    thing: 'finalize 16.14: after it 16.4 can no longer run on this data',
    refused: ['snapshot defragmentation'],
    rollback: { until: '2026-03-07T00:00:00.000Z', lost: '16.4 can no longer run on this data, and there is no rollback' },
  },
  meaning: '',
  hops: [{ hop: 'h1', from: '16.4', to: '16.14', state: 'unfinalized' }],
  turns: turns.map((each) => ({ ...each, state: 'done' })),
  fraction: 0.9,
  legalCommands: ['watch r-12', 'finalize r-12', 'rollback r-12'],
};

export const hold: HoldDocument = {
  kind: 'peer-unhealthy',
  subject: 'pg-1',
  detail: 'pg-1 (primary, not yet touched) does not answer SQL; last seen 02:13:58',
  releasedBy: 'automatic',
  until: 'once pg-1 has been healthy for 60 s',
  commands: ['rollback r-12'],
  since: '2026-03-01T01:14:07.000Z',
  nextProbe: '2026-03-01T01:20:30.000Z',
};

export const personHold: HoldDocument = {
  kind: 'order-failed',
  subject: 'h1.roll.pg-3.downtime',
  detail: 'pg-3 did not start with 16.14; 16.4 runs there again',
  releasedBy: 'person',
  until: 'retry the step, or roll back',
  commands: ['retry r-12 h1.roll.pg-3.downtime', 'rollback r-12'],
  since: '2026-03-01T01:14:07.000Z',
  nextProbe: null,
};

export const holding: RunDocument = {
  ...run,
  currentStepMs: 0,
  holds: [hold],
  meaning: 'one more node down would stop writes; no node is in the middle of a turn: pg-2 and pg-3 run 16.14, pg-1 runs 16.4',
};

export const goingBack: RunDocument = {
  ...holding,
  way: 'back',
  holds: [{ ...hold, commands: ['abort r-12'] }],
  rollback: { since: '2026-03-01T01:14:00.000Z', actor: null, reason: 'the canary pg-2 failed: nothing listens' },
  fraction: 0,
  legalCommands: ['watch', 'pause', 'abort'],
};

export const checkWaiting: NonNullable<RunDocument['waiting']> = {
  reason: 'settle 60 s: nothing listens at 127.0.0.1:5432',
  since: '2026-03-01T01:14:07.000Z',
  nextProbe: null,
  givenUp: { at: '2026-03-01T01:19:07.000Z', otherwise: 'the run rolls back automatically' },
};

export const needsPerson: RunDocument = { ...run, currentStepMs: 0, holds: [personHold] };

export function ended(state: 'done' | 'rolled-back' | 'aborted' | 'stuck', endReason: string): RunDocument {
  return {
    ...run,
    state,
    endReason,
    endedAt: '2026-03-01T01:19:40.000Z',
    fraction: 1,
    remainingMs: 0,
    currentStepMs: 0,
    meaning: '',
    legalCommands: ['report'],
    next: state === 'done' ? [{ what: 'downgrade', command: 'drydock plan pg-main --to 16.4 --downgrade' }] : [],
    turns: turns.map((each) => ({ ...each, state: state === 'done' ? 'done' : each.disruptive ? 'rolled-back' : 'done' })),
  };
}

function node(instance: string, role: string): NodeDocument {
  return {
    instance,
    host: `host-${instance}`,
    connected: true,
    member: instance,
    role,
    running: true,
    inService: instance !== 'pg-3',
    version: '16.4',
    onDiskVersion: '16.4',
    release: '16.4-0a1b2c3d4e5f',
    previousRelease: null,
    peers: role === 'primary' ? [{ member: 'pg-2', healthy: true, state: 'streaming', lagBytes: 0 }] : [],
    snapshots: [],
    space: { releases: { freeBytes: 41e9, freeInodes: 1e6 }, data: { freeBytes: 40.5e9, freeInodes: 1e6 } },
    findings: [],
    factsAgeMs: 2300,
    lastSeen: '2026-03-01T01:20:05.000Z',
  };
}

export const cluster: ClusterDocument = {
  apiVersion,
  cluster: 'pg-main',
  engine: 'postgresql',
  labels: {},
  adopted: true,
  expectedMembers: 3,
  nodes: 3,
  nodesInService: 2,
  versions: ['16.4'],
  healthy: false,
  behind: null,
  run: 'r-12',
  databaseId: '7300000000000000001',
  members: [node('pg-1', 'primary'), node('pg-2', 'standby'), node('pg-3', 'standby')],
  problems: [
    { check: 'in-service', severity: 'refuse', subject: 'pg-3', detail: 'pg-3 does not stream; look at its log', clears: 'automatic' },
  ],
};

export const host: HostDocument = {
  host: 'host-pg-1',
  connected: true,
  lastSeen: '2026-03-01T01:20:05.000Z',
  agentVersion: '0.1.0',
  arch: 'x64',
  os: 'debian:12',
  bootId: '6f1c',
  instances: [{ instance: 'pg-1', cluster: 'pg-main', engine: 'postgresql', dataDir: '/var/lib/pg/16/main' }],
};

export const releases: ReleaseListDocument = {
  apiVersion,
  releases: [
    {
      engine: 'postgresql',
      version: '16.14',
      arch: 'x64',
      release: '16.14-51d0aaaaaaaa',
      addedAt: '2026-03-01T00:50:00.000Z',
      addedBy: 'admin-1',
      artifacts: [{ role: 'server', fileName: 'pg-16.14.tar', digest, sizeBytes: 118e6 }],
    },
  ],
};

export const path: PathDocument = {
  apiVersion,
  engine: 'postgresql',
  from: '16.4',
  to: '16.14',
  admissible: true,
  hops: [
    {
      from: '16.4',
      to: '16.14',
      kind: 'rolling',
      finalize: 'none',
      rollback: 'lossless',
      conditions: [],
      requirements: [],
      tasks: [],
      risks: [],
      source: 'release notes',
    },
  ],
  refused: [],
  pack: { name: 'postgresql', version: 1, digest },
};

export const report: ReportDocument = {
  apiVersion,
  run: {
    id: 'r-12',
    plan: 'p-7Q4M',
    digest,
    cluster: 'pg-main',
    what: 'upgrade',
    state: 'done',
    reason: null,
    from: '16.4',
    to: '16.14',
    startedAt: '2026-03-01T01:08:11.000Z',
    endedAt: '2026-03-01T01:31:40.000Z',
    plannedBy: 'admin-1',
    approvedBy: 'admin-2',
  },
  nodes: [
    ['pg-2', 'standby', 410, 110, 20, 280],
    ['pg-3', 'standby', 400, 110, 20, 270],
    ['pg-1', 'primary', 440, 120, 20, 300],
  ].map(([instance, role, downtimeMs, stop, activate, start]) => ({
    instance: String(instance),
    hop: 'h1',
    role: String(role),
    downtimeMs: Number(downtimeMs),
    parts: [
      { part: 'stop', ms: Number(stop) },
      { part: 'activate', ms: Number(activate) },
      { part: 'start', ms: Number(start) },
    ],
    settleMs: 60_000,
    version: '16.14',
    rollbackUsed: false,
    steps: [{ name: 'downtime', ms: Number(downtimeMs) + 30 }],
  })),
  restored: [],
  writesPausedMs: null,
  phases: [
    { name: 'preflight', ms: 400 },
    { name: 'stage', ms: 4100 },
    { name: 'roll', ms: 190_000 },
  ],
  holds: [{ kind: 'peer-unhealthy', subject: 'pg-1', detail: 'pg-1 does not answer SQL', since: '2026-03-01T01:14:07.000Z', ms: 360_000 }],
  effectsOpen: 0,
  audit: { ok: true, events: 41, head: '9c41d7aa00112233' },
};

export const audit: AuditListDocument = {
  apiVersion,
  events: [
    {
      chain: 'r-12',
      seq: 1,
      v: 1,
      at: '2026-03-01T01:08:00.000Z',
      type: 'plan-made',
      body: { type: 'plan-made', plan: 'p-7Q4M', digest, cluster: 'pg-main', actor: 'admin-1' },
      hash: 'aa11',
    },
    {
      chain: 'r-12',
      seq: 2,
      v: 1,
      at: '2026-03-01T01:08:11.000Z',
      type: 'approved',
      body: { type: 'approved', digest, actor: 'admin-2', from: '10.0.0.7:51234' },
      hash: 'bb22',
    },
  ],
};

export const brokenAudit: AuditVerificationDocument = {
  apiVersion,
  ok: false,
  chains: [
    { chain: 'fleet', events: 7, head: '00ff00ff00ff00ff', ok: true, detail: '', signed: { seq: 7, at: '2026-03-01T01:08:20.000Z' } },
    { chain: 'r-12', events: 41, head: '9c41d7aa00112233', ok: false, detail: 'event 17 was changed', signed: null },
  ],
  signing: {
    key: '0c3d7aa00112233f',
    hosts: 3,
    evidence: [
      {
        chain: 'r-12',
        seq: 44,
        head: '00'.repeat(32),
        at: '2026-03-01T01:08:20.000Z',
        hosts: ['db-1', 'db-2'],
        detail: 'events 42 to 44 are missing',
      },
    ],
  },
};

export const plan: Plan = {
  apiVersion,
  v: planVersion,
  cluster: 'pg-main',
  engine: 'postgresql',
  databaseId: '7300000000000000001',
  goal: { release: '16.14' },
  from: '16.4',
  to: '16.14',
  direction: 'upgrade',
  pack: { name: 'postgresql', version: 1, digest },
  nodes: [],
  canaryCount: 1,
  settleMs: 60_000,
  hops: [],
  expectedMs: 180_000,
  writesPauseMs: 900,
  risks: [],
  irreversible: [],
};
