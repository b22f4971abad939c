/** The other side of the fleet bench: a gRPC server that welcomes agents and does nothing else. argv: folder of the authority. Prints its address; prints the CPU it used, milliseconds, when it is asked on stdin. */
import { createInterface } from 'node:readline';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { openAuthority } from '../../../../controller/trust/authority.ts';
import { serverOptions } from '../../../../proto/channel.ts';
import type { AgentLinkHandlers } from '../../../../proto/generated/drydock/v1/AgentLink.ts';
import { drydockV1 } from '../../../../proto/loader.ts';
import { agentMessageFromWire, controllerMessageToWire } from '../../../../proto/wire/link.ts';

const server = new Server(serverOptions);
const handlers: AgentLinkHandlers = {
  Connect(stream) {
    stream.on('data', (wire) => {
      if (agentMessageFromWire(wire).type !== 'hello') return;
      stream.write(controllerMessageToWire({ type: 'welcome', controllerVersion: 'bare', writer: 'bare', beatMs: 15_000 }));
    });
    stream.on('error', () => {});
  },
};
server.addService(drydockV1.AgentLink.service, handlers);
const { key, chain, roots } = (await openAuthority(process.argv[2] ?? '')).own;
const own = ServerCredentials.createSsl(Buffer.from(roots), [{ private_key: Buffer.from(key), cert_chain: Buffer.from(chain) }], true);
server.bindAsync('127.0.0.1:0', own, (error, port) => {
  if (error !== null) throw error;
  console.log(`127.0.0.1:${port}`);
});
createInterface({ input: process.stdin })
  .on('line', () => {
    const { user, system } = process.cpuUsage();
    console.log((user + system) / 1000);
  })
  .once('close', () => process.exit());
