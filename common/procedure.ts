/**
 * The half of the engine form that decides, on the controller: engines/<engine>/procedure.ts. It says what is wrong with a cluster, who may be
 * next, which steps a turn has, and whether a gate was passed. The other half acts: `driver.ts`.
 */

import type { SoakBound } from './controller-body.ts';
import type { Verdict } from './events.ts';
import type { ClusterView, NodeFacts, NodeView } from './facts.ts';
import type { ConfigChange } from './orders.ts';
import type { Direction, Step } from './plan.ts';
import type { HopPreparation, HopStepsInput, MigrationForm, SideBySideForm, StoppedForm, TurnDraft, TurnInput } from './shape-forms.ts';

/** One precheck that did not pass. Refusals stop planning and hold runs; warnings are printed as risks. */
export interface Problem {
  readonly check: string;
  readonly severity: 'refuse' | 'warn';
  readonly subject: string;
  /** What is wrong, and what to do. */
  readonly detail: string;
  /** Goes away by itself (a lagging standby) or needs a person (an extension that is missing). */
  readonly clears: 'automatic' | 'person';
}

/** One restart of all nodes that finalizes a hop. */
export interface FinalRestart {
  /** Plain word, part of ids: `upgrading`. */
  readonly id: string;
  /** For people: `storage_compatibility_mode UPGRADING`. */
  readonly name: string;
  /** Of each node's configuration file. */
  readonly changes: readonly ConfigChange[];
  /** After a node is in service again, still in its turn. */
  proof(input: TurnInput): readonly Step[];
  /** Work on the files of one node while it serves, once all nodes were restarted so; left out: none. */
  rewrite?(input: TurnInput): readonly Step[];
}

/** Who can take the leader's role over, or why no member can, one sentence each. */
export type SuccessorChoice = { readonly instance: string; readonly why: string } | { readonly problems: readonly string[] };

