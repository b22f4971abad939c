/**
 * A server of quay on a simulated host: what lies on its disk, which survives kills and reboots, and what is never right about it. Data have a
 * format; a release reads those of its own major version and of the one before it that the rules lead from.
 */
import type { ProgramTwin } from '../../twins/jobs.ts';
import type { SimHost } from '../sim-host.ts';

export const unit = 'quay';
export const dataDir = '/var/lib/quay';
export const releasesDir = '/opt/quay';

interface Clone {
  readonly version: string;
  state: 'created' | 'copied' | 'switched';
}

interface Data {
  /** Version that they are of. */
  format: string;
  /** Steps of a migration that were made; neither version reads them before the last. */
  migrated: number;
}

export const stepsOfJob = 3;
const jobStepMs = 1_500;

export const versionIn = (release: string): string => release.split('/').at(-1)?.split('-')[0] ?? '';

export class QuayServer {
  readonly name: string;
  readonly host: SimHost;
  /** Who it is among the members; another one once it was replaced. */
  member: string;
  clone: Clone | null = null;
  prepared = false;
  retired = false;
  /** Orders whose job ended well. */
  readonly finished = new Set<string>();
  /** By what lies in the data directory's place: data restored from a snapshot are others than those before. */
  readonly #data = new Map<string, Data>();
  readonly #broke: (what: string) => void;
  #starts = 0;

  constructor(name: string, version: string, host: SimHost, broke: (what: string) => void) {
    this.name = name;
    this.member = name;
    this.host = host;
    this.#broke = broke;
    this.#data.set('live', { format: version, migrated: 0 });
    for (const job of ['migrate', 'reindex', 'copy']) host.jobs.programs.set(job, this.#program(job));
    host.jobs.onStart = (id) => this.#jobStarts(id);
    host.jobs.onOver = (id, state) => {
      if (state.kind === 'ended' && state.exitCode === 0) this.finished.add(orderOf(id));
    };
  }

  /** What a start would find. */
  get data(): Data {
    const content = this.host.shelf.contentOf(dataDir);
    const found = this.#data.get(content);
    if (found !== undefined) return found;
    const format = this.host.shelf.snapshots.get(content)?.made.notes.format;
    if (format === undefined) throw new Error(`nothing is known of the data ${content} of ${this.name}`);
    const restored = { format, migrated: 0 };
    this.#data.set(content, restored);
    return restored;
  }

  /** Of what answers to clients; null: nothing does. */
  get version(): string | null {
    const release = this.host.serves(unit);
    if (release === null) return null;
    return this.clone?.state === 'switched' ? this.clone.version : versionIn(release);
  }

  get isUp(): boolean {
    return this.host.runs(unit) !== null;
  }

  /** By hand: another member has its data from the others, and nothing of what ran before lies there. */
  replaced({ keepsSnapshots }: { readonly keepsSnapshots: boolean }): void {
    this.member = `${this.name}-anew`;
    const folder = this.host.folders.get(releasesDir);
    for (const release of folder?.complete.keys() ?? []) if (release !== folder?.current) folder?.complete.delete(release);
    if (!keepsSnapshots) this.host.shelf.snapshots.clear();
  }

  /** Whatever started it: it must be able to read what it finds. */
  started(release: string, inVain: boolean): void {
    this.#starts += 1;
    const version = versionIn(release);
    const { format, migrated } = this.data;
    if (migrated > 0) this.#broke(`P7 ${this.name} was started with ${version} on data that are half migrated`);
    if (Number(format) > Number(version)) this.#broke(`P7 ${this.name} was started with ${version} on data of ${format}`);
    if (inVain) return;
    // From 6 on a server makes its data its own as soon as it runs.
    if (Number(version) >= 6) this.data.format = version;
    if (Math.floor(Number(version)) > 1) this.prepared = false;
  }

  /** The next job begins where the one before it came to. */
  #program(job: string): ProgramTwin {
    return {
      stepMs: jobStepMs,
      steps: ([from = '0', to = '']) =>
        Array.from({ length: Math.max(0, stepsOfJob - Number(from)) }, (_, at) => `${job} ${Number(from) + at + 1} of ${stepsOfJob} ${to}`),
      onStep: (step) => this.#worked(step.split(' ')),
    };
  }

  #worked([job, at, , , to = '']: readonly string[]): void {
    const isLast = Number(at) === stepsOfJob;
    if (job === 'migrate') {
      if (this.isUp) this.#broke(`P7 ${this.name} is migrated while it runs`);
      Object.assign(this.data, isLast ? { format: to, migrated: 0 } : { migrated: Number(at) });
    }
    if (job === 'copy' && isLast && this.clone?.state === 'created') this.clone.state = 'copied';
  }

  #jobStarts(id: string): void {
    const running = this.host.jobs.running();
    if (running.length > 0 && !running.includes(id)) this.#broke(`P3 job ${id} was begun while ${running.join()} runs`);
    if (this.finished.has(orderOf(id))) this.#broke(`P3 job ${id} was begun again, and it had come to its end`);
  }
}

/** All starts of an order's job differ by their last number. */
const orderOf = (id: string): string => id.replace(/-\d+$/, '');
