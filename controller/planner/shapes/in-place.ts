/**
 * PURE. One instance is changed in place, and its data with it: what a person must have read comes first, then the stop and a snapshot, then the
 * point of no return, the migration, and the start. Until the migration has begun the rollback starts what ran before.
 */
import type { Phase, PhaseName } from '../../../common/plan.ts';
import type { MigrationForm, StoppedForm } from '../../../common/shape-forms.ts';
import type { TurnInput } from '../../../common/turn-draft.ts';
import { activatePhase, consentValidMs, stopPhase, stoppedSnapshotPhase } from './all-stop.ts';
import { closingPhases, openingPhases } from './blocks.ts';
import { controllerPhase } from './controller-turn.ts';
import type { HopInput } from './hop-input.ts';
import { restoringUndo } from './own-snapshot.ts';
import { everybody, joined, wavesPhase } from './waves.ts';

export function inPlacePhases(input: HopInput, form: StoppedForm & MigrationForm): readonly (Phase | null)[] {
  const { hop } = input;
  const thing = `migrate ${input.view.cluster} to ${hop.to}: ${form.pointOfNoReturn}`;
  const attested = form.attests(hop).map((what, at) => controllerPhase(input, 'attest', what, { kind: 'attest', what }, at + 1));
  return [
    ...openingPhases(input),
    ...attested,
    stopPhase(input, form),
    stoppedSnapshotPhase(input, form),
    controllerPhase(input, 'consent', `point of no return: ${thing}`, {
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
  return waves(input, 'migrate', `the data becomes that of ${hop.to}`, { leaves: 'down', turn });
}

function startPhase(input: HopInput, form: StoppedForm & MigrationForm): Phase | null {
  const turn = (of: TurnInput) => joined(form.start(of), form.afterStart?.(of) ?? []);
  return waves(input, 'start', `${input.hop.to}, then what is to be done once it serves`, { leaves: 'new', turn });
}

function waves(
  input: HopInput,
  name: PhaseName,
  summary: string,
  { leaves, turn }: { readonly leaves: 'down' | 'new'; readonly turn: (of: TurnInput) => ReturnType<StoppedForm['start']> },
): Phase | null {
  return wavesPhase(input, name, summary, everybody(input.order), { leaves, rollback: input.hop.rollback, disruptive: true, turn });
}
