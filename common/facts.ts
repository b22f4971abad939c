/**
 * Facts: what was observed, where and in which incarnation. The neutral part is the same for every engine;
 * `detail` belongs to the engine and is parsed by its own facts.ts before anybody judges by it.
 */
import type { Json } from './canonical-json.ts';

/** Which life of the database this was: a restart or a reboot gives another one (P2). */
export interface Incarnation {
  readonly bootId: string;
  /** Of the unit that runs the database: a new one at every start. */
  readonly invocationId: string;
}

/** One check's answer. `ok: null` means that it could not be found out, which never counts as good. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean | null;
  /** One sentence for a person. */
  readonly detail: string;
}

/** Another member of the cluster as this node sees it. */
export interface PeerSeen {
  /** The database's own id of that member, as its peers know it. */
  readonly member: string;
  readonly healthy: boolean;
  /** The engine's word: `streaming`, `follower`, `UN`. */
  readonly state: string;
  readonly lagBytes: number | null;
}

export interface Space {
  readonly freeBytes: number;
  readonly freeInodes: number;
}

/** A complete snapshot that lies on the host. */
export interface SnapshotSeen {
  readonly id: string;
  /** That made it. */
  readonly run: string;
  /** Of that run, where it made one for each; left out: one for the whole run. */
  readonly hop?: string;
  /** Host's wall clock. */
  readonly madeAtMs: number;
  readonly expiresAtMs: number;
  readonly bytes: number;
  readonly version: string;
  /** Role of the member when it was made. */
  readonly role: string;
  /** What was proven of it: `none`, `list`, `restore-compare`. */
  readonly verified: string;
  /** Engine's position up to which it holds everything. */
  readonly position: string;
}

/** What a snapshot of the instance would need now, measured; margin not included. */
export interface SnapshotNeed {
  readonly bytes: number;
  readonly inodes: number;
  /** `reflink`: copies share blocks until one side is written. */
  readonly method: 'reflink' | 'copy';
  /** What each second adds while others' snapshots come first, as it keeps for them what is written; left out: nothing. */
  readonly keptBytesPerS?: number;
}

/** What a snapshot takes beside the data before it is put into their place, on one file system; margin not included. */
export interface RestoreNeed {
  /** Where it is laid, or the first place where several are on this file system. */
  readonly path: string;
  readonly bytes: number;
  readonly inodes: number;
  /** What copies may take there. */
  readonly room: Space;
}

/** What changes would make of the configuration file. */
export interface ConfigPreview {
  readonly file: string;
  readonly fromDigest: string;
  readonly toDigest: string;
  /** ` kept`, `-old`, `+new`; a few kept lines around each change. */
  readonly lines: readonly string[];
  readonly restartKeys: readonly string[];
  /** Why these changes must not be made, one sentence each; empty: nothing speaks against them. */
  readonly problems: readonly string[];
  /** What cannot be vouched for here, one sentence each. */
  readonly warnings: readonly string[];
  /** Of the keys that were asked about, those that nothing would set; left out where none were, or the driver does not look. */
  readonly missing?: readonly string[];
}

export interface NodeFacts {
  readonly instance: string;
  /** Echo of the question; null when the agent spoke unasked. */
  readonly nonce: string | null;
  /** Host's wall clock; for people only. */
  readonly observedAtMs: number;
  /** null: the database does not run. */
  readonly incarnation: Incarnation | null;
  readonly databaseId: string | null;
  readonly memberId: string | null;
  readonly version: {
    /** Asked from the running database (P15). */
    readonly running: string | null;
    /** What the activated release says of itself. */
    readonly onDisk: string | null;
    /** The data format the files are committed to: how far back a binary can still read them. */
    readonly format: string | null;
  };
  /** The engine's word for what this member does now: `primary`, `standby`. null: unknown. */
  readonly role: string | null;
  /** Serves what its role asks of it, as far as it can tell itself. */
  readonly inService: boolean;
  readonly peers: readonly PeerSeen[];
  /** What the agent may do there, by this probe; left out where nothing answered: then what it announced counts. */
  readonly capabilities?: readonly string[];
  readonly release: {
    /** Name of the activated release folder; null when nothing complete is activated. */
    readonly current: string | null;
    /** The one kept for the rollback. */
    readonly previous: string | null;
    readonly installed: readonly string[];
    /** Instances of the host that run from the same folder, so that one activation is all of theirs; left out: none does. */
    readonly sharedWith?: readonly string[];
  };
  /** `snapshots`: what a snapshot may take, which is less than what is free: a database beside it must not find the disk full. */
  readonly space: { readonly releases: Space; readonly data: Space; readonly snapshots?: Space };
  readonly snapshots?: readonly SnapshotSeen[];
  /** Only where it was asked for (check `snapshot-need`). */
  readonly snapshotNeed?: SnapshotNeed;
  /** Only where it was asked for. */
  readonly restoreNeeds?: readonly RestoreNeed[];
  /** Only where it was asked for. */
  readonly config?: ConfigPreview;
  readonly findings: readonly Finding[];
  /** The engine's own facts; see engines/<engine>/facts.ts. */
  readonly detail: { readonly [key: string]: Json };
}

// What the controller knows of a cluster at one moment: heard of its agents, or just looked at.

export interface NodeView {
  readonly instance: string;
  readonly host: string;
  readonly arch: string;
  readonly os: string;
  readonly dataDir: string;
  /** The agent's stream is open and its last word is younger than the limit. */
  readonly connected: boolean;
  /** Newest facts and their age on the controller's monotonic clock, in milliseconds; null: never heard. */
  readonly facts: NodeFacts | null;
  readonly factsAgeMs: number | null;
  readonly capabilities: readonly string[];
  /** The closed lists of its agent's driver; the planner refuses gaps. */
  readonly checks: readonly string[];
  readonly verbs: readonly string[];
  readonly keys: readonly string[];
  readonly jobs: readonly string[];
  readonly profileDigest: string;
  readonly profile?: Readonly<Record<string, string>>;
}

export interface ClusterView {
  readonly cluster: string;
  readonly engine: string;
  /** Pinned at adoption; null before. */
  readonly databaseId: string | null;
  /** How many members the admin said there are; null before adoption. */
  readonly expectedMembers: number | null;
  readonly nodes: readonly NodeView[];
}

// Does this database have anything that a task of the rules is about? Asked of an agent as a check, answered as a finding.

const prefix = 'affects:';

/** A finding of this check: `ok` true: no such object; false: what it names is affected; null: unknown. */
export const affectsCheck = (task: string): string => `${prefix}${task}`;

export const isAffectsCheck = (check: string): boolean => check.startsWith(prefix);

export interface Affected {
  readonly affected: 'affected' | 'not-affected' | 'unknown';
  /** Which objects, or why that is unknown. */
  readonly detail: string;
}

export function affectedOf(finding: Finding): Affected {
  return { affected: finding.ok === null ? 'unknown' : finding.ok ? 'not-affected' : 'affected', detail: finding.detail };
}
