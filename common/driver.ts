/**
 * The half of the engine form that acts, on the host: engines/<engine>/{driver.ts, probe.ts}. It probes, proves and does what one order asks, by
 * what the agent lets it touch. The other half decides: `procedure.ts`.
 */
import type { Clock } from './clock.ts';
import type { ClosedList } from './closed-list.ts';
import type { ConfigPreview, Finding, NodeFacts, PeerSeen, SnapshotNeed } from './facts.ts';
import type { Args, OrderBody } from './order-body.ts';
import type { ConfigChange, ConfigRevision, Effect, Guard, SnapshotVerification } from './orders.ts';

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
  /** Where snapshots lie; on the file system of the data directory they can share blocks with it. */
  readonly snapshotsDir: string;
  /** The database's configuration file where it lies outside the data directory; the only file out there that may be changed. */
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
      /** Runs as the owner of this file or folder; left out: as the agent itself. */
      readonly asOwnerOf?: string;
      /** Ends the process group, too. */
      readonly signal?: AbortSignal;
    },
  ): Promise<CommandResult>;
  readText(path: string): Promise<string | null>;
  /** At most so many bytes from `fromByte` on; fewer only at the end of the file; null: there is no such file. */
  readBytes(path: string, fromByte: number, maxBytes: number): Promise<Uint8Array | null>;
  listDir(path: string): Promise<readonly string[] | null>;
  /**
   * Why files could not be written into this folder, or this file not be replaced, by the rights that the agent has now, and what to do; null:
   * they could. A probe: nothing is written for it.
   */
  writeObstacle(path: string): Promise<string | null>;
  unitState(unit: string): Promise<{ readonly active: boolean; readonly invocationId: string | null; readonly pid: number | null }>;
  /**
   * Files of the instance itself: every path must lie in the instance's data directory, releases folder or snapshots folder, or be its
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

/**
 * One way to ask the database or its programs: a child process, an SQL session, an HTTP request. Pauses and limit hold for each subject that it
 * asks about (P21); agent/facts/tool-calls.ts keeps them.
 */
export interface ToolCall {
  readonly id: string;
  /** CPU time that one call takes of a core, in milliseconds: here on the host, the tool's and the agent's own, and in the database. */
  readonly costMs: { readonly tool: number; readonly database: number };
  /** From the beginning of one call to that of the next while nothing is done to the instance; null: it is not called then. */
  readonly idleEveryMs: number | null;
  /** The same while somebody waits for the answer. */
  readonly turnEveryMs: number;
  /** A call that takes longer is aborted, and its answer is unknown. */
  readonly timeoutMs: number;
}

export interface ToolOptions {
  /** What is asked about, where one tool asks about several things: a member's address, a check. */
  readonly of?: string;
  /** An answer that came before this very question does not do, whatever the context takes. */
  readonly anew?: boolean;
  /** In a probe that goes along with an order an answer of the same incarnation within the tool's idle pause does. */
  readonly lately?: boolean;
  /** The call works with what only this asker saw before, so its answer is for this one only. One after the other all the same. */
  readonly alone?: boolean;
}

export interface DriverContext {
  readonly settings: InstanceSettings;
  readonly host: DriverHost;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Folder of the activated release, resolved; null when there is none. */
  readonly currentRelease: string | null;
  /**
   * Asks by one of the driver's tools. Who asks the same at the same time shares one call, and idle probes take an answer that is not older than
   * the tool's pause. The call works with the context that it is given: its signal ends at the time limit, and its child processes with it.
   * Throws what the call throws; FailureError(timeout, `tool-timeout`), and `tool-hangs` while a call that was aborted is not over.
   */
  tool<T>(id: string, call: (during: DriverContext) => Promise<T>, options?: ToolOptions): Promise<T>;
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
  /** As `capabilities` tells them; left out where nothing answers, or where probing does not show them. */
  readonly capabilities?: readonly string[];
  readonly findings: readonly Finding[];
  readonly detail: NodeFacts['detail'];
}

export interface BundleInspection {
  readonly version: string | null;
  readonly findings: readonly Finding[];
}

/** A verb that an order asks for. */
export interface VerbCall {
  readonly verb: string;
  /** By the schema of the verb: the agent parsed them before it took the order in. */
  readonly args: Args;
  /** Of the step that came before it, where the plan says so. */
  readonly token: string | null;
}

