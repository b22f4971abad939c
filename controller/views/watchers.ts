/** Wakes those who follow a run. What there is to tell, they read themselves: a slow reader misses nothing and lets none wait. */
export interface StepProgress {
  readonly step: string;
  readonly part: string;
  /** 0 to 1. */
  readonly fraction: number;
  readonly note: string;
}

/** With when this part of the step was first told of, by the wall clock: for people. */
export interface PartProgress extends StepProgress {
  readonly sinceMs: number;
}

export class Watchers {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #versions = new Map<string, number>();
  readonly #progress = new Map<string, PartProgress>();

  /** Events or live parts of the run changed. */
  changed(runId: string): void {
    this.#versions.set(runId, this.version(runId) + 1);
    const waiting = this.#waiting.get(runId);
    this.#waiting.delete(runId);
    for (const wake of waiting ?? []) wake();
  }

  progressed(runId: string, progress: StepProgress, nowMs: number): void {
    const before = this.progress(runId);
    const isSame = before?.step === progress.step && before.part === progress.part;
    this.#progress.set(runId, { ...progress, sinceMs: isSame ? before.sinceMs : nowMs });
    this.changed(runId);
  }

  /** Newest progress of a run; it may be lost, and says nothing of what is done. */
  progress(runId: string): PartProgress | null {
    return this.#progress.get(runId) ?? null;
  }

  version(runId: string): number {
    return this.#versions.get(runId) ?? 0;
  }

  /** Resolves when the run's version is not `seen` any more, or when the signal says so. */
  async beyond(runId: string, seen: number, signal: AbortSignal): Promise<void> {
    if (this.version(runId) !== seen || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(runId) ?? new Set();
      this.#waiting.set(runId, waiting);
      const wake = () => {
        signal.removeEventListener('abort', wake);
        waiting.delete(wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  forget(runId: string): void {
    this.#progress.delete(runId);
  }
}
