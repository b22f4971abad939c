/**
 * What this process knows of the steps that one run watches: how each stands by the probes so far, and how old consents are. Lost without harm:
 * the log says how far a watching was, and time in which no controller watched does not count.
 */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { RunEvent, SoakProgress } from '../../common/events.ts';
import type { Plan } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { nextSoak, soakComplaints } from './decide/soak.ts';
import { freshSoak } from './run/controller-steps.ts';
import { planIndex } from './run/run-index.ts';
import { type RunStatus, waitingSteps } from './run/run-status.ts';

interface Reading {
  readonly attempt: number;
  readonly soak: SoakProgress;
  /** Of the probe that it goes by, monotonic. */
  readonly sampledAtMs: number;
}

export interface Probe {
  readonly view: ClusterView;
  readonly procedure: Procedure;
  /** null: nothing fresh was seen. */
  readonly sampledAtMs: number | null;
}

/** A probe that comes later than so many intervals after the one before shows nothing of the time between. */
const missedSamples = 2;

export class SoakWatch {
  readonly #plan: Plan;
  readonly #readings = new Map<string, Reading>();
  /** When consents were given, as far as this process knows. */
  readonly #agreedAtMs = new Map<string, number>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  remember(event: RunEvent, nowMs: number): void {
    if (event.type === 'step-confirmed') this.#agreedAtMs.set(event.step, nowMs);
    if (event.type === 'consent-expired') this.#agreedAtMs.delete(event.step);
  }

  /** How often it wants a probe, at most every `mostMs`. */
  everyMs(status: RunStatus, mostMs: number): number {
    const bodies = waitingSteps(status).flatMap(({ step }) => planIndex(this.#plan).step(step)?.step.body ?? []);
    return Math.min(mostMs, ...bodies.map((body) => (body.kind === 'soak' ? body.everyMs : mostMs)));
  }

  /** How each watched step stands by now; one that no fresh probe was taken for since it began is left out. */
  readings(status: RunStatus, { view, procedure, sampledAtMs }: Probe): ReadonlyMap<string, SoakProgress> {
    const soaks = new Map<string, SoakProgress>();
    for (const { step, status: waiting } of waitingSteps(status)) {
      const placed = planIndex(this.#plan).step(step);
      if (placed?.step.body.kind !== 'soak') continue;
      const { body } = placed.step;
      const known = this.#readings.get(step);
      const before = known?.attempt === waiting.attempt ? known : null;
      if (sampledAtMs !== null && sampledAtMs !== before?.sampledAtMs) {
        const sinceMs = before === null ? 0 : sampledAtMs - before.sampledAtMs;
        const elapsedMs = sinceMs > missedSamples * body.everyMs ? body.everyMs : sinceMs;
        const complaints = soakComplaints({ plan: this.#plan, status, view, procedure, hop: placed.hop.id }, body);
        const soak = nextSoak(before?.soak ?? waiting.soak ?? freshSoak, { complaints, elapsedMs }, body.toleranceMs);
        this.#readings.set(step, { attempt: waiting.attempt, soak, sampledAtMs });
      }
      const reading = this.#readings.get(step);
      if (reading?.attempt === waiting.attempt) soaks.set(step, reading.soak);
    }
    return soaks;
  }

  /** Consents given longer ago than they are valid; those of before this process count as given when it first saw them. */
  expired(status: RunStatus, nowMs: number): ReadonlySet<string> {
    const old = new Set<string>();
    for (const { steps } of status.turns) {
      for (const [step, last] of Object.entries(steps)) {
        const body = planIndex(this.#plan).step(step)?.step.body;
        if (body?.kind !== 'consent' || last.state !== 'done') continue;
        const agreedAtMs = this.#agreedAtMs.get(step) ?? nowMs;
        this.#agreedAtMs.set(step, agreedAtMs);
        if (nowMs - agreedAtMs > body.validMs) old.add(step);
      }
    }
    return old;
  }
}