/** The engine's verbs. Each is repeatable: done again it brings about what is missing and nothing more. */
export interface DriverVerbs {
  /** The closed list. */
  readonly schemas: ClosedList;
  /** Returns the token, if the verb has one. Throws FailureError: class `refused` when nothing was done and nothing is under way. */
  act(context: DriverContext, call: VerbCall): Promise<{ readonly token: string | null }>;
  /** After a restart of the agent: is what a `once` verb wanted so already? `ok: null`: unknown. */
  acted(context: DriverContext, call: VerbCall): Promise<Finding>;
}

/** Long work that an order asks for. */
export interface JobCall {
  readonly name: string;
  /** By the schema of the job: the agent parsed them before it took the order in. */
  readonly args: Args;
  /** What it goes on from; null: from its beginning. */
  readonly cursor: string | null;
}

/** What runs for a job: made of the driver's own template, never a shell. */
export interface JobCommand {
  readonly argv: readonly [string, ...string[]];
  /** Added to PATH and LC_ALL=C, which is all that is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as the owner of this file or folder; left out: as the agent itself. */
  readonly asOwnerOf?: string;
}

export interface JobProgress {
  /** 0 to 1. */
  readonly fraction: number;
  readonly note: string;
  /** What another start would go on from; null: from where this one began. */
  readonly cursor: string | null;
}

/** The engine's long work: runs beside the agent and outlives it. */
export interface DriverJobs {
  /** The closed list. */
  readonly schemas: ClosedList;
  command(context: DriverContext, call: JobCall): Promise<JobCommand>;
  /** How far it is by the end of what it wrote; null: that does not tell. PURE. */
  progress(call: JobCall, output: string): JobProgress | null;
  /** The same by a probe of the database, for jobs whose output does not tell; left out: none does. Throws FailureError. */
  seen?(context: DriverContext, call: JobCall): Promise<JobProgress | null>;
  /** Verification that it did what it was asked (P15); asked after it ended with exit code 0. */
  finished(context: DriverContext, call: JobCall): Promise<Finding>;
}

/** New databases on this host, and the end of them. Each is repeatable. */
export interface DriverInstances {
  /** Returns the new database's id. */
  create(context: DriverContext, asked: InstanceCreation): Promise<string>;
  retire(context: DriverContext): Promise<void>;
}

export type InstanceCreation = Omit<Extract<OrderBody, { kind: 'instance'; action: 'create' }>, 'kind' | 'action'>;

/** Settings of the running database by the engine's own closed list of keys (P19). */
export interface DriverSettings {
  readonly keys: readonly string[];
  /** Durable in the database and active when it returns; the effect tells what stood there before by the database's own file. */
  set(context: DriverContext, key: string, value: string): Promise<Effect>;
  /** Puts `prior` back unless somebody set another value meanwhile: then theirs stays, and the finding says so. */
  unset(context: DriverContext, effect: Effect): Promise<Finding>;
}

export interface DriverConfig {
  /** `requires`: keys that must be set afterwards; those that are not are `missing`. */
  preview(context: DriverContext, changes: readonly ConfigChange[], requires?: readonly string[]): Promise<ConfigPreview>;
  /**
   * Keeps both texts by digest before any downtime, and tries the new one dry. Throws `facts-changed` when the file is not what was planned,
   * `not-owner` when the agent could not replace it.
   */
  stage(context: DriverContext, revision: ConfigRevision): Promise<readonly Finding[]>;
  /** Puts one of the two kept texts into place. Throws FailureError when the file is neither of them. */
  place(context: DriverContext, revision: ConfigRevision, way: 'forward' | 'back'): Promise<void>;
  /** Which of the two texts the file is now, by its digest; `other`: neither. */
  placed(context: DriverContext, revision: ConfigRevision): Promise<'old' | 'new' | 'other'>;
  /**
   * Makes the running database read its file again, and proves that what the revision changes is active as the file says it. Never throws
   * for the world's faults: `ok: null` says unknown.
   */
  reload(context: DriverContext, revision: ConfigRevision): Promise<Finding>;
  /** The proof alone: after a start. */
  active(context: DriverContext, revision: ConfigRevision): Promise<Finding>;
  /** Removes all kept texts: no rollback needs them any more. */
  forget(context: DriverContext): Promise<void>;
}

/** What a copy of this file or tree into the snapshots folder would need. What is not there needs nothing. */
export type MeasureCopy = (from: string, skip?: (relative: string) => boolean) => Promise<SnapshotNeed>;

