/**
 * PURE. What an order has come to on this host: a fold over its journal entries. Living and recovering after a kill use the same
 * function; an entry that cannot follow is a typed error. What a downtime does next is decided in downtime/machine.ts from this state.
 *
 *   (nothing) ─accepted─▶ accepted ─begun─▶ begun ─reverting─▶ reverting ─ended─▶ ended ─acknowledged─▶ acknowledged
 *                            │ ▲              └──────────────ended──────────────────▲
 *                       forgotten (link lost, cancelled or refused before it began; a downtime also: restarted before its first stop)
 */
import type { Incarnation } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import type { DowntimePart, Order, PartDuration, Receipt } from '../../common/orders.ts';
import type { StartMark } from '../host/host.ts';

export type Way = 'forward' | 'back';

/** When an entry was written. Times count from the order's begin and go on across restarts of the agent. */
export interface Moment {
  /** For people, and to estimate how long the agent itself was away. */
  readonly wallMs: number;
  /** While an agent ran: what deadlines are measured in, for an agent that is away cannot act. */
  readonly ranMs: number;
  /** With the time in which no agent ran: what durations are told in. */
  readonly spanMs: number;
}

export type OrderEntry =
  | { readonly type: 'accepted'; readonly order: Order }
  | { readonly type: 'forgotten'; readonly reason: string }
  | {
      readonly type: 'begun';
      readonly at: Moment;
      readonly before: Incarnation | null;
      /** What ran (or lay activated) before; the rollback must answer with it. null: unknown. */
      readonly versionBefore: string | null;
    }
  | {
      readonly type: 'part-begun';
      readonly at: Moment;
      readonly part: DowntimePart;
      readonly way: Way;
      /** Of a start that was still to be made. */
      readonly mark?: StartMark;
    }
  | {
      readonly type: 'part-ended';
      readonly at: Moment;
      readonly part: DowntimePart;
      readonly way: Way;
      /** By `spanMs`: when it began to act, where the unit was held first. Until then the database served. */
      readonly actedFromMs?: number;
      /** Of the verb that it did. */
      readonly token?: string;
    }
  /** About to be started; each start of a job that was cut short is another generation. */
  | { readonly type: 'job-begun'; readonly at: Moment; readonly generation: number; readonly cursor: string | null }
  | { readonly type: 'job-started'; readonly at: Moment }
  /** It is to be ended before it has come to its end. */
  | { readonly type: 'job-ending'; readonly at: Moment; readonly failure: Failure }
  | { readonly type: 'reverting'; readonly at: Moment; readonly failure: Failure }
  | { readonly type: 'ended'; readonly receipt: Receipt }
  | { readonly type: 'acknowledged' };

type OrderPhase = 'accepted' | 'forgotten' | 'begun' | 'reverting' | 'ended' | 'acknowledged';

interface PartRecord {
  readonly part: DowntimePart;
  readonly way: Way;
  /** First begin; a part that was begun again after a restart keeps it. */
  readonly begunMs: number;
  /** null: not ended. */
  readonly endedMs: number | null;
  /** Of the newest start that was made in it. */
  readonly mark?: StartMark;
  /** Of the verb that it did. */
  readonly token?: string;
}

export interface JobRecord {
  readonly generation: number;
  readonly cursor: string | null;
  /** false: it may not have been started yet. */
  readonly started: boolean;
  readonly ending: Failure | null;
}

export interface OrderState {
  readonly phase: OrderPhase;
  readonly order: Order;
  /** Of the newest entry; null before the begin. */
  readonly at: Moment | null;
  readonly before: Incarnation | null;
  readonly versionBefore: string | null;
  readonly parts: readonly PartRecord[];
  /** Left out: nothing was begun. */
  readonly job?: JobRecord;
  /** Why it turned back, and when by `ranMs`. */
  readonly turned: { readonly failure: Failure; readonly ranMs: number } | null;
  readonly receipt: Receipt | null;
}

/** Run id of orders that were made on the host itself, without a controller. */
export const localRun = 'local';

/** An entry that cannot follow the state: a bug or a damaged journal, never the world's fault. */
export class IllegalEntry extends Error {
  readonly phase: OrderPhase | 'none';
  readonly entry: OrderEntry['type'];
  constructor(phase: OrderPhase | 'none', entry: OrderEntry['type'], why: string) {
    super(`an order that is ${phase} cannot be ${entry}: ${why}`);
    this.name = 'IllegalEntry';
    this.phase = phase;
    this.entry = entry;
  }
}

const legalFrom: Readonly<Record<OrderEntry['type'], readonly (OrderPhase | 'none')[]>> = {
  accepted: ['none', 'forgotten'],
  forgotten: ['accepted', 'begun'],
  begun: ['accepted'],
  'part-begun': ['begun', 'reverting'],
  'part-ended': ['begun', 'reverting'],
  'job-begun': ['begun'],
  'job-started': ['begun'],
  'job-ending': ['begun'],
  reverting: ['begun'],
  ended: ['begun', 'reverting'],
  acknowledged: ['ended'],
};

