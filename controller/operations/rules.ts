/** What people ask of rule packs: look at them, bring a newer one in, go back to an earlier one. In force at once, kept and audited. */
import type { Clock } from '../../common/clock.ts';
import type {
  RulePackChangeDocument,
  RulePackDiffDocument,
  RulePackDocument,
  RulePackListDocument,
  RulePackSummary,
} from '../../common/documents/rules.ts';
import { fail } from '../../common/failure.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import { diffLines } from '../planner/plan-text.ts';
import { type KnownIds, lintPack } from '../rules/lint.ts';
import { loadPack, type RulePack, type RulePacks } from '../rules/pack.ts';
import type { RulePackRecord, Store } from '../store/store.ts';

interface RuleParts {
  readonly store: Store;
  readonly packs: ActivePacks;
  readonly known: KnownIds;
  readonly clock: Clock;
  /** Sets open plans of the engine against the rules active now. */
  reprove(engine: string): Promise<RulePackChangeDocument['reproven']>;
}

export interface RuleOperations {
  /** Of one engine, or of all (empty). */
  listRules(engine: string): Promise<RulePackListDocument>;
  /** `pack`: empty for the one active, `built-in`, or the beginning of a digest. */
  showRules(engine: string, pack: string): Promise<RulePackDocument>;
  diffRules(engine: string, packA: string, packB: string): Promise<RulePackDiffDocument>;
  /** FailureError(usage, `bad-pack`) with file and line; (refused, `pack-version`) when it is not newer than what is active. */
  importRules(fileName: string, text: string, actor: string): Promise<RulePackChangeDocument>;
  revertRules(engine: string, pack: string, actor: string): Promise<RulePackChangeDocument>;
}

interface Kept extends RulePackSummary {
  readonly text: string;
}

const builtInName = 'built-in';

export function createRuleOperations(parts: RuleParts): RuleOperations {
  const { store, packs, clock } = parts;
  const change = async (engine: string, digest: string): Promise<RulePackChangeDocument> => {
    await packs.reload(store);
    const reproven = await parts.reprove(engine);
    return { apiVersion: 'drydock/v1', pack: summaryOf(await found(parts, engine, digest)), reproven };
  };
  return {
    async listRules(engine) {
      const all = await allOf(parts);
      if (engine !== '') assertEngine(parts, engine);
      return { apiVersion: 'drydock/v1', packs: all.filter((pack) => engine === '' || pack.engine === engine).map(summaryOf) };
    },
    async showRules(engine, pack) {
      const kept = await found(parts, engine, pack);
      return { apiVersion: 'drydock/v1', pack: summaryOf(kept), text: kept.text };
    },
    async diffRules(engine, packA, packB) {
      const [a, b] = [await found(parts, engine, packA), await found(parts, engine, packB)];
      const lines = diffLines(a.text.split('\n'), b.text.split('\n'));
      return { apiVersion: 'drydock/v1', engine, a: a.digest, b: b.digest, same: a.digest === b.digest, lines: shortened(lines) };
    },
    async importRules(fileName, text, actor) {
      const pack = packs.read({ file: fileName, text });
      refuseFindings(parts, pack);
      refuseOlder(parts, pack);
      const record: RulePackRecord = {
        engine: pack.name,
        digest: pack.digest,
        version: pack.version,
        fileName,
        text,
        importedAtMs: clock.wallMs(),
        actor,
      };
      await store.importRulePack(record);
      return change(pack.name, pack.digest);
    },
    async revertRules(engine, pack, actor) {
      const kept = await found(parts, engine, pack);
      await store.chooseRulePack(engine, kept.origin === builtInName ? null : kept.digest, clock.wallMs(), actor);
      return change(engine, kept.digest);
    },
  };
}