/** Where the agent lets a driver put a snapshot, and how it copies. */
export interface SnapshotFolder {
  /** The folder to fill; empty at first, complete only when the agent says so afterwards. */
  readonly path: string;
  /**
   * Copies a file or a tree into the folder, with owner and mode: reflink where the file system can; hard links only as `link` says. `to` is relative.
   * What vanishes meanwhile is left out; what is no file, folder or link is left out. Throws `space-short`, `missing` when `from` is not there.
   */
  copy(
    from: string,
    to: string,
    options?: {
      readonly skip?: (relative: string) => boolean;
      /** Files that nothing writes again: hard links to them are as good as copies, where the file system makes some (P8). */
      readonly link?: (relative: string) => boolean;
    },
  ): Promise<void>;
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
  /** The data directory first, then whatever of the instance lies elsewhere; a restore puts all of them into place. */
  readonly places: readonly SnapshotPlace[];
  /** For the rollback: what the driver must know again. */
  readonly notes: { readonly [key: string]: string };
  /** Settings that it brings along and that a server restored to it is to have for a while only: they are restored with it. */
  readonly effects?: readonly Effect[] | undefined;
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
  /** Ends and rolls back what a verification that was cut short has left behind; its folder is removed afterwards. */
  tidy(context: DriverContext, scratch: string): Promise<void>;
  /**
   * The database is about to be stopped or is down, and `dataDir`, beside its place, holds a copy of the snapshot: what must be so before
   * its first start, for the role it had.
   */
  prepareRestored(context: DriverContext, dataDir: string, made: SnapshotMade): Promise<readonly Finding[]>;
}

/** Acts on one instance. Methods probe or change; none of them decides about the run. Errors are FailureErrors. */
export interface Driver {
  readonly engine: string;
  /** Ids announced in Hello. */
  readonly checks: readonly string[];
  /** Flags that its program may be given at one start; left out: none. */
  readonly startFlags?: readonly string[];
  /** Every way in which its probes ask, and the price of each. */
  readonly tools: readonly ToolCall[];
  /** Throws FailureError(usage) naming the field when the connection settings are malformed. */
  parseSettings(settings: InstanceSettings): void;
  capabilities(context: DriverContext): Promise<readonly string[]>;
  /** A cheap sign of life, asked with every beat: another text than before calls for a full probe. Never throws for the world's faults. */
  alive(context: DriverContext): Promise<string>;
  observe(context: DriverContext, checks: readonly string[]): Promise<EngineObservation>;
  /** How long an answer to a check may take, in milliseconds, where a tool of the engine's takes long to start; left out: 5 s. */
  readonly checkMs?: number;
  /** Guards and await-conditions: is it so right now? Never throws for the world's faults: `ok: null` says unknown. */
  check(context: DriverContext, guard: Guard): Promise<Finding>;
  /**
   * Looks at an unpacked, verified release before any downtime: version, architecture, libraries (dry run). `config`: the change of configuration that
   * goes into place with it, staged already; left out: none does.
   */
  inspectBundle(context: DriverContext, releaseDir: string, config?: ConfigRevision): Promise<BundleInspection>;
  /** Before the stop, while serving: what makes it short, such as writing out what is only in memory. */
  quiesce(context: DriverContext): Promise<void>;
  /**
   * Before the stop, once the guards hold: takes it out of service in order, so that clients and peers know before it is gone. Repeatable; from its
   * begin on only a start brings it back. Left out where a stop does all of that.
   */
  drain?(context: DriverContext): Promise<void>;
  /**
   * Of one that shuts down, what it waits for and since when, in one sentence without its end; asked while it answers no client. null: it does
   * not shut down, as far as can be seen. Left out where a stop is never long.
   */
  shutdownWaitsFor?(context: DriverContext): Promise<string | null>;
  /** Verification that nothing of this instance runs any more; asked after the unit was stopped. */
  stopped(context: DriverContext): Promise<Finding>;
  /**
   * Verification that it ended in order, with nothing to recover: asked after a stop that leaves it stopped, because the orders that follow build on
   * where it ended. Left out where no order does.
   */
  shutDown?(context: DriverContext): Promise<Finding>;
  /** One probe of whether the started database accepts work and reports this version. */
  ready(context: DriverContext, expectVersion: string): Promise<Finding>;
  /**
   * Files that the server itself writes its log to, running or not, the one for people first; where only its unit's program does, left out or
   * empty. Asked before each start, and after one that failed.
   */
  logFiles?(context: DriverContext): Promise<readonly string[]>;
  /** Left out where the engine has nothing of the kind; an order for it is refused then. */
  readonly verbs?: DriverVerbs;
  readonly jobs?: DriverJobs;
  readonly instances?: DriverInstances;
  readonly settings?: DriverSettings;
  readonly config?: DriverConfig;
  readonly snapshots?: DriverSnapshots;
}
