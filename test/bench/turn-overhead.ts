/** What Drydock itself costs per node: the turn's wall time minus what the engine took for its own. */
import type { AuditListDocument } from '../../common/documents.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Receipt } from '../../common/orders.ts';

const engineParts = new Set(['quiesce', 'stop', 'start']);

/** The engine's own time in a receipt: its parts of an outage, or the whole wait of a gate (replication catching up). */
function engineMs(receipt: Receipt, step: string): number {
  if (receipt.outOfServiceMs !== null)
    return receipt.parts.filter(({ part }) => engineParts.has(part)).reduce((sum, { ms }) => sum + ms, 0);
  return step.includes('await') || step.includes('settle') || step.includes('gate') ? receipt.elapsedMs : 0;
}

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
    turn.engineMs += engineMs(event.receipt, event.step);
    turn.outage ||= event.receipt.outOfServiceMs !== null;
  }
  return [...turns.values()].filter(({ outage }) => outage).map((turn) => turn.endedMs - turn.begunMs - turn.engineMs);
}
