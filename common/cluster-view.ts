/** What the controller knows of a cluster at one moment: heard of its agents, or just looked at. */
import type { NodeFacts } from './facts.ts';

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
