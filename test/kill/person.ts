/** What a person does who is called by a hold and knows nothing but what `drydock status` prints. */
import type { HoldDocument } from '../../common/documents/runs.ts';
import type { DemoFleet } from '../../demo/fleet.ts';
import { askServers } from './stage.ts';

export interface Deed {
  readonly hold: string;
  readonly command: string;
  readonly exitCode: number;
  readonly output: string;
}

export const nameOf = ({ kind, subject }: HoldDocument): string => `${kind} ${subject}`;

/** How often a person says the same before trying what is offered next. */
const patience = 2;

/**
 * Takes the first command that the hold offers, and the next one where that has not helped; where it asks what a step came to, the person looks
 * at the servers. `before`: how many were taken already.
 */
export async function release(fleet: DemoFleet, hold: HoldDocument, before: number): Promise<Deed> {
  const { commands } = hold;
  const offered = commands[Math.min(Math.floor(before / patience), commands.length - 1)] ?? '';
  const [verb = '', run = '', step = ''] = offered.split(' ');
  const args =
    verb === 'resolve' ? [verb, run, step, '--as', await cameTo(fleet, step), '--reason', 'looked at the servers'] : [verb, run, step];
  const { exitCode, stderr } = await fleet.cli(args.filter((arg) => arg !== ''));
  return { hold: nameOf(hold), command: args.join(' '), exitCode, output: stderr.trim() };
}

/** A promotion came to something when two servers are out of recovery or the one that is stopped is not missed as primary. */
async function cameTo(fleet: DemoFleet, step: string): Promise<'done' | 'failed'> {
  const servers = [...(await askServers(fleet)).values()];
  const writable = servers.some((server) => server?.recovery === false);
  return step.endsWith('.promote') && writable ? 'done' : 'failed';
}
