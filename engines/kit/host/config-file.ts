/**
 * Changes of the one configuration file of an instance that its agent changes. Both texts of a change are kept by digest before anything is
 * touched, so that either can be put into place while nothing runs and no server can be asked.
 */
import { join } from 'node:path';
import { sha256Of } from '../../../common/canonical-json.ts';
import type { DriverConfig, DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { FailureError, toFailure } from '../../../common/failure.ts';
import type { ConfigChange, ConfigRevision } from '../../../common/orders.ts';
import { changedKeys, configDiff } from '../config/config-diff.ts';
import { type ConfigFormat, keysNamed, problemText } from '../config/config-format.ts';
import { refused } from './failures.ts';

/** A change as one host is to judge it: `keys` are those that have another value afterwards. */
export interface ConfigDraft {
  readonly before: string;
  readonly after: string;
  readonly changes: readonly ConfigChange[];
  readonly keys: readonly string[];
}

/** One sentence each. */
export interface ConfigJudgement {
  readonly restartKeys: readonly string[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface ConfigFileForm {
  readonly format: ConfigFormat;
  /** What it includes stays as it is. */
  fileOf(context: DriverContext): string;
  /** Why the changes must not even be made, by their form and this text alone; empty: they may. */
  refusals(changes: readonly ConfigChange[], text: string): readonly string[];
  /** Why they must not be made on this server. Throws nothing for the world's faults. */
  judge(context: DriverContext, draft: ConfigDraft): Promise<ConfigJudgement>;
  /** Tries the new text, with nothing started for it. Throws FailureError where it would be refused; left out: nothing can try it. */
  tryDry?(context: DriverContext, draft: ConfigDraft): Promise<readonly Finding[]>;
  reload(context: DriverContext, keys: readonly string[]): Promise<Finding>;
  active(context: DriverContext, keys: readonly string[], revision: ConfigRevision): Promise<Finding>;
}

interface ConfigText {
  readonly text: string;
  readonly digest: string;
}

const linkMs = 10_000;

/** Texts that are kept or tried; they may hold secrets: for only the owner. */
export const keptFolder = ({ settings }: DriverContext): string => join(settings.releasesDir, '.config');
const keptPath = (context: DriverContext, digest: string) => join(keptFolder(context), `${digest.slice('sha256:'.length)}.conf`);

/** A text of a change that was staged; null: not kept, or damaged. */
export async function readKept(context: DriverContext, digest: string): Promise<string | null> {
  const text = await context.host.readText(keptPath(context, digest));
  return text !== null && sha256Of(text) === digest ? text : null;
}

async function keep(context: DriverContext, { text, digest }: ConfigText): Promise<void> {
  if ((await readKept(context, digest)) === null) await context.host.writeText(keptPath(context, digest), text, 0o600);
}

export function configFile(form: ConfigFileForm): DriverConfig {
  const { format, fileOf } = form;
  const changed = (context: DriverContext) =>
    refused(context, 'facts-changed', `${fileOf(context)} has changed since the plan was made; plan again`);
  const notKept = (context: DriverContext, digest: string) => {
    const what = `${keptFolder(context)} has no copy of ${digest.slice(0, 19)}…`;
    return refused(context, 'config-not-kept', `${what}; restore the old ${fileOf(context)} by hand`);
  };
  const keptOr = async (context: DriverContext, digest: string): Promise<string> => {
    const text = await readKept(context, digest);
    if (text === null) throw notKept(context, digest);
    return text;
  };

  /** Throws FailureError `config-unreadable` when there is no such file, or one that could not be written back byte by byte. */
  const read = async (context: DriverContext): Promise<ConfigText> => {
    const path = fileOf(context);
    const unreadable = (what: string) => refused(context, 'config-unreadable', what);
    const text = await context.host.readText(path);
    if (text === null) throw unreadable(`${path} does not exist; set configFile in the agent's settings to the server's file`);
    if (text.includes('\ufffd')) throw unreadable(`${path} is not UTF-8, and a change would damage it: convert it first`);
    const link = await context.host.run(['readlink', path], { timeoutMs: linkMs });
    if (link.exitCode !== 0) return { text, digest: sha256Of(text) };
    throw unreadable(
      `${path} is a symbolic link to ${link.stdout.trim()}, which a change would replace: set configFile to that file instead`,
    );
  };

  /** Why the agent could not put another text into its place; null: it could. */
  const replaceObstacle = async (context: DriverContext): Promise<string | null> => {
    const obstacle = await context.host.writeObstacle(fileOf(context));
    return obstacle === null ? null : `${fileOf(context)} cannot be replaced: ${obstacle}`;
  };

  /** Throws `facts-changed`, `config-not-kept`, `config-refused`. */
  const textsOf = async (context: DriverContext, { fromDigest, toDigest, changes }: ConfigRevision) => {
    const present = await read(context);
    if (present.digest === toDigest && fromDigest !== toDigest)
      return { old: { text: await keptOr(context, fromDigest), digest: fromDigest }, next: present };
    if (present.digest !== fromDigest) throw changed(context);
    const kept = await readKept(context, toDigest);
    // The rollback of a change names digests alone: what it leads to was kept on the way there.
    if (kept === null && changes.length === 0) throw notKept(context, toDigest);
    const [bad] = form.refusals(changes, kept === null ? present.text : '');
    if (bad !== undefined) throw refused(context, 'config-refused', bad);
    const edit = kept === null ? format.apply(present.text, changes) : { text: kept };
    if ('problem' in edit) throw refused(context, 'config-refused', problemText(fileOf(context), edit.problem));
    if (sha256Of(edit.text) !== toDigest) throw changed(context);
    return { old: present, next: { text: edit.text, digest: toDigest } };
  };

  const draftOf = (before: string, after: string, changes: readonly ConfigChange[]): ConfigDraft => ({
    before,
    after,
    changes,
    keys: changedKeys(before, after, format.read),
  });

  /** What the revision changes; by its own words when its texts are not kept any more. */
  const keysOf = async (context: DriverContext, { changes, fromDigest, toDigest }: ConfigRevision): Promise<readonly string[]> => {
    const [old, next] = [await readKept(context, fromDigest), await readKept(context, toDigest)];
    if (old !== null && next !== null) return changedKeys(old, next, format.read);
    return keysNamed(changes).map(format.keyOf);
  };

  return {
    async preview(context, changes, requires) {
      const file = fileOf(context);
      const unchanged = (problems: readonly string[], digest: string) => {
        return { file, fromDigest: digest, toDigest: digest, lines: [], restartKeys: [], problems, warnings: [] };
      };
      try {
        const { text, digest } = await read(context);
        const malformed = form.refusals(changes, text);
        if (malformed.length > 0) return unchanged(malformed, digest);
        const edit = format.apply(text, changes);
        if ('problem' in edit) return unchanged([problemText(file, edit.problem)], digest);
        const judgement = await form.judge(context, draftOf(text, edit.text, changes));
        const obstacle = edit.text === text ? null : await replaceObstacle(context);
        const problems = obstacle === null ? judgement.problems : [obstacle, ...judgement.problems];
        const lines = configDiff(text, edit.text, format.read);
        const missing = requires?.filter((key) => (format.valueOf(edit.text, key) ?? null) === null);
        const demanded = missing === undefined ? {} : { missing };
        return { file, fromDigest: digest, toDigest: sha256Of(edit.text), lines, ...judgement, problems, ...demanded };
      } catch (thrown) {
        if (!(thrown instanceof FailureError)) throw thrown;
        return unchanged([toFailure(thrown).message], sha256Of(''));
      }
    },

    async stage(context, revision) {
      const { old, next } = await textsOf(context, revision);
      // It is replaced while the database is down: an agent that may not do that is told so before.
      const obstacle = old.digest === next.digest ? null : await replaceObstacle(context);
      if (obstacle !== null) throw refused(context, 'not-owner', obstacle);
      await keep(context, old);
      await keep(context, next);
      const tried = await form.tryDry?.(context, draftOf(old.text, next.text, revision.changes));
      const taken = tried === undefined ? '' : ", and the server's program accepts the new one";
      return [{ check: 'config-staged', ok: true, detail: `the old and the new ${fileOf(context)} are stored${taken}` }, ...(tried ?? [])];
    },

    async place(context, revision, way) {
      const wanted = way === 'forward' ? revision.toDigest : revision.fromDigest;
      const { digest } = await read(context);
      if (digest === wanted) return;
      if (digest !== revision.fromDigest && digest !== revision.toDigest) throw changed(context);
      await context.host.replaceText(fileOf(context), await keptOr(context, wanted));
    },

    async placed(context, { fromDigest, toDigest }) {
      // What cannot be read is neither of them; it must not keep a downtime from its end.
      const text = await context.host.readText(fileOf(context)).catch(() => null);
      const digest = text === null ? null : sha256Of(text);
      return digest === toDigest ? 'new' : digest === fromDigest ? 'old' : 'other';
    },

    reload: async (context, revision) => form.reload(context, await keysOf(context, revision)),
    active: async (context, revision) => form.active(context, await keysOf(context, revision), revision),

    async forget(context) {
      const folder = keptFolder(context);
      for (const name of (await context.host.listDir(folder)) ?? []) await context.host.removeFile(join(folder, name));
    },
  };
}

/** What an engine says of a file that its server reads at a start alone. */
export interface ConfigFile {
  readonly format: ConfigFormat;
  path(context: DriverContext): string;
  /** Why these changes must not be made in any file, one sentence each: keys that say which member this is, commands, secrets. */
  refuses(changes: readonly ConfigChange[]): readonly string[];
  /** Which file the running server was started with, null: with none; left out: with the one that `path` names. */
  readBy?(context: DriverContext): Promise<{ readonly file: string | null } | { readonly unknown: string }>;
}

/** Every change needs a restart, and what the server was started with is what it has. */
export function configAtStart({ format, path, refuses, readBy }: ConfigFile): DriverConfig {
  const check = 'config-active';
  const file = configFile({
    format,
    fileOf: path,
    refusals: refuses,
    judge: async (_, { before, after, changes }) => {
      return { restartKeys: before === after ? [] : changes.map(({ key }) => key), problems: [], warnings: [] };
    },
    reload: async (context) => ({ check, ok: false, detail: `${path(context)} is only read at a start: restart the server` }),
    async active(context, _, { toDigest }) {
      const ok = sha256Of((await context.host.readText(path(context))) ?? '') === toDigest;
      return { check, ok, detail: ok ? `it was started with the new ${path(context)}` : `${path(context)} has changed since` };
    },
  });
  return {
    ...file,
    async preview(context, changes, requires) {
      const read = await readBy?.(context);
      if (read === undefined || ('file' in read && read.file === path(context))) return file.preview(context, changes, requires);
      const { unit, configFile: named } = context.settings;
      const nothing = { file: path(context), fromDigest: sha256Of(''), toDigest: sha256Of(''), lines: [], restartKeys: [], warnings: [] };
      const missing = requires === undefined ? {} : { missing: requires };
      if ('unknown' in read) return { ...nothing, problems: [read.unknown] };
      if (read.file !== null)
        return { ...nothing, problems: [`unit ${unit} is started with ${read.file}: set configFile to it in the agent's settings`] };
      // What it does not set cannot have an old name either.
      const sets = changes.some(({ op }) => op === 'set') || named !== undefined;
      return {
        ...nothing,
        ...missing,
        problems: sets ? [`unit ${unit} is started without a configuration file, so settings in one have no effect`] : [],
      };
    },
  };
}
