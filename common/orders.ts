/**
 * Orders are the closed, typed set of things that a controller can ask of an agent (P13), and receipts are the answers.
 * One order id (run, step, attempt) has at most one receipt (P3).
 */

import type { Finding, Incarnation, NodeFacts } from './facts.ts';
import type { Failure } from './failure.ts';

/** A file of a release with its digest; `role` tells what it is for. */
export interface Artifact {
  readonly role: 'server' | 'runtime' | 'extensions';
  /** `sha256:<hex>` of the file's bytes. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** Bytes and inodes of the unpacked tree, measured when the release was added. */
  readonly unpackedBytes: number;
  readonly unpackedInodes: number;
}

/** What is staged, activated and rolled back as one: the artifacts of one release for one architecture. */
export interface Bundle {
  readonly engine: string;
  readonly version: string;
  /** `x64` or `arm64`, as Node names them. */
  readonly arch: string;
  readonly artifacts: readonly Artifact[];
  /** Folder name under the instance's releases folder: `<version>-<first 12 hex of the bundle's digest>`. */
  readonly release: string;
}

/** Must hold directly before the stop, as the agent itself sees it; `check` is an id that the driver announced. */
export interface Guard {
  readonly check: string;
  /** What the check compares with, where it needs something (`role-is`: `standby`). */
  readonly expect?: string;
}

/** In the order in which a downtime goes through those that it holds. */
export const downtimeParts = ['quiesce', 'stop', 'restore', 'activate', 'start'] as const;
export type DowntimePart = (typeof downtimeParts)[number];

/** Where another member is reached by its peers; who may log in there and how stays on the host. */
export interface MemberAddress {
  readonly member: string;
  readonly host: string;
  readonly port: number;
}

/** One change of a key in a database's own configuration file. */
export type ConfigChange =
  | { readonly op: 'set'; readonly key: string; readonly value: string }
  | { readonly op: 'rename'; readonly key: string; readonly to: string }
  | { readonly op: 'remove'; readonly key: string };

/** From one text of the configuration file to another; both are known by digest, so that nothing else can be put into place. */
export interface ConfigRevision {
  readonly changes: readonly ConfigChange[];
  readonly fromDigest: string;
  readonly toDigest: string;
}

export const snapshotVerifications = ['none', 'list', 'restore-compare'] as const;
export type SnapshotVerification = (typeof snapshotVerifications)[number];

/** Verbs that the engine's driver carries out. */
export type EngineAct =
  /** Nothing runs: from its next start on the member follows another one. The receipt's token says where it stopped. */
  | { readonly kind: 'act'; readonly verb: 'fence'; readonly follow: MemberAddress }
  /** Takes a fence back; done when there is none. */
  | { readonly kind: 'act'; readonly verb: 'unfence' }
  | {
      readonly kind: 'act';
      readonly verb: 'promote';
      /** Of the fence before it: promoted is only who has all of it. Filled in by the dispatcher. */
      readonly token: string | null;
      /** Members that will follow it by a slot of their own. */
      readonly slots: readonly string[];
    }
  | { readonly kind: 'act'; readonly verb: 'repoint'; readonly follow: MemberAddress }
  /** Slots of these members are of no use here any more and would keep WAL for ever. */
  | { readonly kind: 'act'; readonly verb: 'dropSlots'; readonly slots: readonly string[] };

