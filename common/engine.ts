/**
 * The form that every database fills in: engines/<engine>/{pack.yaml, scheme.ts, facts.ts, procedure.ts, driver.ts, probe.ts}.
 * scheme and procedure are pure and belong to the controller's side; driver and probe act on the host; facts.ts is shared.
 */
import type { Clock } from './clock.ts';
import type { Verdict } from './events.ts';
import type { Finding, NodeFacts, PeerSeen } from './facts.ts';
import type { Guard } from './orders.ts';
import type { Direction, Hop, Step } from './plan.ts';

// ---- versions -------------------------------------------------------------------------------------------------

/** One engine's versions: strict (an unknown form is refused, never guessed) and totally ordered. */
export interface VersionScheme {
  /** Returns the canonical text, or null when the form is unknown. */
  parse(text: string): string | null;
  /** Order of two canonical versions: negative, zero, positive. */
  compare(a: string, b: string): number;
  /** Unit of data compatibility: `16` for postgresql 16.4. */
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
}

export interface TurnDraft {
  readonly steps: readonly Step[];
  readonly undo: readonly Step[];
  readonly outOfServiceMs: number;
}

/** PURE: no clock, no randomness, no I/O. */
export interface Procedure {
  readonly engine: string;
  /** Check and condition ids that every agent of the cluster must announce; the planner refuses gaps. */
  readonly needs: readonly string[];
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
    options: { readonly timeoutMs: number; readonly env?: Readonly<Record<string, string>> },
  ): Promise<CommandResult>;
  readText(path: string): Promise<string | null>;
  listDir(path: string): Promise<readonly string[] | null>;
  unitState(unit: string): Promise<{ readonly active: boolean; readonly invocationId: string | null; readonly pid: number | null }>;
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
  readonly findings: readonly Finding[];
  readonly detail: NodeFacts['detail'];
}

export interface BundleInspection {
  readonly version: string | null;
  readonly findings: readonly Finding[];
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
  /** Before the stop, while serving: what makes it short (postgresql: CHECKPOINT). */
  quiesce(context: DriverContext): Promise<void>;
  /** Proof that nothing of this instance runs any more; asked after the unit was stopped. */
  stopped(context: DriverContext): Promise<Finding>;
  /** One look at whether the started database accepts work and reports this version. */
  ready(context: DriverContext, expectVersion: string): Promise<Finding>;
}
