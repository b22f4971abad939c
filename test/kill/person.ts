/** What a person does who is called by a hold and knows nothing but what `drydock status` prints. */
import type { HoldDocument } from '../../common/documents/runs.ts';
import type { DemoFleet } from '../../demo/fleet.ts';
import { askServers } from './stage.ts';

export interface Deed {
  readonly hold: string;
  readonly command: string;
  readonly exitCode: number;
  readonly said: string;
}

/** Takes the first command that the hold offers; where it asks what a step came to, the person looks at the servers. */
export async function release(fleet: DemoFleet, { kind, subject, commands }: HoldDocument): Promise<Deed> {
  const [offered = ''] = commands;
  const [verb = '', run = '', step = ''] = offered.split(' ');
  const args =
    verb === 'resolve' ? [verb, run, step, '--as', await cameTo(fleet, step), '--reason', 'looked at the servers'] : [verb, run, step];
  const { exitCode, stderr } = await fleet.cli(args.filter((arg) => arg !== ''));
  return { hold: `${kind} ${subject}`, command: args.join(' '), exitCode, said: stderr.trim() };
}

/** A promotion came to something when two servers are out of recovery or the one that is stopped is not missed as primary. */
async function cameTo(fleet: DemoFleet, step: string): Promise<'done' | 'failed'> {
  const servers = [...(await askServers(fleet)).values()];
  const writable = servers.some((server) => server?.recovery === false);
  return step.endsWith('.promote') && writable ? 'done' : 'failed';
}
