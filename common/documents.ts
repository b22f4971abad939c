/**
 * The stable JSON contract of `-o json` and of the API's Document fields: every document carries apiVersion, fields are only ever added,
 * durations are milliseconds, times are ISO 8601 in UTC.
 */

import type { RunEnd, Way } from './events.ts';
import type { Finding, PeerSeen, Space } from './facts.ts';
import type { Hold } from './holds.ts';
import type { PartDuration } from './orders.ts';
import type { FinalizeKind, HopKind, PhaseName, Plan, WayBack } from './plan.ts';
import type { Problem } from './procedure.ts';

export interface Versioned {
  readonly apiVersion: 'drydock/v1';
}

// ---- path -----------------------------------------------------------------------------------------------------

export interface PathHop {
  readonly from: string;
  readonly to: string;
  readonly kind: HopKind;
  readonly finalize: FinalizeKind;
  readonly wayBack: WayBack;
  readonly conditions: readonly string[];
  readonly requirements: readonly string[];
  readonly tasks: readonly string[];
  readonly risks: readonly string[];
  readonly source: string;
}

export interface PathRefusal {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly instead: string | null;
  readonly source: string;
}

export interface PathDocument extends Versioned {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  readonly admissible: boolean;
  readonly hops: readonly PathHop[];
  readonly refused: readonly PathRefusal[];
  readonly pack: { readonly name: string; readonly version: number; readonly digest: string };
}

// ---- fleet ----------------------------------------------------------------------------------------------------

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

export interface NodeDocument {
  readonly instance: string;
  readonly host: string;
  readonly linked: boolean;
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
  readonly factsAgeMs: number | null;
}

export interface ClusterSummary {
  readonly cluster: string;
  readonly engine: string;
  readonly adopted: boolean;
  readonly expectedMembers: number | null;
  readonly nodes: number;
  readonly versions: readonly string[];
  readonly healthy: boolean;
  /** Run that is not over, if any. */
  readonly run: string | null;
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
  readonly linked: boolean;
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

// ---- plans ----------------------------------------------------------------------------------------------------

/** The plan document of the API is the canonical JSON of Plan itself; this is what `plan show -o json` prints around it. */
export interface PlanShownDocument extends Versioned {
  readonly planId: string;
  readonly runId: string;
  readonly digest: string;
  readonly state: string;
  readonly plan: Plan;
}

export interface PlanDiffDocument extends Versioned {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** Lines of the printed trees: ` ` in both, `-` only in a, `+` only in b. */
  readonly lines: readonly string[];
}

// ---- runs -----------------------------------------------------------------------------------------------------

export type StepState = 'queued' | 'dispatched' | 'begun' | 'ended' | 'unknown';

export interface StepDocument {
  readonly step: string;
  readonly title: string;
  readonly state: StepState;
  readonly attempt: number;
  readonly outcome: string | null;
  readonly ms: number | null;
  readonly expectedMs: number;
}

export type TurnState = 'pending' | 'open' | 'done' | 'failed' | 'reverting' | 'reverted';

export interface TurnDocument {
  readonly turn: string;
  readonly hop: string;
  readonly phase: PhaseName;
  readonly instance: string | null;
  readonly role: string | null;
  readonly disruptive: boolean;
  readonly state: TurnState;
  readonly outOfServiceMs: number | null;
  readonly version: string | null;
  readonly wayBackUsed: boolean;
  readonly steps: readonly StepDocument[];
}

export interface HoldDocument extends Hold {
  readonly since: string;
  readonly nextLook: string | null;
}

/** A setting that is changed for a time, and what it is put back to. */
export interface EffectDocument {
  readonly instance: string;
  readonly key: string;
  readonly prior: string | null;
  readonly set: string | null;
}

export interface RunDocument extends Versioned {
  /** In force now for the time of a turn. */
  readonly effects: readonly EffectDocument[];
  readonly run: string;
  readonly plan: string;
  readonly digest: string;
  readonly cluster: string;
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  readonly state: 'draft' | 'approved' | 'active' | RunEnd;
  readonly way: Way;
  readonly paused: boolean;
  readonly aborting: boolean;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  readonly holds: readonly HoldDocument[];
  /** Why the next turn was not let on, when it is not a hold; null: nothing waits. */
  readonly waiting: { readonly reason: string; readonly since: string; readonly nextLook: string | null } | null;
  /** One sentence: what is half done and what is not. */
  readonly meaning: string;
  readonly hops: readonly { readonly hop: string; readonly from: string; readonly to: string; readonly state: string }[];
  readonly turns: readonly TurnDocument[];
  /** 0 to 1, by expected durations. */
  readonly fraction: number;
  readonly remainingMs: number | null;
  readonly legalCommands: readonly string[];
  readonly cursor: number;
}

export interface RunListDocument extends Versioned {
  readonly runs: readonly {
    readonly run: string;
    readonly plan: string;
    readonly cluster: string;
    readonly from: string;
    readonly to: string;
    readonly state: string;
    readonly holds: number;
    readonly startedAt: string | null;
  }[];
}

export interface ReportNode {
  readonly instance: string;
  readonly role: string;
  readonly outOfServiceMs: number | null;
  readonly parts: readonly PartDuration[];
  readonly settleMs: number | null;
  readonly version: string | null;
  readonly wayBackUsed: boolean;
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
}

export interface ReportDocument extends Versioned {
  readonly run: {
    readonly id: string;
    readonly plan: string;
    readonly digest: string;
    readonly cluster: string;
    readonly state: string;
    readonly reason: string | null;
    readonly from: string;
    readonly to: string;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
    readonly plannedBy: string;
    readonly approvedBy: string | null;
  };
  readonly nodes: readonly ReportNode[];
  /** By handing over the leader's role, all in all; null: no role was handed over. */
  readonly writesPausedMs: number | null;
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  readonly holds: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly detail: string;
    readonly since: string;
    readonly ms: number;
  }[];
  readonly effectsOpen: number;
  readonly audit: { readonly ok: boolean; readonly events: number; readonly head: string };
}

