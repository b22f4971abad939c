/** Every command with its arguments. What a command does is loaded only when it runs: `--help` needs none of it. */
import type { Command } from 'commander';
import { addController, addFleet } from './program/fleet.ts';
import type { Carry, Work } from './program/go.ts';
import { addIdentities } from './program/identities.ts';
import { addCompletion, addContexts } from './program/personal.ts';
import { addPath, addPlans } from './program/plans.ts';
import { addReleases, addRules, addSnapshots } from './program/releases.ts';
import { addControls, addRecords, addRuns } from './program/runs.ts';
import type { GlobalOptions } from './session.ts';

export function addCommands(program: Command, carry: Carry): void {
  const go = (command: Command, work: Work) => carry(command.optsWithGlobals<GlobalOptions>(), work);
  addPath(program, go);
  addFleet(program, go);
  addReleases(program, go);
  addSnapshots(program, go);
  addRules(program, go);
  addPlans(program, go);
  addRuns(program, go);
  addControls(program, go);
  addRecords(program, go);
  addController(program, go);
  addIdentities(program, go);
  addContexts(program, go);
  addCompletion(program, go);
}
