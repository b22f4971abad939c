/** What the contract must know of an engine to hold its driver to it. */
import type { Driver, DriverContext, DriverHost, EngineObservation, InstanceSettings } from '../../common/driver.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { Procedure } from '../../common/procedure.ts';

export interface Subject {
  readonly driver: Driver;
  readonly procedure: Procedure;
  /** The engine's own facts as its procedure reads them; null: it cannot. */
  readonly factsOf: (facts: NodeFacts) => unknown;
}

/** Written down from real servers by a script, one folder for each version; the first line of a file tells command and version. */
export interface Recordings {
  /** Ends in a slash. */
  readonly dir: URL;
  /** As the first lines write it: `etcd` in `(etcd 3.6.16)`. */
  readonly product: string;
  /** What reads which file, by its name without `.txt`; null: a form that is not known. */
  readonly parsers: Readonly<Record<string, (text: string) => unknown>>;
  /** What the driver sees of members that say what is recorded. */
  observed(version: string): Promise<readonly EngineObservation[]>;
}

/** A host on which nothing of the engine is: no release, no data, and at this port a stranger, or no listener. */
export interface Silence {
  connection(port: number): Readonly<Record<string, unknown>>;
}

/** By what a driver reaches the world: whatever goes through can be watched and cut. */
export interface Way {
  readonly signal: AbortSignal;
  host(real: DriverHost): DriverHost;
  /** Port that leads to the real one. */
  port(real: number): Promise<number>;
}

/** One real server of a real cluster. */
export interface StageMember {
  readonly name: string;
  /** Does nothing while it runs. */
  start(): unknown;
  /** Resolves when the process is gone; without a signal in order. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  activate(version: string): Promise<unknown>;
  context(way: Way): Promise<DriverContext>;
}

/** A real cluster that runs, all members at the first of the versions, which are the names of the release folders, too. */
export interface Stage {
  /** The first one leads when nothing happened to it. */
  readonly members: readonly [StageMember, StageMember, ...StageMember[]];
  /** A member of the one among members of the other serves. */
  readonly versions: readonly [from: string, to: string];
  remove(): Promise<void>;
}

/** One thing that an order can ask of the driver. */
export interface Action {
  readonly member: StageMember;
  /** Whatever happened before: brings about that there is something to do. */
  prepare(): Promise<void>;
  /** Returns what is told of it, as far as it must be the same each time. */
  give(context: DriverContext): Promise<unknown>;
  /** What it came to, read from the database and its files, not from the driver alone. */
  outcome(): Promise<unknown>;
  /** Where the cluster could not go on with what it resulted in; left out: it can. */
  takeBack?(): Promise<void>;
}

export interface Order<S extends Stage> {
  readonly title: string;
  on(stage: S): Action;
  /** How many of its points are tried unless EVERY_POINT is set; left out: all. For what takes long to prepare. */
  readonly points?: number;
}

export interface LiveSubject<S extends Stage = Stage> extends Subject {
  open(): Promise<S>;
  readonly orders: readonly Order<S>[];
  /** Files that the driver may write, relative to `data/`, `releases/` and `snapshots/`. */
  readonly writes: readonly RegExp[];
  /** Places of others where it looks for traces, and does no more; left out: none. */
  traces?(settings: InstanceSettings): readonly string[];
}
