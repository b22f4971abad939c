/** One host's agent as a process: it is started, killed at any call, and started again on the same journal file. */

import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { type Agent, createAgent } from '../../agent/agent.ts';
import { isDisruptive } from '../../agent/downtime/machine.ts';
import type { OrderEntry, OrderState } from '../../agent/journal/agent-machine.ts';
import type { Journal } from '../../agent/journal/journal.ts';
import { openDatabase } from '../../agent/journal/open-database.ts';
import { journalOn } from '../../agent/journal/sqlite-journal.ts';
import type { ArtifactSource } from '../../agent/link/controller-artifacts.ts';
import type { LocalVerbs } from '../../agent/local/verbs.ts';
import type { Driver, InstanceSettings } from '../../common/driver.ts';
import type { AgentEnd, GivenOrder } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { Order, Receipt } from '../../common/orders.ts';
import { DiskTwin } from './disk.ts';
import type { Kernel } from './kernel.ts';
import { Killed, type Points } from './points.ts';
import type { SimHost } from './sim-host.ts';

const over: readonly OrderState['phase'][] = ['forgotten', 'ended', 'acknowledged'];

type Written = Parameters<Journal['append']>[1];

const entriesOf = (written: Written): readonly OrderEntry[] => [written].flat() as OrderEntry[];

const labelOf = (entry: OrderEntry): string => `${entry.type}${'part' in entry ? ` ${entry.part} ${entry.way}` : ''}`;

export interface AgentProcessParts {
  readonly kernel: Kernel;
  readonly points: Points;
  readonly dir: string;
  readonly losesPower: boolean;
  readonly keepOrdersMs: number;
  readonly host: SimHost;
  readonly settings: InstanceSettings;
  readonly driver: Driver;
  readonly artifacts: ArtifactSource;
  readonly connect: () => AgentEnd;
  readonly log: Log;
  /** A promise was seen to be broken. */
  readonly broken: (what: string) => void;
  /** An order is taken in; `before`: what the journal holds. */
  readonly onTake: (order: Order, before: readonly GivenOrder[]) => void;
  /** An order was journaled to have come to its end. */
  readonly onEnd: (order: Order, receipt: Receipt) => void;
  /** Defects planted on purpose: in the file's connection, and in place of the journal. */
  readonly onOpen: (database: Database.Database) => void;
  readonly wrapJournal: (journal: Journal) => Journal;
}

export class AgentProcess {
  readonly name: string;
  journal: Journal | null = null;
  /** Disruptive order that was begun and has not ended. */
  order: string | null = null;
  readonly #parts: AgentProcessParts;
  readonly #file: string;
  readonly #disk: DiskTwin;
  #agent: Agent | null = null;
  #acknowledgedHead = 0;
  #lifetime = 0;
  #alive = false;

  constructor(parts: AgentProcessParts) {
    this.#parts = parts;
    this.name = parts.settings.instance;
    this.#file = join(parts.dir, `${this.name}.db`);
    this.#disk = new DiskTwin(this.#file, parts.losesPower);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** What people can do on its host; null: no agent runs. */
  get local(): LocalVerbs | null {
    return this.#alive ? (this.#agent?.local ?? null) : null;
  }

  async start(): Promise<void> {
    const { kernel, broken, settings, host, driver, artifacts, connect, log, keepOrdersMs } = this.#parts;
    const database = openDatabase(this.#file);
    const journal = journalOn(database);
    this.#parts.onOpen(database);
    this.#disk.opened(database);
    if (journal.head() < this.#acknowledgedHead)
      broken(`P4 ${this.name}: journal entry ${this.#acknowledgedHead} was acknowledged and is lost`);
    this.journal = journal;
    this.#alive = true;
    const lifetime = ++this.#lifetime;
    const isThis = () => this.#alive && this.#lifetime === lifetime;
    this.order = journal.openOrders().find(({ order, phase }) => isDisruptive(order) && phase !== 'accepted')?.order.orderId ?? null;
    this.#agent = createAgent({
      settings: { host: `host-${this.name}`, instances: [settings], beatMs: 15_000 },
      version: '0.0.0',
      clock: kernel.clockOf(isThis),
      random: kernel.random,
      log,
      host,
      journal: this.#parts.wrapJournal(this.#watched(journal)),
      drivers: [driver],
      keepOrdersMs,
      artifacts,
      connect,
      onFatal: (error) => {
        if (isThis()) broken(`${this.name}: the agent gave up: ${error instanceof Error ? error.stack : String(error)}`);
      },
    });
    await this.#agent.start().catch((error: unknown) => {
      if (isThis()) throw error;
    });
  }

  /** kill -9: nothing of it acts any more. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#agent?.stop();
  }

  /** What a dead process leaves: its files, after a power loss as far as they were synced. */
  async bury(powerLoss: boolean): Promise<void> {
    this.kill();
    this.journal?.close();
    this.journal = null;
    if (powerLoss) this.#disk.powerLoss();
  }

  /** Called by host and driver twins around each call. */
  passed(label: string): void {
    if (this.#alive) this.#parts.points.pass(this.name, label);
    if (!this.#alive) throw new Killed();
  }

  /** Notes what is durable, and makes a kill point before and after each commit. */
  #watched(journal: Journal): Journal {
    const around = <A extends readonly unknown[], T>(name: (...args: A) => string, act: (...args: A) => T) => {
      return (...args: A): T => {
        this.passed(`commit before ${name(...args)}`);
        const answer = act(...args);
        this.#acknowledgedHead = journal.head();
        this.#disk.committed();
        this.passed(`commit after ${name(...args)}`);
        return answer;
      };
    };
    return {
      ...journal,
      append: around(
        (orderId: string, written: Written) => `${entriesOf(written).map(labelOf).join(' + ')} of ${orderId}`,
        (orderId: string, written: Written) => {
          const entries = entriesOf(written);
          for (const entry of entries) this.#checkFence(journal, entry);
          const state = journal.append(orderId, written);
          if (isDisruptive(state.order) && entries.some(({ type }) => type === 'begun')) this.order = orderId;
          for (const entry of entries) if (entry.type === 'ended') this.#parts.onEnd(state.order, entry.receipt);
          if (this.order === orderId && over.includes(state.phase)) this.order = null;
          return state;
        },
      ),
      raiseFence: around(({ epoch }) => `fence ${epoch}`, journal.raiseFence),
      acknowledge: around((seq) => `acknowledged ${seq}`, journal.acknowledge),
      intervene: around(({ verb }) => `intervened ${verb}`, journal.intervene),
      remove: around((orders) => `removed ${orders.length} orders`, journal.remove),
    };
  }

  #checkFence(journal: Journal, entry: OrderEntry): void {
    if (entry.type !== 'accepted') return;
    const { order } = entry;
    this.#parts.onTake(order, journal.newestOrders());
    const fence = journal.fences().find(({ cluster }) => cluster === order.cluster);
    if (fence !== undefined && fence.epoch === order.epoch && fence.writer === order.writer) return;
    this.#parts.broken(
      `P5 ${this.name} took order ${order.orderId} of ${order.writer} in epoch ${order.epoch}, and obeys ${JSON.stringify(fence)}`,
    );
  }
}
