/** The configuration file of a database in memory: known by digest alone, with the texts that are kept for it. */
import type { DriverConfig, DriverContext } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import type { ConfigRevision } from '../../common/orders.ts';
import type { HostTwin } from './host.ts';

export type Around = <T>(name: string, context: DriverContext, act: () => Promise<T>) => Promise<T>;

export class ConfigTwin implements DriverConfig {
  /** Digest of the file as it is. */
  digest = `sha256:${'a'.repeat(64)}`;
  readonly kept = new Set<string>();
  /** Texts that the dry run finds wrong. */
  readonly refused = new Set<string>();
  /** Texts that only a start finds wrong: with one of them the database never answers. */
  readonly broken = new Set<string>();
  /** A running database does not take a text over: it says so, or it does not answer. */
  reloads: 'takes it' | 'leaves it' | 'throws' = 'takes it';
  readonly #host: HostTwin;
  readonly #around: Around;

  constructor(host: HostTwin, around: Around) {
    this.#host = host;
    this.#around = around;
  }

  preview(context: DriverContext) {
    return this.#around('config.preview', context, async () => {
      const { digest } = this;
      return { file: '/var/lib/db/db.conf', fromDigest: digest, toDigest: digest, lines: [], restartKeys: [], problems: [], warnings: [] };
    });
  }

  stage(context: DriverContext, { fromDigest, toDigest, changes }: ConfigRevision): Promise<readonly Finding[]> {
    return this.#around('config.stage', context, async () => {
      const other = this.digest === fromDigest ? toDigest : fromDigest;
      const isKnown = this.digest === fromDigest ? changes.length > 0 || this.kept.has(other) : this.kept.has(other);
      if ((this.digest !== fromDigest && this.digest !== toDigest) || !isKnown) throw fail('refused', 'facts-changed', 'another text');
      if (this.refused.has(toDigest)) throw fail('refused', 'config-refused', 'the dry run finds it wrong');
      this.kept.add(fromDigest).add(toDigest);
      return [{ check: 'config-staged', ok: true, detail: 'both texts are kept' }];
    });
  }

  place(context: DriverContext, { fromDigest, toDigest }: ConfigRevision, way: 'forward' | 'back'): Promise<void> {
    return this.#around('config.place', context, async () => {
      const wanted = way === 'forward' ? toDigest : fromDigest;
      if (this.digest === wanted) return;
      if ((this.digest !== fromDigest && this.digest !== toDigest) || !this.kept.has(wanted))
        throw fail('refused', 'facts-changed', 'another text');
      this.digest = wanted;
      this.#host.effects.push(`config ${way}`);
    });
  }

  placed(context: DriverContext, { fromDigest, toDigest }: ConfigRevision) {
    return this.#around('config.placed', context, async () =>
      this.digest === toDigest ? 'new' : this.digest === fromDigest ? 'old' : 'other',
    );
  }

  reload(context: DriverContext): Promise<Finding> {
    return this.#around('config.reload', context, async () => {
      if (this.reloads === 'throws') throw fail('unreachable', 'not-listening', 'nothing listens');
      const ok = this.reloads === 'takes it';
      return { check: 'config-active', ok, detail: ok ? 'it is active' : 'it is not active' };
    });
  }

  active(context: DriverContext, { toDigest }: ConfigRevision): Promise<Finding> {
    return this.#around('config.active', context, async () => {
      const ok = this.digest === toDigest;
      return { check: 'config-active', ok, detail: ok ? 'it is active' : 'it is not active' };
    });
  }

  forget(context: DriverContext): Promise<void> {
    return this.#around('config.forget', context, async () => this.kept.clear());
  }
}
