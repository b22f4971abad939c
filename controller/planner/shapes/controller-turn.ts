/** PURE. Turns and phases of the whole cluster whose one step is no order. */
import type { ControllerBody } from '../../../common/controller-body.ts';
import { anyRole, type Phase, type PhaseName, type Step, type Turn } from '../../../common/plan.ts';
import type { HopInput } from './hop-input.ts';

interface ControllerTurn {
  readonly id: string;
  readonly step: string;
  readonly title: string;
  readonly body: ControllerBody;
  readonly expectedMs: number;
}

/** A turn of the whole cluster with one step that is no order. */
export function controllerTurn({ id, step, title, body, expectedMs }: ControllerTurn): Turn {
  const only: Step = {
    id: step,
    title,
    executor: { kind: 'controller' },
    body,
    guards: [],
    repeat: 'convergent',
    deadlineMs: 0,
    expectedMs,
    healthCheck: null,
  };
  const variants = [{ role: anyRole, steps: [only], undo: [], downtimeMs: 0 }];
  return { id, instance: null, expectedRole: null, disruptive: false, rollback: 'lossless', variants, need: null };
}

/** A phase with one step that is no order. */
export function controllerPhase(input: HopInput, name: PhaseName, title: string, body: ControllerBody, at = 1): Phase {
  const id = `${input.id}.${name}.${input.view.cluster}${at === 1 ? '' : `.${at}`}`;
  const turn = controllerTurn({ id, step: `${id}.${body.kind}`, title, body, expectedMs: 0 });
  const phaseId = `${input.id}.${name}${at === 1 ? '' : `.${at}`}`;
  return { id: phaseId, name, summary: title, expectedMs: 0, waves: [{ id: `${phaseId}.1`, parallel: 1, turns: [turn] }] };
}
