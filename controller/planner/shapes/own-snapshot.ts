/** PURE. Rollbacks that restore the snapshots which the run itself made: what they lose is agreed to by a person, once, before the first (P11). */
import { anyRole, ownSnapshot, type Step, type Turn } from '../../../common/plan.ts';
import type { TurnInput } from '../../../common/turn-draft.ts';
import { consentValidMs } from './all-stop.ts';
import { controllerTurn } from './controller-turn.ts';
import type { HopInput } from './hop-input.ts';

/** Restored from it: the writes since are lost, or come from the peers. */
export const isRestored = ({ hop }: Pick<HopInput, 'hop'>): boolean =>
  hop.rollback === 'restore-node' || hop.rollback === 'restore-cluster';

/** The consent that the rollback asks for before anything is restored; null: nothing is restored. */
export function rollbackConsent(input: HopInput): Turn | null {
  const { kind, rollback, from } = input.hop;
  // Node by node a whole cluster cannot go back to one moment: that takes a plan of its own, with the snapshots of this run.
  if (!isRestored(input) || (kind === 'rolling' && rollback === 'restore-cluster')) return null;
  const id = `${input.id}.rollback.${input.view.cluster}`;
  const thing = `roll back to ${from} by the snapshots of this run: ${rollback === 'restore-node' ? 'a restored node gets the writes since then from its peers' : 'all writes since then are lost'}`;
  const body = { kind: 'consent', thing, role: 'approver', validMs: consentValidMs } as const;
  const turn = controllerTurn({ id, step: `${id}.consent`, title: thing, body, expectedMs: 0 });
  const undo = turn.variants.flatMap(({ steps }) => steps);
  return { ...turn, variants: [{ role: anyRole, steps: [], undo, downtimeMs: 0 }] };
}

const restoreDeadlineMs = 24 * 3600_000;

/** Of a node that is stopped and stays so; empty: the rules know no restore. */
export function restoringUndo(input: HopInput, { idPrefix, node, hop, toRelease }: TurnInput): readonly Step[] {
  if (!isRestored(input)) return [];
  const step: Step = {
    id: `${idPrefix}.undo.restore`,
    title: 'restore the snapshot of this run',
    executor: { kind: 'instance', instance: node.instance },
    body: {
      kind: 'downtime',
      mode: 'downgrade',
      parts: ['restore'],
      // It stays at what is in place: another wave puts what ran before into place.
      fromRelease: toRelease,
      toRelease,
      expectVersion: hop.from,
      onFailure: 'leave-stopped',
      restore: ownSnapshot,
    },
    guards: [],
    repeat: 'convergent',
    deadlineMs: restoreDeadlineMs,
    expectedMs: 60_000,
    healthCheck: null,
  };
  return [step];
}
