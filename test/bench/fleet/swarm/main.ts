/** A child program of the fleet bench: so many fake agents in one process. argv: address, first number, count, streams opened per second. */
import { setTimeout as pause } from 'node:timers/promises';
import { credentials } from '@grpc/grpc-js';
import { dialController } from '../../../../agent/link/link.ts';
import { clientOptions } from '../../../../proto/channel.ts';
import { type FakeAgent, fakeAgent } from './fake-agent.ts';

/** What the parent hears every quarter of a second. */
export interface SwarmNews {
  readonly connected: number;
  readonly losses: number;
}

const plain = () => ({ credentials: credentials.createInsecure(), options: clientOptions });
const newsEveryMs = 250;
const [address = '', first = '0', count = '0', perSecond = '200'] = process.argv.slice(2);

const agents: FakeAgent[] = Array.from({ length: Number(count) }, (_, index) =>
  fakeAgent(Number(first) + index, () => dialController(address, plain)),
);

function tell(): void {
  const news: SwarmNews = {
    connected: agents.filter(({ connected }) => connected).length,
    losses: agents.reduce((sum, { losses }) => sum + losses, 0),
  };
  process.send?.(news);
}

process.once('disconnect', () => process.exit());
setInterval(tell, newsEveryMs);
const portion = Math.max(1, Math.round(Number(perSecond) / 20));
for (let begun = 0; begun < agents.length; begun += portion) {
  for (const agent of agents.slice(begun, begun + portion)) agent.start();
  await pause(50);
}
