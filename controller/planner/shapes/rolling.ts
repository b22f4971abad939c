/** PURE. One node after the other, the canary first: every node serves on while another one has its turn. */
import { ownSnapshot, type Phase, type PhaseName, type Step, type Turn, type TurnVariant, type Wave } from '../../../common/plan.ts';
import type { TurnInput } from '../../../common/shape-forms.ts';
import { turnedRound } from '../../../engines/kit/pure/turns.ts';
import type { HopInput, PlannedNode } from '../plan-input.ts';
import { closingPhases, openingPhases, phase, preparePhase, snapshotPhase, turnId, turnInput } from './blocks.ts';
import { preparationOf } from './cluster-steps.ts';
import { restoreTurnNeed, undoOfRestored } from './hop-snapshots.ts';
import { onward, wavesPhase } from './waves.ts';

export function rollingPhases(input: HopInput): readonly (Phase | null)[] {
  const canary = input.order.slice(0, input.canaryCount);
  const rest = input.order.slice(input.canaryCount);
  return [
    ...openingPhases(input),
    snapshotPhase(input),
    preparePhase(input),
    phase(input, 'canary', canaryFails(input), disruptiveWave(input, 'canary', canary)),
    phase(input, 'roll', 'a failure here holds', disruptiveWave(input, 'roll', rest)),
    rewritePhase(input),
    ...closingPhases(input),
  ];
}

/** One node after the other, as each of them works while it serves. */
function rewritePhase(input: HopInput): Phase | null {
  const { procedure, order, hop } = input;
  const { rewrite } = procedure;
  if (rewrite === undefined || hop.from === hop.to) return null;
  const waves = [{ name: 'rewrite', order: 'serial' as const, instances: order.map(({ view }) => view.instance) }];
  const content = { leaves: 'new' as const, rollback: hop.rollback, disruptive: false, turn: (input: TurnInput) => onward(rewrite(input)) };
  return wavesPhase(input, 'migrate', 'files of older formats are rewritten, one node at a time', waves, content);
}

/** Only where nothing is lost by it (P11). */
const canaryFails = ({ hop }: HopInput): string =>
  hop.rollback === 'lossless' ? 'a failure here is rolled back automatically' : 'a failure here holds';

/** What the preparation and the turns as they are expected bring with them, each said once. */
export function broughtRisks(input: HopInput): readonly string[] {
  const ofTurns = input.order.flatMap((node) => input.procedure.turn(turnInput(input, node, input.id, node.role)).risks ?? []);
  return [...new Set([...preparationOf(input).risks, ...ofTurns])];
}

/** Back to what ran before, on the data of before: the turn that restores a snapshot, here the one that this run made. */
function restoringTurn(input: HopInput, node: PlannedNode, idPrefix: string, role: string): readonly Step[] {
  const there = turnInput(input, node, idPrefix, role);
  const { from, to, direction } = there.hop;
  const back = {
    ...there,
    idPrefix: `${idPrefix}.undo`,
    hop: { from: to, to: from, direction: direction === 'upgrade' ? 'downgrade' : 'upgrade' } as const,
    fromRelease: there.toRelease,
    toRelease: there.fromRelease,
    successor: null,
    config: there.config === null ? null : turnedRound(there.config),
    restore: ownSnapshot,
  };
  return input.procedure.turn(back).steps;
}

/** A start that failed may have changed the data: the agent alone does not start what ran before on them (P11). */
const leavingStopped = (step: Step): Step =>
  step.body.kind === 'downtime' && step.body.parts.includes('activate')
    ? { ...step, body: { ...step.body, onFailure: 'leave-stopped' } }
    : step;

/** One node after the other: the wave's budget is one turn, whatever the pack's budget would allow (P2). */
function disruptiveWave(input: HopInput, name: PhaseName, nodes: readonly PlannedNode[]): Wave {
  const turns = nodes.map((node): Turn => {
    const id = turnId(input, name, node);
    const variants = input.procedure.roles.map((role): TurnVariant => {
      const { risks: _, ...draft } = input.procedure.turn(turnInput(input, node, id, role));
      const undo = input.hop.rollback === 'restore-node' ? restoringTurn(input, node, `${id}.${role}`, role) : draft.undo;
      const steps = input.hop.rollback === 'lossless' ? draft.steps : draft.steps.map(leavingStopped);
      return { role, ...draft, steps, undo: [...undo, ...undoOfRestored(input, node, `${id}.${role}.undo.kept`)] };
    });
    return {
      id,
      instance: node.view.instance,
      expectedRole: node.role,
      disruptive: true,
      rollback: input.hop.rollback,
      variants,
      need: input.restore(node) === null ? null : restoreTurnNeed(node),
    };
  });
  return { id: `${input.id}.${name}.1`, parallel: 1, turns };
}