export interface ComponentSeen {
  readonly component: string;
  /** Nodes of one group count together against the budget. */
  readonly group: string;
  /** false: its failure is reported and keeps no run. */
  readonly critical: boolean;
}

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
  /** Tasks of rule packs of which its agents can find out whether this database has anything that they are about: check `affects:TASK`. */
  readonly inquires?: readonly string[];
  /**
   * How its nodes are asked while a run is under way, as its tools bear it: a pause from one probe of all nodes to the next, and how long an agent may
   * take for its answer.
   */
  readonly probes: { readonly everyMs: number; readonly answerMs: number };
  /** Findings to ask for when looking at a node before planning, in preflight and before each turn. */
  readonly preflightChecks: readonly string[];
  /** Besides when probing before planning and in preflight alone: what it costs is too dear before each turn, where guards ask it; left out: none. */
  readonly planChecks?: readonly string[];
  /** Every check by which `assess` and `takeOver` can refuse. */
  readonly refuses: readonly string[];
  /** Those of them that speak only against stopping the very node that they were found on; left out: none does. */
  readonly stopChecks?: readonly string[];
  /** Findings to ask for when the hop is over (P15). */
  readonly verifyChecks: readonly string[];
  /** Roles a turn can meet; one variant each. */
  readonly roles: readonly string[];
  /** Role whose turn pauses writes; last in upgrades, first in downgrades. */
  readonly leaderRole: string;
  /**
   * Traits of the cluster that rules may ask for, by the facts of its nodes: `omHa` is `true`. What cannot be observed now is left out; left out
   * altogether: none is ever observed.
   */
  traits?(view: ClusterView): Readonly<Record<string, string>>;
  /** Prechecks over the whole cluster; `outOfTurn` are nodes whose service is not expected now (their turn is open). */
  assess(view: ClusterView, outOfTurn: readonly string[]): readonly Problem[];
  /** Member ids that the database itself knows of, by its own names. */
  membersSeen(view: ClusterView): readonly string[];
  /** What to do where such a name is no member, `if …, do this`; left out: whatever it counts is one. */
  readonly notAMember?: string;
  /** What a person has to do with a member that was replaced before another one is stopped, as an imperative; left out: it catches up automatically. */
  readonly repairReplaced?: string;
  /** Which of the remaining nodes may be next, best first. Empty with a non-empty rest: none may go now. */
  eligible(remaining: readonly string[], view: ClusterView, direction: Direction): readonly string[];
  turn(input: TurnInput): TurnDraft;
  /** Before the first node of a hop; left out, or without steps: the cluster need not be told. */
  prepare?(input: HopStepsInput): HopPreparation;
  /** Work on the files of one node once every node runs the new version, before that is verified; left out: there is none. */
  rewrite?(input: TurnInput): readonly Step[];
  /**
   * After the last node: finishes the hop where a person or the plan says so, or waits for what the cluster does automatically, and proves it.
   * Left out: no hop that is finalized is planned.
   */
  finalize?(input: HopStepsInput): readonly Step[];
  /**
   * Restarts of all nodes, one at a time, by which a hop is finalized, in this order and before the steps of `finalize`; left out, or none: it needs
   * no restart.
   */
  finalRestarts?(hop: { readonly from: string; readonly to: string }): readonly FinalRestart[];
  /** What the cluster refuses until the hop is finalized, by the names that people know; left out, or empty: nothing. */
  unfinalized?(input: HopStepsInput): readonly string[];
  /** How long a run may rest before it is finalized where a person has to say so, in milliseconds; left out: two weeks. */
  readonly restMs?: number;
  /** Numbers that a soak compares with those of before the hop, by name; unknown ones are left out. */
  metrics?(view: ClusterView): Readonly<Record<string, number>>;
  /** Bounds of these numbers that every soak keeps to. */
  readonly soakBounds?: readonly SoakBound[];
  /** Checks that speak while the versions are mixed or not finalized, and are no reason to break a soak off. */
  readonly allowedUnfinalized?: readonly string[];
  /** Fills in hops that stop everything; left out: none is planned. */
  readonly allStop?: StoppedForm;
  /** Fills in hops that change one instance in place; left out: none is planned. */
  readonly inPlace?: StoppedForm & MigrationForm;
  /** Fills in hops that go by a second instance; left out: none is planned. */
  readonly sideBySide?: SideBySideForm;
  /** What a node is among the engine's kinds of nodes; left out: the engine has one kind. */
  component?(node: NodeView): ComponentSeen;
  /** Best member to take the leader's role over; left out by engines whose leader moves by itself. */
  successor?(view: ClusterView): SuccessorChoice;
  /** What speaks against this member's taking the role over from this leader now: asked again directly before the leader is stopped. */
  takeOver?(view: ClusterView, leader: string, successor: string): readonly Problem[];
  /** Which way the nodes go through a change of configuration: some values must rise on followers first and fall on the leader first. */
  configOrder?(changes: readonly ConfigChange[], view: ClusterView): Direction;
  /** Key of the setting by which the leader keeps what others need to follow it later on; left out: there is none. */
  readonly retainKey?: string;
  /** One snapshot, of the member that leads then, holds all; made before each hop whose rules ask for this task. Left out: each node has its own. */
  readonly leaderSnapshot?: { readonly task: string };
  /** Findings to ask for besides when a restore is planned; what `feeds` goes by. */
  readonly restoreChecks?: readonly string[];
  /** Why the others cannot give this instance what was written since the position of its snapshot, one sentence; null: nothing says so. */
  feeds?(view: ClusterView, instance: string, position: string): string | null;
  /** Why no plan puts snapshots back, and what to do instead; left out: plans do. */
  readonly noRestore?: string;
  /**
   * Whether what an order to the whole cluster asks for is so already, by what its members show now; null: they do not show it. Left out: it is
   * never seen, and no such order is given to another member while it may be under way.
   */
  reached?(body: Step['body'], view: ClusterView): boolean | null;
  /** Steps of the verify phase for one node. */
  verify(input: TurnInput): readonly Step[];
  /** Judges the facts of a gate's receipt. expectVersion is what must run there. */
  judge(
    healthCheck: string,
    facts: NodeFacts,
    expect: { readonly version: string; readonly instance: string; readonly member: string },
  ): Verdict;
}
