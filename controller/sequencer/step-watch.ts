/**
 * What this process knows of the steps that one run watches: how each stands by the probes and the answers so far, and how old consents are.
 * Lost without harm: the log says how far a watching was, and time in which no controller watched does not count.
 */
import type { Clock } from '../../common/clock.ts';
import type { RunEvent, SoakProgress } from '../../common/events.ts';
import type { ClusterView } from '../../common/facts.ts';
import type { Plan } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { ExternalSource } from './connections.ts';
import { nextSoak, soakComplaints, type WatchBody } from './decide/soak.ts';
import { type PlacedStep, planIndex, runIndex } from './run/run-index.ts';
import { type RunStatus, type StepAt, waitingSteps } from './run/run-status.ts';
import { freshSoak } from './run/step-attempts.ts';

interface Reading {
  readonly attempt: number;
  readonly soak: SoakProgress;
  /** Of the probe or answer that it goes by, monotonic. */
  readonly sampledAtMs: number;
}

/** The last question to another system. */
interface Asked {
  readonly attempt: number;
  readonly askedAtMs: number;
  /** null: it has not answered yet. */
  readonly answer: { readonly complaints: readonly string[]; readonly atMs: number } | null;
}

export interface Probe {
  readonly view: ClusterView;
  readonly procedure: Procedure;
  /** null: nothing fresh was seen. */
  readonly sampledAtMs: number | null;
}

/** What comes later than so many intervals after the one before shows nothing of the time between. */
const missedSamples = 2;

export class StepWatch {
  readonly #plan: Plan;
  readonly #external: ExternalSource;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #readings = new Map<string, Reading>();
  readonly #asked = new Map<string, Asked>();
  #hasNews = false;
  /** When consents were given, as far as this process knows. */
  readonly #agreedAtMs = new Map<string, number>();

  constructor(plan: Plan, external: ExternalSource, clock: Pick<Clock, 'monotonicMs'>) {
    this.#plan = plan;
    this.#external = external;
    this.#clock = clock;
  }

  remember(event: RunEvent, nowMs: number): void {
    if (event.type === 'step-confirmed') this.#agreedAtMs.set(event.step, nowMs);
    if (event.type === 'consent-expired') this.#agreedAtMs.delete(event.step);
  }

  /** Another system has answered since the last readings. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** How often it wants a probe or an answer, at most every `mostMs`. */
  everyMs(status: RunStatus, mostMs: number): number {
    return Math.min(mostMs, ...this.#watched(status).map(({ body }) => body.everyMs));
  }

  /** Asks those other systems whose time has come; one that has not answered yet is not asked again. */
  ask(status: RunStatus): void {
    const nowMs = this.#clock.monotonicMs();
    for (const { at, body } of this.#watched(status)) {
      if (body.kind !== 'external') continue;
      const { step } = at;
      const { attempt } = at.status;
      const last = this.#asked.get(step);
      if (last?.attempt === attempt && (last.answer === null || nowMs - last.askedAtMs < body.everyMs)) continue;
      const asked: Asked = { attempt, askedAtMs: nowMs, answer: null };
      this.#asked.set(step, asked);
      void this.#external.ask(body).then((complaint) => {
        if (this.#asked.get(step) !== asked) return;
        const answer = { complaints: complaint === null ? [] : [complaint], atMs: this.#clock.monotonicMs() };
        this.#asked.set(step, { ...asked, answer });
        this.#hasNews = true;
      });
    }
  }

  /** How each watched step stands by now; one that nothing was seen or heard for since it began is left out. */
  readings(status: RunStatus, probe: Probe): ReadonlyMap<string, SoakProgress> {
    this.#hasNews = false;
    const soaks = new Map<string, SoakProgress>();
    for (const { at, placed, body } of this.#watched(status)) {
      const { step } = at;
      const { attempt, soak: told } = at.status;
      const known = this.#readings.get(step);
      const before = known?.attempt === attempt ? known : null;
      const sampledAtMs = body.kind === 'soak' ? probe.sampledAtMs : this.#answerOf(at)?.atMs;
      if (sampledAtMs != null && sampledAtMs !== before?.sampledAtMs) {
        const sinceMs = before === null ? 0 : sampledAtMs - before.sampledAtMs;
        const elapsedMs = sinceMs > missedSamples * body.everyMs ? body.everyMs : sinceMs;
        const complaints =
          body.kind === 'external'
            ? (this.#answerOf(at)?.complaints ?? [])
            : soakComplaints({ ...probe, plan: this.#plan, status, hop: placed.hop.id }, body);
        const soak = nextSoak(before?.soak ?? told ?? freshSoak, { complaints, elapsedMs }, body.toleranceMs);
        this.#readings.set(step, { attempt, soak, sampledAtMs });
      }
      const reading = this.#readings.get(step);
      if (reading?.attempt === attempt) soaks.set(step, reading.soak);
    }
    return soaks;
  }

  #answerOf({ step, status }: StepAt): Asked['answer'] {
    const asked = this.#asked.get(step);
    return asked?.attempt === status.attempt ? asked.answer : null;
  }

  /** Steps of the way that the run goes which wait for what is seen or heard. */
  #watched(status: RunStatus): readonly { readonly at: StepAt; readonly placed: PlacedStep; readonly body: WatchBody }[] {
    if (status.aborting !== null) return [];
    return waitingSteps(status).flatMap((at) => {
      const placed = planIndex(this.#plan).step(at.step);
      const body = placed?.step.body;
      if (placed === null || (body?.kind !== 'soak' && body?.kind !== 'external')) return [];
      return runIndex(this.#plan, status).chosen(at.turn)?.way === status.way ? [{ at, placed, body }] : [];
    });
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
