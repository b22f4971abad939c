/** Clusters with their epochs, and releases: what the admin changes outside any run. Each change stands in the fleet chain too. */
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { canonicalJson } from '../../common/canonical-json.ts';
import { type FleetEvent, fleetChain } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import type { Labels } from '../../common/labels.ts';
import type { Artifact } from '../../common/orders.ts';
import type { Chains } from './chain.ts';
import { openStates, startedStates } from './run-lists.ts';
import type { ClusterRecord, EpochClaim, LabelChange, ReleaseRecord, SnapshotOrder } from './store.ts';
import type { Tables } from './tables.ts';

export class FleetRecords {
  readonly #database: Kysely<Tables>;
  readonly #chains: Chains;

  constructor(database: Kysely<Tables>, chains: Chains) {
    this.#database = database;
    this.#chains = chains;
  }

  claimEpoch(cluster: string, writer: string, atMs: number): Promise<EpochClaim> {
    return this.#database.transaction().execute((trx) => this.claimAbove(trx, 0, cluster, writer, atMs));
  }

  /** The next epoch, above this one too. Inside a transaction. */
  async claimAbove(trx: Transaction<Tables>, above: number, cluster: string, writer: string, atMs: number): Promise<EpochClaim> {
    const last = await newestClaim(trx, cluster);
    const claim = { cluster, epoch: Math.max(last?.epoch ?? 0, above) + 1, writer };
    await trx
      .insertInto('claims')
      .values({ ...claim, at_ms: atMs })
      .execute();
    this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'epoch-claimed', ...claim }]);
    return claim;
  }

  async currentEpoch(cluster: string): Promise<EpochClaim | null> {
    return (await newestClaim(this.#database, cluster)) ?? null;
  }

  async wasClaimed(claim: EpochClaim): Promise<boolean> {
    const found = await this.#database
      .selectFrom('claims')
      .select('epoch')
      .where('cluster', '=', claim.cluster)
      .where('epoch', '=', claim.epoch)
      .where('writer', '=', claim.writer)
      .executeTakeFirst();
    return found !== undefined;
  }

  adoptCluster(record: ClusterRecord, writer: string, actor: string, reason?: string): Promise<EpochClaim> {
    return this.#database.transaction().execute(async (trx) => {
      const twin = await trx
        .selectFrom('clusters')
        .select('cluster')
        .where((is) => is.or([is('cluster', '=', record.cluster), is('database_id', '=', record.databaseId)]))
        .executeTakeFirst();
      if (twin !== undefined) throw alreadyAdopted(record, twin.cluster);
      await trx.insertInto('clusters').values(clusterRow(record)).execute();
      this.#chains.append<FleetEvent>(fleetChain, record.adoptedAtMs, [adoption(record, actor, reason)]);
      return this.claimAbove(trx, 0, record.cluster, writer, record.adoptedAtMs);
    });
  }

  readoptCluster(record: ClusterRecord, actor: string, reason: string): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      const { cluster, ...changed } = clusterRow(record);
      const { numUpdatedRows } = await trx.updateTable('clusters').set(changed).where('cluster', '=', cluster).executeTakeFirst();
      if (numUpdatedRows === 0n) throw notAdopted(cluster);
      this.#chains.append<FleetEvent>(fleetChain, record.adoptedAtMs, [adoption(record, actor, reason)]);
    });
  }

  forgetCluster(cluster: string, atMs: number, actor: string, reason: string): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx.deleteFrom('clusters').where('cluster', '=', cluster).executeTakeFirst();
      if (numDeletedRows === 0n) throw notAdopted(cluster);
      await trx.deleteFrom('cluster_labels').where('cluster', '=', cluster).execute();
      this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'cluster-forgotten', cluster, actor, reason }]);
    });
  }

  async cluster(cluster: string): Promise<ClusterRecord | null> {
    const row = await this.#database.selectFrom('clusters').selectAll().where('cluster', '=', cluster).executeTakeFirst();
    return row === undefined ? null : clusterRecord(row);
  }

  async clusters(): Promise<readonly ClusterRecord[]> {
    const rows = await this.#database.selectFrom('clusters').selectAll().orderBy('cluster').execute();
    return rows.map(clusterRecord);
  }

  async clustersFrom(after: string, limit: number): Promise<readonly ClusterRecord[]> {
    const rows = await this.#database
      .selectFrom('clusters')
      .selectAll()
      .where('cluster', '>', after)
      .orderBy('cluster')
      .limit(limit)
      .execute();
    return rows.map(clusterRecord);
  }

  labelCluster({ cluster, set, remove }: LabelChange, atMs: number, actor: string): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      for (const key of [...remove, ...Object.keys(set)])
        await trx.deleteFrom('cluster_labels').where('cluster', '=', cluster).where('key', '=', key).execute();
      for (const [key, value] of Object.entries(set)) await trx.insertInto('cluster_labels').values({ cluster, key, value }).execute();
      this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'cluster-labelled', cluster, set, remove, actor }]);
    });
  }

  async labels(clusters?: readonly string[]): Promise<ReadonlyMap<string, Labels>> {
    const labels = new Map<string, Record<string, string>>();
    const all = this.#database.selectFrom('cluster_labels').selectAll();
    for (const { cluster, key, value } of await (clusters === undefined ? all : all.where('cluster', 'in', clusters)).execute()) {
      const ofCluster = labels.get(cluster) ?? {};
      ofCluster[key] = value;
      labels.set(cluster, ofCluster);
    }
    return labels;
  }

  async labelsOf(cluster: string): Promise<Labels> {
    const rows = await this.#database.selectFrom('cluster_labels').selectAll().where('cluster', '=', cluster).execute();
    return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  }

  addRelease(record: ReleaseRecord): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      const { engine, version, arch } = record;
      const before = await trx
        .selectFrom('releases')
        .selectAll()
        .where('engine', '=', engine)
        .where('version', '=', version)
        .where('arch', '=', arch)
        .executeTakeFirst();
      if (before !== undefined) return assertSameRelease(releaseRecord(before), record);
      await trx.insertInto('releases').values(releaseRow(record)).execute();
      const digests = record.artifacts.map((artifact) => artifact.digest);
      this.#chains.append<FleetEvent>(fleetChain, record.addedAtMs, [
        { type: 'release-added', engine, version, arch, digests, actor: record.actor },
      ]);
    });
  }

  removeRelease(record: ReleaseRecord, atMs: number, actor: string, reason: string): Promise<void> {
    const { engine, version, arch, release } = record;
    return this.#database.transaction().execute(async (trx) => {
      // Of plans that are not over, and by their very text: a plan names a release wherever it needs it.
      const user = await trx
        .selectFrom('plans')
        .leftJoin('runs', 'runs.run_id', 'plans.run_id')
        .select(['plans.plan_id', 'plans.run_id'])
        .where('plans.engine', '=', engine)
        .where(sql`coalesce(runs.state, 'draft')`, 'in', openStates)
        .where(sql`instr(plans.json, ${`"${release}"`})`, '>', 0)
        .limit(1)
        .executeTakeFirst();
      if (user !== undefined) throw inUse(record, user.plan_id, user.run_id);
      await trx.deleteFrom('releases').where('engine', '=', engine).where('version', '=', version).where('arch', '=', arch).execute();
      const digests = record.artifacts.map(({ digest }) => digest);
      this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'release-removed', engine, version, arch, digests, actor, reason }]);
    });
  }

  orderSnapshotRemoval(order: SnapshotOrder, writer: string, atMs: number, actor: string): Promise<EpochClaim> {
    const { cluster, snapshot } = order;
    return this.#database.transaction().execute(async (trx) => {
      const adopted = await trx.selectFrom('clusters').select('cluster').where('cluster', '=', cluster).executeTakeFirst();
      if (adopted === undefined) throw notAdopted(cluster);
      // A restore names its snapshots in its plan; the ids of a run's own snapshots begin with the id of the run.
      const user = await trx
        .selectFrom('runs')
        .innerJoin('plans', 'plans.run_id', 'runs.run_id')
        .select(['runs.run_id', 'runs.plan_id', 'runs.state'])
        .where('runs.cluster', '=', cluster)
        .where('runs.state', 'in', ['approved', ...startedStates])
        .where((is) =>
          is.or([sql<boolean>`instr(plans.json, ${`"${snapshot}"`}) > 0`, sql<boolean>`instr(${snapshot}, runs.run_id || '.') = 1`]),
        )
        .limit(1)
        .executeTakeFirst();
      if (user !== undefined) throw snapshotInUse(snapshot, user);
      this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'snapshot-removal-ordered', ...order, actor }]);
      const claim = await newestClaim(trx, cluster);
      return claim?.writer === writer ? claim : this.claimAbove(trx, 0, cluster, writer, atMs);
    });
  }

  async releases(engine: string | null): Promise<readonly ReleaseRecord[]> {
    const every = this.#database.selectFrom('releases').selectAll().orderBy('engine').orderBy('added_at_ms').orderBy('release');
    const rows = await (engine === null ? every : every.where('engine', '=', engine)).execute();
    return rows.map(releaseRecord);
  }
}

