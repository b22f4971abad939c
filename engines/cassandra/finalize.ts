/**
 * How 5.0 is finalized: every node is restarted with storage_compatibility_mode UPGRADING, from which on it writes files that 4.x does not read, then all
 * files are rewritten, then every node is restarted with NONE. PURE. Source: cassandra.yaml of 5.0, storage_compatibility_mode.
 */

import type { Step } from '../../common/plan.ts';
import type { FinalRestart } from '../../common/procedure.ts';
import type { HopStepsInput, TurnInput } from '../../common/shape-forms.ts';
import { awaitEach, awaitSelf, stepOf } from '../kit/pure/steps.ts';
import type { CompatibilityMode } from './formats.ts';
import { entersModes } from './scheme.ts';
import { rewriteStep } from './turns.ts';

const modeKey = 'storage_compatibility_mode';
export function finalRestarts(hop: { readonly from: string; readonly to: string }): readonly FinalRestart[] {
  if (!entersModes(hop)) return [];
  // While modes differ nothing streams; in UPGRADING both formats are as they should be, in NONE only the new one.
  return [restart('upgrading', 'UPGRADING', (input) => [rewriteStep(input)]), restart('none', 'NONE')];
}

function restart(id: string, mode: CompatibilityMode, rewrite?: (input: TurnInput) => readonly Step[]): FinalRestart {
  return {
    id,
    name: `restart in ${modeKey} ${mode}`,
    changes: [{ op: 'set', key: modeKey, value: mode }],
    proof: ({ idPrefix, node: { instance } }) => [
      stepOf(instance, {
        id: `${idPrefix}.mode`,
        title: `${instance} runs in mode ${mode}`,
        body: awaitSelf('compatibility-is', mode),
        ...ofProbe,
      }),
    ],
    ...(rewrite === undefined ? {} : { rewrite }),
  };
}

const ofProbe = { deadlineMs: 3 * 60_000, expectedMs: 1_000 };

/** P15: the format is read back from the files of each node. */
export function finalize(input: HopStepsInput): readonly Step[] {
  if (!entersModes(input.hop)) return [];
  const title = (instance: string) => `every sstable of ${instance} has the format of ${input.hop.to}`;
  return awaitEach(input, { id: 'files', title, condition: 'sstables-current', ...ofProbe });
}
