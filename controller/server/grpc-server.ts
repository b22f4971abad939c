/** The controller's gRPC door: agents, artifacts, operators, health; one gate before all of them. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Selector } from '../../common/labels.ts';
import type { ControllerEnd, Peer } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import { serverOptions } from '../../proto/channel.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { mostHosts } from '../fleet/known-hosts.ts';
import type { ArtifactStore } from '../operations/artifact-store.ts';
import type { Operations } from '../operations/operations.ts';
import type { Store } from '../store/store.ts';
import type { Trust } from '../trust/trust.ts';
import { admitCalls } from './admit-calls.ts';
import { agentLinkHandlers } from './agent-link.ts';
import type { Patience } from './answering.ts';
import { artifactsHandlers } from './artifacts-service.ts';
import { enrolmentHandlers } from './enrolment-service.ts';
import { trustGate } from './gate.ts';
import { type Listener, type ListenerLimits, listenFor, parseListenAddress } from './listener.ts';
import { callPace } from './message-rate.ts';
import { operatorHandlers } from './operator.ts';
import { tlsDoor } from './secure-door.ts';
import { usualStrangers } from './strangers.ts';

export interface GrpcServerRequest {
  /** `0.0.0.0:7420` (port 0: any free one) or `unix:/path`. */
  readonly listen: string;
  readonly accept: (end: ControllerEnd, peer: Peer) => void;
  readonly operations: Operations;
  readonly artifacts: ArtifactStore;
  readonly log: Log;
  readonly security: Security;
  /** Others than the usual ones only to see them reached. */
  readonly limits?: Partial<ServerLimits>;
}

export interface Security {
  readonly trust: Trust;
  readonly store: Pick<Store, 'run' | 'plan' | 'labels' | 'labelsOf' | 'retention'>;
  /** Plans of clusters with these labels are approved, confirmed and finalized by somebody else than who made them; null: of none. */
  readonly fourEyes: Selector | null;
  readonly wallMs: () => number;
}

export interface ServerLimits extends ListenerLimits {
  /** How long a connection may stay without a call. */
  readonly idleMs: number;
  /** How long a caller may be silent before it has said what it asks. */
  readonly requestMs: number;
  /** How long a caller may leave unread what a stream has for it. */
  readonly unreadMs: number;
}

/** Twice as many connections as hosts are taken: an agent has one to talk over and for a while one to fetch a release. */
const usualLimits: ServerLimits = {
  connections: 2 * mostHosts,
  prefaceMs: 10_000,
  strangerMs: 60_000,
  strangers: usualStrangers,
  calls: callPace,
  idleMs: 120_000,
  requestMs: 60_000,
  unreadMs: 60_000,
};

export interface GrpcServer {
  /** With the port that was taken. */
  readonly address: string;
  /** Waits for calls under way to end, at most graceMs, then ends them. */
  stop(graceMs: number): Promise<void>;
}

/** Throws FailureError(usage, `bad-listen`), or (failed, `cannot-listen`) when the address is taken. */
export async function startGrpcServer(request: GrpcServerRequest): Promise<GrpcServer> {
  const { operations, artifacts, log } = request;
  const limits = { ...usualLimits, ...request.limits };
  const listen = parseListenAddress(request.listen);
  const { security } = request;
  const door = tlsDoor(security.trust, security.wallMs, log);
  const gate = trustGate({ ...security, door });
  let listener: Listener | null = null;
  const patience: Patience = { unreadMs: limits.unreadMs, hangUp: (peer) => listener?.hangUp(peer) };
  const server = new Server({
    ...serverOptions,
    'grpc.max_connection_idle_ms': limits.idleMs,
    interceptors: [admitCalls(gate, limits.requestMs, (peer) => listener?.takesCall(peer) ?? true, log)],
  });
  server.addService(drydockV1.AgentLink.service, agentLinkHandlers({ accept: request.accept, gate, log, hangUp: patience.hangUp }));
  server.addService(drydockV1.Artifacts.service, artifactsHandlers(artifacts, gate, operations.releases.isForHost, patience, log));
  server.addService(drydockV1.Operator.service, operatorHandlers({ operations, gate, log, patience }));
  server.addService(drydockV1.Enrolment.service, enrolmentHandlers(security.trust, gate, log));
  const health = new HealthImplementation(Object.fromEntries(['', ...servedNames].map((name) => [name, 'SERVING'] as const)));
  health.addToServer(server);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const opened = await listenFor(listen, (connection) => injector.injectConnection(connection), limits, log, door);
  listener = opened;
  return {
    address: opened.address,
    async stop(graceMs) {
      opened.close();
      for (const name of ['', ...servedNames]) health.setStatus(name, 'NOT_SERVING');
      await new Promise<void>((resolve) => {
        const late = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, graceMs);
        server.tryShutdown(() => {
          clearTimeout(late);
          resolve();
        });
      });
    },
  };
}

const servedNames = ['drydock.v1.AgentLink', 'drydock.v1.Artifacts', 'drydock.v1.Enrolment', 'drydock.v1.Operator'];
