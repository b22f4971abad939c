/**
 * The store as the rest of the controller sees it: narrow, asynchronous, one transaction a call. All SQL is behind it.
 * Errors: FailureError(refused, `store-conflict`) when somebody else appended first; FailureError(failed, `store-unwritable`) when the disk does
 * not take a write; everything else thrown is internal.
 */
import type { StoreHoldings } from '../../common/documents/administration.ts';
import type { FleetEvent, RunEvent, StoredEvent } from '../../common/events.ts';
import type { Labels, Selector } from '../../common/labels.ts';
import type { InstanceAnnounced } from '../../common/link.ts';
import type { Bundle, Giver, Order, Receipt } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { RetentionStore } from './retention-store.ts';
import type { TrustStore } from './trust-store.ts';

export interface LabelChange {
  readonly cluster: string;
  readonly set: Labels;
  readonly remove: readonly string[];
}

export interface EpochClaim {
  readonly cluster: string;
  readonly epoch: number;
  readonly writer: string;
}

export interface ClusterRecord {
  readonly cluster: string;
  readonly engine: string;
  readonly databaseId: string;
  readonly expectedMembers: number;
  /** Instances at adoption, sorted. */
  readonly instances: readonly string[];
  readonly adoptedAtMs: number;
}

/** A host as its agent announced it last, kept so that it stays listed while its agent is away and the controller restarts. */
export interface HostRecord {
  readonly host: string;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly arch: string;
  readonly os: string;
  /** Those that no other host held. */
  readonly instances: readonly InstanceAnnounced[];
  readonly lastSeenAtMs: number;
}

/** A snapshot that a person wants removed. */
export interface SnapshotOrder {
  readonly cluster: string;
  readonly instance: string;
  readonly host: string;
  readonly snapshot: string;
  readonly reason: string;
}

export interface ReleaseRecord extends Bundle {
  readonly addedAtMs: number;
  readonly actor: string;
  readonly fileNames: readonly string[];
}

/** A rule pack that was imported; it stays, whatever is active. */
export interface RulePackRecord {
  readonly engine: string;
  /** Of the text's bytes. */
  readonly digest: string;
  readonly version: number;
  /** As the admin called it, for messages. */
  readonly fileName: string;
  readonly text: string;
  readonly importedAtMs: number;
  readonly actor: string;
}

export interface PlanRecord {
  readonly planId: string;
  /** null: it is not approved yet; a draft uses no id of a run. */
  readonly runId: string | null;
  /** In today's shape. */
  readonly plan: Plan;
  /** Exactly the bytes that were digested, in the shape of their time. */
  readonly json: string;
  readonly digest: string;
  readonly madeAtMs: number;
  readonly plannedBy: string;
}

/** A plan that was approved, with its run. */
export interface RunPlan extends PlanRecord {
  readonly runId: string;
}

/** A run's folded status as JSON beside the sequence number it was folded up to, which may be behind the newest event. It is a cache of the events. */
export interface RunRecord {
  readonly runId: string;
  readonly planId: string;
  readonly cluster: string;
  readonly state: string;
  readonly statusJson: string;
  /** Of the fold that made it. */
  readonly foldVersion: number;
  /** The event that it was folded up to. */
  readonly statusCursor: number;
  readonly cursor: number;
}

/** Where a row stands in a list: by time, and by the order of writing where times are the same. */
export interface ListPlace {
  readonly atMs: number;
  readonly ordinal: number;
}

/** null: whichever. */
export interface ListQuery {
  readonly cluster: string | null;
  readonly engine: string | null;
  readonly states: readonly string[] | null;
  /** That they lead to. */
  readonly version: string | null;
  /** Over the labels of its cluster; empty: whichever. */
  readonly selector: Selector;
  /** Of runs: started since, or not started and written since; of plans: made since. */
  readonly sinceMs: number | null;
  /** The last row of the page before; null: from the newest. */
  readonly after: ListPlace | null;
  readonly limit: number;
}

/** What a list shows of a plan, without reading it. */
export interface PlanSummary extends Pick<Plan, 'cluster' | 'engine' | 'goal' | 'direction' | 'from' | 'to'> {
  readonly planId: string;
  /** null: it is not approved yet. */
  readonly runId: string | null;
  /** Of its run; `draft` without one. */
  readonly state: string;
  readonly digest: string;
  readonly plannedBy: string;
  readonly madeAtMs: number;
  readonly place: ListPlace;
}

/** What a list shows of a run, without reading its events. */
export interface RunSummary extends Omit<PlanSummary, 'runId' | 'digest' | 'madeAtMs'> {
  readonly runId: string;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly endReason: string | null;
  /** How many keep it; of an active one. */
  readonly holds: number;
}

export interface OrderRecord {
  readonly orderId: string;
  readonly order: Order;
  readonly state: 'dispatched' | 'ended' | 'unknown';
  readonly receipt: Receipt | null;
}

