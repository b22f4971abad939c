/** The host twin with a ledger: each effect is written down with the order that the agent was carrying out when it began it. */
import { createHash } from 'node:crypto';
import { HostTwin, type HostTwinOptions } from '../twins/host.ts';

export interface Effect {
  readonly atMs: number;
  readonly node: string;
  /** `stop`, `start`, `activate`, `complete`, `remove`; `reboot` and `crash`, which are never ordered. */
  readonly kind: string;
  readonly release: string | null;
  /** What was started had ended again at once: a start that came to nothing may be made again. */
  readonly inVain: boolean;
  /** null: not ordered. */
  readonly order: string | null;
}

export interface SimHostOptions extends HostTwinOptions {
  readonly name: string;
  /** Disruptive order that this host's agent has in the works now. */
  readonly order: () => string | null;
  readonly note: (effect: Effect) => void;
}

export class SimHost extends HostTwin {
  readonly #options: SimHostOptions;
  #noted = 0;

  constructor(options: SimHostOptions) {
    super(options);
    this.#options = options;
  }

  override addUnit(unit: string, releasesDir: string, release: string): void {
    super.addUnit(unit, releasesDir, release);
    this.#noted = 0;
  }

  override startUnit(unit: string, timeoutMs: number, flags: readonly string[] = []): Promise<void> {
    return this.#noting(() => super.startUnit(unit, timeoutMs, flags));
  }

  override stopUnit(unit: string, timeoutMs: number): Promise<void> {
    return this.#noting(() => super.stopUnit(unit, timeoutMs));
  }

  override activateRelease(releasesDir: string, release: string, previous: string | null): Promise<void> {
    return this.#noting(() => super.activateRelease(releasesDir, release, previous));
  }

  override removeRelease(releasesDir: string, release: string): Promise<void> {
    return this.#noting(() => super.removeRelease(releasesDir, release));
  }

  override completeRelease(releasesDir: string, release: string, bundleDigest: string): Promise<void> {
    return this.#noting(() => super.completeRelease(releasesDir, release, bundleDigest));
  }

  override unpackRelease(releasesDir: string, release: string, digests: readonly string[]): Promise<string> {
    for (const digest of digests) {
      const bytes = this.folders.get(releasesDir)?.partials.get(digest);
      const found = bytes === undefined ? 'nothing' : `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      if (found !== digest) this.breaches.push(`P6 ${release} was unpacked from ${found} in place of ${digest}`);
    }
    return super.unpackRelease(releasesDir, release, digests);
  }

  /** Somebody starts the database by hand. Throws `held`. */
  override startByHand(unit: string): void {
    super.startByHand(unit);
    this.#note(null);
  }

  override crashUnit(unit: string): void {
    super.crashUnit(unit);
    this.effects.push(`crash ${unit}`);
    this.#note(null);
  }

  override reboot(): void {
    super.reboot();
    this.#note(null);
  }

  /** A stop that was under way when its agent died still takes effect, and is still that order's. */
  async #noting<T>(act: () => Promise<T>): Promise<T> {
    const order = this.#options.order();
    try {
      return await act();
    } finally {
      this.#note(order);
    }
  }

  #note(order: string | null): void {
    const { clock, name, note } = this.#options;
    for (const effect of this.effects.slice(this.#noted)) {
      const [kind = '', first, second] = effect.split(' ');
      // `start UNIT RELEASE`, `stop UNIT`, all others `KIND RELEASE`.
      const release = kind === 'start' ? second : kind === 'stop' || kind === 'crash' ? undefined : first;
      const inVain = kind === 'start' && this.fates.get(release ?? '') === 'exits-at-start';
      note({ atMs: clock.monotonicMs(), node: name, kind, release: release ?? null, inVain, order });
    }
    this.#noted = this.effects.length;
  }
}
