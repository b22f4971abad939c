/**
 * Changes of a configuration file on this host, whatever its format. Both texts of a change are kept by digest before anything is touched, so that
 * either can be put into place while nothing runs and no controller answers. Which one is in place is read from the disk each time.
 */
import { join } from 'node:path';
import { sha256Of } from '../../../common/canonical-json.ts';
import type { DriverConfig, DriverContext } from '../../../common/driver.ts';
import { FailureError, fail, toFailure } from '../../../common/failure.ts';
import type { ConfigChange, ConfigRevision } from '../../../common/orders.ts';
import { configDiff } from '../config/config-diff.ts';
import { type ConfigFormat, problemText } from '../config/config-format.ts';

const linkMs = 10_000;

/** What an engine says of its file. */
export interface ConfigFile {
  readonly format: ConfigFormat;
  path(context: DriverContext): string;
  /** Why these changes must not be made in any file, one sentence each: keys that say which member this is, commands, secrets. */
  refuses(changes: readonly ConfigChange[]): readonly string[];
}

/** A server that reads its file at its start alone: every change needs a restart, and what it was started with is what it has. */
export function configAtStart(file: ConfigFile): DriverConfig {
  const { format, path } = file;

  const changed = (context: DriverContext) =>
    fail(
      'refused',
      'facts-changed',
      `${context.settings.instance}: ${path(context)} is not what was planned: a person changed it; plan again`,
    );

  /** The text after the changes. Throws FailureError `config-refused` with file and line. */
  const edited = (context: DriverContext, text: string, changes: readonly ConfigChange[]): string => {
    const [bad] = file.refuses(changes);
    if (bad !== undefined) throw fail('refused', 'config-refused', `${context.settings.instance}: ${bad}`);
    const edit = format.apply(text, changes);
    if ('text' in edit) return edit.text;
    throw fail('refused', 'config-refused', `${context.settings.instance}: ${problemText(path(context), edit.problem)}`);
  };

  /** Old and new text. Throws `facts-changed`, `config-not-kept`, `config-refused`. */
  const textsOf = async (context: DriverContext, { fromDigest, toDigest, changes }: ConfigRevision): Promise<readonly [string, string]> => {
    const present = await readConfig(context, path(context));
    if (sha256Of(present) === toDigest && fromDigest !== toDigest) return [await kept(context, fromDigest, path(context)), present];
    if (sha256Of(present) !== fromDigest) throw changed(context);
    // The rollback of a change names digests alone: what it leads to was kept on the way there.
    const next = (await readKept(context, toDigest)) ?? (changes.length === 0 ? null : edited(context, present, changes));
    if (next === null) throw notKept(context, toDigest, path(context));
    if (sha256Of(next) !== toDigest) throw changed(context);
    return [present, next];
  };

  return {
    async preview(context, changes, requires) {
      const at = path(context);
      const nothing = { file: at, lines: [], restartKeys: [], warnings: [] };
      try {
        const before = await readConfig(context, at);
        const fromDigest = sha256Of(before);
        const [bad] = file.refuses(changes);
        const edit = format.apply(before, changes);
        if (bad !== undefined || 'problem' in edit) {
          const problem = bad ?? ('problem' in edit ? problemText(at, edit.problem) : '');
          return { ...nothing, fromDigest, toDigest: fromDigest, problems: [problem] };
        }
        const obstacle = edit.text === before ? null : await context.host.writeObstacle(at);
        const missing = requires?.filter((key) => (format.valueOf(edit.text, key) ?? null) === null);
        return {
          ...nothing,
          fromDigest,
          toDigest: sha256Of(edit.text),
          lines: configDiff(before, edit.text, format.read),
          restartKeys: edit.text === before ? [] : changes.map(({ key }) => key),
          problems: obstacle === null ? [] : [`${at} cannot be replaced: ${obstacle}`],
          ...(missing === undefined ? {} : { missing }),
        };
      } catch (thrown) {
        if (!(thrown instanceof FailureError)) throw thrown;
        return { ...nothing, fromDigest: sha256Of(''), toDigest: sha256Of(''), problems: [toFailure(thrown).message] };
      }
    },

    async stage(context, revision) {
      const [old, next] = await textsOf(context, revision);
      // It is replaced while the database is down: an agent that may not do that is found out before.
      const obstacle = old === next ? null : await context.host.writeObstacle(path(context));
      if (obstacle !== null)
        throw fail('refused', 'not-owner', `${context.settings.instance}: ${path(context)} cannot be replaced: ${obstacle}`);
      for (const text of [old, next]) await keep(context, text);
      return [{ check: 'config-staged', ok: true, detail: `both texts of ${path(context)} are kept` }];
    },

    async place(context, revision, way) {
      const wanted = way === 'forward' ? revision.toDigest : revision.fromDigest;
      const digest = sha256Of(await readConfig(context, path(context)));
      if (digest === wanted) return;
      if (digest !== revision.fromDigest && digest !== revision.toDigest) throw changed(context);
      await context.host.replaceText(path(context), await kept(context, wanted, path(context)));
    },

    async placed(context, { fromDigest, toDigest }) {
      // What cannot be read is neither of them; it must not keep a downtime from its end.
      const text = await context.host.readText(path(context)).catch(() => null);
      const digest = text === null ? null : sha256Of(text);
      return digest === toDigest ? 'new' : digest === fromDigest ? 'old' : 'other';
    },

    async reload(context) {
      return { check: 'config-active', ok: false, detail: `${path(context)} is read at a start alone: restart it` };
    },

    async active(context, { toDigest }) {
      const ok = sha256Of((await context.host.readText(path(context))) ?? '') === toDigest;
      return {
        check: 'config-active',
        ok,
        detail: ok ? `it was started with the new ${path(context)}` : `${path(context)} is another one now`,
      };
    },

    async forget(context) {
      for (const name of (await context.host.listDir(folder(context))) ?? []) await context.host.removeFile(join(folder(context), name));
    },
  };
}

