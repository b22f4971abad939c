/**
 * PURE. Everything stops before any artifact changes, and starts again in the order of its components. The rollback goes the same waves from the
 * end: everything down, what ran before in place everywhere, up again.
 */
import { durationText } from '../../../common/duration-text.ts';
import type { Phase } from '../../../common/plan.ts';
import type { StoppedForm } from '../../../common/shape-forms.ts';
import { oncePerFolder } from '../goals.ts';
import type { HopInput } from '../plan-input.ts';
import { closingPhases, openingPhases, preparePhase } from './blocks.ts';
import { consentValidMs, controllerPhase, onceStartedWave } from './cluster-steps.ts';
import { stoppedSnapshotStep } from './snapshot.ts';
import { everybody, onward, phaseOf, wavesPhase } from './waves.ts';

export function allStopPhases(input: HopInput, form: StoppedForm): readonly (Phase | null)[] {
  const down = [stopPhase(input, form), stoppedSnapshotPhase(input, form), activatePhase(input, form), startPhase(input, form)];
  const prepare = preparePhase(input);
  const downtimeMs = down.reduce((sum, phase) => sum + (phase?.expectedMs ?? 0), 0);
  const thing = `stop all of ${input.view.cluster}: ${form.clientsSee} for about ${durationText(downtimeMs)}${longerForWrites(form, prepare, downtimeMs)}`;
  return [
    ...openingPhases(input),
    controllerPhase(input, 'consent', thing, { kind: 'consent', thing, role: 'approver', validMs: consentValidMs }),
    prepare,
    ...down,
    ...closingPhases(input),
  ];
}

/** What is prepared takes no writes from some time before it stops. */
function longerForWrites({ preparationStopsWrites }: StoppedForm, prepare: Phase | null, downtimeMs: number): string {
  if (preparationStopsWrites === undefined || prepare === null) return '';
  return `; writes stop earlier, for about ${durationText(prepare.expectedMs + downtimeMs)} in total`;
}

export function stopPhase(input: HopInput, { stopWaves, stop }: StoppedForm): Phase | null {
  const content = { leaves: 'down', rollback: 'lossless', disruptive: true, turn: stop } as const;
  return wavesPhase(input, 'stop', 'every node is stopped, verified to be down, and kept down', stopWaves(input.view), content);
}

/** While nothing runs, of those whose data cannot be made again. */
export function stoppedSnapshotPhase(input: HopInput, { snapshots }: StoppedForm): Phase | null {
  const nodes = input.order.filter(({ view }) => snapshots?.(view) === true);
  const taken = {
    verify: 'list',
    nodes,
    leaderRole: input.procedure.leaderRole,
    retainKey: null,
    id: input.id,
    keepMs: stoppedKeepMs,
  } as const;
  const content = {
    leaves: 'down',
    rollback: 'lossless',
    disruptive: false,
    turn: ({ node, idPrefix }: { readonly node: { readonly instance: string }; readonly idPrefix: string }) => {
      const planned = nodes.find(({ view }) => view.instance === node.instance);
      return onward(planned === undefined ? [] : [stoppedSnapshotStep(taken, planned, idPrefix)]);
    },
  } as const;
  return wavesPhase(input, 'snapshot', 'while stopped, verified by listing, kept 30 days', everybody(nodes), content);
}

const stoppedKeepMs = 30 * 86_400_000;

export function activatePhase(input: HopInput, { activate }: StoppedForm): Phase | null {
  const content = { leaves: 'down', rollback: 'lossless', disruptive: true, turn: activate } as const;
  const nodes = oncePerFolder(input.order);
  const shared = nodes.length < input.order.length ? ', once per releases folder' : '';
  return wavesPhase(input, 'activate', `every node is switched to ${input.hop.to}${shared}`, everybody(nodes), content);
}

function startPhase(input: HopInput, { startWaves, start, onceStarted }: StoppedForm): Phase | null {
  const { hop, view } = input;
  const content = { leaves: 'new', rollback: hop.rollback, disruptive: true, turn: start } as const;
  const phase = wavesPhase(input, 'start', `${hop.to} starts, component by component`, startWaves(view), content);
  const last = onceStarted === undefined ? null : onceStartedWave(input, onceStarted);
  return phase === null || last === null ? phase : phaseOf(input, 'start', phase.summary, [...phase.waves, last]);
}
