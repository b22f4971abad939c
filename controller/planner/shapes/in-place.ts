/**
 * PURE. One instance is changed in place, and its data with it: what a person must have read comes first, then the stop and a snapshot, then the
 * point of no return, the migration, and the start. Until the migration has begun the rollback starts what ran before.
 */
import type { Phase, PhaseName } from '../../../common/plan.ts';
import type { MigrationForm, StoppedForm, TurnInput } from '../../../common/shape-forms.ts';
import type { HopInput } from '../plan-input.ts';
import { activatePhase, stopPhase, stoppedSnapshotPhase } from './all-stop.ts';
import { closingPhases, openingPhases } from './blocks.ts';
import { consentValidMs, controllerPhase } from './cluster-steps.ts';
import { restoresOnRollback, restoringUndo } from './hop-snapshots.ts';
import { everybody, joined, wavesPhase } from './waves.ts';

export function inPlacePhases(input: HopInput, form: StoppedForm & MigrationForm): readonly (Phase | null)[] {
  const { hop } = input;
  const back = restoresOnRollback(input)
    ? '; from then on a rollback restores the snapshot of this run, and all writes since then are lost'
    : '';
  const thing = `migrate ${input.view.cluster} to ${hop.to}: ${form.pointOfNoReturn}${back}`;
  const attested = form
    .attests(hop)
    .map((what, at) => controllerPhase(input, 'attest', `a person attests: ${what}`, { kind: 'attest', what }, at + 1));
  return [
    ...openingPhases(input),
    ...attested,
    stopPhase(input, form),
    stoppedSnapshotPhase(input, form),
    controllerPhase(input, 'consent', restoresOnRollback(input) ? thing : `point of no return: ${thing}`, {
      kind: 'consent',
      thing,
      role: 'approver',
      validMs: consentValidMs,
    }),
    activatePhase(input, form),
    migratePhase(input, form),
    startPhase(input, form),
    ...closingPhases(input),
  ];
}

/** Undone by the snapshot of this run, where the rules say that it can be undone at all. */
function migratePhase(input: HopInput, form: MigrationForm): Phase | null {
  const { hop } = input;
  const turn = (of: TurnInput) => ({
    steps: [...form.migrate(of), ...(form.beforeStart?.(of) ?? [])],
    undo: restoringUndo(input, of),
  });
  return waves(input, 'migrate', `the data is migrated to ${hop.to}`, { leaves: 'down', turn });
}

function startPhase(input: HopInput, form: StoppedForm & MigrationForm): Phase | null {
  const turn = (of: TurnInput) => joined(form.start(of), form.afterStart?.(of) ?? []);
  return waves(input, 'start', `${input.hop.to} starts; then the tasks that need it running`, { leaves: 'new', turn });
}

function waves(
  input: HopInput,
  name: PhaseName,
  summary: string,
  { leaves, turn }: { readonly leaves: 'down' | 'new'; readonly turn: (of: TurnInput) => ReturnType<StoppedForm['start']> },
): Phase | null {
  return wavesPhase(input, name, summary, everybody(input.order), { leaves, rollback: input.hop.rollback, disruptive: true, turn });
}