export type OrderBody =
  | {
      readonly kind: 'observe';
      readonly checks: readonly string[];
      readonly nonce: string;
      /** Also tells what these changes would make of the configuration file. */
      readonly config?: readonly ConfigChange[];
      /** Also tells what restoring the snapshot of this run would take. */
      readonly restoreRun?: string;
    }
  | {
      readonly kind: 'await';
      /** A condition id of the driver: `in-service`, `member-in-service`. */
      readonly condition: string;
      /** The member looked at when the viewpoint is a peer. */
      readonly member: string | null;
      /** The condition must hold without a break for so long. */
      readonly steadyMs: number;
      readonly viewpoint: 'self' | 'peer';
    }
  | {
      readonly kind: 'stage';
      readonly bundle: Bundle;
      /** Free bytes and inodes wanted before the first byte is fetched (margin included). */
      readonly needBytes: number;
      readonly needInodes: number;
    }
  | {
      readonly kind: 'downtime';
      readonly mode: 'normal' | 'upgrade' | 'downgrade';
      readonly parts: readonly DowntimePart[];
      /** Release that is current before, and the one that is activated. Equal in mode normal. */
      readonly fromRelease: string;
      readonly toRelease: string;
      /** Version that the running database must report afterwards. */
      readonly expectVersion: string;
      readonly onFailure: 'revert' | 'leave-stopped';
      /** Put into place by `activate` together with the release. */
      readonly config?: ConfigRevision;
      /** Id of the snapshot that `restore` puts into the data directory's place. */
      readonly restore?: string;
    }
  /** The id of what is made is `<run>.<instance>`, or `<run>.<hop>.<instance>` where every hop of a run makes its own. */
  | {
      readonly kind: 'snapshot';
      readonly hop?: string;
      readonly verify: SnapshotVerification;
      /** Free bytes and inodes wanted before the first byte is copied (growth and margin included). */
      readonly needBytes: number;
      readonly needInodes: number;
      /** How long it is kept from its making on, unless its run ends well and ages it then; left out: 30 days. */
      readonly keepMs?: number;
    }
  /** A setting of the running database, by the engine's own closed list of keys; the receipt's effect tells what was there before. */
  | { readonly kind: 'set'; readonly key: string; readonly value: string }
  /** Puts back what an effect tells. `effect: null`: none is open, there is nothing to restore. Filled in by the dispatcher. */
  | { readonly kind: 'unset'; readonly key: string; readonly effect: Effect | null }
  | EngineAct
  /** A change that needs no restart: written, reloaded, read back. */
  | { readonly kind: 'act'; readonly verb: 'configure'; readonly config: ConfigRevision }
  | {
      readonly kind: 'act';
      readonly verb: 'finalize';
      /** `previous-release`: the rollback of this run is given up and its release folder removed. */
      readonly part: 'previous-release';
      readonly keepRelease: string;
    }
  | {
      readonly kind: 'act';
      readonly verb: 'finalize';
      /** `snapshot`: the run's snapshot, or that of one hop, is kept for so long from now on, then removed. */
      readonly part: 'snapshot';
      readonly hop?: string;
      readonly keepMs: number;
    };

/** Where an order goes. Database id and data directory are preconditions: the wrong instance refuses (P12). */
export interface InstanceRef {
  /** Name of the instance in its agent's settings, unique in the fleet: `db-1`. */
  readonly instance: string;
  readonly host: string;
  readonly engine: string;
  readonly dataDir: string;
  /** null: not pinned yet (before the cluster was adopted). */
  readonly databaseId: string | null;
}

/** The claim under which an order was made. It stays with the order; the fence beside it rises when a successor sends the order again. */
export interface Giver {
  readonly epoch: number;
  readonly writer: string;
}

export function sameGiver(one: Giver, other: Giver): boolean {
  return one.epoch === other.epoch && one.writer === other.writer;
}

export interface Order {
  /** `<run>/<step>/<attempt>`; for looks outside a run `look/<nonce>/1`. */
  readonly orderId: string;
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly cluster: string;
  /** Fence (P5): the agent refuses a lower epoch, and an equal one from another writer. */
  readonly epoch: number;
  readonly writer: string;
  /** Part of what the order id is bound to: the same order made anew by another store has another giver (P3). */
  readonly given: Giver;
  readonly target: InstanceRef;
  readonly guards: readonly Guard[];
  /** How long the agent may take, by its monotonic clock, from begin to end. */
  readonly deadlineMs: number;
  /** `once` orders that were interrupted hold for a person; `convergent` ones are repeated until their postcondition holds. */
  readonly repeat: 'convergent' | 'once';
  readonly body: OrderBody;
}

export interface PartDuration {
  readonly part: string;
  readonly ms: number;
}

/** A changed setting of the running database with what was there before, so that it can be restored (P19). */
export interface Effect {
  readonly key: string;
  readonly prior: string | null;
  readonly set: string | null;
}

/** What an `await` tells as its part while the condition does not hold; its note says what was seen instead. */
export const waitsPart = 'waits';

export const outcomes = ['done', 'failed', 'refused', 'interrupted'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Receipt {
  readonly orderId: string;
  readonly outcome: Outcome;
  /** Present unless done. */
  readonly failure?: Failure;
  readonly before: Incarnation | null;
  readonly after: Incarnation | null;
  readonly elapsedMs: number;
  /** Of it, what the database and whoever runs it took: checkpoint, stop, start, and their answers to guards and proofs. */
  readonly engineMs: number;
  readonly parts: readonly PartDuration[];
  /** From the begin of the stop to readiness proven; null when the order held no downtime. */
  readonly downtimeMs: number | null;
  /** Downtime orders that failed: true when the previous release runs again. */
  readonly reverted: boolean;
  readonly findings: readonly Finding[];
  readonly facts: NodeFacts | null;
  readonly effects: readonly Effect[];
  /** What a later step of the turn needs of this one; opaque to everybody but the engine. */
  readonly token?: string;
}

/** Splits an order id; the run id itself has no slash. */
export function orderIdOf(run: string, step: string, attempt: number): string {
  return `${run}/${step}/${attempt}`;
}
