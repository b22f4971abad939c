/** Three real members of the walkthrough's engine, each with its supervisor and its agent; orders go in over a link, receipts come out. */

import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tar from 'tar';
import { type Agent, createAgent } from '../../agent/agent.ts';
import { diskJobs } from '../../agent/host/jobs.ts';
import { createLocalHost } from '../../agent/host/local-host.ts';
import { openJournal } from '../../agent/journal/sqlite-journal.ts';
import { sha256Of } from '../../common/canonical-json.ts';
import { systemClock } from '../../common/clock.ts';
import type { Driver, InstanceSettings } from '../../common/driver.ts';
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import type { AgentMessage } from '../../common/link.ts';
import { silentLog } from '../../common/log.ts';
import type { Bundle, Guard, OrderBody, Receipt } from '../../common/orders.ts';
import { freePorts } from '../../demo/ports.ts';
import { listen } from '../../demo/supervisor/server.ts';
import { superviseUnits } from '../../demo/supervisor/units.ts';
import { linkTwin } from '../twins/link.ts';
import { root, writeRelease } from './walkthrough.ts';

/** The agent's own program keeps its jobs; this one is not it. */
const keeper = [process.execPath, '--import', join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'agent/bin.ts'), 'job'] as const;

const names = ['t-1', 't-2', 't-3'];

/** What else a probe is asked: what changes would make of the configuration file, and which keys nothing would set then. */
type ProbeMore = Pick<Extract<OrderBody, { kind: 'observe' }>, 'config' | 'requires'>;

export interface Member {
  readonly settings: InstanceSettings;
  readonly endpoint: string;
  probe(checks: readonly string[], more?: ProbeMore): Promise<NodeFacts>;
  /** Behind the agent's back. */
  stop(): Promise<unknown>;
  start(): Promise<unknown>;
  /** Throws when the agent refuses the order. */
  carry(step: string, body: OrderBody, guards?: readonly Guard[], deadlineMs?: number): Promise<Receipt>;
}

export interface WalkthroughWorld {
  readonly members: readonly Member[];
  /** A release that the agents can fetch. `change` spoils or alters its program first. */
  bundle(version: string, change?: (folder: string) => void): Promise<Bundle>;
  view(driver: Driver, checks: readonly string[]): Promise<ClusterView>;
  remove(): Promise<void>;
}

export async function startWorld(dir: string, driver: Driver, version: string): Promise<WalkthroughWorld> {
  const ports = await freePorts(names.length);
  const endpoints = new Map(names.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]));
  const artifacts = new Map<string, Buffer>();
  const ends: (() => Promise<void>)[] = [];
  const members: Member[] = [];
  for (const name of names) {
    const { member, end } = await startMember({ home: join(dir, name), name, endpoints, driver, version, artifacts });
    members.push(member);
    ends.push(end);
  }
  await Promise.all(members.map(({ carry }) => carry('start', awaitBody('peers-healthy'))));
  let packed = 0;
  return {
    members,
    async bundle(of, change = () => {}) {
      packed += 1;
      const folder = join(dir, 'packed', String(packed));
      writeRelease(folder, of);
      change(folder);
      const file = join(dir, 'packed', `${packed}.tar`);
      await tar.create({ file, cwd: folder, portable: true }, ['bin']);
      const bytes = readFileSync(file);
      const digest = sha256Of(bytes);
      artifacts.set(digest, bytes);
      const unpackedBytes = statSync(join(folder, 'bin/tally')).size;
      const artifact = { role: 'server', digest, sizeBytes: bytes.length, unpackedBytes, unpackedInodes: 2 } as const;
      return { engine: 'tally', version: of, arch: process.arch, artifacts: [artifact], release: `${of}-${digest.slice(7, 19)}` };
    },
    async view(of, checks) {
      const nodes = await Promise.all(members.map(async (member): Promise<NodeView> => nodeOf(member, await member.probe(checks), of)));
      return { cluster: 'counts', engine: 'tally', databaseId: 'c-1', expectedMembers: names.length, nodes };
    },
    async remove() {
      for (const end of ends) await end();
    },
  };
}

export function awaitBody(condition: string): OrderBody {
  return { kind: 'await', condition, member: null, steadyMs: 0, viewpoint: 'self' };
}

function nodeOf({ settings }: Member, facts: NodeFacts, { checks, verbs, jobs }: Driver): NodeView {
  const { instance, dataDir } = settings;
  return {
    instance,
    host: hostOf(instance),
    arch: process.arch,
    os: 'debian:12',
    dataDir,
    connected: true,
    facts,
    factsAgeMs: 0,
    capabilities: [],
    verbs: Object.keys(verbs?.schemas ?? {}),
    keys: [],
    jobs: Object.keys(jobs?.schemas ?? {}),
    checks,
    profileDigest: 'sha256:0',
  };
}

/** As members before 1.4.2 have it. */
export const configText = '# of a person\nwait=400\n';
export const configFileOf = ({ dataDir }: InstanceSettings): string => join(dataDir, 'tally.properties');

const hostOf = (name: string) => `host-of-${name}`;

