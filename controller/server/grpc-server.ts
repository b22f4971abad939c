/** The controller's gRPC door: agents, artifacts, operators, health; one gate before all of them. */
import { rm } from 'node:fs/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { fail } from '../../common/failure.ts';
import type { ControllerEnd, Peer } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import { serverOptions } from '../../proto/channel.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { parseListenAddress } from './address.ts';
import { agentLinkHandlers } from './agent-link.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { artifactsHandlers } from './artifacts-service.ts';
import { callGate } from './gate.ts';
import { operatorHandlers } from './operator.ts';
import type { UseCases } from './use-cases.ts';

export interface GrpcServerRequest {
  /** `127.0.0.1:7420` (port 0: any free one) or `unix:/path`. */
  readonly listen: string;
  readonly accept: (end: ControllerEnd, peer: Peer) => void;
  readonly useCases: UseCases;
  readonly artifacts: ArtifactStore;
  readonly log: Log;
}

export interface GrpcServer {
  /** With the port that was taken. */
  readonly address: string;
  /** Waits for calls under way to end, at most graceMs, then ends them. */
  stop(graceMs: number): Promise<void>;
}

/** Throws FailureError(usage, `bad-listen`), or (failed, `cannot-listen`) when the address is taken. */
export async function startGrpcServer(request: GrpcServerRequest): Promise<GrpcServer> {
  const { useCases, artifacts, log } = request;
  const { text, socket } = parseListenAddress(request.listen);
  const listensOnSocket = socket !== null;
  const server = new Server({ ...serverOptions, interceptors: [callGate(listensOnSocket, log)] });
  server.addService(drydockV1.AgentLink.service, agentLinkHandlers({ accept: request.accept, listensOnSocket, log }));
  server.addService(drydockV1.Artifacts.service, artifactsHandlers(artifacts, log));
  server.addService(drydockV1.Operator.service, operatorHandlers({ useCases, listensOnSocket, log }));
  const health = new HealthImplementation(Object.fromEntries(['', ...servedNames].map((name) => [name, 'SERVING'] as const)));
  health.addToServer(server);
  // Whoever died on this socket left its file behind; the store's lock proves that nobody lives there.
  if (socket !== null) await rm(socket, { force: true });
  const port = await bound(server, text);
  return {
    address: listensOnSocket ? text : text.replace(/:\d+$/, `:${port}`),
    async stop(graceMs) {
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

const servedNames = ['drydock.v1.AgentLink', 'drydock.v1.Artifacts', 'drydock.v1.Operator'];

function bound(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(fail('failed', 'cannot-listen', `cannot listen on ${address}: ${error.message}; is another controller running there?`));
    });
  });
}
