/** PURE. How long a turn kept its node down, and its cluster without writes: for people and reports, never for deciding. */
import type { Step, Turn } from '../../../common/plan.ts';
import type { TurnStatus } from './run-status.ts';
import type { Timeline } from './timeline.ts';
import { leftStopped } from './turn-progress.ts';

/**
 * Milliseconds, there and back together; null: its node was never taken out. One order stops and starts, or one stops and a later one starts:
 * then all that lies between is down, too, no matter what let it wait.
 */
export function downtimeMsOf(turn: Turn, { steps }: TurnStatus, { receipts }: Timeline): number | null {
  const downtimes = stepsOf(turn)
    .flatMap(({ id, body }) => {
      const ms = steps[id]?.downtimeMs ?? null;
      return body.kind !== 'downtime' || ms === null ? [] : [{ ms, endedMs: receipts[id] ?? 0, starts: body.parts.includes('start') }];
    })
    .sort((one, other) => one.endedMs - other.endedMs);
  let totalMs = 0;
  let downSinceMs: number | null = null;
  for (const { ms, endedMs, starts } of downtimes) {
    totalMs += downSinceMs === null ? ms : endedMs - downSinceMs;
    downSinceMs = starts ? null : endedMs;
  }
  return downtimes.length === 0 ? null : totalMs;
}

/**
 * Milliseconds that a downtime order which ended just now kept its node down, from the begin of the stop that may have been an order before
 * it; null: the node is still down as was ordered, or the step is no downtime.
 */
export function downtimeOfOrder(turn: Turn, { steps }: TurnStatus, { receipts }: Timeline, stepId: string): number | null {
  const downtimes = stepsOf(turn).filter(({ body }) => body.kind === 'downtime');
  const [step, ended] = [downtimes.find(({ id }) => id === stepId), steps[stepId]];
  if (step?.body.kind !== 'downtime' || ended === undefined || ended.downtimeMs === null) return null;
  if (ended.state === 'done' && !step.body.parts.includes('start')) return null;
  const endedMs = receipts[stepId] ?? 0;
  const before = downtimes
    .filter(({ id }) => id !== stepId && steps[id]?.instance === ended.instance && receipts[id] !== undefined)
    .sort((one, other) => (receipts[other.id] ?? 0) - (receipts[one.id] ?? 0))[0];
  const last = before === undefined ? undefined : steps[before.id];
  const isLeftDown = before !== undefined && leftStopped(before, last);
  return isLeftDown ? endedMs - (receipts[before.id] ?? 0) + (last?.downtimeMs ?? 0) : ended.downtimeMs;
}

/** From the begin of the leader's stop to the receipt of its successor's promotion, there and back; none where no role was handed over. */
export function writePausesOf(turn: Turn, { steps: ended }: TurnStatus, { receipts }: Timeline): readonly number[] {
  return turn.variants.flatMap(({ steps, handover }) => {
    if (handover === undefined) return [];
    return [steps, handover.undo].flatMap((way) => {
      const over = way.findIndex(({ id, repeat }) => repeat === 'once' && ended[id]?.state === 'done');
      const stop = way.slice(0, Math.max(over, 0)).findLast(({ body }) => body.kind === 'downtime' && !body.parts.includes('start'));
      const [stoppedMs, overMs] = [receipts[stop?.id ?? ''], receipts[way[over]?.id ?? '']];
      if (stop === undefined || stoppedMs === undefined || overMs === undefined) return [];
      return [overMs - stoppedMs + (ended[stop.id]?.downtimeMs ?? 0)];
    });
  });
}

function stepsOf(turn: Turn): readonly Step[] {
  return turn.variants.flatMap(({ steps, undo, handover }) => [...steps, ...undo, ...(handover?.undo ?? [])]);
}
