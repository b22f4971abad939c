/** What a plan is made of. */
import type { ConfigTask } from '../../common/config-task.ts';
import type { ExternalBody } from '../../common/controller-body.ts';
import type { PathDocument, PathHop } from '../../common/documents/rules.ts';
import type { ClusterView, ConfigPreview, NodeView } from '../../common/facts.ts';
import type { Bundle, ConfigChange, ConfigRevision, SnapshotVerification } from '../../common/orders.ts';
import type { Direction, PlanTrait } from '../../common/plan.ts';
import type { Problem, Procedure } from '../../common/procedure.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import type { HopLimits } from '../rules/rules-met.ts';
import type { AffectedBy } from './evidence.ts';

interface PlanOptions {
  /** How many disruptive turns are the canary; null: one. */
  readonly canary: number | null;
  /** How long a node must stay healthy before the next one; null: the default, or the pack's least if that is more. */
  readonly settleMs: number | null;
  readonly soakMs: number | null;
  /** Of hops that are finalized by command. `auto`: the approval of the plan is the consent. */
  readonly finalize: 'on-command' | 'auto';
  /** How long the run may rest before a person finalizes it; null: as long as the engine bears. */
  readonly finalizeWithinMs: number | null;
  /** Going to a lower version must be said. */
  readonly downgrade: boolean;
  /** What becomes of the leader's role in the leader's turn. */
  readonly leader: 'switchover' | 'restart';
  /** `hop`: each hop after the first is approved on its own. */
  readonly approval: 'plan' | 'hop';
  /** null: no snapshot is taken. */
  readonly snapshot: { readonly verify: SnapshotVerification; readonly keepMs: number } | null;
}

/** Where a plan asks another system: before its first order, for as long as it soaks, once a person said finalize. */
export const checkPlaces = ['before-run', 'soak', 'finalize'] as const;
export type CheckPlace = (typeof checkPlaces)[number];

/** A question of the controller's settings, as plans carry it; `$cluster` in it stands for the cluster's name. */
export interface ExternalCheck extends Omit<ExternalBody, 'kind' | 'forMs'> {
  readonly at: readonly CheckPlace[];
}

/** What a plan is for. */
export type PlannedGoal =
  | { readonly kind: 'release' }
  /** Every node is restarted, with these changes of its configuration if there are any. */
  | { readonly kind: 'restart'; readonly config: readonly ConfigChange[] | null; readonly always: boolean }
  /** Snapshots of a run are restored: one node's, or all. */
  | { readonly kind: 'restore'; readonly run: string; readonly instance: string | null };

/** A node as planning needs it: looked at, running, with an activated release. */
export interface PlannedNode {
  readonly view: NodeView;
  readonly version: string;
  readonly role: string;
  readonly release: string;
  readonly memberId: string;
}

/** What is asked for beyond the path. */
export interface ConfigAsked {
  /** Name of the file that agents of the engine change; null: they change none. */
  readonly file: string | null;
  /** By key, as a person gave them. */
  readonly given: Readonly<Record<string, string>>;
  /** Also what no version needs. */
  readonly optional: boolean;
}

/** One hop's share of it. */
export interface HopConfig {
  /** Done by the agents, in this order. */
  readonly tasks: readonly ConfigTask[];
  /** In files that no agent changes. */
  readonly byHand: readonly ConfigTask[];
  readonly changes: readonly ConfigChange[];
  readonly requires: readonly string[];
  /** Changes of each restart that finalizes it, in their order; left out: none. */
  readonly finals?: readonly (readonly ConfigChange[])[];
}

/** By instance: what the file would be. */
export type Previews = ReadonlyMap<string, ConfigPreview>;

/** With what each node's file would be after this hop and all before it, and after each restart that finalizes it. */
export interface PreviewedHop extends HopConfig {
  readonly previews: Previews;
  readonly finalPreviews?: readonly Previews[];
}

export interface PlanInput {
  readonly goal: PlannedGoal;
  /** With facts that were asked for now. */
  readonly view: ClusterView;
  /** From the version to be left to the one wanted, as the rules allow it. */
  readonly path: PathDocument;
  /** What the rules were told for it; left out: nothing. */
  readonly traits?: readonly PlanTrait[];
  /** Strictest limits of the pack, one entry a hop. */
  readonly limits: readonly HopLimits[];
  /** Where expected, enrolled and seen members disagree. */
  readonly membership: readonly Problem[];
  readonly releases: readonly Bundle[];
  readonly procedure: Procedure;
  /** Of the tasks that the database was asked about. */
  readonly affected: AffectedBy;
  readonly scheme: VersionScheme;
  readonly options: PlanOptions;
  /** Another run of the cluster is not over and may roll back: what it would roll back to stays on the hosts (P11). */
  readonly keepsReleases: boolean;
  /** Of goals that change the version, an entry for each hop; left out: no rule speaks of the configuration. */
  readonly migration?: readonly PreviewedHop[];
  /** Values that a person gave for it, by key, and whether what no version needs is done as well. */
  readonly configAsked?: Pick<ConfigAsked, 'given' | 'optional'>;
  /** Those that concern this cluster. */
  readonly external: readonly ExternalCheck[];
}

// What the phases of one hop are made of.

/** Snapshots that a hop makes before its first node. */
export interface HopSnapshot {
  readonly verify: SnapshotVerification;
  readonly keepMs: number;
  /** Role of the one node that makes a snapshot for each hop; null: each node makes one for the whole run. */
  readonly leaderRole: string | null;
}

export interface HopInput {
  readonly id: string;
  readonly hop: PathHop;
  readonly direction: Direction;
  readonly procedure: Procedure;
  readonly view: ClusterView;
  /** Nodes with a turn, in the expected order. */
  readonly order: readonly PlannedNode[];
  readonly all: readonly PlannedNode[];
  readonly canaryCount: number;
  readonly settleMs: number;
  readonly soakMs: number;
  /** Of a hop that is finalized by command: `auto` without a further consent. */
  readonly finalize: 'on-command' | 'auto';
  /** How long it may rest until then. */
  readonly restMs: number;
  /** Takes the leader's role over in the leader's turn; null: it is restarted where it is. */
  readonly successor: NodeView | null;
  readonly reloadOnly: boolean;
  /** Releases that do not run stay on the hosts: another run may roll back to them. */
  readonly keepsReleases: boolean;
  /** Questions to other systems, those of this hop. */
  readonly external: readonly ExternalCheck[];
  readonly snapshot: HopSnapshot | null;
  /** Snapshot that a node is restored to; null: none. */
  restore(node: PlannedNode): string | null;
  config(node: PlannedNode): ConfigRevision | null;
  /** What the so-manieth restart that finalizes the hop makes of a node's file. */
  finalConfig(node: PlannedNode, restart: number): ConfigRevision | null;
  fromRelease(node: PlannedNode): string;
  toRelease(node: PlannedNode): string;
  bundle(node: PlannedNode): Bundle | null;
}