interface MemberParts {
  readonly home: string;
  readonly name: string;
  readonly endpoints: ReadonlyMap<string, string>;
  readonly driver: Driver;
  readonly version: string;
  readonly artifacts: ReadonlyMap<string, Buffer>;
}

async function startMember({ home, name, endpoints, driver, version, artifacts }: MemberParts) {
  const endpoint = endpoints.get(name) ?? '';
  const settings: InstanceSettings = {
    instance: name,
    cluster: 'counts',
    engine: 'tally',
    dataDir: join(home, 'data'),
    releasesDir: join(home, 'releases'),
    unit: 'tally',
    snapshotsDir: join(home, 'snapshots'),
    connection: { endpoint },
  };
  for (const folder of [settings.dataDir, settings.snapshotsDir]) mkdirSync(folder, { recursive: true });
  writeFileSync(configFileOf(settings), configText);
  writeRelease(join(settings.releasesDir, `${version}-by-hand`), version);
  symlinkSync(`${version}-by-hand`, join(settings.releasesDir, 'current'));
  const socket = join(home, 'units.sock');
  const peers = [...endpoints].filter(([other]) => other !== name).map((pair) => pair.join('='));
  const argv = [join(settings.releasesDir, 'current/bin/tally'), settings.dataDir, 'c-1', name, new URL(endpoint).port, ...peers];
  const lockFile = join(home, 'locks/tally');
  const unit = { name: 'tally', argv, stopSignal: 'SIGTERM', env: {}, logFile: join(home, 'log'), autostart: true, lockFile } as const;
  const table = superviseUnits([unit], systemClock);
  const supervisor = await listen(socket, table);
  await table.startAutostarted();

  const heard: AgentMessage[] = [];
  const waiting = new Set<() => void>();
  const link = linkTwin();
  const { controllerEnd } = link;
  controllerEnd.onMessage((message) => {
    heard.push(message);
    if (message.type === 'hello') controllerEnd.send({ type: 'welcome', controllerVersion: '0.0.0', writer: 'w-1', beatMs: 15_000 });
    if (message.type === 'report') controllerEnd.send({ type: 'report-ack', seq: message.seq });
    for (const wake of [...waiting]) wake();
  });
  async function until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const { promise, wake } = nextMessage(waiting);
      await promise;
      waiting.delete(wake);
    }
  }
  const journal = openJournal(join(home, 'journal.db'));
  const agent: Agent = createAgent({
    settings: { host: hostOf(name), instances: [settings], beatMs: 15_000 },
    version: '0.0.0',
    clock: systemClock,
    random: () => 0.5,
    log: silentLog,
    host: { ...createLocalHost({ kind: 'supervised', socket }, home, systemClock), ...diskJobs(join(home, 'jobs'), systemClock, keeper) },
    journal,
    drivers: [driver],
    artifacts: {
      async *read(digest, offset) {
        yield artifacts.get(digest)?.subarray(offset) ?? new Uint8Array();
      },
    },
    connect: () => link.agentEnd,
    onFatal: (error) => {
      throw error;
    },
  });
  await agent.start();
  await until(() => heard.find(({ type }) => type === 'facts'));

  let asked = 0;
  const send = (run: string, step: string, body: OrderBody, guards: readonly Guard[], deadlineMs: number): string => {
    const target = { instance: name, host: hostOf(name), engine: 'tally', dataDir: settings.dataDir, databaseId: null };
    const orderId = `${run}/${step}/1`;
    const named = { orderId, run, step, attempt: 1, cluster: 'counts', epoch: 1, writer: 'w-1', given: { epoch: 1, writer: 'w-1' } };
    controllerEnd.send({ type: 'order', order: { ...named, target, guards, deadlineMs, repeat: 'convergent', body } });
    return orderId;
  };
  const member: Member = {
    settings,
    endpoint,
    stop: () => table.stop('tally', 2_000),
    start: () => table.start('tally', null, []),
    async probe(checks, more = {}) {
      asked += 1;
      const nonce = `n-${asked}`;
      send('probe', nonce, { kind: 'observe', checks, nonce, ...more }, [], 10_000);
      return until(() => heard.flatMap((each) => (each.type === 'facts' && each.facts.nonce === nonce ? [each.facts] : []))[0]);
    },
    async carry(step, body, guards = [], deadlineMs = 10_000) {
      const orderId = send('r-1', step, body, guards, deadlineMs);
      return until(() => {
        for (const each of heard) {
          if (each.type === 'ack' && each.orderId === orderId && each.state === 'refused') throw new Error(each.failure?.message);
          if (each.type === 'report' && each.receipt.orderId === orderId) return each.receipt;
        }
      });
    },
  };
  const end = async () => {
    agent.stop();
    journal.close();
    await table.close(2_000);
    await new Promise((resolve) => supervisor.close(resolve));
  };
  return { member, end };
}

function nextMessage(waiting: Set<() => void>): { readonly promise: Promise<void>; readonly wake: () => void } {
  let wake = () => {};
  const promise = new Promise<void>((resolve) => {
    wake = resolve;
  });
  waiting.add(wake);
  return { promise, wake };
}
