/**
 * The machine as the agent may touch it. Everything that changes or reads the host goes through this port; tests and the simulator
 * give a twin. Methods throw FailureError for the world's faults; remedy `retry` says that asking again soon makes sense.
 */
import type { DriverHost, JobCommand, MeasureCopy, SnapshotPlace } from '../../common/driver.ts';
import type { Space } from '../../common/facts.ts';
import type { SnapshotManifest } from '../snapshots/manifest.ts';
import type { CopyWatch } from './trees.ts';

export interface UnitState {
  readonly active: boolean;
  /** A new one at every start; null: never started in this boot. */
  readonly invocationId: string | null;
  readonly pid: number | null;
}

/** How far a log was written at a moment. */
export interface LogMark {
  readonly path: string;
  /** Empty: there was no such file. */
  readonly inode: string;
  readonly bytes: number;
}

/** The moment before a start: what stands in a log until here belongs to an earlier incarnation. */
export interface StartMark {
  readonly atMs: number;
  /** What the unit ran last; null: nothing in this boot. */
  readonly invocationId: string | null;
  readonly logs: readonly LogMark[];
}

export interface LogEnd {
  readonly place: string;
  /** Whole lines of this start; null: they cannot be read, or not be known from those before. */
  readonly text: string | null;
}

export interface LogWanted {
  readonly path: string;
  /** null: nothing marked it; what was made since the start is of the start. */
  readonly mark: LogMark | null;
  readonly sinceMs: number;
  /** Only a file of the account that owns this folder is read: its path is what the database says. */
  readonly ownerOf?: string;
}

export interface Logs {
  markLog(path: string): Promise<LogMark>;
  /** The end of what was written since; null: it cannot be read, or what of it is new is not known. */
  logSince(wanted: LogWanted): Promise<string | null>;
}

/** What runs the database: systemd, or the demo's supervisor. Never the agent itself. */
export interface Units {
  /** Identity of this boot of the host. */
  bootId(): Promise<string>;
  unitState(unit: string): Promise<UnitState>;
  /**
   * Resolves when the unit was started or is active already. `flags`: its program gets them at this start alone. Goes through the unit's hold, as no other start does. Throws
   * `exited-at-once`, `start-timeout` (it is still starting), `unknown-unit`, `units-unreachable`, and `held` when the hold's pass is not taken.
   */
  startUnit(unit: string, timeoutMs: number, flags?: readonly string[]): Promise<void>;
  /** Whether the unit's program would get flags at a start by this agent. Throws `no-start-flags` (refused), which says what to install. */
  verifyStartFlags(unit: string): Promise<void>;
  /** Asks the unit to stop and resolves when it is gone. Throws `stop-timeout`; nothing is ever killed. */
  stopUnit(unit: string, timeoutMs: number): Promise<void>;
  /** Whether a start lock could be set and the service manager of the unit would honour it. Throws `no-start-lock` (refused), which says what to install. */
  verifyStartLock(unit: string): Promise<void>;
  /** From now on only this agent starts the unit, reboots included (P16). Durable before it returns; done when it is held. Throws `no-start-lock`. */
  lockUnit(unit: string): Promise<void>;
  /** Everybody may start the unit again; done when it is not held. */
  unlockUnit(unit: string): Promise<void>;
  /** The file that the unit's program writes to; null: there is none, or it is not known here. */
  unitLogFile(unit: string): Promise<string | null>;
  /** What the unit's program wrote since that start, and where a person reads all of it; null: where that is is not known here. */
  unitLog(unit: string, start: StartMark | null): Promise<LogEnd | null>;
  /** Names of the units that are held. */
  lockedUnits(): Promise<readonly string[]>;
}

export interface ReleasesSeen {
  /** Complete release that the link `current` leads to; null: no link, or it leads to nothing complete. */
  readonly current: string | null;
  /** Complete release that was current before and is kept for the rollback; null: none. */
  readonly previous: string | null;
  /** All complete ones, by name. */
  readonly installed: readonly string[];
}

