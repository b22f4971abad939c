/**
 * Changes of postgresql.conf on this host. Both texts of a change are kept by digest before anything is touched, so that either can be put
 * into place while nothing runs and nobody can be asked.
 */
import { join } from 'node:path';
import { sha256Of } from '../../../common/canonical-json.ts';
import type { DriverConfig, DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { FailureError, fail, toFailure } from '../../../common/failure.ts';
import type { ConfigRevision } from '../../../common/orders.ts';
import { guardedSettings } from '../facts.ts';
import { controlLimitsBytes, parseControlLimits } from '../probe.ts';
import { reloadAndProve, verifyActive } from './active.ts';
import { changedKeys, clashes, formProblems } from './changes.ts';
import { type ConfigText, configFileOf, forgetKept, keep, readConfig, readKept, replaceObstacle, tryOut } from './conf-file.ts';
import { nameOf } from './conf-text.ts';
import { diffLines } from './diff.ts';
import { editConf } from './edit.ts';
import { judge } from './problems.ts';

export const postgresqlConfig: DriverConfig = {
  async preview(context, changes) {
    const file = configFileOf(context);
    const refused = (problems: readonly string[], digest: string) => ({
      file,
      fromDigest: digest,
      toDigest: digest,
      lines: [],
      restartKeys: [],
      problems,
      warnings: [],
    });
    try {
      const { text, digest } = await readConfig(context);
      const malformed = [...formProblems(changes), ...clashes(text, changes)];
      if (malformed.length > 0) return refused(malformed, digest);
      const edit = editConf(text, changes);
      const judgement = await judge(context, text, edit.text, changes);
      const obstacle = edit.text === text ? null : await replaceObstacle(context);
      const problems = obstacle === null ? judgement.problems : [obstacle, ...judgement.problems];
      return { file, fromDigest: digest, toDigest: sha256Of(edit.text), lines: diffLines(edit.lines), ...judgement, problems };
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      return refused([toFailure(thrown).message], sha256Of(''));
    }
  },

  async stage(context, revision) {
    const { old, next } = await textsOf(context, revision);
    // It is replaced while the database is down: whoever may not do that is told so before.
    const obstacle = old.digest === next.digest ? null : await replaceObstacle(context);
    if (obstacle !== null) throw fail('refused', 'not-owner', `${context.settings.instance}: ${obstacle}`);
    await keep(context, old);
    await keep(context, next);
    const limited = await guardedBelow(context, old.text, next.text);
    return [
      {
        check: 'config-staged',
        ok: true,
        detail: `both texts of ${configFileOf(context)} are kept, and the server's program takes the new one`,
      },
      ...limited,
    ];
  },

  async place(context, revision, way) {
    const wanted = way === 'forward' ? revision.toDigest : revision.fromDigest;
    const { digest } = await readConfig(context);
    if (digest === wanted) return;
    if (digest !== revision.fromDigest && digest !== revision.toDigest) throw changed(context);
    const text = await readKept(context, wanted);
    if (text === null) throw notKept(context, wanted);
    await context.host.replaceText(configFileOf(context), text);
  },

  async placed(context, { fromDigest, toDigest }) {
    // What cannot be read is neither of them; it must not keep a downtime from its end.
    const text = await context.host.readText(configFileOf(context)).catch(() => null);
    const digest = text === null ? null : sha256Of(text);
    return digest === toDigest ? 'new' : digest === fromDigest ? 'old' : 'other';
  },

  reload: async (context, revision) => reloadAndProve(context, await keysOf(context, revision)),
  active: async (context, revision) => verifyActive(context, await keysOf(context, revision)),
  forget: forgetKept,
};

/** Throws `facts-changed`, `config-not-kept`, `config-refused`. */
async function textsOf(context: DriverContext, revision: ConfigRevision): Promise<{ readonly old: ConfigText; readonly next: ConfigText }> {
  const { fromDigest, toDigest, changes } = revision;
  const present = await readConfig(context);
  if (present.digest === toDigest && fromDigest !== toDigest) {
    const text = await readKept(context, fromDigest);
    if (text === null) throw notKept(context, fromDigest);
    return { old: { text, digest: fromDigest }, next: present };
  }
  if (present.digest !== fromDigest) throw changed(context);
  const kept = await readKept(context, toDigest);
  // The rollback of a change names digests alone: what it leads to was kept on the way there.
  if (kept === null && changes.length === 0) throw notKept(context, toDigest);
  const [bad] = formProblems(changes);
  if (bad !== undefined) throw fail('refused', 'config-refused', `${context.settings.instance}: ${bad}`);
  const text = kept ?? editConf(present.text, changes).text;
  if (sha256Of(text) !== toDigest) throw changed(context);
  return { old: present, next: { text, digest: toDigest } };
}

/** The dry run. A standby below the limits of its primary would not replay on (chapter Hot Standby). Throws `config-refused`. */
async function guardedBelow(context: DriverContext, before: string, after: string): Promise<readonly Finding[]> {
  const { instance, dataDir } = context.settings;
  const keys = changedKeys(before, after);
  const guarded = guardedSettings.filter((name) => keys.includes(name));
  const { values, complaints } = await tryOut(context, after, guarded);
  const file = configFileOf(context);
  if (values === null)
    throw fail('refused', 'config-refused', `${instance}: the server's program refuses the new ${file}: ${complaints.join('; ')}`);
  if (guarded.length === 0 || (await context.host.readText(join(dataDir, 'standby.signal'))) === null) return [];
  const path = join(dataDir, 'global', 'pg_control');
  const dump = await context.host.run(['od', '-An', '-v', '-tx1', `-N${controlLimitsBytes}`, path], { timeoutMs: 5_000 });
  const limits = dump.exitCode === 0 ? parseControlLimits(dump.stdout) : null;
  if (limits === null) return [{ check: 'config-limits', ok: null, detail: `${path} does not report the limits of the primary` }];
  const low = guarded.find((name) => Number(values.get(name)) < limits[name]);
  if (low === undefined) return [];
  const sentence = `${low} would be ${values.get(low)}, its primary has ${limits[low]}: this standby would not replay on; change the primary first`;
  throw fail('refused', 'config-below-primary', `${instance}: ${sentence}`, { remedy: 'retry' });
}

/** What the revision changes; by its own words when its texts are not kept any more. */
async function keysOf(context: DriverContext, { changes, fromDigest, toDigest }: ConfigRevision): Promise<readonly string[]> {
  const [old, next] = [await readKept(context, fromDigest), await readKept(context, toDigest)];
  if (old !== null && next !== null) return changedKeys(old, next);
  return changes.flatMap((change) => (change.op === 'rename' ? [nameOf(change.key), nameOf(change.to)] : [nameOf(change.key)]));
}

function changed(context: DriverContext): Error {
  const { instance } = context.settings;
  return fail('refused', 'facts-changed', `${instance}: ${configFileOf(context)} is not what was planned: somebody changed it; plan again`);
}

function notKept(context: DriverContext, digest: string): Error {
  const { instance, releasesDir } = context.settings;
  const where = join(releasesDir, '.config');
  return fail(
    'refused',
    'config-not-kept',
    `${instance}: ${where} holds no text ${digest.slice(0, 19)}…; put the old ${configFileOf(context)} back by hand`,
  );
}
