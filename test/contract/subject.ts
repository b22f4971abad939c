/** What the contract must know of an engine to hold its driver to it. */
import type { Driver, DriverHost, EngineObservation, Procedure } from '../../common/engine.ts';
import type { NodeFacts } from '../../common/facts.ts';

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

/** A host on which nothing of the engine is: no release, no data, and at this port somebody, or nobody. */
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
