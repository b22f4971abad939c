/**
 * The closed set of run events. The audit log is the store of these; a run's status is a fold over them and nothing else.
 * `v` of an event's envelope tells the shape; old shapes stay readable for ever, by upcast.ts.
 */

import type { Hold, HoldKind } from './holds.ts';
import type { Effect, Receipt } from './orders.ts';
import type { MovedRole, PhaseName } from './plan.ts';

export type Way = 'forward' | 'back';

/** What the procedure said to a receipt. It is stored with the event, so that folding needs no engine code. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly hold: Hold };

/** How a time of watching stands. */
export interface SoakProgress {
  /** `disturbed`: something speaks against it, for less than is tolerated; `breached`: for longer. */
  readonly state: 'steady' | 'disturbed' | 'breached';
  /** All the time in which nothing spoke against it. */
  readonly soakedMs: number;
  /** For so long it has been well, or not well, without a break. */
  readonly stretchMs: number;
  /** What speaks against it, one sentence; null: nothing. */
  readonly why: string | null;
}

export type HopState = 'pending' | 'rolling' | 'unfinalized' | 'finalizing' | 'finalized' | 'rolling-back';
export const runEnds = ['done', 'rolled-back', 'aborted', 'stuck'] as const;
export type RunEnd = (typeof runEnds)[number];

