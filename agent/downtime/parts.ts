/** The parts of a downtime, each an `ensure`: begun again after a kill it does what is missing and nothing more. */
import type { Finding } from '../../common/facts.ts';
import { type FailureError, fail } from '../../common/failure.ts';
import type { DowntimePart, Guard } from '../../common/orders.ts';
import { contextOf, contextWith } from '../facts/facts.ts';
import { partOf, type Way } from '../journal/agent-machine.ts';
import { inTime } from '../orders/executor-change.ts';
import { deadlinePassed, type OrderRun, within } from '../orders/order-run.ts';
import { placeConfig, readyConfig } from './config.ts';
import { beginsDowntime, type DowntimeSight, downtimeBegun } from './machine.ts';
import { moveRestore, proveRole, readyRestore } from './restore.ts';
import { type DowntimeRun, start } from './start.ts';
import { startsFirst, stop } from './stop.ts';
import { markStart } from './stop-and-start.ts';

/** An answer that is older than this at the stop is worth another probe. */
const staleAnswerMs = 500;

/** Throws FailureError when the part fails; refusals (guards) have the class `refused`. */
export async function doPart(downtime: DowntimeRun, part: DowntimePart, way: Way, sight: DowntimeSight): Promise<void> {
  const { run, body } = downtime;
  const { unit } = run.instance.settings;
  // Before anything at all is touched, and while the database serves: asking takes longer than holding.
  if (run.state().parts.length === 0) {
    await run.host.verifyStartLock(unit);
    if ((body.startFlags ?? []).length > 0) await run.host.verifyStartFlags(unit);
    if (!sight.unit.active && startsFirst(downtime)) return start(downtime, 'back', sight);
  }
  if (way === 'forward' && !downtimeBegun(run.state())) {
    await readyRestore(run, downtime.findings);
    await readyConfig(run, downtime.findings);
  }
  if (run.state().parts.length === 0 && body.parts.includes('activate') && body.fromRelease !== body.toRelease) await proveUnshared(run);
  // What an earlier order stopped was started since: nothing changes under a database that runs (P7).
  if (way === 'forward' && part !== 'start' && sight.unit.active && !body.parts.includes('stop') && part !== 'quiesce')
    throw fail(
      'refused',
      'still-runs',
      `${run.instance.settings.instance} is running, but ${part} requires it to be stopped; stop ${unit} first`,
    );
  if ((part === 'drain' || part === 'stop') && !downtimeBegun(run.state())) {
    await checkGuards(downtime, sight);
    await proveRole(run);
  }
  const isFirst = partOf(run.state(), part, way) === null;
  const mark = part === 'start' && !sight.unit.active ? await markStart(run, sight) : undefined;
  run.record({ type: 'part-begun', at: run.now(), part, way, ...(mark === undefined ? {} : { mark }) });
  run.progress(part, 0, way === 'forward' ? part : `rolling back: ${part}`);
  // After its begin was journaled: a host that goes down right after the hold was taken is brought up again by this order alone.
  const holds = way === 'forward' && beginsDowntime(body, part);
  if (holds) await run.host.lockUnit(unit);
  const actedFromMs = run.now().spanMs;
  const token = await act(downtime, part, way, sight);
  const told = { ...(holds && isFirst ? { actedFromMs } : {}), ...(token === null ? {} : { token }) };
  run.record({ type: 'part-ended', at: run.now(), part, way, ...told });
}

/** P7: one activation is that of every instance that runs from the folder, so none of the others may run. Looked at before the stop. */
async function proveUnshared({ instance: { settings, sharesReleases }, host }: OrderRun): Promise<void> {
  for (const { instance, unit } of sharesReleases) {
    if (!(await host.unitState(unit)).active) continue;
    const sentence = `${settings.instance}: ${instance} runs from the same releases folder, ${settings.releasesDir}; stop it first, or give each its own folder`;
    throw fail('refused', 'release-shared', sentence);
  }
}

/** Returns the token of the verb that it did; null: none. */
async function act(downtime: DowntimeRun, part: DowntimePart, way: Way, sight: DowntimeSight): Promise<string | null> {
  switch (part) {
    case 'quiesce':
      await quiesce(downtime);
      return null;
    case 'drain':
      await drain(downtime);
      return null;
    case 'stop':
      await stop(downtime, way, sight);
      return null;
    case 'activate':
      await activate(downtime, way, sight);
      return null;
    case 'start':
      await start(downtime, way, sight);
      return null;
    case 'restore':
      await restore(downtime, way, sight);
      return null;
    case 'act':
      return doVerb(downtime, sight);
    default:
      return part satisfies never;
  }
}

