/** A child program of the fleet bench: so many fake agents in one process. argv: address, folder of the authority, first number, count, streams opened per second. Begins at the parent's word. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { dialController } from '../../../../agent/link/link.ts';
import { clientCredentials, secureClientOptions } from '../../../../proto/secure-channel.ts';
import { hostName } from '../names.ts';
import { type FakeAgent, fakeAgent } from './fake-agent.ts';
import { agentIdentities } from './identities.ts';

/** What the parent hears every quarter of a second. */
export interface SwarmNews {
  readonly connected: number;
  readonly losses: number;
}

const newsEveryMs = 250;
const [address = '', trustDir = '', first = '0', count = '0', perSecond = '200'] = process.argv.slice(2);

const numbers = Array.from({ length: Number(count) }, (_, index) => Number(first) + index);
const identities = await agentIdentities(trustDir, numbers.map(hostName));
const agents: FakeAgent[] = identities.map((identity, index) => {
  const by = { credentials: clientCredentials(identity), options: secureClientOptions };
  return fakeAgent(Number(first) + index, () => dialController(address, () => by));
});

function tell(): void {
  const news: SwarmNews = {
    connected: agents.filter(({ connected }) => connected).length,
    losses: agents.reduce((sum, { losses }) => sum + losses, 0),
  };
  process.send?.(news);
}

process.once('disconnect', () => process.exit());
tell();
await once(process, 'message');
setInterval(tell, newsEveryMs);
const portion = Math.max(1, Math.round(Number(perSecond) / 20));
for (let begun = 0; begun < agents.length; begun += portion) {
  for (const agent of agents.slice(begun, begun + portion)) agent.start();
  await pause(50);
}
