/**
 * PURE. A second instance is made beside the first, filled, compared and switched to; the first is retired by a consent of its own. Until the switch
 * the rollback discards the second; after it, it switches back.
 */
import type { Phase, PhaseName, RollbackKind, Step } from '../../../common/plan.ts';
import type { SideBySideForm, TurnInput, WaveTurn } from '../../../common/shape-forms.ts';
import type { HopInput } from '../plan-input.ts';
import { finalizePhase, openingPhases } from './blocks.ts';
import { consentValidMs, controllerPhase } from './cluster-steps.ts';
import { everybody, onward, wavesPhase } from './waves.ts';

export function sideBySidePhases(input: HopInput, form: SideBySideForm): readonly (Phase | null)[] {
  const { hop, view } = input;
  const switched = `switch ${view.cluster} to ${hop.to}: ${form.switched}`;
  const retired = `retire ${hop.from} of ${view.cluster}: afterwards the switch cannot be undone`;
  const consent = (thing: string) => ({ kind: 'consent', thing, role: 'approver', validMs: consentValidMs }) as const;
  const harmless = (steps: (of: TurnInput) => readonly Step[]) => ({ disruptive: false, turn: (of: TurnInput) => onward(steps(of)) });
  const at = (
    name: PhaseName,
    summary: string,
    content: { readonly disruptive: boolean; turn(of: TurnInput): WaveTurn },
    rollback: RollbackKind = 'lossless',
  ) => wavesPhase(input, name, summary, everybody(input.order), { leaves: 'new', rollback, ...content });
  return [
    ...openingPhases(input),
    at('create', `a second instance, ${hop.to}, beside ${hop.from}`, {
      disruptive: false,
      turn: (of) => ({ steps: form.create(of), undo: form.discard(of) }),
    }),
    at('copy', `the data, while ${hop.from} serves`, harmless(form.copy)),
    at('verify', 'counts and checksums of both are compared', harmless(form.compare)),
    controllerPhase(input, 'consent', switched, consent(switched)),
    at('switch', form.switched, { disruptive: true, turn: (of) => form.switchOver(of) }, hop.rollback),
    at('accept', `${hop.to} serves as expected`, harmless(form.accept)),
    finalizePhase(input),
    controllerPhase(input, 'consent', `point of no return: ${retired}`, consent(retired), 2),
    at('retire', `${hop.from} is removed`, harmless(form.retire), 'none'),
  ];
}
