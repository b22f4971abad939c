/** Many seeds of several suites in one program, for hours: nothing of a seed is kept but its number when it went wrong. */
import { story } from './story.ts';
import { type SuiteName, suites } from './suites.ts';

const lineEveryMs = 60_000;

interface Tally {
  played: number;
  readonly failed: number[];
}

export class Marathon {
  readonly #tallies: ReadonlyMap<SuiteName, Tally>;
  readonly #begunMs = performance.now();
  #reportedMs = performance.now();
  #stopped = false;
  /** What was thrown and not caught while the seed under way was played. */
  #stray: unknown = null;

  constructor(names: readonly SuiteName[]) {
    this.#tallies = new Map(names.map((name) => [name, { played: 0, failed: [] }]));
  }

  /** Ends after the seed that is under way. */
  stop(): void {
    this.#stopped = true;
  }

  strayed(thrown: unknown): void {
    this.#stray = thrown;
  }

  /** All suites side by side, seed by seed. Returns whether all was played and nothing went wrong. */
  async play(from: number, count: number): Promise<boolean> {
    for (let seed = from; seed < from + count; seed++)
      for (const [name, tally] of this.#tallies) {
        if (this.#stopped) return this.#end();
        if (!(await this.#playOne(name, seed))) tally.failed.push(seed);
        tally.played += 1;
        if (performance.now() - this.#reportedMs >= lineEveryMs) this.#tellProgress();
      }
    return this.#end();
  }

  async #playOne(name: SuiteName, seed: number): Promise<boolean> {
    const again = commandOf(name, seed);
    this.#stray = null;
    try {
      const { ended, deaths, isRight } = await suites[name](seed);
      if (isRight && ended.broken.length === 0 && this.#stray === null) return true;
      console.log(`\n${name}: ${story(ended, deaths, again)}\n${textOf(this.#stray)}`);
    } catch (thrown) {
      console.log(`\n${name}: seed ${seed}; again: ${again}\n${textOf(thrown)}\n`);
    }
    return false;
  }

  #tellProgress(): void {
    this.#reportedMs = performance.now();
    const minutes = Math.round((performance.now() - this.#begunMs) / 60_000);
    const { rss, heapUsed } = process.memoryUsage();
    console.log(`${minutes} min: ${this.#counts()}; heap ${megabytes(heapUsed)}, resident ${megabytes(rss)}`);
  }

  #counts(): string {
    return [...this.#tallies]
      .map(([name, { played, failed }]) => `${name} ${played}${failed.length === 0 ? '' : ` (${failed.length} failed)`}`)
      .join(', ');
  }

  #end(): boolean {
    const seconds = Math.round((performance.now() - this.#begunMs) / 1_000);
    console.log(`\nplayed in ${seconds} s: ${this.#counts()}${this.#stopped ? '; stopped before the end' : ''}`);
    const failed = [...this.#tallies].flatMap(([name, tally]) => tally.failed.map((seed) => commandOf(name, seed)));
    for (const command of failed) console.log(`failed: ${command}`);
    return failed.length === 0 && !this.#stopped;
  }
}

const commandOf = (name: SuiteName, seed: number): string => `npm run test:simulator -- --seeds 1 --from ${seed} --suite ${name}`;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;

const textOf = (thrown: unknown): string =>
  thrown === null ? '' : thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