export interface OrderPlace {
  readonly step: string;
  readonly attempt: number;
  readonly place: number;
}

/** Why a run was or was not let on, with the next probe: the answer to "why is nothing happening?". */
export interface AdmissionRecord {
  readonly runId: string;
  readonly atMs: number;
  readonly subject: string;
  readonly verdict: 'allow' | 'wait' | 'deny';
  readonly reason: string;
  readonly nextProbeAtMs: number | null;
}

export interface RunAppend {
  readonly runId: string;
  /** The cursor that the events were decided on; another one in the store is a conflict and nothing is written. */
  readonly afterSeq: number;
  readonly atMs: number;
  readonly events: readonly RunEvent[];
  readonly state: string;
  /** How many keep it. */
  readonly holds: number;
  /** null: what was written of the status stays, and is the beginning of what the events fold to. */
  readonly statusJson: string | null;
  readonly foldVersion: number;
  /** Orders of `order-dispatched` events, written with them; and receipts of `order-ended` events. */
  readonly dispatched?: readonly Order[];
  readonly ended?: readonly { readonly orderId: string; readonly receipt: Receipt }[];
  readonly unknown?: readonly string[];
}

/** Orders that other stores gave, as agents hold them, with the fences that these obey. */
export interface Adoption {
  readonly cluster: string;
  readonly writer: string;
  readonly actor: string;
  readonly reason: string;
  readonly atMs: number;
  readonly fences: readonly EpochClaim[];
  readonly orders: readonly { readonly order: Order; readonly receipt: Receipt | null }[];
  readonly gaps: readonly { readonly detail: string }[];
}

export interface ChainVerification {
  readonly chain: string;
  readonly events: number;
  readonly head: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The file, the folder it lies in, what it takes with its log, and what is free there; null: unknown. */
export interface StoreRoom {
  readonly file: string;
  readonly folder: string;
  readonly sizeBytes: number | null;
  readonly freeBytes: number | null;
}

/** Why the store cannot be written, and since when. */
export interface StoreTrouble extends StoreRoom {
  readonly sinceMs: number;
  /** One sentence with path and free bytes. */
  readonly detail: string;
}

export interface Store {
  close(): Promise<void>;

  /** Identities, tokens, certificates and roles. */
  readonly trust: TrustStore;

  /** Checkpoints of the audit chains. */
  readonly checkpoints: CheckpointStore;

  /** What is over and goes after a time. */
  readonly retention: RetentionStore;

  /**
   * A consistent copy into a file that is there and empty, while everything goes on, proven afterwards. Throws FailureError(refused):
   * `store-damaged`, `audit-broken`.
   */
  copyTo(file: string): Promise<StoreHoldings>;

  room(): StoreRoom;
  /** null: it can be written, as far as is known. */
  trouble(): StoreTrouble | null;
  /** After trouble: tries whether the disk takes writes again. Until then every write is refused with `store-unwritable`. */
  recheck(): Promise<void>;

  /** The next epoch of an adopted cluster for this writer, recorded in the fleet chain. Claimed for each run, and for each controller that takes one up. */
  claimEpoch(cluster: string, writer: string, atMs: number): Promise<EpochClaim>;
  currentEpoch(cluster: string): Promise<EpochClaim | null>;
  /** Whether this store has a record of exactly that claim: its own, or one that it adopted. */
  wasClaimed(claim: EpochClaim): Promise<boolean>;

  /** Adopts and claims its first epoch for the writer. FailureError(refused, `already-adopted`). */
  adoptCluster(record: ClusterRecord, writer: string, actor: string, reason?: string): Promise<EpochClaim>;
  /** Other members for an adopted cluster. FailureError(not-found, `unknown-cluster`). */
  readoptCluster(record: ClusterRecord, actor: string, reason: string): Promise<void>;
  /** The adoption goes; its epochs stay claimed. FailureError(not-found, `unknown-cluster`). */
  forgetCluster(cluster: string, atMs: number, actor: string, reason: string): Promise<void>;
  /** null: it is not adopted. */
  cluster(cluster: string): Promise<ClusterRecord | null>;
  clusters(): Promise<readonly ClusterRecord[]>;
  /** By name, those that sort after this one, at most `limit` of them. */
  clustersFrom(after: string, limit: number): Promise<readonly ClusterRecord[]>;
  /** Sets some labels and takes others away, in one transaction. */
  labelCluster(change: LabelChange, atMs: number, actor: string): Promise<void>;
  /** By cluster, of these or of all; one without labels is not in it. */
  labels(clusters?: readonly string[]): Promise<ReadonlyMap<string, Labels>>;
  labelsOf(cluster: string): Promise<Labels>;

