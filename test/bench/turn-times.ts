/**
 * What Drydock itself costs per node: the wall time from choosing a turn to the end of its last proof, minus what the engine and its
 * supervision took of it (checkpoint, stop, start, their answers to guards and proofs, as the agent's receipts tell).
 */
import type { AuditListDocument } from '../../common/documents/administration.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Rolled } from './rolls.ts';

/** A turn that held a downtime, by wall clock. */
export interface TurnSpan {
  readonly instance: string;
  readonly begunMs: number;
  readonly endedMs: number;
}

/** From the run's audit events: the engine's time of all orders, and span and overhead of each turn that held a downtime. */
export function turnTimes(audit: AuditListDocument): Pick<Rolled, 'engineMs' | 'overheadsMs'> & { readonly turns: readonly TurnSpan[] } {
  const turns = new Map<string, { begunMs: number; endedMs: number; engineMs: number; instance: string | null }>();
  const instances = new Map<string, string>();
  let engineMs = 0;
  for (const { at, body } of audit.events) {
    const event = body as RunEvent;
    const atMs = Date.parse(at);
    if (event.type === 'turn-chosen') turns.set(event.turn, { begunMs: atMs, endedMs: atMs, engineMs: 0, instance: null });
    if (event.type === 'order-dispatched') instances.set(event.step, event.instance);
    if (event.type !== 'order-ended') continue;
    engineMs += event.receipt.engineMs;
    const turn = turns.get(event.turn);
    if (turn === undefined) continue;
    turn.endedMs = atMs;
    turn.engineMs += event.receipt.engineMs;
    if (event.receipt.downtimeMs !== null) turn.instance = instances.get(event.step) ?? null;
  }
  const down = [...turns.values()].flatMap(({ instance, ...turn }) => (instance === null ? [] : [{ instance, ...turn }]));
  return { engineMs, overheadsMs: down.map((turn) => turn.endedMs - turn.begunMs - turn.engineMs), turns: down };
}
