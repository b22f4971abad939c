/** What there is: clusters, nodes, hosts, releases. */
import type { Finding, PeerSeen, Space } from '../facts.ts';
import type { Labels } from '../labels.ts';
import type { Problem } from '../procedure.ts';
import type { Versioned } from './versioned.ts';

export interface SnapshotDocument {
  readonly id: string;
  readonly madeAt: string;
  readonly expiresAt: string;
  readonly bytes: number;
  readonly version: string;
  readonly role: string;
  /** What was proven of it: `none`, `list`, `restore-compare`. */
  readonly verified: string;
}

export interface SnapshotPlaceDocument extends SnapshotDocument {
  readonly cluster: string;
  readonly instance: string;
  readonly host: string;
}

export interface SnapshotListDocument extends Versioned {
  readonly snapshots: readonly SnapshotPlaceDocument[];
}

export interface NodeDocument {
  readonly instance: string;
  readonly host: string;
  readonly connected: boolean;
  readonly member: string | null;
  readonly role: string | null;
  readonly running: boolean;
  readonly inService: boolean;
  readonly version: string | null;
  readonly onDiskVersion: string | null;
  readonly release: string | null;
  readonly previousRelease: string | null;
  readonly peers: readonly PeerSeen[];
  readonly space: { readonly releases: Space; readonly data: Space } | null;
  /** Complete ones that lie on its host. */
  readonly snapshots: readonly SnapshotDocument[];
  readonly findings: readonly Finding[];
  /** Age of what is shown of its database; null: it did not answer. */
  readonly factsAgeMs: number | null;
  /** When the controller last heard of the agent on its host. */
  readonly lastSeen: string;
}

export interface ClusterSummary {
  readonly cluster: string;
  readonly engine: string;
  readonly labels: Labels;
  readonly adopted: boolean;
  readonly expectedMembers: number | null;
  /** Whose agents are enrolled, and those of them that are in service now. */
  readonly nodes: number;
  readonly nodesInService: number;
  readonly versions: readonly string[];
  readonly healthy: boolean;
  /** Why this controller commands nothing there: the fleet went on without its store. null: it may. */
  readonly behind: string | null;
  /** Run that is not over, if any. */
  readonly run: string | null;
  /** That run is upgraded and rests until it is finalized, by `until` at the latest (null: nothing limits it); left out: it does not rest. */
  readonly rest?: { readonly run: string; readonly until: string | null };
}

export interface ClusterLabelsDocument extends Versioned {
  readonly cluster: string;
  readonly labels: Labels;
}

export interface ClusterListDocument extends Versioned {
  readonly clusters: readonly ClusterSummary[];
}

export interface ClusterDocument extends Versioned, ClusterSummary {
  readonly databaseId: string | null;
  readonly members: readonly NodeDocument[];
  readonly problems: readonly Problem[];
}

export interface HostDocument {
  readonly host: string;
  readonly connected: boolean;
  readonly lastSeen: string;
  readonly agentVersion: string;
  readonly arch: string;
  readonly os: string;
  readonly bootId: string;
  readonly instances: readonly { readonly instance: string; readonly cluster: string; readonly engine: string; readonly dataDir: string }[];
}

export interface HostListDocument extends Versioned {
  readonly hosts: readonly HostDocument[];
}

export interface ReleaseDocument {
  readonly engine: string;
  readonly version: string;
  readonly arch: string;
  readonly release: string;
  readonly addedAt: string;
  readonly addedBy: string;
  readonly artifacts: readonly { readonly role: string; readonly fileName: string; readonly digest: string; readonly sizeBytes: number }[];
}

export interface ReleaseListDocument extends Versioned {
  readonly releases: readonly ReleaseDocument[];
}

export interface ReleaseVerificationDocument extends Versioned {
  readonly ok: boolean;
  readonly artifacts: readonly {
    readonly engine: string;
    readonly version: string;
    readonly digest: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}