/** What `rules lint` would say counts here, too: a pack that is active without anybody having looked must be sound. */
function refuseFindings({ packs, known }: RuleParts, pack: RulePack): void {
  const findings = lintPack(pack, new Map([...packs.current(), [pack.name, pack]]), known);
  if (findings.length === 0) return;
  const lines = findings.map(({ file, line, rule, message }) => `${file}:${line}: ${rule === null ? '' : `${rule}: `}${message}`);
  throw fail('usage', 'bad-pack', `${lines.join('\n')}\nnothing was imported; check the file offline with drydock rules lint FILE`);
}

function refuseOlder({ packs }: RuleParts, pack: RulePack): void {
  const now = packs.current().get(pack.name);
  if (now === undefined || now.digest === pack.digest || pack.version > now.version) return;
  throw fail(
    'refused',
    'pack-version',
    `${pack.file}: version ${pack.version} of the rules for ${pack.name} is not newer than version ${now.version}, which is active; give it a higher version, or reactivate an earlier pack: drydock rules revert ${pack.name} PACK`,
  );
}

async function allOf(parts: RuleParts): Promise<readonly Kept[]> {
  const { imported } = await parts.store.rulePacks();
  const builtin = parts.packs.builtin.map((source) => keptOf(parts, parts.packs.read(source), source.text, null));
  const more = imported.map((record) => keptOf(parts, parts.packs.read({ file: record.fileName, text: record.text }), record.text, record));
  // A pack that was imported and is built in since is one pack.
  const unlisted = more.filter((pack) => !builtin.some((own) => own.engine === pack.engine && own.digest === pack.digest));
  return [...builtin, ...unlisted].sort((a, b) => (a.engine === b.engine ? a.version - b.version : a.engine < b.engine ? -1 : 1));
}

function keptOf({ packs }: RuleParts, pack: RulePack, text: string, record: RulePackRecord | null): Kept {
  return {
    engine: pack.name,
    version: pack.version,
    digest: pack.digest,
    origin: record === null ? builtInName : 'imported',
    active: packs.current().get(pack.name)?.digest === pack.digest,
    file: pack.file,
    importedAt: record === null ? null : new Date(record.importedAtMs).toISOString(),
    importedBy: record?.actor ?? null,
    releases: pack.releases.length,
    newest: pack.profiles.findLast((profile) => profile.stop)?.version ?? null,
    text,
  };
}

const summaryOf = ({ text: _, ...summary }: Kept): RulePackSummary => summary;

function assertEngine({ packs }: RuleParts, engine: string): void {
  if (packs.current().has(engine)) return;
  const known = [...packs.current().keys()].sort().join(', ');
  throw fail('not-found', 'unknown-engine', `no rule pack for engine ${engine}; known engines: ${known}`);
}

async function found(parts: RuleParts, engine: string, pack: string): Promise<Kept> {
  assertEngine(parts, engine);
  const all = (await allOf(parts)).filter((kept) => kept.engine === engine);
  if (pack === '') return all.find((kept) => kept.active) as Kept;
  if (pack === builtInName) return all.find((kept) => kept.origin === builtInName) as Kept;
  const digest = pack.startsWith('sha256:') ? pack : `sha256:${pack}`;
  const matches = all.filter((kept) => kept.digest.startsWith(digest));
  const [only, second] = matches;
  if (only !== undefined && second === undefined) return only;
  const why =
    only === undefined
      ? `no pack of ${engine} has a digest with this prefix`
      : `${matches.length} packs of ${engine} have a digest with this prefix`;
  throw fail('not-found', 'unknown-pack', `${pack}: ${why}; drydock rules list ${engine}`);
}

const contextLines = 2;

/** Changed lines with a few around them; a pack has hundreds. */
function shortened(lines: readonly string[]): readonly string[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - contextLines), at + contextLines + 1).some((line) => !line.startsWith(' ')),
  );
  return lines.flatMap((line, at) => (near[at] === true ? [line] : near[at - 1] === true ? ['…'] : []));
}

// Which rule pack counts for each engine now: the built-in one, or one that was imported.

interface PackSource {
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
