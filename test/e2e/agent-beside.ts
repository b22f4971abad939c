/** A real agent, with a real host but for the units, beside one server of a test cluster: orders go in over a link, receipts come out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Agent, createAgent } from '../../agent/agent.ts';
import type { Host } from '../../agent/host/host.ts';
import { createLocalHost } from '../../agent/host/local-host.ts';
import type { Journal } from '../../agent/journal/journal.ts';
import { openJournal } from '../../agent/journal/sqlite-journal.ts';
import { systemClock } from '../../common/clock.ts';
import type { InstanceSettings } from '../../common/driver.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { AgentMessage, ControllerEnd } from '../../common/link.ts';
import { silentLog } from '../../common/log.ts';
import type { Order, OrderBody, Receipt } from '../../common/orders.ts';
import { postgresqlDriver } from '../../engines/postgresql/driver.ts';
import { linkTwin } from '../twins/link.ts';
import type { TestServer } from './postgresql-servers.ts';

export interface AgentBeside {
  readonly settings: InstanceSettings;
  /** Carries the order out and returns its receipt; the agent may be killed and started meanwhile. */
  carry(body: OrderBody, more?: Partial<Order>): Promise<Receipt>;
  probe(checks: readonly string[]): Promise<NodeFacts>;
  start(): Promise<void>;
  /** As kill -9 leaves it: nothing of it acts any more. */
  kill(): void;
  /** Called before each call of the host, with its arguments as text; may kill, and throws then. */
  onCall: (call: string) => void;
  remove(): void;
}

export function agentBeside(server: TestServer, more: Partial<InstanceSettings> = {}): AgentBeside {
  const stateDir = mkdtempSync(join(tmpdir(), 'drydock-beside-'));
  const settings = { ...server.context().settings, ...more };
  const heard: AgentMessage[] = [];
  const outstanding = new Map<string, Order>();
  const waiting = new Set<() => void>();
  let agent: Agent | null = null;
  let journal: Journal | null = null;
  let controller: ControllerEnd | null = null;
  let nonces = 0;

  const hear = (end: ControllerEnd, message: AgentMessage): void => {
    heard.push(message);
    if (message.type === 'hello') {
      end.send({ type: 'welcome', controllerVersion: '0.0.0', writer: 'w-1', beatMs: 15_000 });
      for (const order of outstanding.values()) end.send({ type: 'order', order });
    }
    if (message.type === 'report') {
      outstanding.delete(message.receipt.orderId);
      end.send({ type: 'report-ack', seq: message.seq });
    }
    for (const wake of [...waiting]) wake();
  };

  const throwIfRefused = (orderId: string): void => {
    for (const each of heard)
      if (each.type === 'ack' && each.state === 'refused' && each.orderId === orderId) throw new Error(each.failure?.message);
  };

  async function until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  }

  const beside: AgentBeside = {
    settings,
    onCall: () => {},
    async carry(body, orderMore = {}) {
      const [run, step, attempt] = [orderMore.run ?? 'r-1', orderMore.step ?? body.kind, orderMore.attempt ?? 1];
      const order: Order = {
        orderId: `${run}/${step}/${attempt}`,
        run,
        step,
        attempt,
        cluster: settings.cluster,
        epoch: 1,
        writer: 'w-1',
        given: { epoch: 1, writer: 'w-1' },
        target: { instance: settings.instance, host: 'host-1', engine: settings.engine, dataDir: settings.dataDir, databaseId: null },
        guards: [],
        deadlineMs: 60_000,
        repeat: 'convergent',
        body,
        ...orderMore,
      };
      outstanding.set(order.orderId, order);
      controller?.send({ type: 'order', order });
      return until(() => {
        throwIfRefused(order.orderId);
        const report = heard.find((each) => each.type === 'report' && each.receipt.orderId === order.orderId);
        return report?.type === 'report' ? report.receipt : undefined;
      });
    },
    async probe(checks) {
      nonces += 1;
      const nonce = `n-${nonces}`;
      const target = { instance: settings.instance, host: 'host-1', engine: settings.engine, dataDir: settings.dataDir, databaseId: null };
      const body = { kind: 'observe', checks, nonce } as const;
      const named = {
        orderId: `probe/${nonce}/1`,
        run: 'probe',
        step: nonce,
        attempt: 1,
        cluster: settings.cluster,
        epoch: 1,
        writer: 'w-1',
        given: { epoch: 1, writer: 'w-1' },
      };
      controller?.send({ type: 'order', order: { ...named, target, guards: [], deadlineMs: 10_000, repeat: 'convergent', body } });
      return until(() => {
        throwIfRefused(named.orderId);
        const reported = heard.find((each) => each.type === 'facts' && each.facts.nonce === nonce);
        return reported?.type === 'facts' ? reported.facts : undefined;
      });
    },
    async start() {
      journal = openJournal(join(stateDir, 'journal.db'));
      agent = createAgent({
        settings: { host: 'host-1', instances: [settings], beatMs: 15_000 },
        version: '0.0.0',
        clock: systemClock,
        random: () => 0.5,
        log: silentLog,
        host: watched(hostOf(server, stateDir), (call) => beside.onCall(call)),
        journal,
        drivers: [postgresqlDriver],
        artifacts: {
          read: () => {
            throw new Error('no artifacts in this test');
          },
        },
        connect: () => {
          const link = linkTwin();
          controller = link.controllerEnd;
          link.controllerEnd.onMessage((message) => hear(link.controllerEnd, message));
          return link.agentEnd;
        },
        onFatal: () => {},
      });
      const before = heard.length;
      await agent.start();
      // It tells facts when it was welcomed.
      await until(() => heard.slice(before).find(({ type }) => type === 'facts'));
    },
    kill() {
      agent?.stop();
      agent = null;
      controller = null;
      journal?.close();
      journal = null;
    },
    remove() {
      beside.kill();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
  return beside;
}

/** The unit is the server of the test; each start is a life of its own. */
function hostOf(server: TestServer, stateDir: string): Host {
  const real = createLocalHost({ kind: 'supervised', socket: join(stateDir, 'none.sock') }, stateDir, systemClock);
  const state = () => server.context().host.unitState('');
  return {
    ...real,
    bootId: async () => 'boot-1',
    async unitState() {
      const { active, pid } = await state();
      return { active, pid, invocationId: pid === null ? null : `life-${pid}` };
    },
    startUnit: async () => server.start(),
    stopUnit: () => server.stop(),
    // The members of a test cluster share their releases by links.
    async releasesSeen() {
      const current = basename(server.context().currentRelease ?? '');
      return { current, previous: null, installed: [current] };
    },
    verifyStartLock: async () => {},
    lockUnit: async () => {},
    unlockUnit: async () => {},
    lockedUnits: async () => [],
  };
}

function watched(host: Host, before: (call: string) => void): Host {
  return new Proxy(host, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        before(`${String(key)} ${args.filter((arg) => typeof arg === 'string' || Array.isArray(arg)).join(' ')}`);
        return Reflect.apply(member, target, args);
      };
    },
  });
}
