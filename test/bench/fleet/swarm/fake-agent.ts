/** Agents of cardboard over real streams: the session of the real one, with its beats, its back-off and its jitter, over a journal that holds nothing and a database that never changes. */
import { performance } from 'node:perf_hooks';
import type { Journal } from '../../../../agent/journal/journal.ts';
import { beginLifetime } from '../../../../agent/lifetime.ts';
import { Session } from '../../../../agent/link/session.ts';
import { systemClock } from '../../../../common/clock.ts';
import type { NodeFacts } from '../../../../common/facts.ts';
import { fail } from '../../../../common/failure.ts';
import { type AgentEnd, type AgentMessage, protocolVersion } from '../../../../common/link.ts';
import { silentLog } from '../../../../common/log.ts';
import { recordedFacts } from '../../../engines/postgresql-fixtures.ts';
import { clusterOfHost, databaseIdOf, hostName, instanceName, nodesPerCluster } from '../names.ts';

/** A full probe is told so often, as by agents with a quiet database. */
const factsEveryMs = 60_000;

export interface FakeAgent {
  readonly connected: boolean;
  /** Streams that were lost since the start. */
  readonly losses: number;
  start(): void;
}

/** `connect` opens a stream to the controller: the one place where it is said how. */
export function fakeAgent(number: number, connect: () => AgentEnd): FakeAgent {
  const host = hostName(number);
  let losses = 0;
  let toldAtMs = 0;
  const tellFacts = () => {
    toldAtMs = performance.now();
    session.tell({ type: 'facts', facts: factsOf(number) });
  };
  const session = new Session({
    connect,
    hello: async () => helloOf(number),
    journal: emptyJournal,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    lifetime: beginLifetime(),
    beatMs: 15_000,
    onOrder: () => {},
    onCancel: () => {},
    onRemoveSnapshot: () => {},
    onWelcome: tellFacts,
    onBeat() {
      if (performance.now() - toldAtMs >= factsEveryMs) tellFacts();
    },
    onLost: () => void losses++,
    fatal(error) {
      throw new Error(`the fake agent of ${host} failed`, { cause: error });
    },
  });
  return {
    get connected() {
      return session.connected;
    },
    get losses() {
      return losses;
    },
    start: () => session.start(),
  };
}

const unused = (): never => {
  throw fail('internal', 'not-asked', 'a fake agent carries out no orders');
};

const emptyJournal: Journal = {
  room: () => null,
  head: () => 0,
  fences: () => [],
  newestOrders: () => [],
  ordersBefore: () => [],
  raiseFence: unused,
  append: unused,
  order: () => null,
  removedAtMs: () => null,
  overOrders: () => [],
  remove: unused,
  openOrders: () => [],
  endedDowntimes: () => [],
  reportOf: () => null,
  pendingReports: () => [],
  intervene: unused,
  pendingInterventions: () => [],
  acknowledge: () => false,
  checkpoints: () => [],
  keepCheckpoint: () => {},
  close: () => {},
};

const recorded = { primary: recordedFacts('16.4', 'primary', 'pg'), standby: recordedFacts('16.4', 'standby', 'pg') };

function factsOf(number: number): NodeFacts {
  const role = number % nodesPerCluster === 0 ? 'primary' : 'standby';
  const instance = instanceName(number);
  return { ...recorded[role], instance, memberId: instance, databaseId: databaseIdOf(clusterOfHost(number)), observedAtMs: Date.now() };
}

/** What a fake agent says of itself. */
export function helloOf(number: number): Extract<AgentMessage, { type: 'hello' }> {
  return {
    type: 'hello',
    protocol: protocolVersion,
    agentVersion: '0.1.0',
    host: hostName(number),
    bootId: `b0071d00-0000-4000-8000-${String(number).padStart(12, '0')}`,
    arch: 'x64',
    os: 'debian:12',
    instances: [
      {
        instance: instanceName(number),
        cluster: clusterOfHost(number),
        engine: 'postgresql',
        dataDir: '/var/lib/postgresql/16/main',
        capabilities: ['sql', 'sql-admin'],
        checks: ['in-service', 'peers-in-service', 'streaming', 'no-backup-running', 'no-long-transactions', 'archiver-keeps-up'],
        verbs: ['checkpoint', 'promote', 'follow'],
        keys: ['synchronous-standby-names', 'retained-wal'],
        jobs: [],
        profileDigest: 'sha256:4f9f1fa5a3f8c7f3b2e1',
        profile: { unit: 'postgresql-16.service', releasesDir: '/opt/postgresql/releases', dataDir: '/var/lib/postgresql/16/main' },
      },
    ],
    fences: [],
    openOrders: [],
    journalHead: 0,
    newestOrders: [],
  };
}
