/** A child program of the fleet bench: hosts that fetch an artifact, as many of them at once as the parent asks. argv: address, folder of the authority, hosts. */
import { controllerArtifacts } from '../../../../agent/link/controller-artifacts.ts';
import { clientCredentials, secureClientOptions } from '../../../../proto/secure-channel.ts';
import { hostName } from '../names.ts';
import { agentIdentities } from './identities.ts';

export interface ReadersAsked {
  readonly digest: string;
  readonly count: number;
}

export interface ReadersDone {
  /** Of all together; what came is not kept. */
  readonly bytes: number;
  readonly ms: number;
}

const [address = '', trustDir = '', count = '0'] = process.argv.slice(2);
const identities = await agentIdentities(
  trustDir,
  Array.from({ length: Number(count) }, (_, number) => hostName(number)),
);
const sources = identities.map((identity) => {
  const by = { credentials: clientCredentials(identity), options: secureClientOptions };
  return controllerArtifacts(address, () => by);
});

process.once('disconnect', () => process.exit());
process.on('message', async ({ digest, count: asked }: ReadersAsked) => {
  const begunMs = performance.now();
  const read = await Promise.all(
    sources.slice(0, asked).map(async (source) => {
      let bytes = 0;
      for await (const piece of source.read(digest, 0)) bytes += piece.length;
      return bytes;
    }),
  );
  const done: ReadersDone = { bytes: read.reduce((sum, bytes) => sum + bytes, 0), ms: performance.now() - begunMs };
  process.send?.(done);
});
process.send?.('ready');
