/** The store on one SQLite file: one connection, one process. See store.ts for the port. */

import { setImmediate } from 'node:timers/promises';
import type BetterSqlite from 'better-sqlite3';
import {
  type DatabaseConnection,
  type Driver,
  Kysely,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';
import { sameGiver } from '../../common/orders.ts';
import { copyStore } from './backup.ts';
import { Chains } from './chain.ts';
import { CheckpointRecords } from './checkpoint-records.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { FleetRecords } from './fleet-records.ts';
import { migrations } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { AdoptionRecords, HostRecords, RuleRecords } from './registry-records.ts';
import { RetentionRecords } from './retention-records.ts';
import type { RetentionStore } from './retention-store.ts';
import { RunAppends } from './run-appends.ts';
import { RunLists } from './run-lists.ts';
import { RunRecords } from './run-records.ts';
import type { ChainVerification, Store } from './store.ts';
import type { Tables } from './tables.ts';
import { TrustRecords } from './trust-records.ts';
import type { TrustStore } from './trust-store.ts';
import { Writability } from './writability.ts';

/** Name of the store's file in the controller's state directory. */
export const storeName = 'controller.db';

export interface StoreRequest {
  /** Since when it cannot be written is told by this clock. */
  readonly wallMs?: () => number;
  /** Path of the database file; made when it is not there. */
  readonly file: string;
  /** Steps of the schema; other ones only to prove how a file moves from one version to the next. */
  readonly migrations?: readonly string[];
}

/**
 * Opens, checks and migrates. Throws FailureError(refused): `store-in-use`, `store-too-new`, `store-damaged`, `store-not-durable`,
 * `sqlite-too-old`, `driver-unfit`, `store-unusable`; FailureError(failed): `store-unwritable`.
 */
export function openStore(request: StoreRequest): Store {
  const connection = openDatabase(request.file, request.migrations ?? migrations);
  return storeOn(connection, request.wallMs);
}

/** The store on a connection that openDatabase gave; closing the store closes the connection. */
export function storeOn(connection: BetterSqlite.Database, wallMs: () => number = Date.now): Store {
  const database = new Kysely<Tables>({ dialect: new StoreDialect(connection) });
  const chains = new Chains(connection);
  const fleet = new FleetRecords(database, chains);
  const hosts = new HostRecords(database, chains);
  const adoptions = new AdoptionRecords(database, chains, fleet);
  const rules = new RuleRecords(database, chains);
  const lists = new RunLists(database);
  const retention = new RetentionRecords(database, chains);
  const runs = new RunRecords(database, new RunAppends(connection, chains), chains);
  // Plain statements wait for the connection like everything else, so that they never fall into somebody's open transaction.
  const alone = <T>(read: () => T): Promise<T> => database.connection().execute(() => Promise.resolve(read()));
  const writability = new Writability(connection, alone, wallMs);
  const store: Store = {
    async close() {
      await database.destroy();
      // Kysely closes only what it has used.
      connection.close();
    },
    trust: guardedTrust(new TrustRecords(database, chains), writability),
    checkpoints: guardedWrites<CheckpointStore>(new CheckpointRecords(database, chains), checkpointReads, writability),
    retention: guardedWrites<RetentionStore>(retention, retentionReads, writability),
    copyTo: (file) => copyStore(connection, file),
    claimEpoch: (cluster, writer, atMs) => fleet.claimEpoch(cluster, writer, atMs),
    currentEpoch: (cluster) => fleet.currentEpoch(cluster),
    wasClaimed: async (claim) => (await fleet.wasClaimed(claim)) || adoptions.hasFence(claim),
    adoptCluster: (record, writer, actor, reason) => fleet.adoptCluster(record, writer, actor, reason),
    readoptCluster: (record, actor, reason) => fleet.readoptCluster(record, actor, reason),
    forgetCluster: (cluster, atMs, actor, reason) => fleet.forgetCluster(cluster, atMs, actor, reason),
    cluster: (cluster) => fleet.cluster(cluster),
    clusters: () => fleet.clusters(),
    clustersFrom: (after, limit) => fleet.clustersFrom(after, limit),
    labelCluster: (change, atMs, actor) => fleet.labelCluster(change, atMs, actor),
    labels: (clusters) => fleet.labels(clusters),
    labelsOf: (cluster) => fleet.labelsOf(cluster),
    rememberHosts: (records) => hosts.rememberHosts(records),
    hosts: () => hosts.hosts(),
    forgetHost: (host, instances, atMs, actor, reason) => hosts.forgetHost(host, instances, atMs, actor, reason),
    addRelease: (record) => fleet.addRelease(record),
    releases: (engine) => fleet.releases(engine),
    removeRelease: (record, atMs, actor, reason) => fleet.removeRelease(record, atMs, actor, reason),
    orderSnapshotRemoval: (order, writer, atMs, actor) => fleet.orderSnapshotRemoval(order, writer, atMs, actor),
    addPlan: (record) => runs.addPlan(record),
    openRun: (planId, first, openedAtMs) => runs.openRun(planId, first, openedAtMs),
    discardPlan: (planId, atMs, actor, reason) => runs.discardPlan(planId, atMs, actor, reason),
    importRulePack: (record) => rules.importRulePack(record),
    chooseRulePack: (engine, digest, atMs, actor) => rules.chooseRulePack(engine, digest, atMs, actor),
    rulePacks: () => rules.rulePacks(),
    plan: (planId) => runs.plan(planId),
    nextRunId: (token) => runs.nextRunId(token),
    append: (append) => runs.append(append),
    refold: (folded) => runs.refold(folded),
    run: (runId) => runs.run(runId),
    runs: (filter) => runs.runs(filter),
    listRuns: (query) => lists.listRuns(query),
    listPlans: (query) => lists.listPlans(query),
    openRunsOf: (clusters) => lists.openRunsOf(clusters),
    idsFrom: (kind, prefix, limit) => lists.idsFrom(kind, prefix, limit),
    order: (orderId) => runs.order(orderId),
    async knowsOrder(orderId, given) {
      const record = await runs.order(orderId);
      if (record !== null && sameGiver(record.order.given, given)) return true;
      return (await retention.gave(orderId, given)) || adoptions.hasOrder(orderId, given);
    },
    orderedHost: async (cluster, host) => (await runs.orderedHost(cluster, host)) || retention.ordered(cluster, host),
    adoptHistory: (adoption) => adoptions.adopt(adoption),
    endAdoptedOrder: (orderId, given, receipt) => adoptions.endOrder(orderId, given, receipt),
    openOrders: (runId) => runs.openOrders(runId),
    orderPlaces: (runId) => runs.orderPlaces(runId),
    events: (chain, afterSeq, limit) => alone(() => chains.page(chain, afterSeq, limit)),
    chains: () => alone(() => chains.names()),
    async verifyChains(only) {
      const verified: ChainVerification[] = [];
      for (const chain of only === undefined ? await alone(() => chains.names()) : [only]) {
        const verification = chains.verification(chain);
        for (let step = await alone(() => verification.next()); ; step = await alone(() => verification.next())) {
          await setImmediate();
          if (step.done !== true) continue;
          verified.push(step.value);
          break;
        }
      }
      return only === undefined ? [...verified, ...(await alone(() => chains.withoutRecord()))] : verified;
    },
    recordAdmission: (record) => runs.recordAdmission(record),
    admissions: (runId) => runs.admissions(runId),
    room: () => writability.room(),
    trouble: () => writability.trouble(),
    recheck: () => writability.recheck(),
  };
  return guarded(store, writability);
}

/** What answers whatever the disk does; everything else writes. */
const reads: ReadonlySet<string | symbol> = new Set<keyof Store>([
  ...([
    'close',
    'copyTo',
    'room',
    'trouble',
    'recheck',
    'currentEpoch',
    'wasClaimed',
    'cluster',
    'clusters',
    'clustersFrom',
    'labels',
    'labelsOf',
    'hosts',
    'releases',
    'rulePacks',
    'plan',
  ] as const),
  ...([
    'run',
    'runs',
    'listRuns',
    'listPlans',
    'openRunsOf',
    'idsFrom',
    'order',
    'openOrders',
    'orderPlaces',
    'events',
    'chains',
    'verifyChains',
    'admissions',
  ] as const),
]);

const trustReads: ReadonlySet<string | symbol> = new Set<keyof TrustStore>(['token', 'bindings', 'revocations', 'identities']);

const checkpointReads: ReadonlySet<string | symbol> = new Set<keyof CheckpointStore>([
  'newest',
  'of',
  'due',
  'missing',
  'found',
  'accepted',
]);

const retentionReads: ReadonlySet<string | symbol> = new Set<keyof RetentionStore>(['ended', 'drafts', 'removed']);

const guarded = (store: Store, writability: Writability): Store => guardedWrites(store, reads, writability);
const guardedTrust = (store: TrustStore, writability: Writability): TrustStore => guardedWrites(store, trustReads, writability);

function guardedWrites<Port extends object>(port: Port, readers: ReadonlySet<string | symbol>, writability: Writability): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || readers.has(name)) return typeof member === 'function' ? member.bind(target) : member;
      return (...args: readonly unknown[]) => writability.guard(() => Reflect.apply(member, target, args) as Promise<unknown>);
    },
  });
}

/** Kysely's dialect, but for two things: what it asks again is not compiled again, and what SQLite rolled back is not rolled back once more. */
class StoreDialect extends SqliteDialect {
  readonly #connection: BetterSqlite.Database;

  constructor(connection: BetterSqlite.Database) {
    super({ database: connection });
    this.#connection = connection;
  }

  override createDriver(): Driver {
    const connection = this.#connection;
    return new (class extends SqliteDriver {
      /** SQLite itself rolls back when a disk is full: rolling back once more would fail, and its failure would hide why. */
      override async rollbackTransaction(transaction: DatabaseConnection): Promise<void> {
        if (connection.inTransaction) await super.rollbackTransaction(transaction);
      }
    })({ database: compilingOnce(connection) });
  }
}

/** More texts than the store has; what is asked with lists of any length may have more. */
const mostStatements = 300;

/** SQLite compiles a statement anew by itself where the schema has changed since. */
function compilingOnce(connection: BetterSqlite.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare(text) {
      const known = statements.get(text);
      if (known !== undefined) return known;
      if (statements.size === mostStatements) statements.clear();
      const statement = connection.prepare(text);
      statements.set(text, statement);
      return statement;
    },
    close: () => connection.close(),
  };
}