/** Of the instance that this order has stopped and holds. A verb is repeatable: after a kill it is done again, and tells the same token. */
async function doVerb({ run, body }: DowntimeRun, sight: DowntimeSight): Promise<string | null> {
  const { settings, driver } = run.instance;
  const { verbs } = driver;
  if (body.act === undefined || verbs === undefined)
    throw fail(
      'failed',
      'unknown-word',
      `${settings.instance}: this agent's driver for ${settings.engine} does not support the verb of this order`,
    );
  const { verb, args } = body.act;
  if (sight.unit.active)
    throw fail('failed', 'still-running', `${settings.instance}: unit ${settings.unit} is running, but ${verb} requires it to be stopped`);
  const context = contextWith(run, run.instance, sight.currentRelease);
  const { token } = await inTime(run, verb, (signal) => verbs.act({ ...context, signal }, { verb, args, token: null }));
  return token;
}

/**
 * Directly before the stop, by this agent's own view; what cannot be found out refuses. Some guards take long: what was answered well
 * before the slowest of them is asked again, so that no stop rests on what was true a minute ago.
 *
 * A database that an earlier attempt at this step left down cannot answer, and nothing is stopped: there only what is known to be wrong
 * refuses, or it could never be brought up again by the run that took it down.
 */
async function checkGuards({ run, findings, leftMs }: DowntimeRun, sight: DowntimeSight): Promise<void> {
  const { instance, order, clock } = run;
  const context = await contextOf(run, instance);
  const answers = new Map<Guard, { readonly finding: Finding; readonly atMs: number }>();
  const ask = async (guard: Guard) => {
    const answered = await within(clock, leftMs(), instance.driver.check(context, guard));
    const finding = answered ?? { check: guard.check, ok: null, detail: 'no answer within the deadline of the order' };
    answers.set(guard, { finding, atMs: clock.monotonicMs() });
  };
  const seen = () => [...answers.values()].map(({ finding }) => finding);
  const isDown = !sight.unit.active && run.leftDown();
  const broken = () => seen().find(({ ok }) => (isDown ? ok === false : ok !== true));
  for (let asked = order.guards; asked.length > 0 && broken() === undefined; ) {
    await Promise.all(asked.map(ask));
    const nowMs = clock.monotonicMs();
    asked = asked.filter((guard) => nowMs - (answers.get(guard)?.atMs ?? 0) > staleAnswerMs);
  }
  findings.push(...seen());
  const first = broken();
  if (first !== undefined) throw guardRefused(run, first);
}

function guardRefused(run: OrderRun, broken: Finding): FailureError {
  const { instance } = run.instance.settings;
  const how = broken.ok === null ? 'is unknown' : 'does not hold';
  // Nothing was done: another attempt is harmless once the guard holds again.
  return fail('refused', 'guard-refused', `${instance}: guard ${broken.check} ${how}: ${broken.detail}`, { remedy: 'retry' });
}

async function quiesce({ run, leftMs }: DowntimeRun): Promise<void> {
  const context = await contextOf(run, run.instance);
  const ended = await within(
    run.clock,
    leftMs(),
    run.instance.driver.quiesce(context).then(() => true),
  );
  if (ended === null) throw deadlinePassed(run, 'quiesce');
}

/** Half of the time that is left, so that the other half remains to stop and start again. */
async function drain({ run, leftMs }: DowntimeRun): Promise<void> {
  const { settings, driver } = run.instance;
  if (driver.drain === undefined)
    throw fail('failed', 'unknown-word', `${settings.instance}: this agent's driver for ${settings.engine} does not support draining`);
  const context = await contextOf(run, run.instance);
  const ended = await within(
    run.clock,
    leftMs() / 2,
    driver.drain(context).then(() => true),
  );
  if (ended === null) throw deadlinePassed(run, 'drain');
}

async function restore({ run }: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { instance, unit } = run.instance.settings;
  if (sight.unit.active) throw fail('failed', 'still-running', `${instance}: unit ${unit} is running, so its data was not moved`);
  await moveRestore(run, way);
}

/** What is activated already stays untouched: of a release that is only restarted the link to the one before it is kept, too. */
async function activate({ run, body }: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { releasesDir, instance, unit } = run.instance.settings;
  if (sight.unit.active) throw fail('failed', 'still-running', `${instance}: unit ${unit} is running, so no other release was activated`);
  const release = way === 'forward' ? body.toRelease : body.fromRelease;
  if (sight.currentRelease !== release) await run.host.activateRelease(releasesDir, release, way === 'forward' ? body.fromRelease : null);
  await placeConfig(run, way, sight.config);
}