export type RunEvent =
  | { readonly type: 'plan-made'; readonly plan: string; readonly digest: string; readonly cluster: string; readonly actor: string }
  /** `hop`: of a plan that is approved hop by hop, the one that may begin now; left out: the plan, with its first hop. */
  | { readonly type: 'approved'; readonly digest: string; readonly actor: string; readonly hop?: string }
  | { readonly type: 'approval-voided'; readonly reason: string }
  /** `moved`: roles that were others when the plan was made. */
  | { readonly type: 'run-started'; readonly actor: string; readonly moved?: readonly MovedRole[] }
  /** `phase`: what the turn is part of as it happens, canary or not; left out in old logs: as it was planned. */
  | {
      readonly type: 'turn-chosen';
      readonly turn: string;
      readonly role: string;
      readonly way: Way;
      readonly instance?: string;
      readonly phase?: PhaseName;
    }
  /** Of a step that one of several members can carry out: this one does, in all its attempts as long as its agent is there. */
  | { readonly type: 'executor-chosen'; readonly turn: string; readonly step: string; readonly instance: string }
  | {
      readonly type: 'order-dispatched';
      readonly turn: string;
      readonly step: string;
      readonly attempt: number;
      readonly instance: string;
      readonly epoch: number;
      readonly writer: string;
    }
  | {
      readonly type: 'order-ended';
      readonly turn: string;
      readonly step: string;
      readonly attempt: number;
      readonly receipt: Receipt;
      readonly verdict: Verdict;
    }
  | { readonly type: 'order-unknown'; readonly turn: string; readonly step: string; readonly attempt: number; readonly reason: string }
  | {
      /** A person (or `retry`) settled what an attempt came to: `done`, `failed`, or that attempt n+1 may be made. */
      readonly type: 'step-resolved';
      readonly turn: string;
      readonly step: string;
      readonly attempt: number;
      readonly as: 'done' | 'failed' | 'retry';
      readonly actor: string;
      readonly reason: string;
    }
  /** A step that is no order: the controller watches, or waits for a person's word. */
  | { readonly type: 'step-begun'; readonly turn: string; readonly step: string; readonly attempt: number }
  /** A person's word to a consent or attest step; `digest`: of the plan that they were shown. */
  | {
      readonly type: 'step-confirmed';
      readonly turn: string;
      readonly step: string;
      readonly attempt: number;
      readonly digest: string;
      readonly actor: string;
      readonly reason: string;
    }
  /** What was agreed to did not begin in time: the agreement is asked for again, and what other systems were asked for it. */
  | { readonly type: 'consent-expired'; readonly turn: string; readonly step: string; readonly attempt: number }
  /** How a step that the controller carries out stands; told when it changes, and now and then so that a restart loses little. */
  | {
      readonly type: 'step-observed';
      readonly turn: string;
      readonly step: string;
      readonly attempt: number;
      readonly soak: SoakProgress;
      /** null: nothing holds. */
      readonly hold: Hold | null;
    }
  | { readonly type: 'step-settled'; readonly turn: string; readonly step: string; readonly attempt: number; readonly verdict: Verdict }
  /** The failure of a node that is not critical: reported, and kept from holding anything. */
  | { readonly type: 'step-excused'; readonly turn: string; readonly step: string; readonly attempt: number; readonly reason: string }
  /** Metrics of the cluster before the hop touched it. */
  | { readonly type: 'baseline-taken'; readonly hop: string; readonly metrics: Readonly<Record<string, number>> }
  /** Upgraded and not finalized: until a person's word the run does nothing. */
  | { readonly type: 'rested'; readonly hop: string; readonly turn: string; readonly step: string }
  /** So much is left of the time that a run may rest; 0: it is over. */
  | { readonly type: 'reminded'; readonly hop: string; readonly leftMs: number }
  | { readonly type: 'effect-opened'; readonly instance: string; readonly effect: Effect }
  /** `leftFor`: it is not restored, because this node was left out of the run and does not serve; left out: it was restored. */
  | { readonly type: 'effect-closed'; readonly instance: string; readonly key: string; readonly leftFor?: string }
  | { readonly type: 'hold-raised'; readonly hold: Hold }
  | { readonly type: 'hold-cleared'; readonly kind: HoldKind; readonly subject: string; readonly actor: string | null }
  | { readonly type: 'paused'; readonly actor: string; readonly reason: string }
  | { readonly type: 'resumed'; readonly actor: string }
  | { readonly type: 'rollback-started'; readonly actor: string | null; readonly reason: string }
  | { readonly type: 'abort-started'; readonly actor: string; readonly reason: string }
  | { readonly type: 'hop-state'; readonly hop: string; readonly state: HopState }
  | { readonly type: 'waived'; readonly subject: string; readonly actor: string; readonly reason: string }
  /** A node has no part in the rest of the run. `member`: what the database calls it. */
  | { readonly type: 'excluded'; readonly instance: string; readonly member: string; readonly actor: string; readonly reason: string }
  /**
   * Replaced by hand while the run waited: the others know it by another id now, and not by the one that it had. `repair`: what a person has to do
   * before the run goes on; left out: nothing.
   */
  | { readonly type: 'member-replaced'; readonly instance: string; readonly was: string; readonly member: string; readonly repair?: string }
  | {
      readonly type: 'local-intervention';
      readonly instance: string;
      readonly verb: string;
      readonly actor: string;
      readonly host: string;
      readonly seq: number;
    }
  | { readonly type: 'epoch-claimed'; readonly epoch: number; readonly writer: string }
  | {
      readonly type: 'run-ended';
      readonly state: RunEnd;
      readonly reason: string /** The fleet went on with it without this store. */;
      readonly adopted?: true;
    };

/** Every kind of run event that this release knows. */
export const runEventTypes: Readonly<Record<RunEvent['type'], true>> = {
  'plan-made': true,
  approved: true,
  'approval-voided': true,
  'run-started': true,
  'turn-chosen': true,
  'executor-chosen': true,
  'order-dispatched': true,
  'order-ended': true,
  'order-unknown': true,
  'step-resolved': true,
  'step-begun': true,
  'step-confirmed': true,
  'consent-expired': true,
  'step-observed': true,
  'step-settled': true,
  'step-excused': true,
  'baseline-taken': true,
  rested: true,
  reminded: true,
  'effect-opened': true,
  'effect-closed': true,
  'hold-raised': true,
  'hold-cleared': true,
  paused: true,
  resumed: true,
  'rollback-started': true,
  'abort-started': true,
  'hop-state': true,
  waived: true,
  excluded: true,
  'member-replaced': true,
  'local-intervention': true,
  'epoch-claimed': true,
  'run-ended': true,
};

