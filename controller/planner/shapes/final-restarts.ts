/** PURE. Hops that are finalized by restarting every node, one at a time, with another configuration: a wave for each such restart, and the work on files after it. */
import { anyRole, type Turn, type TurnVariant, type Wave } from '../../../common/plan.ts';
import type { FinalRestart } from '../../../common/procedure.ts';
import type { TurnInput } from '../../../common/turn-draft.ts';
import type { PlannedNode } from '../plan-input.ts';
import type { HopInput } from './hop-input.ts';

/** Waves without their ids, in the order in which they go; empty: the hop needs no restart to be finalized. */
export function finalRestartWaves(input: HopInput): readonly Wave[] {
  const { procedure, hop } = input;
  return (procedure.finalRestarts?.(hop) ?? []).flatMap((restart, at) => [
    restartWave(input, restart, at),
    ...rewriteWaves(input, restart),
  ]);
}

/** Nothing leads back from it: a node that does not come up so is started as it was, and the run holds. */
function restartWave(input: HopInput, restart: FinalRestart, at: number): Wave {
  const turns = nodesOf(input).map((node): Turn => {
    const id = `${input.id}.finalize.${restart.id}.${node.view.instance}`;
    const variants = input.procedure.roles.map((role): TurnVariant => {
      const turn = finalTurnInput(input, node, `${id}.${role}`, role, at);
      const { steps, downtimeMs } = input.procedure.turn(turn);
      return { role, steps: [...steps, ...restart.proof(turn)], undo: [], downtimeMs };
    });
    return { ...turnOf(node, id), disruptive: true, variants };
  });
  return { id: '', order: 'choose', name: restart.name, parallel: 1, turns };
}

function rewriteWaves(input: HopInput, restart: FinalRestart): readonly Wave[] {
  const turns = nodesOf(input).flatMap((node): readonly Turn[] => {
    const id = `${input.id}.finalize.${restart.id}-files.${node.view.instance}`;
    const steps = restart.rewrite?.(finalTurnInput(input, node, id, anyRole, null)) ?? [];
    return steps.length === 0
      ? []
      : [{ ...turnOf(node, id), disruptive: false, variants: [{ role: anyRole, steps, undo: [], downtimeMs: 0 }] }];
  });
  return turns.length === 0 ? [] : [{ id: '', order: 'serial', name: 'rewrite files', parallel: 1, turns }];
}

/** Those that were at the target before, too. */
const nodesOf = ({ order, all }: HopInput): readonly PlannedNode[] => [...order, ...all.filter((node) => !order.includes(node))];

function turnOf({ view: { instance }, role }: PlannedNode, id: string): Omit<Turn, 'variants' | 'disruptive'> {
  return { id, instance, expectedRole: role, rollback: 'none', leaves: 'new', need: null };
}

/** The release stays, and so does the version. `restart`: null where nothing is restarted. */
function finalTurnInput(input: HopInput, node: PlannedNode, idPrefix: string, role: string, restart: number | null): TurnInput {
  const { hop, direction, view, settleMs } = input;
  const release = input.order.includes(node) ? input.toRelease(node) : node.release;
  return {
    idPrefix,
    node: node.view,
    peers: view.nodes.filter((peer) => peer !== node.view),
    role,
    hop: { from: hop.to, to: hop.to, direction },
    fromRelease: release,
    toRelease: release,
    settleMs,
    successor: null,
    config: restart === null ? null : input.finalConfig(node, restart),
    reloadOnly: false,
    restore: null,
  };
}