// ---- rules ----------------------------------------------------------------------------------------------------

export interface RulePackSummary {
  readonly engine: string;
  readonly version: number;
  readonly digest: string;
  readonly origin: 'built-in' | 'imported';
  readonly inForce: boolean;
  readonly file: string;
  readonly importedAt: string | null;
  readonly importedBy: string | null;
  readonly releases: number;
  readonly newest: string | null;
}

export interface RulePackListDocument extends Versioned {
  readonly packs: readonly RulePackSummary[];
}

export interface RulePackDocument extends Versioned {
  readonly pack: RulePackSummary;
  readonly text: string;
}

export interface RulePackDiffDocument extends Versioned {
  readonly engine: string;
  /** Digests. */
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  readonly lines: readonly string[];
}

/** What came of putting a pack in force: the pack, and what it did to plans that are open. */
export interface RulePackChangeDocument extends Versioned {
  readonly pack: RulePackSummary;
  readonly reproven: readonly {
    readonly run: string;
    readonly plan: string;
    readonly cluster: string;
    /** `same`: its path is as it was; `approval-voided`: it must be planned again; `held`: before its next node. */
    readonly result: 'same' | 'approval-voided' | 'held';
    readonly detail: string;
  }[];
}

// ---- audit ----------------------------------------------------------------------------------------------------

export interface AuditListDocument extends Versioned {
  readonly events: readonly {
    readonly chain: string;
    readonly seq: number;
    readonly at: string;
    readonly type: string;
    readonly body: unknown;
    readonly hash: string;
  }[];
}

export interface AuditVerificationDocument extends Versioned {
  readonly ok: boolean;
  readonly chains: readonly {
    readonly chain: string;
    readonly events: number;
    readonly head: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}