/** A download that can be interrupted and taken up again. */
export interface PartialFile {
  /** Bytes that are here already. */
  readonly offset: number;
  /** Throws `space-short` when the disk is full. */
  write(piece: Uint8Array): Promise<void>;
  /** Flushes and closes; what is here stays for the next time. */
  close(): Promise<{ readonly sizeBytes: number; readonly digest: string }>;
}

/** The releases folder of an instance. Names of releases and digests were checked before they come here. */
export interface Releases {
  releasesSeen(releasesDir: string): Promise<ReleasesSeen>;
  /** Folder of a release, for looking at it. */
  releasePath(releasesDir: string, release: string): string;
  /**
   * Before the first order ever: the release that a person installed and made current counts as complete. Everything that comes
   * later is complete only by its mark.
   */
  adoptCurrent(releasesDir: string): Promise<void>;
  /** Makes `current` lead to this complete release, atomically and durably, and remembers which is the rollback. Throws `release-incomplete`. */
  activateRelease(releasesDir: string, release: string, previous: string | null): Promise<void>;
  /** Removes a release that is not current; done when there is none. */
  removeRelease(releasesDir: string, release: string): Promise<void>;
  openPartial(releasesDir: string, digest: string): Promise<PartialFile>;
  dropPartial(releasesDir: string, digest: string): Promise<void>;
  /** Unpacks verified downloads, in order, into a folder beside the final place and returns it. Throws `bad-archive`, `space-short`. */
  unpackRelease(releasesDir: string, release: string, digests: readonly string[]): Promise<string>;
  dropUnpacked(releasesDir: string, release: string): Promise<void>;
  /** Marks the unpacked folder complete with the bundle's digest, makes it durable and moves it to its place. */
  completeRelease(releasesDir: string, release: string, bundleDigest: string): Promise<void>;
  /** Digest in the completeness mark; null: not there or not complete. */
  bundleDigestOf(releasesDir: string, release: string): Promise<string | null>;
}

export interface SpaceWanted {
  /** For the sentence: `a snapshot of db-1`. */
  readonly what: string;
  readonly bytes: number;
  readonly inodes: number;
  /** Must also leave what a database on the same file system needs to go on. */
  readonly spare: boolean;
}

/** Free space that is promised to no other order meanwhile. */
export interface Reservation {
  /** So much of it is on the disk now, and no longer free anyway. */
  used(bytes: number, inodes: number): void;
  release(): void;
}

export type RemainsKind = 'partial' | 'scratch';

/**
 * The snapshots folder of an instance: `<id>/` complete ones with manifest, list of files and `content/`; `<id>.partial/` while one is
 * made, `<id>.scratch/` while one is proven. Only a rename makes one complete, and only what is flushed is renamed.
 */
export interface Snapshots {
  snapshotsSeen(snapshotsDir: string): Promise<readonly SnapshotManifest[]>;
  /** Folder of a complete one's content. */
  snapshotPath(snapshotsDir: string, id: string): string;
  /** What making or proving one has left behind. */
  snapshotRemains(snapshotsDir: string): Promise<readonly { readonly id: string; readonly kind: RemainsKind; readonly path: string }[]>;
  /** Where the remains of this kind would lie. */
  remainsPath(snapshotsDir: string, id: string, kind: RemainsKind): string;
  /** An empty folder, and returns its path; what was there before is removed. */
  makeRemains(snapshotsDir: string, id: string, kind: RemainsKind): Promise<string>;
  dropRemains(snapshotsDir: string, id: string, kind: RemainsKind): Promise<void>;
  /** What copies into this folder would need. */
  copyNeed(toFolder: string): MeasureCopy;
  /** Copies a tree to `to`, which lies within the folder of the remains. */
  copyTree(from: string, to: string, within: string, watch: CopyWatch): Promise<void>;
  /** Lists the partial's files; with digests if they are wanted. */
  listPartial(
    snapshotsDir: string,
    id: string,
    digests: boolean,
    watch: CopyWatch,
  ): Promise<{ readonly bytes: number; readonly files: number; readonly listDigest: string }>;
  /** Compares what lies there with the list: sizes, and digests where it has them. null: all is as listed; else what is not. */
  checkFiles(snapshotsDir: string, id: string, state: 'partial' | 'complete', listDigest: string, watch: CopyWatch): Promise<string | null>;
  completeSnapshot(snapshotsDir: string, manifest: SnapshotManifest): Promise<void>;
  keepSnapshot(snapshotsDir: string, id: string, expiresAtMs: number): Promise<void>;
  /** Done when there is none. */
  removeSnapshot(snapshotsDir: string, id: string): Promise<void>;
  /** Throws `space-short` (refused). */
  reserve(path: string, wanted: SpaceWanted): Promise<Reservation>;
}

