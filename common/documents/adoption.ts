/** What a store learned that the fleet had gone on without. */
import type { RunEnd } from '../events.ts';
import type { Versioned } from './versioned.ts';

/** An order that this store never gave and that an agent holds. */
export interface LearnedOrderDocument {
  readonly order: string;
  readonly run: string;
  readonly instance: string;
  readonly host: string;
  /** `downtime`, `act promote` … */
  readonly what: string;
  /** `done`, `failed`, `refused`, `interrupted`; `open`: its agent reports its end later; `forgotten`: it never began. */
  readonly outcome: string;
  readonly epoch: number;
  readonly writer: string;
}

/** What stays unknown, because an agent is away or its journal does not reach back. */
export interface HistoryGapDocument {
  readonly kind: 'history-gap';
  readonly host: string;
  readonly detail: string;
}

export interface AdoptedClusterDocument {
  readonly cluster: string;
  /** Epoch that was claimed, above all that agents obeyed. */
  readonly epoch: number;
  readonly learned: readonly LearnedOrderDocument[];
  readonly gaps: readonly HistoryGapDocument[];
  /** Runs of this store that cannot go on. */
  readonly ended: readonly { readonly run: string; readonly state: RunEnd; readonly reason: string }[];
}

export interface AdoptionDocument extends Versioned {
  readonly reason: string;
  readonly clusters: readonly AdoptedClusterDocument[];
}
