/** PURE. How long a run kept each node down, and its cluster without writes: for people and reports, never for deciding. */
import type { Plan, Step, Turn } from '../../../common/plan.ts';
import { planIndex } from './run-index.ts';
import type { RunStatus, StepStatus, TurnStatus } from './run-status.ts';
import type { Timeline } from './timeline.ts';
import { endsRunning, leftStopped } from './turn-progress.ts';

/** One time that a node was down, by the order that let it run again. */
export interface Downtime {
  readonly hop: string;
  readonly turn: string;
  readonly step: string;
  readonly ms: number;
}

export interface NodeDowntimes {
  readonly over: readonly Downtime[];
  /** It is down as was ordered, since the order of this turn stopped it; null: it is not. */
  readonly open: { readonly hop: string; readonly turn: string; readonly sinceMs: number } | null;
}

interface DownOrder extends Omit<Downtime, 'ms'> {
  readonly body: Step;
  readonly last: StepStatus;
  readonly endedMs: number;
}

const neverDown: NodeDowntimes = { over: [], open: null };

/**
 * Of each node that was down in this run, there and back. One order stops and starts, or one stops and a later one starts, be it in another turn: then all
 * that lies between is down, too, no matter what let it wait.
 */
export function downtimesByNode(plan: Plan, status: RunStatus, { receipts }: Timeline): (instance: string) => NodeDowntimes {
  const orders = status.turns.flatMap(({ turn, steps }) =>
    Object.entries(steps).flatMap(([step, last]): readonly DownOrder[] => {
      const [placed, endedMs] = [planIndex(plan).step(step), receipts[step]];
      if (placed?.step.body.kind !== 'downtime' || endedMs === undefined) return [];
      return [{ hop: placed.hop.id, turn, step, body: placed.step, last, endedMs }];
    }),
  );
  const byNode = Map.groupBy(orders, ({ last }) => last.instance);
  const found = new Map([...byNode].map(([instance, own]) => [instance, downtimesIn(own)]));
  return (instance) => found.get(instance) ?? neverDown;
}

function downtimesIn(orders: readonly DownOrder[]): NodeDowntimes {
  const over: Downtime[] = [];
  let open: NodeDowntimes['open'] = null;
  for (const { hop, turn, step, body, last, endedMs } of orders.toSorted((one, other) => one.endedMs - other.endedMs)) {
    if (open === null && isStop(body) && leftStopped(body, last)) open = { hop, turn, sinceMs: endedMs - (last.downtimeMs ?? 0) };
    else if (open === null && last.downtimeMs !== null) over.push({ hop, turn, step, ms: last.downtimeMs });
    else if (open !== null && endsRunning(body) && (last.state === 'done' || last.effect === 'reverted')) {
      over.push({ hop, turn, step, ms: endedMs - open.sinceMs });
      open = null;
    }
  }
  return { over, open };
}

const isStop = ({ body }: Step): boolean => body.kind === 'downtime' && body.parts.includes('stop');

/** Milliseconds until `untilMs` of those that `which` takes; null: it was not down in any of them. */
export function downtimeMsOf(
  { over, open }: NodeDowntimes,
  untilMs: number,
  which: (place: Pick<Downtime, 'hop' | 'turn'>) => boolean,
): number | null {
  const times = [...over.filter(which).map(({ ms }) => ms), ...(open !== null && which(open) ? [untilMs - open.sinceMs] : [])];
  return times.length === 0 ? null : times.reduce((sum, ms) => sum + ms, 0);
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
