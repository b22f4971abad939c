/**
 * The fleet as the agents tell it: who is linked, what was last seen. Kept in memory, because it is only worth something while fresh;
 * what must survive is in the store. Nothing here decides anything.
 */
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import type { AgentMessage, ControllerEnd, ControllerMessage, Fence, InstanceAnnounced, Peer, Recollection } from '../../common/link.ts';
import type { OrderBody } from '../../common/orders.ts';
import type { RefusedInstance } from './membership.ts';

export interface HostView {
  readonly host: string;
  readonly connected: boolean;
  readonly lastSeenAtMs: number;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly arch: string;
  readonly os: string;
  readonly instances: readonly InstanceAnnounced[];
  readonly fences: readonly Fence[];
}

/** What the sequencer hears of; the fleet has already updated its own view when it calls. */
export interface FleetListener {
  /** A stream was opened and its hello read. */
  connected(host: string, hello: Extract<AgentMessage, { type: 'hello' }>): void;
  disconnected(host: string, reason: string): void;
  /** Everything but hello, beat and facts. */
  received(host: string, message: AgentMessage): void;
  /** New facts of an instance. */
  observed(instance: string): void;
}

/** What a probe is asked beyond its checks. */
export type ProbeMore = Pick<Extract<OrderBody, { kind: 'observe' }>, 'config' | 'requires' | 'restoreRun'>;

export interface Fleet {
  /** Pace that agents are asked to beat at. */
  readonly beatMs: number;
  /** Takes a fresh stream; the first message must be hello. A second stream of the same host closes the first. */
  accept(end: ControllerEnd, peer: Peer): void;
  listen(listener: FleetListener): void;
  hosts(): readonly HostView[];
  /** null: it is not known. */
  host(host: string): HostView | null;
  /** Clusters that any agent announced, sorted. */
  announcedClusters(): readonly string[];
  /** Nodes sorted by instance; an instance stays known after its link is lost, also over a restart of the controller. */
  nodes(cluster: string): readonly NodeView[];
  /** The view that procedures judge: nodes with what adoption pinned. */
  view(cluster: string): Promise<ClusterView>;
  /** Announcements of a second host for instances of the cluster that another one holds; not part of any view. */
  refused(cluster: string): readonly RefusedInstance[];
  hostOf(instance: string): string | null;
  /** False when the host has no open stream; the caller's own record is then what counts. */
  send(host: string, message: ControllerMessage): boolean;
  /**
   * Asks a host what orders of a cluster its journal holds, newest first, from the one before `beforeSeq` on (0: from the newest).
   * FailureError(unreachable, `agent-lost`) without a link, (timeout, `recall-timeout`) after deadlineMs.
   */
  recall(host: string, cluster: string, beforeSeq: number, deadlineMs: number): Promise<Recollection>;
  /** Asks a node to look at itself now. FailureError(unreachable, `agent-lost`) without a link, (timeout, `probe-timeout`) after deadlineMs. */
  probe(instance: string, checks: readonly string[], deadlineMs: number, more?: ProbeMore): Promise<NodeFacts>;
}
