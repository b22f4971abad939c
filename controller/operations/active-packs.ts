/** Which rule pack counts for each engine now: the built-in one, or one that was imported. */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { loadPack, type RulePack, type RulePacks } from '../rules/pack.ts';
import type { Store } from '../store/store.ts';

export interface PackSource {
  readonly file: string;
  readonly text: string;
}

export class ActivePacks {
  readonly builtin: readonly PackSource[];
  readonly #builtin: RulePacks;
  readonly #schemes: ReadonlyMap<string, VersionScheme>;
  #current: RulePacks;

  /** `loaded`: what the built-in sources say. */
  constructor(builtin: readonly PackSource[], loaded: RulePacks, schemes: ReadonlyMap<string, VersionScheme>) {
    this.builtin = builtin;
    this.#builtin = loaded;
    this.#schemes = schemes;
    this.#current = this.#builtin;
  }

  /** Another object after every change, so that those who judged by it can tell. */
  current(): RulePacks {
    return this.#current;
  }

  /** Throws FailureError(usage, `bad-pack`) that names file and line. */
  read(source: PackSource): RulePack {
    return loadPack(source.file, source.text, this.#schemes);
  }

  /** Takes over what the store says; after every change of it. */
  async reload(store: Store): Promise<void> {
    const { imported, active } = await store.rulePacks();
    const current = new Map(this.#builtin);
    for (const [engine, digest] of active) {
      const record = imported.find((each) => each.engine === engine && each.digest === digest);
      if (record !== undefined) current.set(engine, this.read({ file: record.fileName, text: record.text }));
    }
    this.#current = current;
  }
}