/** `beside`: the copy is complete and nothing was touched yet. `moving` and `returning` were cut short if no order is at it. */
export type RestoreStage = 'none' | 'copying' | 'beside' | 'moving' | 'in-place' | 'returning';

/**
 * A snapshot's trees put into the place of an instance's, and the rollback. What was there is moved aside, never changed: to
 * `<path>.drydock-<name>`, or into a folder inside where the path is a mount point. `name` is of the order that restores.
 */
export interface Restores {
  restoreStage(snapshotsDir: string, name: string): Promise<RestoreStage>;
  /** Copies all trees beside their places and returns where the first of them lies now. Done when they are beside already. */
  copyBeside(snapshotsDir: string, name: string, id: string, places: readonly SnapshotPlace[], watch: CopyWatch): Promise<string>;
  /** The copies are as they shall be: durable from now on. */
  sealBeside(snapshotsDir: string, name: string): Promise<void>;
  /** While the database is down. Returns where what was there lies now. Goes on where it was cut short. */
  moveIntoPlace(snapshotsDir: string, name: string): Promise<readonly string[]>;
  /** While the database is down: everything as it was. Done when nothing was moved. */
  moveBack(snapshotsDir: string, name: string): Promise<void>;
  /** Names of restores of this data directory that something is left of. */
  restoresSeen(snapshotsDir: string, dataDir: string): Promise<readonly string[]>;
  /** Removes copies beside, or what was moved aside; what is in place stays. */
  forgetRestore(snapshotsDir: string, name: string): Promise<void>;
}

/** `lost`: it was started, nothing of it runs, and nothing saw how it ended: the host came up again, or what kept it was killed. */
export type JobState = { readonly kind: 'none' | 'running' | 'lost' } | { readonly kind: 'ended'; readonly exitCode: number | null };

/**
 * Work that outlives the agent, by ids that are given once. Whatever was begun stays known, with its exit code and the end of its output, until
 * it is forgotten.
 */
export interface Jobs {
  /** Starts the command unless a job of this id was ever started, however often it is asked. Throws `job-not-started`: then it never will be. */
  startJob(id: string, command: JobCommand): Promise<void>;
  jobState(id: string): Promise<JobState>;
  /** The end of what it wrote. */
  jobOutput(id: string): Promise<string>;
  /** Resolves when nothing of it runs any more. Throws `job-not-ended`. */
  endJob(id: string): Promise<void>;
  /** Done when there is none. Never of one that runs. */
  forgetJob(id: string): Promise<void>;
  jobsSeen(): Promise<readonly string[]>;
}

export interface HostFacts {
  /** `debian:12`; `unknown` when it cannot be told. */
  readonly os: string;
  readonly arch: string;
}

export interface Host extends DriverHost, Units, Logs, Releases, Snapshots, Restores, Jobs {
  hostFacts(): Promise<HostFacts>;
  space(path: string): Promise<Space>;
  /** What of that a copy beside a database may take: the rest stays free for the database. */
  room(path: string): Promise<Space>;
  /** The same number for all that lies on one file system; of the nearest folder where nothing is there yet. */
  deviceOf(path: string): Promise<number>;
}
