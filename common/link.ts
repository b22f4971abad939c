/**
 * What agent and controller say to each other over the one stream that the agent opens (design: one HTTP/2 connection, one bidi stream).
 * These are the inner types; proto/ carries them over the wire and is converted at both edges.
 */

import type { Checkpoint } from './checkpoint.ts';
import type { Incarnation, NodeFacts } from './facts.ts';
import type { Failure } from './failure.ts';
import type { IdentityClass } from './identity/identity.ts';
import type { Giver, Order, Receipt } from './orders.ts';

/** Raised when one side could not be understood by an older other one: 2 carries the body of an order as JSON. */
export const protocolVersion = 2;

/** Of one host; far more than ever run on one. */
export const mostInstances = 100;

/** The last controller that this agent obeyed for a cluster. */
export interface Fence {
  readonly cluster: string;
  readonly epoch: number;
  readonly writer: string;
}

/** Newest order of a cluster in an agent's journal, with the claim under which it was made: a store that never gave it misses history. */
export interface GivenOrder extends Giver {
  readonly cluster: string;
  readonly orderId: string;
}

export interface InstanceAnnounced {
  readonly instance: string;
  readonly cluster: string;
  readonly engine: string;
  readonly dataDir: string;
  /** What the driver can do here: `sql-admin`. */
  readonly capabilities: readonly string[];
  /** Ids of checks and conditions that the driver knows; the planner refuses gaps. */
  readonly checks: readonly string[];
  /** What orders may name of the driver's other closed lists: verbs, keys of settings, jobs. */
  readonly verbs: readonly string[];
  readonly keys: readonly string[];
  readonly jobs: readonly string[];
  /** Digest of the local profile (unit, paths, tools); drift during a run holds. */
  readonly profileDigest: string;
  /** What the digest is of, by the names of settings, without secrets; left out by 0.1. */
  readonly profile?: Readonly<Record<string, string>>;
}

export type OpenOrderState = 'accepted' | 'begun' | 'ended';

export type AgentMessage =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly agentVersion: string;
      readonly host: string;
      readonly bootId: string;
      readonly arch: string;
      /** `debian:12`; `unknown` when it cannot be told. */
      readonly os: string;
      readonly instances: readonly InstanceAnnounced[];
      readonly fences: readonly Fence[];
      /** At most one of each cluster. */
      readonly newestOrders: readonly GivenOrder[];
      readonly openOrders: readonly { readonly orderId: string; readonly state: OpenOrderState }[];
      readonly journalHead: number;
      /** What it keeps of the audit log; left out: an agent that keeps none. */
      readonly checkpoints?: readonly Checkpoint[];
    }
  | { readonly type: 'beat'; readonly journalHead: number }
  | { readonly type: 'facts'; readonly facts: NodeFacts }
  | {
      /** Answers an order: taken into the journal, begun, or refused (a refusal is followed by no report). */
      readonly type: 'ack';
      readonly orderId: string;
      readonly state: 'accepted' | 'begun' | 'refused';
      readonly failure?: Failure;
    }
  | {
      readonly type: 'progress';
      readonly orderId: string;
      readonly part: string;
      /** 0 to 1. */
      readonly fraction: number;
      readonly note: string;
    }
  | {
      /** Repeated until acknowledged; seq is the journal entry that ended the order. */
      readonly type: 'report';
      readonly seq: number;
      readonly receipt: Receipt;
      /** Of the order that it answers. */
      readonly given: Giver;
    }
  | {
      /** Something was done on the host without the controller (drydock-agent revert, finish, release). */
      readonly type: 'intervention';
      readonly seq: number;
      readonly instance: string;
      readonly verb: string;
      readonly actor: string;
      readonly incarnation: Incarnation | null;
    }
  | ({ readonly type: 'recalled'; readonly cluster: string; readonly beforeSeq: number } & Recollection)
  /** Without a failure: the snapshot is not there any more. */
  | { readonly type: 'snapshot-removed'; readonly nonce: string; readonly failure?: Failure };

/** A snapshot that a person wants removed before it expires; the claim is what an order's epoch and writer are (P5). */
export interface SnapshotRemoval {
  readonly claim: Fence;
  readonly instance: string;
  readonly snapshot: string;
}

/** An order as an agent's journal holds it. */
export interface RecalledOrder {
  /** Place in the journal; later orders have higher ones. */
  readonly seq: number;
  readonly order: Order;
  /** `open`: under way, or never begun; its receipt comes later or not at all. */
  readonly state: 'open' | 'ended' | 'forgotten';
  /** Without facts and findings, which were of that moment. null: it has not ended. */
  readonly receipt: Receipt | null;
}

/** A page of an agent's journal, newest order first. */
export interface Recollection {
  readonly orders: readonly RecalledOrder[];
  /** Nothing lies before the last one of these. */
  readonly isAll: boolean;
}

export type ControllerMessage =
  | { readonly type: 'welcome'; readonly controllerVersion: string; readonly writer: string; readonly beatMs: number }
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'report-ack'; readonly seq: number }
  /** Asks what orders of a cluster the journal holds, from the one before `beforeSeq` backwards; 0: from the newest. */
  | { readonly type: 'recall'; readonly cluster: string; readonly beforeSeq: number }
  | ({ readonly type: 'remove-snapshot'; readonly nonce: string } & SnapshotRemoval)
  | { readonly type: 'cancel'; readonly orderId: string }
  /** To be kept, for those who say in their hello what they keep. */
  | { readonly type: 'anchor'; readonly checkpoint: Checkpoint }
  | { readonly type: 'goodbye'; readonly afterMs: number };

/** What an agent hears: also an order that it cannot read, and refuses (P13). */
export type HeardMessage = ControllerMessage | { readonly type: 'unreadable-order'; readonly orderId: string; readonly why: Failure };

/** One end of an open stream. The transport gives it; tests give a twin. */
export interface Link<Out, In> {
  send(message: Out): void;
  /** Called once per message, in order. */
  onMessage(listener: (message: In) => void): void;
  /** Called once, no matter which side closed and why. */
  onClose(listener: (reason: string) => void): void;
  close(reason: string): void;
}

export type AgentEnd = Link<AgentMessage, HeardMessage>;
export type ControllerEnd = Link<ControllerMessage, AgentMessage>;

/** Who is at the other end, as the transport proved it, never as a message claimed. */
export interface Peer {
  readonly class: IdentityClass;
  /** The name in its certificate. */
  readonly identity: string;
  readonly address: string;
}