/** The state after one more entry. Throws IllegalEntry. */
export function nextOrderState(state: OrderState | null, entry: OrderEntry): OrderState {
  const phase = state?.phase ?? 'none';
  if (!legalFrom[entry.type].includes(phase)) throw new IllegalEntry(phase, entry.type, 'not in this phase');
  if (entry.type === 'accepted') return fresh(entry.order);
  if (state === null) throw new IllegalEntry('none', entry.type, 'nothing was accepted');
  switch (entry.type) {
    case 'forgotten':
      if (state.job !== undefined || state.parts.some(({ part }) => part !== 'quiesce'))
        throw new IllegalEntry(phase, entry.type, 'it has taken effect');
      return { ...state, phase: 'forgotten' };
    case 'begun':
      return { ...state, phase: 'begun', at: entry.at, before: entry.before, versionBefore: entry.versionBefore };
    case 'part-begun':
      return { ...state, at: entry.at, parts: partBegun(state, entry) };
    case 'part-ended':
      return { ...state, at: entry.at, parts: partEnded(state, entry) };
    case 'job-begun': {
      const { at, generation, cursor } = entry;
      if (generation !== (state.job?.generation ?? 0) + 1) throw new IllegalEntry(phase, entry.type, 'each start is counted');
      return { ...state, at, job: { generation, cursor, started: false, ending: null } };
    }
    case 'job-started':
      return { ...state, at: entry.at, job: { ...begunJob(state, entry.type), started: true } };
    case 'job-ending':
      return { ...state, at: entry.at, job: { ...begunJob(state, entry.type), ending: entry.failure } };
    case 'reverting':
      return { ...state, phase: 'reverting', at: entry.at, turned: { failure: entry.failure, ranMs: entry.at.ranMs } };
    case 'ended':
      return { ...state, phase: 'ended', receipt: entry.receipt };
    case 'acknowledged':
      return { ...state, phase: 'acknowledged' };
    default:
      return entry satisfies never;
  }
}

/** Folds entries from the first one; null when there are none. */
export function foldEntries(entries: readonly OrderEntry[]): OrderState | null {
  return entries.reduce<OrderState | null>(nextOrderState, null);
}

function fresh(order: Order): OrderState {
  return { phase: 'accepted', order, at: null, before: null, versionBefore: null, parts: [], turned: null, receipt: null };
}

function begunJob({ phase, job }: OrderState, entry: OrderEntry['type']): JobRecord {
  if (job === undefined) throw new IllegalEntry(phase, entry, 'no job was begun');
  return job;
}

function checkWay(state: OrderState, entry: { readonly type: OrderEntry['type']; readonly way: Way }): void {
  const expected: Way = state.phase === 'reverting' ? 'back' : 'forward';
  if (entry.way !== expected) throw new IllegalEntry(state.phase, entry.type, `its way is ${expected}`);
}

function partBegun(state: OrderState, entry: Extract<OrderEntry, { type: 'part-begun' }>): readonly PartRecord[] {
  checkWay(state, entry);
  const known = partOf(state, entry.part, entry.way);
  const marked = entry.mark === undefined ? {} : { mark: entry.mark };
  // Begun again: the agent was killed in it, or the host came up in between with the unit running.
  if (known !== null) return state.parts.map((record) => (record === known ? { ...record, ...marked, endedMs: null } : record));
  return [...state.parts, { part: entry.part, way: entry.way, begunMs: entry.at.spanMs, endedMs: null, ...marked }];
}

function partEnded(state: OrderState, entry: Extract<OrderEntry, { type: 'part-ended' }>): readonly PartRecord[] {
  checkWay(state, entry);
  const known = partOf(state, entry.part, entry.way);
  if (known === null || known.endedMs !== null) throw new IllegalEntry(state.phase, entry.type, `${entry.part} is not under way`);
  const begunMs = entry.actedFromMs ?? known.begunMs;
  const ended: PartRecord = { ...known, begunMs, endedMs: entry.at.spanMs, ...(entry.token === undefined ? {} : { token: entry.token }) };
  return state.parts.map((record) => (record === known ? ended : record));
}

export function partOf(state: OrderState, part: DowntimePart, way: Way): PartRecord | null {
  return state.parts.find((record) => record.part === part && record.way === way) ?? null;
}

/** Durations for the receipt; parts of the rollback are called `revert stop`, …. Parts that did not end last until `untilMs`. */
export function partDurations(state: OrderState, untilMs: number): readonly PartDuration[] {
  return state.parts.map(({ part, way, begunMs, endedMs }) => ({
    part: way === 'forward' ? part : `revert ${part}`,
    ms: (endedMs ?? untilMs) - begunMs,
  }));
}

/** From the drain or the stop, which the hold went before, to `untilMs`; null when nothing was taken out of service. */
export function downtimeMs(state: OrderState, untilMs: number): number | null {
  const first = partOf(state, 'drain', 'forward') ?? partOf(state, 'stop', 'forward');
  return first === null ? null : untilMs - first.begunMs;
}

/** By wall clock: when the order took its instance down; null: it did not. */
export function downtimeBeganMs(state: OrderState): number | null {
  const first = state.parts.find(({ part, way }) => part !== 'quiesce' && way === 'forward');
  return first === undefined ? null : atWallMs(state, first.begunMs);
}

/** By wall clock: when the order ended; null: it has not, or never began. */
export function orderEndedMs(state: OrderState): number | null {
  return state.receipt === null ? null : atWallMs(state, state.receipt.elapsedMs);
}

function atWallMs({ at }: OrderState, spanMs: number): number | null {
  return at === null ? null : at.wallMs - at.spanMs + spanMs;
}