  /** One transaction for all of them. */
  rememberHosts(records: readonly HostRecord[]): Promise<void>;
  hosts(): Promise<readonly HostRecord[]>;
  forgetHost(host: string, instances: readonly string[], atMs: number, actor: string, reason: string): Promise<void>;

  addRelease(record: ReleaseRecord): Promise<void>;
  releases(engine: string | null): Promise<readonly ReleaseRecord[]>;
  /** FailureError(refused, `release-in-use`): a plan that is not over uses it. */
  removeRelease(record: ReleaseRecord, atMs: number, actor: string, reason: string): Promise<void>;

  /**
   * Writes down who wants a snapshot removed, and gives the claim to ask for it under: the cluster's, if it is this writer's, else a new one.
   * FailureError: (not-found, `unknown-cluster`), (refused, `snapshot-in-use`): an active run or an approved plan needs it.
   */
  orderSnapshotRemoval(order: SnapshotOrder, writer: string, atMs: number, actor: string): Promise<EpochClaim>;

  /** Keeps the pack and puts it active; the same pack again is only put active. */
  importRulePack(record: RulePackRecord): Promise<void>;
  /** Puts a pack that was imported before active, or the built-in one (null). FailureError(not-found, `unknown-pack`). */
  chooseRulePack(engine: string, digest: string | null, atMs: number, actor: string): Promise<void>;
  /** All that were imported, oldest first, with what is active by engine; an engine that is not in it uses its built-in pack. */
  rulePacks(): Promise<{ readonly imported: readonly RulePackRecord[]; readonly active: ReadonlyMap<string, string> }>;

  /** A draft: its run begins with its approval. */
  addPlan(record: PlanRecord): Promise<void>;
  /** Gives the plan its run, and writes the first events of that: of when the plan was made. FailureError(refused, `store-conflict`): it has one. */
  openRun(planId: string, first: RunAppend, openedAtMs: number): Promise<void>;
  /** A draft goes. FailureError(refused, `store-conflict`): it was approved, or is gone. */
  discardPlan(planId: string, atMs: number, actor: string, reason: string): Promise<void>;
  /** FailureError(refused, `plan-too-new`). */
  plan(planId: string): Promise<PlanRecord | null>;
  /** `token`: what a store that was restored cannot guess. Ids count up and are never given twice. */
  nextRunId(token: string): Promise<string>;

  /** FailureError(refused): `store-conflict`; `conflicting-run`: another run of the cluster is active. */
  append(append: RunAppend): Promise<readonly StoredEvent[]>;
  /** What another fold makes of the same events; where more events came meanwhile nothing is written. */
  refold(folded: Omit<RunRecord, 'planId' | 'cluster' | 'statusCursor'>): Promise<void>;
  run(runId: string): Promise<RunRecord | null>;
  /** Newest first. */
  runs(filter: { readonly openOnly: boolean }): Promise<readonly RunRecord[]>;
  /** Newest first, at most `limit` of them. */
  listRuns(query: ListQuery): Promise<readonly RunSummary[]>;
  listPlans(query: ListQuery): Promise<readonly PlanSummary[]>;
  /** Of each of these clusters the run under way, else one at rest, else the newest that waits for its start; a cluster without one is not in it. */
  openRunsOf(clusters: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Ids that begin so, also of what was removed, in their order, at most `limit` of them. */
  idsFrom(kind: 'run' | 'plan', prefix: string, limit: number): Promise<readonly string[]>;
  order(orderId: string): Promise<OrderRecord | null>;
  /** Whether this store has a record of exactly that order: it gave it, whether or not its receipt is still there, or adopted it. */
  knowsOrder(orderId: string, given: Giver): Promise<boolean>;
  /** Whether it ever gave that host an order for the cluster. */
  orderedHost(cluster: string, host: string): Promise<boolean>;
  /** Writes down what the fleet did without this store, and claims an epoch above all of it, in one transaction. */
  adoptHistory(adoption: Adoption): Promise<EpochClaim>;
  /** The end of an order that was adopted while it was open. False: no such order was adopted. */
  endAdoptedOrder(orderId: string, given: Giver, receipt: Receipt): Promise<boolean>;
  openOrders(runId: string): Promise<readonly OrderRecord[]>;
  /** All orders of a run with their places among all orders that were ever written: what came before what, whatever the clock said. */
  orderPlaces(runId: string): Promise<readonly OrderPlace[]>;

  events(chain: string, afterSeq: number, limit: number): Promise<readonly StoredEvent<RunEvent | FleetEvent>[]>;
  chains(): Promise<readonly string[]>;
  /** One chain after the other, and others have their turn meanwhile; only this one where it is named (one that is not there is broken). */
  verifyChains(only?: string): Promise<readonly ChainVerification[]>;

  /** Keeps the newest admission per (run, subject); written only when it says something new. */
  recordAdmission(record: AdmissionRecord): Promise<void>;
  admissions(runId: string): Promise<readonly AdmissionRecord[]>;
}
