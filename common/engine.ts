/**
 * The form that every database fills in: engines/<engine>/{pack.yaml, scheme.ts, facts.ts, procedure.ts, driver.ts, probe.ts}.
 * scheme and procedure are pure and belong to the controller's side; driver and probe act on the host; facts.ts is shared.
 */
import type { Clock } from './clock.ts';
import type { Verdict } from './events.ts';
import type { ConfigPreview, Finding, NodeFacts, PeerSeen, SnapshotNeed } from './facts.ts';
import type { ConfigChange, ConfigRevision, Effect, EngineAct, Guard, SnapshotVerification } from './orders.ts';
import type { Direction, Handover, Hop, Step } from './plan.ts';

// ---- versions -------------------------------------------------------------------------------------------------

/** One engine's versions: strict (an unknown form is refused, never guessed) and totally ordered. */
export interface VersionScheme {
  /** Returns the canonical text, or null when the form is unknown. */
  parse(text: string): string | null;
  /** Order of two canonical versions: negative, zero, positive. */
  compare(a: string, b: string): number;
  /** Unit of data compatibility: `16` for 16.4. */
  series(version: string): string;
  /** True when the text names a series rather than a version: `16`, `3.6`. */
  isSeries(text: string): boolean;
  /** Order of two series, in any spelling that isSeries accepts; agrees with compare: a series is one unbroken stretch of versions. */
  compareSeries(a: string, b: string): number;
  isPrerelease(version: string): boolean;
  /** For a package that carries another engine's release: which one. Compatibility of the data is then decided by that engine's rules. */
  base?(version: string): { readonly engine: string; readonly version: string };
}

// ---- deciding: the procedure, on the controller -----------------------------------------------------------------

