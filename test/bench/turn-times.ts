/**
 * What Drydock itself costs per node: the wall time from choosing a turn to the end of its last proof, minus what the engine and its
 * supervision took of it (checkpoint, stop, start, their answers to guards and proofs, as the agent's receipts tell).
 */
import type { AuditListDocument } from '../../common/documents/administration.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Rolled } from './rolls.ts';

/** From the run's audit events: the engine's time of all orders, and the overhead of each turn that held a downtime. */
export function turnTimes(audit: AuditListDocument): Pick<Rolled, 'engineMs' | 'overheadsMs'> {
  const turns = new Map<string, { begunMs: number; endedMs: number; engineMs: number; downtime: boolean }>();
  let engineMs = 0;
  for (const { at, body } of audit.events) {
    const event = body as RunEvent;
    const atMs = Date.parse(at);
    if (event.type === 'turn-chosen') turns.set(event.turn, { begunMs: atMs, endedMs: atMs, engineMs: 0, downtime: false });
    if (event.type !== 'order-ended') continue;
    engineMs += event.receipt.engineMs;
    const turn = turns.get(event.turn);
    if (turn === undefined) continue;
    turn.endedMs = atMs;
    turn.engineMs += event.receipt.engineMs;
    turn.downtime ||= event.receipt.downtimeMs !== null;
  }
  const overheadsMs = [...turns.values()].filter(({ downtime }) => downtime).map((turn) => turn.endedMs - turn.begunMs - turn.engineMs);
  return { engineMs, overheadsMs };
}
