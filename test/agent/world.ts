/** One host with one instance, an agent that can be killed at any port call, and a controller's end to talk to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Agent, createAgent } from '../../agent/agent.ts';
import type { Journal } from '../../agent/journal/journal.ts';
import { openJournal } from '../../agent/journal/sqlite-journal.ts';
import type { ArtifactSource } from '../../agent/link/controller-artifacts.ts';
import type { InstanceSettings } from '../../common/driver.ts';
import type { AgentMessage, ControllerEnd } from '../../common/link.ts';
import { silentLog } from '../../common/log.ts';
import type { Order, OrderBody, Receipt } from '../../common/orders.ts';
import { memoryDir } from '../memory-dir.ts';
import { VirtualClock } from '../twins/clock.ts';
import { DriverTwin } from '../twins/driver.ts';
import { HostTwin } from '../twins/host.ts';
import { type LinkTwin, linkTwin } from '../twins/link.ts';

export const oldRelease = '16.4-aaa';
export const newRelease = '16.14-bbb';

export const instance: InstanceSettings = {
  instance: 'db-1',
  cluster: 'main',
  engine: 'twin',
  dataDir: '/var/lib/db',
  releasesDir: '/opt/db',
  unit: 'db',
  snapshotsDir: '/var/lib/db-snapshots',
  connection: {},
};

class Killed extends Error {}

export class World {
  readonly clock = new VirtualClock();
  readonly host = new HostTwin({ clock: this.clock });
  readonly driver = new DriverTwin({ host: this.host });
  readonly dir = mkdtempSync(join(memoryDir(), 'drydock-agent-'));
  readonly heard: AgentMessage[] = [];
  /** Port calls since the world began, by name; a kill point is an index into it. */
  readonly points: string[] = [];
  artifacts: ArtifactSource = {
    read: () => {
      throw new Error('no artifacts in this test');
    },
  };
  controller: LinkTwin['controllerEnd'] | null = null;
  /** The controller answers: welcome and report acks. */
  answers = true;
  acknowledges = true;
  /** No controller listens: a link closes at once. */
  refusesLinks = false;
  linkTries = 0;
  agent: Agent | null = null;
  journal: Journal | null = null;
  fatals = 0;
  /** How long orders that are over stay in the journal. */
  keepOrdersMs = Number.POSITIVE_INFINITY;
  deaths = 0;
  /** Times of the clock at which the agent gave memory back. */
  readonly gaveBackMs: number[] = [];
  readonly #outstanding = new Map<string, Order>();
  readonly #beside: InstanceSettings[] = [];
  #killAt = -1;
  #onKill: () => void = () => {};
  #dead = false;

  constructor() {
    this.host.addUnit(instance.unit, instance.releasesDir, oldRelease);
    this.host.install(instance.releasesDir, newRelease);
    this.host.onCall = ({ name, when, detail }) => this.#point(`host ${when} ${name} ${detail}`);
    this.driver.onCall = ({ name, when }) => this.#point(`driver ${when} ${name}`);
  }

  /** From now on another instance of this host runs from the same releases folder; before the agent starts. */
  shareReleases(name: string): void {
    this.#beside.push({ ...instance, instance: name, unit: name, dataDir: `/var/lib/${name}` });
  }

  /** Kills the agent at the port call with this index; `also` happens to the host at that moment. */
  killAt(point: number, also: () => void = () => {}): void {
    this.#killAt = point;
    this.#onKill = also;
  }

  async boot(): Promise<void> {
    this.#dead = false;
    const journal = openJournal(join(this.dir, 'journal.db'));
    this.journal = journal;
    this.agent = createAgent({
      settings: { host: 'host-1', instances: [instance, ...this.#beside], beatMs: 15_000 },
      version: '0.0.0',
      clock: this.clock,
      random: () => 0.5,
      log: silentLog,
      host: this.host,
      journal: this.#killable(journal),
      drivers: [this.driver],
      keepOrdersMs: this.keepOrdersMs,
      artifacts: this.artifacts,
      connect: () => {
        const link = linkTwin();
        this.linkTries += 1;
        if (this.refusesLinks) {
          link.cut('nothing listens');
          return link.agentEnd;
        }
        this.controller = link.controllerEnd;
        link.controllerEnd.onMessage((message) => this.#hear(link.controllerEnd, message));
        return link.agentEnd;
      },
      giveBack: () => void this.gaveBackMs.push(this.clock.monotonicMs()),
      onFatal: () => {
        this.fatals += 1;
      },
    });
    await this.agent.start().catch((error: unknown) => {
      if (!(error instanceof Killed) && !this.#dead) throw error;
    });
  }

  /** Runs until the condition holds; an agent that died on the way is started again. */
  async until(holds: () => boolean): Promise<void> {
    await this.clock.runUntil(() => this.#dead || holds());
    while (!holds()) {
      this.restart();
      await this.boot();
      await this.clock.runUntil(() => this.#dead || holds());
    }
  }

  /** What a dead process leaves: no handle, no timer that acts. */
  restart(): void {
    this.agent?.stop();
    this.controller = null;
    this.journal?.close();
    this.journal = null;
  }

  connected(): boolean {
    return this.controller !== null && this.heard.some(({ type }) => type === 'facts');
  }

  /** As a controller does it: sent now, and again with the same id after every reconnect until its report is there. */
  send(order: Order): void {
    this.#outstanding.set(order.orderId, order);
    this.controller?.send({ type: 'order', order });
  }

  forgetOutstanding(): void {
    this.#outstanding.clear();
  }

  forgetHeard(): void {
    this.heard.length = 0;
  }

  receipts(): readonly Receipt[] {
    return this.heard.flatMap((message) => (message.type === 'report' ? [message.receipt] : []));
  }

  receiptOf(orderId: string): Receipt | undefined {
    return this.receipts().find((receipt) => receipt.orderId === orderId);
  }

  refusals() {
    return this.heard.flatMap((message) => (message.type === 'ack' && message.state === 'refused' ? [message.failure?.code] : []));
  }

  close(): void {
    this.restart();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #hear(end: ControllerEnd, message: AgentMessage): void {
    if (!this.answers) return;
    this.heard.push(message);
    if (message.type === 'hello') end.send({ type: 'welcome', controllerVersion: '0.0.0', writer: 'w-1', beatMs: 15_000 });
    if (message.type === 'hello') for (const order of this.#outstanding.values()) end.send({ type: 'order', order });
    if (message.type === 'report') this.#outstanding.delete(message.receipt.orderId);
    if (!this.acknowledges) return;
    if (message.type === 'report' || message.type === 'intervention') end.send({ type: 'report-ack', seq: message.seq });
  }

  #point(name: string): void {
    if (this.#dead) throw new Killed();
    this.points.push(name);
    if (this.points.length - 1 !== this.#killAt) return;
    this.#dead = true;
    this.deaths += 1;
    this.agent?.stop();
    this.#onKill();
    throw new Killed();
  }

  /** Kill points before and after each commit. */
  #killable(journal: Journal): Journal {
    const around = <A extends readonly unknown[], T>(name: string, act: (...args: A) => T) => {
      return (...args: A): T => {
        this.#point(`journal before ${name}`);
        const answer = act(...args);
        this.#point(`journal after ${name}`);
        return answer;
      };
    };
    return {
      ...journal,
      append: around('append', journal.append),
      raiseFence: around('raiseFence', journal.raiseFence),
      acknowledge: around('acknowledge', journal.acknowledge),
      intervene: around('intervene', journal.intervene),
    };
  }
}

export function downtimeBody(more: Partial<Extract<OrderBody, { kind: 'downtime' }>> = {}): OrderBody {
  return {
    kind: 'downtime',
    mode: 'upgrade',
    parts: ['quiesce', 'stop', 'activate', 'start'],
    fromRelease: oldRelease,
    toRelease: newRelease,
    expectVersion: '16.14',
    onFailure: 'revert',
    ...more,
  };
}

export function orderOf(body: OrderBody, more: Partial<Order> = {}): Order {
  const [run, step, attempt] = [more.run ?? 'r-1', more.step ?? body.kind, more.attempt ?? 1];
  return {
    orderId: `${run}/${step}/${attempt}`,
    run,
    step,
    attempt,
    cluster: 'main',
    epoch: 1,
    writer: 'w-1',
    given: { epoch: more.epoch ?? 1, writer: more.writer ?? 'w-1' },
    target: { instance: 'db-1', host: 'host-1', engine: 'twin', dataDir: '/var/lib/db', databaseId: 'db-1' },
    guards: [{ check: 'in-service' }],
    deadlineMs: 60_000,
    repeat: 'convergent',
    body,
    ...more,
  };
}
