/** A run as it goes on: stored events from where the watcher left off, then new ones, each time with the status after them. */
import type { RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import { isOver } from '../sequencer/run/run-status.ts';
import type { StepProgress } from '../views/watchers.ts';
import { documentOf, knownRun, type RunUseCaseDeps } from './known-run.ts';

/** One thing that a watcher sees: exactly one of the members. */
export interface RunSeen {
  readonly event?: StoredEvent;
  readonly status?: RunDocument;
  readonly progress?: StepProgress;
}

export async function* watchRun(deps: RunUseCaseDeps, runId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<RunSeen> {
  const { store, sequencer } = deps;
  const { watchers } = sequencer;
  let seq = afterSeq;
  let progress: StepProgress | null = null;
  let runActor = await knownRun(deps, runId);
  for (;;) {
    const seen = watchers.version(runId);
    for (;;) {
      const events = (await store.events(runId, seq, 100)) as readonly StoredEvent<RunEvent>[];
      for (const event of events) yield { event };
      seq = events.at(-1)?.seq ?? seq;
      if (events.length < 100) break;
    }
    yield { status: await documentOf(deps, runActor) };
    if (isOver(runActor.status) || signal.aborted) return;
    const newest = watchers.progress(runId);
    if (newest !== null && newest !== progress) yield { progress: newest };
    progress = newest;
    await watchers.beyond(runId, seen, signal);
    if (signal.aborted) return;
    // An actor that was read again after a fault is another object.
    runActor = await knownRun(deps, runId);
  }
}
