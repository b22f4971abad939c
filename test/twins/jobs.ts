/** Jobs of a host in memory: they run on the host's clock, whatever becomes of the agent, and end with the host. */
import type { JobState } from '../../agent/host/host.ts';
import { type Clock, pause, type Timer } from '../../common/clock.ts';
import type { JobCommand } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';

/** How a program behaves, by its name; others cannot be run. */
export interface ProgramTwin {
  /** One after the other, each a line of output and an effect. */
  readonly stepMs: number;
  /** What it has to do with these arguments, in order. */
  steps(args: readonly string[]): readonly string[];
  readonly exitCode?: number;
  /** Never ends; asked to, it does, unless it is deaf. */
  readonly hangs?: boolean;
  readonly deaf?: boolean;
  /** What each step brings about. */
  onStep?(step: string): void;
}

interface JobTwin {
  state: JobState;
  output: string;
  timer: Timer | null;
  readonly program: ProgramTwin;
}

const endMs = 30;

export class JobsTwin {
  readonly programs = new Map<string, ProgramTwin>();
  readonly jobs = new Map<string, JobTwin>();
  /** Everything that programs did, and how often each was started. */
  readonly did: string[] = [];
  readonly starts: string[] = [];
  /** Two ran at the same time. */
  readonly breaches: string[] = [];
  /** A job is about to be started for the first time, or is over. */
  onStart: (id: string) => void = () => {};
  onOver: (id: string, state: JobState) => void = () => {};
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(id: string, { argv: [name, ...args] }: JobCommand): void {
    if (this.jobs.has(id)) return;
    const program = this.programs.get(name);
    if (program === undefined) throw fail('failed', 'job-not-started', `${name} cannot be run`);
    this.onStart(id);
    if (this.running().length > 0) this.breaches.push(`${id} was started while ${this.running().join()} was running`);
    const job: JobTwin = { state: { kind: 'running' }, output: '', timer: null, program };
    this.jobs.set(id, job);
    this.starts.push([name, ...args].join(' '));
    this.#step(job, program.steps(args));
  }

  state(id: string): JobState {
    return this.jobs.get(id)?.state ?? { kind: 'none' };
  }

  running(): readonly string[] {
    return [...this.jobs].flatMap(([id, { state }]) => (state.kind === 'running' ? [id] : []));
  }

  async end(id: string): Promise<void> {
    const job = this.jobs.get(id);
    if (job?.state.kind !== 'running') return;
    await pause(this.#clock, endMs);
    if (job.program.deaf === true) throw fail('failed', 'job-not-ended', `job ${id} still runs`);
    if (job.state.kind === 'running') this.#over(job, { kind: 'ended', exitCode: null });
  }

  /** The host goes down: what ran is gone, and nothing saw how it ended. */
  loseAll(): void {
    for (const job of this.jobs.values()) if (job.state.kind === 'running') this.#over(job, { kind: 'lost' });
  }

  #over(job: JobTwin, state: JobState): void {
    job.timer?.cancel();
    job.state = state;
    for (const [id, each] of this.jobs) if (each === job) this.onOver(id, state);
  }

  #step(job: JobTwin, [next, ...rest]: readonly string[]): void {
    const { stepMs, hangs, exitCode = 0 } = job.program;
    if (next === undefined && hangs === true) return;
    job.timer = this.#clock.after(stepMs, () => {
      if (next === undefined) return this.#over(job, { kind: 'ended', exitCode });
      this.did.push(next);
      job.program.onStep?.(next);
      job.output += `${next}\n`;
      this.#step(job, rest);
    });
  }
}
