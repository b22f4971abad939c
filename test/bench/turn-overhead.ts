/**
 * What Drydock itself costs per node: the wall time from choosing a turn to the end of its last proof, minus what the engine and its
 * supervision took of it (checkpoint, stop, start, their answers to guards and proofs, as the agent's receipts tell).
 */
import type { AuditListDocument } from '../../common/documents.ts';
import type { RunEvent } from '../../common/events.ts';

/** Overheads in milliseconds, one per turn that held an outage, from the run's audit events. */
export function turnOverheads(audit: AuditListDocument): readonly number[] {
  const turns = new Map<string, { begunMs: number; endedMs: number; engineMs: number; outage: boolean }>();
  for (const { at, body } of audit.events) {
    const event = body as RunEvent;
    const atMs = Date.parse(at);
    if (event.type === 'turn-chosen') turns.set(event.turn, { begunMs: atMs, endedMs: atMs, engineMs: 0, outage: false });
    if (event.type !== 'order-ended') continue;
    const turn = turns.get(event.turn);
    if (turn === undefined) continue;
    turn.endedMs = atMs;
    turn.engineMs += event.receipt.engineMs;
    turn.outage ||= event.receipt.outOfServiceMs !== null;
  }
  return [...turns.values()].filter(({ outage }) => outage).map((turn) => turn.endedMs - turn.begunMs - turn.engineMs);
}
