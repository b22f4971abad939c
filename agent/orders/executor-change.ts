/** Orders that change something while the database runs: verbs and settings, configuration that is read again, the end of a rollback, instances beside others. */
import type { DriverConfig, DriverContext, VerbCall } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { failure, toFailure } from '../../common/failure.ts';
import type { ConfigRevision } from '../../common/orders.ts';
import { forgetRestores } from '../downtime/restore.ts';
import { contextOf } from '../facts/facts.ts';
import { AgentStopped } from '../lifetime.ts';
import { type BodyOf, deadlinePassed, type Ending, leftMs, type OrderRun, unknownWord, within } from './order-run.ts';

/** `once` verbs whose outcome is unknown end as interrupted: a person looks. */
export async function carryOutAct(run: OrderRun, body: BodyOf<'act'>): Promise<Ending> {
  const { verbs } = run.instance.driver;
  if (verbs === undefined) return unknownWord(run, `the verb ${body.verb}`);
  const context = await contextOf(run, run.instance);
  try {
    const acted = await inTime(run, body.verb, (signal) => verbs.act({ ...context, signal }, callOf(body)));
    return { outcome: 'done', findings: [], ...(acted.token === null ? {} : { token: acted.token }) };
  } catch (thrown) {
    const trouble = toFailure(thrown);
    if (run.order.repeat === 'convergent' || trouble.class === 'refused') throw thrown;
    const finding = await verbs.acted(context, callOf(body));
    if (finding.ok === true) return { outcome: 'done', findings: [finding] };
    if (finding.ok === false) throw thrown;
    return { outcome: 'interrupted', failure: trouble, findings: [finding] };
  }
}

/** After a restart of the agent: what a `once` verb came to, as far as it can be seen. null: unknown, or it was not done. */
export async function seenActed(run: OrderRun, body: BodyOf<'act'>): Promise<Finding | null> {
  const { verbs } = run.instance.driver;
  if (verbs === undefined) return null;
  const finding = await verbs.acted(await contextOf(run, run.instance), callOf(body));
  return finding.ok === true ? finding : null;
}

const callOf = ({ verb, args, token }: BodyOf<'act'>): VerbCall => ({ verb, args, token: token ?? null });

export async function carryOutSet(run: OrderRun, body: BodyOf<'set'>): Promise<Ending> {
  const { settings } = run.instance.driver;
  if (settings?.keys.includes(body.key) !== true) return unknownWord(run, `the setting ${body.key}`);
  const context = await contextOf(run, run.instance);
  const effect = await inTime(run, `set ${body.key}`, (signal) => settings.set({ ...context, signal }, body.key, body.value));
  return { outcome: 'done', findings: [], effects: [body.scope === 'cluster' ? { ...effect, scope: 'cluster' } : effect] };
}

/** The effect comes back turned round: what was set is put away, what was there before is there again. */
export async function carryOutUnset(run: OrderRun, body: BodyOf<'unset'>): Promise<Ending> {
  const { settings } = run.instance.driver;
  if (settings?.keys.includes(body.key) !== true) return unknownWord(run, `the setting ${body.key}`);
  const { effect } = body;
  if (effect === null) return { outcome: 'done', findings: [] };
  const context = await contextOf(run, run.instance);
  const finding = await inTime(run, `restore ${body.key}`, (signal) => settings.unset({ ...context, signal }, effect));
  return { outcome: 'done', findings: [finding], effects: [{ ...effect, prior: effect.set, set: effect.prior }] };
}

/** Work that outlasts the order is told so: what still waits then must not act any more. */
export async function inTime<T>(run: OrderRun, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const answer = await within(
    run.clock,
    leftMs(run),
    work(AbortSignal.any([run.signal, over.signal])).then((value) => ({ value })),
  );
  if (answer !== null) return answer.value;
  over.abort();
  throw deadlinePassed(run, what);
}

// A change of configuration that needs no restart: put into place, read again by the running database, and proven to be taken.

/** The old file is restored when the database does not take the new one. */
export async function carryOutConfigure(run: OrderRun, revision: ConfigRevision): Promise<Ending> {
  const { settings, driver } = run.instance;
  const { config } = driver;
  if (config === undefined)
    return {
      outcome: 'refused',
      failure: failure(
        'refused',
        'unknown-word',
        `${settings.instance}: this agent's driver for ${settings.engine} does not support configuration changes`,
      ),
      findings: [],
    };
  const context = await contextOf(run, run.instance);
  const staged = await config.stage(context, revision);
  await config.place(context, revision, 'forward');
  const taken = await reloaded(config, context, revision);
  if (taken.ok === true) return { outcome: 'done', findings: [...staged, taken] };
  await config.place(context, revision, 'back');
  const back = await reloaded(config, context, revision);
  return {
    outcome: 'failed',
    failure: failure(
      'failed',
      'config-not-taken',
      `${settings.instance}: the new configuration was rejected and the old one restored: ${taken.detail}`,
    ),
    reverted: back.ok === true,
    findings: [...staged, taken, back],
  };
}

/** Whatever goes wrong here must not keep the old file from coming back. */
async function reloaded(config: DriverConfig, context: DriverContext, revision: ConfigRevision): Promise<Finding> {
  try {
    return await config.reload(context, revision);
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return { check: 'config-active', ok: null, detail: toFailure(thrown).message };
  }
}

// `cleanup previous-release`: the rollback is given up and its folder goes. Asked again, there is nothing left to remove.

export async function carryOutReleaseCleanup(
  run: OrderRun,
  body: Extract<BodyOf<'cleanup'>, { part: 'previous-release' }>,
): Promise<Ending> {
  const { instance, releasesDir } = run.instance.settings;
  const { current, installed } = await run.host.releasesSeen(releasesDir);
  if (current !== body.keepRelease)
    return {
      outcome: 'refused',
      failure: failure(
        'refused',
        'facts-changed',
        `${instance}: release ${current ?? '(none)'} is current, not ${body.keepRelease}: nothing was removed`,
      ),
      findings: [],
    };
  for (const release of installed) if (release !== body.keepRelease) await run.host.removeRelease(releasesDir, release);
  await forgetRestores(run);
  await run.instance.driver.config?.forget(await contextOf(run, run.instance));
  return { outcome: 'done', findings: [] };
}

// `instance`: a new database beside others on this host, or the end of one. Only an engine's driver can.

export async function carryOutInstance(run: OrderRun, body: BodyOf<'instance'>): Promise<Ending> {
  const { instances } = run.instance.driver;
  if (instances === undefined) return unknownWord(run, `how to ${body.action} an instance`);
  const context = await contextOf(run, run.instance);
  if (body.action === 'create') {
    const { kind: _, action: __, ...asked } = body;
    return { outcome: 'done', findings: [], token: await instances.create(context, asked) };
  }
  await instances.retire(context);
  return { outcome: 'done', findings: [] };
}