/** Throws FailureError `config-unreadable` when there is no such file, or one that could not be written back byte by byte. */
async function readConfig(context: DriverContext, path: string): Promise<string> {
  const unreadable = (what: string) => fail('refused', 'config-unreadable', `${context.settings.instance}: ${what}`);
  const text = await context.host.readText(path);
  if (text === null) throw unreadable(`there is no ${path}; name the server's file as configFile in the agent's settings`);
  if (text.includes('\ufffd')) throw unreadable(`${path} is not UTF-8: convert it first, for a change would damage it`);
  const link = await context.host.run(['readlink', path], { timeoutMs: linkMs });
  if (link.exitCode === 0)
    throw unreadable(`${path} is a link to ${link.stdout.trim()}, which a change would cut: name that file as configFile instead`);
  return text;
}

const folder = ({ settings }: DriverContext): string => join(settings.releasesDir, '.config');
const keptPath = (context: DriverContext, digest: string): string => join(folder(context), `${digest.slice('sha256:'.length)}.conf`);

/** null: not kept, or damaged. */
async function readKept(context: DriverContext, digest: string): Promise<string | null> {
  const text = await context.host.readText(keptPath(context, digest));
  return text !== null && sha256Of(text) === digest ? text : null;
}

async function kept(context: DriverContext, digest: string, path: string): Promise<string> {
  const text = await readKept(context, digest);
  if (text === null) throw notKept(context, digest, path);
  return text;
}

/** It may hold secrets: for only the owner. */
async function keep(context: DriverContext, text: string): Promise<void> {
  const digest = sha256Of(text);
  if ((await readKept(context, digest)) === null) await context.host.writeText(keptPath(context, digest), text, 0o600);
}

function notKept(context: DriverContext, digest: string, path: string): FailureError {
  const sentence = `${context.settings.instance}: ${folder(context)} holds no text ${digest.slice(0, 19)}…; restore the old ${path} by hand`;
  return fail('refused', 'config-not-kept', sentence);
}
