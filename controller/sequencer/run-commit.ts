import type { StoredEvent } from '../../common/events.ts';
import type { RunPlan } from '../store/store.ts';
import type { RunStatus } from './run-status.ts';
import type { Timeline } from './timeline.ts';

/** Events of a run that the store has just taken, and what the run was before them. Each event is in one commit. */
export interface RunCommit {
  readonly record: RunPlan;
  readonly before: { readonly status: RunStatus; readonly timeline: Timeline };
  readonly events: readonly StoredEvent[];
}