function newestClaim(database: Kysely<Tables>, cluster: string): Promise<EpochClaim | undefined> {
  return database
    .selectFrom('claims')
    .select(['cluster', 'epoch', 'writer'])
    .where('cluster', '=', cluster)
    .orderBy('epoch', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function adoption({ cluster, engine, databaseId, instances: members }: ClusterRecord, actor: string, reason?: string): FleetEvent {
  return { type: 'cluster-adopted', cluster, engine, databaseId, members, actor, ...(reason === undefined ? {} : { reason }) };
}

function notAdopted(cluster: string): Error {
  return fail('not-found', 'unknown-cluster', `cluster ${cluster} is not adopted; drydock cluster list shows all clusters`);
}

function snapshotInUse(snapshot: string, user: { readonly run_id: string; readonly plan_id: string; readonly state: string }): Error {
  const advice =
    user.state !== 'approved'
      ? `run ${user.run_id}, which is ${user.state}, needs it; wait for it, or drydock abort ${user.run_id}`
      : `plan ${user.plan_id}, which is approved, needs it; drydock plan discard ${user.plan_id}`;
  return fail('refused', 'snapshot-in-use', `snapshot ${snapshot} was not removed: ${advice}`);
}

function alreadyAdopted(record: ClusterRecord, twin: string): Error {
  const what =
    twin === record.cluster
      ? `cluster ${twin} is already adopted`
      : `the database of cluster ${record.cluster} (id ${record.databaseId}) is already adopted as ${twin}`;
  return fail('refused', 'already-adopted', `${what}; nothing was changed, check drydock cluster show ${twin}`);
}

function assertSameRelease(before: ReleaseRecord, now: ReleaseRecord): void {
  const digests = (record: ReleaseRecord) => canonicalJson(record.artifacts.map(({ role, digest }) => ({ role, digest })));
  if (digests(before) === digests(now)) return;
  throw fail(
    'refused',
    'release-differs',
    `release ${now.engine} ${now.version} ${now.arch} is already stored with different content (${before.release}); nothing was changed: give the new build its own version`,
  );
}

function inUse({ engine, version, release }: ReleaseRecord, planId: string, runId: string | null): Error {
  const end = runId === null ? `drydock plan discard ${planId}` : `wait for its run ${runId}, or drydock abort ${runId}`;
  return fail('refused', 'release-in-use', `release ${engine} ${version} (${release}) was not removed: plan ${planId} uses it; ${end}`);
}

function clusterRow(record: ClusterRecord): Tables['clusters'] {
  return {
    cluster: record.cluster,
    engine: record.engine,
    database_id: record.databaseId,
    expected_members: record.expectedMembers,
    instances: canonicalJson(record.instances),
    adopted_at_ms: record.adoptedAtMs,
  };
}

function clusterRecord(row: Selectable<Tables['clusters']>): ClusterRecord {
  return {
    cluster: row.cluster,
    engine: row.engine,
    databaseId: row.database_id,
    expectedMembers: row.expected_members,
    instances: JSON.parse(row.instances) as string[],
    adoptedAtMs: row.adopted_at_ms,
  };
}

function releaseRow(record: ReleaseRecord): Tables['releases'] {
  const { engine, version, arch, release, actor } = record;
  return {
    engine,
    version,
    arch,
    release,
    artifacts: canonicalJson(record.artifacts),
    file_names: canonicalJson(record.fileNames),
    added_at_ms: record.addedAtMs,
    actor,
  };
}

function releaseRecord(row: Selectable<Tables['releases']>): ReleaseRecord {
  const { engine, version, arch, release, actor } = row;
  return {
    engine,
    version,
    arch,
    release,
    artifacts: JSON.parse(row.artifacts) as Artifact[],
    fileNames: JSON.parse(row.file_names) as string[],
    addedAtMs: row.added_at_ms,
    actor,
  };
}