export interface NodeView {
  readonly instance: string;
  readonly host: string;
  readonly arch: string;
  readonly os: string;
  readonly dataDir: string;
  /** The agent's stream is open and its last word is younger than the limit. */
  readonly linked: boolean;
  /** Newest facts and their age on the controller's monotonic clock, in milliseconds; null: never heard. */
  readonly facts: NodeFacts | null;
  readonly factsAgeMs: number | null;
  readonly capabilities: readonly string[];
  readonly checks: readonly string[];
  readonly profileDigest: string;
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

/** One precheck that did not pass. Refusals stop planning and hold runs; warnings are printed as risks. */
export interface Problem {
  readonly check: string;
  readonly severity: 'refuse' | 'warn';
  readonly subject: string;
  /** What is wrong, and what to do. */
  readonly detail: string;
  /** Goes away by itself (a lagging standby) or needs a person (an extension that is missing). */
  readonly clears: 'itself' | 'person';
}

export interface TurnInput {
  readonly idPrefix: string;
  readonly node: NodeView;
  /** The cluster's other nodes: who can be asked about this one, and who depends on it. */
  readonly peers: readonly NodeView[];
  /** Role that this variant is for. */
  readonly role: string;
  readonly hop: Pick<Hop, 'from' | 'to' | 'direction'>;
  readonly fromRelease: string;
  readonly toRelease: string;
  readonly settleMs: number;
  /** Takes the leader's role over in the leader's turn; null: the leader is restarted where it is. */
  readonly successor: NodeView | null;
  /** Put into place in the outage, or without one when `reloadOnly`. */
  readonly config: ConfigRevision | null;
  readonly reloadOnly: boolean;
  /** Snapshot that is put into the data folder's place; null: none. */
  readonly restore: string | null;
}

export interface TurnDraft {
  readonly steps: readonly Step[];
  readonly undo: readonly Step[];
  readonly outOfServiceMs: number;
  readonly handover?: Handover;
  readonly beside?: readonly string[];
  /** What is not as usual while the turn is open, one sentence each. */
  readonly risks?: readonly string[];
}

/** What a hop needs of its cluster as a whole: told before its first node, proven after its last one. */
export interface HopStepsInput {
  readonly idPrefix: string;
  readonly hop: Pick<Hop, 'from' | 'to' | 'direction'>;
  /** All nodes of the cluster, in the expected order of their turns. */
  readonly nodes: readonly NodeView[];
}

export interface HopPreparation {
  readonly steps: readonly Step[];
  /** After the last node that was taken back. */
  readonly undo: readonly Step[];
  readonly risks: readonly string[];
}

/** Who can take the leader's role over, or why nobody can, one sentence each. */
export type SuccessorChoice = { readonly instance: string; readonly why: string } | { readonly problems: readonly string[] };

/** PURE: no clock, no randomness, no I/O. */
export interface Procedure {
  readonly engine: string;
  /** Check and condition ids that every agent of the cluster must announce; the planner refuses gaps. */
  readonly needs: readonly string[];
  /** Requirements of rule packs that the prechecks and gates prove; a hop that asks for another one is not planned. */
  readonly proves?: readonly string[];
  /** Why it carries a hop of its engine out nowhere, whatever the rules allow; null: it does. Left out: it carries out all of them. */
  cannot?(hop: { readonly from: string; readonly to: string }): string | null;
  /** Tasks of rule packs that its steps carry out; all others are a person's. */
  readonly does?: readonly string[];
  /** Findings to ask for when looking at a node before planning, in preflight and before each turn. */
  readonly preflightChecks: readonly string[];
  /** Findings to ask for when the hop is over (P15). */
  readonly verifyChecks: readonly string[];
  /** Roles a turn can meet; one variant each. */
  readonly roles: readonly string[];
  /** Role whose turn pauses writes; last in upgrades, first in downgrades. */
  readonly leaderRole: string;
  /** Prechecks over the whole cluster; `outOfTurn` are nodes whose service is not expected now (their turn is open). */
  assess(view: ClusterView, outOfTurn: readonly string[]): readonly Problem[];
  /** Member ids that the database itself knows of, by its own names. */
  membersSeen(view: ClusterView): readonly string[];
  /** Which of the remaining nodes may be next, best first. Empty with a non-empty rest: nobody may go now. */
  eligible(remaining: readonly string[], view: ClusterView, direction: Direction): readonly string[];
  turn(input: TurnInput): TurnDraft;
  /** Before the first node of a hop; left out, or without steps: the cluster need not be told. */
  prepare?(input: HopStepsInput): HopPreparation;
  /** After the last node: waits for what the cluster does by itself to finish the hop (`finalize: automatic`), and proves it. */
  finalize?(input: HopStepsInput): readonly Step[];
  /** Best member to take the leader's role over; left out by engines whose leader moves by itself. */
  successor?(view: ClusterView): SuccessorChoice;
  /** Which way the nodes go through a change of configuration: some values must rise on followers first and fall on the leader first. */
  configOrder?(changes: readonly ConfigChange[], view: ClusterView): Direction;
  /** Key of the setting by which the leader keeps what others need to follow it later on; left out: there is none. */
  readonly retainKey?: string;
  /** One snapshot, of whoever leads then, holds all; made before each hop whose rules ask for this task. Left out: each node has its own. */
  readonly leaderSnapshot?: { readonly task: string };
  /** Findings to ask for besides when a restore is planned; what `feeds` goes by. */
  readonly restoreChecks?: readonly string[];
  /** Why the others cannot give this instance what was written since the position of its snapshot, one sentence; null: nothing says so. */
  feeds?(view: ClusterView, instance: string, position: string): string | null;
  /** Why no plan puts snapshots back, and what to do instead; left out: plans do. */
  readonly noRestore?: string;
  /** Steps of the verify phase for one node. */
  verify(input: TurnInput): readonly Step[];
  /** Judges the facts of a gate's receipt. expectVersion is what must run there. */
  judge(gate: string, facts: NodeFacts, expect: { readonly version: string; readonly instance: string; readonly member: string }): Verdict;
}

// ---- acting: the driver, on the host ----------------------------------------------------------------------------

/** An instance as the agent's settings describe it; paths are absolute and checked at start. */
export interface InstanceSettings {
  readonly instance: string;
  readonly cluster: string;
  readonly engine: string;
  readonly dataDir: string;
  /** Holds one folder per release and the link `current`. */
  readonly releasesDir: string;
  /** Name of the unit that runs the database. */
  readonly unit: string;
  /** Where snapshots lie; on the file system of the data folder they can share blocks with it. */
  readonly snapshotsDir: string;
  /** The database's configuration file where it lies outside the data folder; the only file out there that may be changed. */
  readonly configFile?: string;
  /** Engine's own settings (host, port, user, passwordFile, …), parsed by the driver's schema. */
  readonly connection: { readonly [key: string]: unknown };
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a driver may touch of the machine: a narrow view of the agent's Host port. */
export interface DriverHost {
  /** Runs an argument vector, never a shell; output is capped, the whole process group is ended at the time limit. */
  run(
    argv: readonly [string, ...string[]],
    options: {
      readonly timeoutMs: number;
      readonly env?: Readonly<Record<string, string>>;
      /** Runs as whoever owns this file or folder; left out: as the agent itself. */
      readonly asOwnerOf?: string;
    },
  ): Promise<CommandResult>;
  readText(path: string): Promise<string | null>;
  /** At most so many bytes from `fromByte` on; fewer only at the end of the file; null: there is no such file. */
  readBytes(path: string, fromByte: number, maxBytes: number): Promise<Uint8Array | null>;
  listDir(path: string): Promise<readonly string[] | null>;
  /**
   * Why files could not be written into this folder, or this file not be replaced, by the rights that the agent has now, and what to do; null:
   * they could. A look: nothing is written for it.
   */
  writeObstacle(path: string): Promise<string | null>;
  unitState(unit: string): Promise<{ readonly active: boolean; readonly invocationId: string | null; readonly pid: number | null }>;
  /**
   * Files of the instance itself: every path must lie in the instance's data folder, releases folder or snapshots folder, or be its
   * configuration file, else it is our bug (assert). What is written belongs to the owner of the folder it is in; a missing folder whose
   * name begins with a dot is made.
   */
  /** Durable before it returns, and atomic: readers see the old text or the new one. */
  writeText(path: string, text: string, mode: number): Promise<void>;
  /** The same for a file that is there: the new one has its mode and owner. */
  replaceText(path: string, text: string): Promise<void>;
  /** Durable; done when there is no such file. Never a folder. */
  removeFile(path: string): Promise<void>;
}

export interface DriverContext {
  readonly settings: InstanceSettings;
  readonly host: DriverHost;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Folder of the activated release, resolved; null when there is none. */
  readonly currentRelease: string | null;
}

/** The engine's half of NodeFacts; the agent adds incarnation, release and space. */
export interface EngineObservation {
  readonly databaseId: string | null;
  readonly memberId: string | null;
  readonly runningVersion: string | null;
  readonly onDiskVersion: string | null;
  readonly format: string | null;
  readonly role: string | null;
  readonly inService: boolean;
  readonly peers: readonly PeerSeen[];
  /** As `capabilities` tells them; left out where nobody answers, or where looking does not show them. */
  readonly capabilities?: readonly string[];
  readonly findings: readonly Finding[];
  readonly detail: NodeFacts['detail'];
}

export interface BundleInspection {
  readonly version: string | null;
  readonly findings: readonly Finding[];
}

/** Verbs upon one member of a cluster whose roles move. Each is repeatable: done again it brings about what is missing and nothing more. */
export interface DriverActs {
  /** Returns the token, if the verb has one. Throws FailureError: class `refused` when nothing was done and nothing is under way. */
  act(context: DriverContext, body: EngineAct): Promise<{ readonly token: string | null }>;
  /** After a restart of the agent: is what a `once` verb wanted so already? `ok: null`: nobody can tell. */
  acted(context: DriverContext, body: EngineAct): Promise<Finding>;
}

/** Settings of the running database by the engine's own closed list of keys (P19). */
export interface DriverSettings {
  readonly keys: readonly string[];
  /** Durable in the database and in force when it returns; the effect tells what stood there before by the database's own file. */
  set(context: DriverContext, key: string, value: string): Promise<Effect>;
  /** Puts `prior` back unless somebody set another value meanwhile: then theirs stays, and the finding says so. */
  unset(context: DriverContext, effect: Effect): Promise<Finding>;
}

export interface DriverConfig {
  preview(context: DriverContext, changes: readonly ConfigChange[]): Promise<ConfigPreview>;
  /**
   * Keeps both texts by digest before any outage, and tries the new one dry. Throws `facts-changed` when the file is not what was planned,
   * `not-owner` when the agent could not replace it.
   */
  stage(context: DriverContext, revision: ConfigRevision): Promise<readonly Finding[]>;
  /** Puts one of the two kept texts into place. Throws FailureError when the file is neither of them. */
  place(context: DriverContext, revision: ConfigRevision, way: 'forward' | 'back'): Promise<void>;
  /** Which of the two texts the file is now, by its digest; `other`: neither. */
  placed(context: DriverContext, revision: ConfigRevision): Promise<'old' | 'new' | 'other'>;
  /**
   * Makes the running database read its file again, and proves that what the revision changes is in force as the file says it. Never throws
   * for the world's faults: `ok: null` says unknown.
   */
  reload(context: DriverContext, revision: ConfigRevision): Promise<Finding>;
  /** The proof alone: after a start. */
  inForce(context: DriverContext, revision: ConfigRevision): Promise<Finding>;
  /** Removes all kept texts: nobody will go back to them. */
  forget(context: DriverContext): Promise<void>;
}

/** What a copy of this file or tree into the snapshots folder would need. What is not there needs nothing. */
export type MeasureCopy = (from: string, skip?: (relative: string) => boolean) => Promise<SnapshotNeed>;

/** Where the agent lets a driver put a snapshot, and how it copies. */
export interface SnapshotFolder {
  /** The folder to fill; empty at first, complete only when the agent says so afterwards. */
  readonly path: string;
  /**
   * Copies a file or a tree into the folder, with owner and mode: reflink where the file system can, never hard links. `to` is relative.
   * What vanishes meanwhile is left out; what is no file, folder or link is left out. Throws `space-short`, `missing` when `from` is not there.
   */
  copy(from: string, to: string, options?: { readonly skip?: (relative: string) => boolean }): Promise<void>;
  /** Writes a small file of the snapshot. */
  write(relative: string, text: string): Promise<void>;
  progress(fraction: number, note: string): void;
}

/** A tree of the snapshot and where it lies on the host. */
export interface SnapshotPlace {
  /** Relative to the snapshot's folder. */
  readonly folder: string;
  readonly path: string;
}

export interface SnapshotMade {
  readonly version: string;
  readonly role: string;
  readonly position: string;
  /** The data folder first, then whatever of the instance lies elsewhere; a restore puts all of them into place. */
  readonly places: readonly SnapshotPlace[];
  /** For the way back: what the driver must know again. */
  readonly notes: { readonly [key: string]: string };
}

export interface DriverSnapshots {
  /** Of one copy, with what grows while it is made; margin not included. */
  need(context: DriverContext, measure: MeasureCopy): Promise<SnapshotNeed>;
  /** Consistent while the database serves. Leaves nothing open in the database, whatever happens. */
  take(context: DriverContext, folder: SnapshotFolder): Promise<SnapshotMade>;
  /** Proves what was taken: `list` looks at it, `restore-compare` starts a restored copy in `scratch` and compares its content. */
  verify(
    context: DriverContext,
    folder: SnapshotFolder,
    made: SnapshotMade,
    verify: SnapshotVerification,
    scratch: SnapshotFolder,
  ): Promise<Finding>;
  /** Ends and takes back what a verification that was cut short has left behind; its folder is removed afterwards. */
  tidy(context: DriverContext, scratch: string): Promise<void>;
  /**
   * The database is about to be stopped or is down, and `dataDir`, beside its place, holds a copy of the snapshot: what must be so before
   * its first start, for the role it had.
   */
  prepareRestored(context: DriverContext, dataDir: string, made: SnapshotMade): Promise<readonly Finding[]>;
}

/** Acts on one instance. Methods look or change; none of them decides about the run. Errors are FailureErrors. */
export interface Driver {
  readonly engine: string;
  /** Ids announced in Hello. */
  readonly checks: readonly string[];
  /** Throws FailureError(usage) naming the field when the connection settings are malformed. */
  parseSettings(settings: InstanceSettings): void;
  capabilities(context: DriverContext): Promise<readonly string[]>;
  observe(context: DriverContext, checks: readonly string[]): Promise<EngineObservation>;
  /** Guards and await-conditions: is it so right now? Never throws for the world's faults: `ok: null` says unknown. */
  check(context: DriverContext, guard: Guard): Promise<Finding>;
  /** Looks at an unpacked, verified release before any outage: version, architecture, libraries (dry run). */
  inspectBundle(context: DriverContext, releaseDir: string): Promise<BundleInspection>;
  /** Before the stop, while serving: what makes it short, such as writing out what is only in memory. */
  quiesce(context: DriverContext): Promise<void>;
  /** Proof that nothing of this instance runs any more; asked after the unit was stopped. */
  stopped(context: DriverContext): Promise<Finding>;
  /**
   * Proof that it ended in order, with nothing to recover: asked after a stop that leaves it stopped, because the orders that follow build on
   * where it ended. Left out where no order does.
   */
  shutDown?(context: DriverContext): Promise<Finding>;
  /** One look at whether the started database accepts work and reports this version. */
  ready(context: DriverContext, expectVersion: string): Promise<Finding>;
  /** Left out where the engine has nothing of the kind; an order for it is refused then. */
  readonly acts?: DriverActs;
  readonly settings?: DriverSettings;
  readonly config?: DriverConfig;
  readonly snapshots?: DriverSnapshots;
}