export type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** Administration has its own chain: what changed the fleet's records outside any run. */
export type FleetEvent =
  | {
      readonly type: 'cluster-adopted';
      readonly cluster: string;
      readonly engine: string;
      readonly databaseId: string;
      readonly members: readonly string[];
      readonly actor: string;
      /** Of an adoption that needed one: once more, or with fewer members than the database sees. */
      readonly reason?: string;
    }
  | {
      readonly type: 'cluster-labelled';
      readonly cluster: string;
      readonly set: Readonly<Record<string, string>>;
      readonly remove: readonly string[];
      readonly actor: string;
    }
  | { readonly type: 'cluster-forgotten'; readonly cluster: string; readonly actor: string; readonly reason: string }
  | {
      readonly type: 'host-forgotten';
      readonly host: string;
      /** What it claimed when it was forgotten. */
      readonly instances: readonly string[];
      readonly actor: string;
      readonly reason: string;
    }
  | {
      readonly type: 'plan-discarded';
      readonly plan: string;
      readonly digest: string;
      readonly cluster: string;
      readonly actor: string;
      readonly reason: string;
    }
  /** By retention; the run's own chain stays. */
  | {
      readonly type: 'run-removed';
      readonly run: string;
      readonly plan: string;
      readonly cluster: string;
      readonly state: RunEnd;
      readonly endedAtMs: number;
    }
  | {
      readonly type: 'release-added';
      readonly engine: string;
      readonly version: string;
      readonly arch: string;
      readonly digests: readonly string[];
      readonly actor: string;
    }
  | {
      readonly type: 'release-removed';
      readonly engine: string;
      readonly version: string;
      readonly arch: string;
      readonly digests: readonly string[];
      readonly actor: string;
      readonly reason: string;
    }
  | {
      /** Written before its agent is asked: who wanted it is known, whatever came of it. */
      readonly type: 'snapshot-removal-ordered';
      readonly cluster: string;
      readonly instance: string;
      readonly host: string;
      readonly snapshot: string;
      readonly actor: string;
      readonly reason: string;
    }
  | {
      readonly type: 'rules-imported';
      readonly engine: string;
      readonly version: number;
      readonly digest: string;
      readonly actor: string;
    }
  /** digest null: the built-in pack. */
  | { readonly type: 'active-rules'; readonly engine: string; readonly digest: string | null; readonly actor: string }
  /** `identity` everywhere: `agent:db-1`. A role with its selector, where the token binds one. */
  | {
      readonly type: 'token-created';
      readonly identity: string;
      readonly expiresAtMs: number;
      readonly role?: string;
      readonly selector?: string;
      readonly actor: string;
    }
  | { readonly type: 'identity-enrolled'; readonly identity: string; readonly serial: string }
  | { readonly type: 'identity-revoked'; readonly identity: string; readonly actor: string; readonly reason: string }
  | {
      readonly type: 'role-bound' | 'role-unbound';
      readonly identity: string;
      readonly role: string;
      readonly selector: string;
      readonly actor: string;
    }
  | { readonly type: 'epoch-claimed'; readonly cluster: string; readonly epoch: number; readonly writer: string }
  /** A person lets the log stand against what was signed of another: `CHAIN SEQ HASH` as hosts keep it, and chains that are signed anew. */
  | {
      readonly type: 'audit-adopted';
      readonly anchors: readonly string[];
      readonly checkpoints: readonly string[];
      readonly actor: string;
      readonly reason: string;
    }
  /** A store that was older than the fleet wrote down what it had missed. */
  | {
      readonly type: 'fleet-adopted';
      readonly cluster: string;
      /** Orders that this store never gave. */
      readonly orders: readonly string[];
      readonly gaps: readonly string[];
      readonly actor: string;
      readonly reason: string;
    };

/** An event as stored: seq counts from 1 without gaps per chain, hash covers the previous hash and these very bytes. */
export interface StoredEvent<E = RunEvent> {
  readonly chain: string;
  readonly seq: number;
  /** Shape version of the text. */
  readonly v: number;
  readonly atMs: number;
  /** In today's shape. */
  readonly body: E;
  /** The very bytes that the hash covers, in the shape of their time. */
  readonly text: string;
  readonly hash: string;
}

export const eventVersion = 2;
/** Name of the administration chain; run ids never look like it. */
export const fleetChain = 'fleet';
