/** The parts of a downtime, each an `ensure`: begun again after a kill it does what is missing and nothing more. */
import { pause } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import { durationText } from '../../common/duration-text.ts';
import type { Finding } from '../../common/facts.ts';
import { type FailureError, fail, toFailure } from '../../common/failure.ts';
import type { DowntimePart, Guard } from '../../common/orders.ts';
import { contextOf, contextWith } from '../facts/facts.ts';
import { partOf, type Way } from '../journal/agent-machine.ts';
import { inTime } from '../orders/executor-change.ts';
import { deadlinePassed, leftMs, type OrderRun, pollDelayMs, within } from '../orders/order-run.ts';
import { placeConfig, proveConfig, readyConfig } from './config.ts';
import { beginsDowntime, type DowntimeBody, type DowntimeSight, downtimeBegun } from './machine.ts';
import { cameUpAsMade, moveRestore, proveRestored, proveRole, readyRestore } from './restore.ts';
import { diedAtStart, lateAtItsStart, markStart, shutdownWait, whileStopping, withLog } from './stop-and-start.ts';

/** One downtime under way, with what its parts share. */
export interface DowntimeRun {
  readonly run: OrderRun;
  readonly body: DowntimeBody;
  /** What was found out on the way, for the receipt. */
  readonly findings: Finding[];
  /** Until the way that it is on must have ended: the rollback has as long again as the way forward. */
  leftMs(): number;
}

/** Its database was stopped by this order and is not down yet. */
export const stillStopping = 'still-stopping';

/** A driver's single look must not hang longer than this: the next one may succeed. */
const probeMs = 5_000;
const unitProbeMs = 100;
/** An answer that is older than this at the stop is worth another look. */
const staleAnswerMs = 500;

/** Throws FailureError when the part fails; refusals (guards) have the class `refused`. */
export async function doPart(downtime: DowntimeRun, part: DowntimePart, way: Way, sight: DowntimeSight): Promise<void> {
  const { run, body } = downtime;
  const { unit } = run.instance.settings;
  // Before anything at all is touched, and while the database serves: asking takes longer than holding.
  if (run.state().parts.length === 0) {
    await run.host.verifyStartLock(unit);
    if ((body.startFlags ?? []).length > 0) await run.host.verifyStartFlags(unit);
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
      `${run.instance.settings.instance} runs, and ${part} is only done while it is stopped; stop ${unit} first`,
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
    const sentence = `${settings.instance}: ${instance} runs from the same releases folder, ${settings.releasesDir}; stop it first, or give each a folder of its own`;
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
    throw fail('failed', 'unknown-word', `${settings.instance}: this agent's driver for ${settings.engine} has no verb for this order`);
  const { verb, args } = body.act;
  if (sight.unit.active)
    throw fail(
      'failed',
      'still-running',
      `${settings.instance}: unit ${settings.unit} runs, so ${verb} is not done: it was stopped for that`,
    );
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
    const finding = answered ?? { check: guard.check, ok: null, detail: 'no answer came in the time of the order' };
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
    throw fail('failed', 'unknown-word', `${settings.instance}: this agent's driver for ${settings.engine} drains nothing`);
  const context = await contextOf(run, run.instance);
  const ended = await within(
    run.clock,
    leftMs() / 2,
    driver.drain(context).then(() => true),
  );
  if (ended === null) throw deadlinePassed(run, 'drain');
}

/** Half of the time that is left, so that the other half remains to start again. */
async function stop(downtime: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { run, findings, leftMs } = downtime;
  const { settings, driver } = run.instance;
  const limitMs = leftMs() / 2;
  const begunMs = run.clock.monotonicMs();
  const context = contextWith(run, run.instance, sight.currentRelease);
  try {
    await whileStopping(run, context, run.host.stopUnit(settings.unit, limitMs));
  } catch (thrown) {
    const trouble = toFailure(thrown);
    if (trouble.code !== 'stop-timeout') throw thrown;
    throw fail('timeout', 'stop-timeout', await stopsStill(run, context, limitMs));
  }
  for (;;) {
    const proof = await within(run.clock, probeMs, driver.stopped(context));
    if (proof?.ok === true) {
      findings.push(proof);
      if (way === 'forward') await proveShutDown(downtime, context);
      return;
    }
    if (run.clock.monotonicMs() - begunMs > limitMs)
      throw fail(
        'timeout',
        'not-stopped',
        `${settings.instance}: unit ${settings.unit} is down, but ${proof?.detail ?? 'no check showed in time that nothing runs any more'}`,
      );
    await run.engineTakes(pause(run.clock, pollDelayMs(run.clock, begunMs), run.signal));
  }
}

/** What the node is then: neither down nor in service. */
async function stopsStill(run: OrderRun, context: DriverContext, sinceMs: number): Promise<string> {
  const waits = await shutdownWait(run, context);
  const what = waits === null ? '' : `: ${waits}`;
  return `${run.instance.settings.instance}: it was asked to stop ${durationText(sinceMs)} ago and still shuts down${what}`;
}

/** Where this order starts it again, its start recovers what has to be. Where other orders build on the stop, it is rolled back instead. */
async function proveShutDown({ run, body, findings, leftMs }: DowntimeRun, context: DriverContext): Promise<void> {
  const { driver, settings } = run.instance;
  if (body.parts.includes('start') || driver.shutDown === undefined) return;
  // Nothing ran when the order began, and no verb builds on where it ended: a start that failed before cannot end in order any more.
  if (run.state().before === null && body.act === undefined) return;
  const proof = await within(run.clock, Math.min(probeMs, leftMs()), driver.shutDown(context));
  if (proof?.ok === true) {
    findings.push(proof);
    return;
  }
  const detail = proof?.detail ?? 'no check showed it in time';
  throw fail('failed', 'not-shut-down', `${settings.instance}: it is stopped, but it did not end in order: ${detail}`);
}

async function restore({ run }: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { instance, unit } = run.instance.settings;
  if (sight.unit.active) throw fail('failed', 'still-running', `${instance}: unit ${unit} runs, so its data are not moved under it`);
  await moveRestore(run, way);
}

/** What is activated already stays untouched: of a release that is only restarted the link to the one before it is kept, too. */
async function activate({ run, body }: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { releasesDir, instance, unit } = run.instance.settings;
  if (sight.unit.active) throw fail('failed', 'still-running', `${instance}: unit ${unit} runs, so no other release is activated under it`);
  const release = way === 'forward' ? body.toRelease : body.fromRelease;
  if (sight.currentRelease !== release) await run.host.activateRelease(releasesDir, release, way === 'forward' ? body.fromRelease : null);
  await placeConfig(run, way, sight.config);
}

async function start(downtime: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { run, findings } = downtime;
  const wanted = await wantedOn(downtime, way);
  if (sight.currentRelease !== wanted.release)
    throw fail(
      'failed',
      'release-incomplete',
      `${run.instance.settings.instance}: release ${wanted.release} is not activated and complete, so nothing is started`,
    );
  await proveRestored(run, way, findings);
  const context = contextWith(run, run.instance, sight.currentRelease);
  const begunMs = run.clock.monotonicMs();
  // What ran before is started as it always is.
  const life = lifeOf(downtime, sight, way === 'forward' ? (downtime.body.startFlags ?? []) : []);
  for (let detail = 'it did not answer'; ; ) {
    if (downtime.leftMs() <= 0) throw await lateAtItsStart(run, detail, !life.isOld());
    await life.ensure();
    // What goes down answers no client until it is down and was started again: its readiness is not waited for, its end is, in the order's own time.
    const waits = life.isOld() ? await shutdownWait(run, context) : null;
    if (waits !== null) {
      run.progress('start', 0, `it still shuts down: ${waits}`);
      if (leftMs(run) <= 0) throw fail('timeout', stillStopping, await stopsStill(run, context, run.now().ranMs));
      await pause(run.clock, pollDelayMs(run.clock, begunMs), run.signal);
      continue;
    }
    const ready = await proveReady(run, context, wanted.version, downtime.leftMs());
    if (ready?.ok === true && (way === 'back' || (await cameUpAsMade(run, findings)))) {
      findings.push(ready);
      if (way === 'forward') await proveConfig(run, context, findings);
      return;
    }
    detail = ready?.ok === true ? 'it does not report its role' : (ready?.detail ?? detail);
    await run.engineTakes(pause(run.clock, pollDelayMs(run.clock, begunMs), run.signal));
  }
}

/** Starts the unit once, and sees when what was started is gone again. `sight` was taken just now and serves for the first look. */
function lifeOf(
  { run, leftMs }: DowntimeRun,
  sight: DowntimeSight,
  flags: readonly string[],
): { ensure(): Promise<void>; isOld(): boolean } {
  let seen: DowntimeSight['unit'] | null = sight.unit;
  const { unit } = run.instance.settings;
  let started = false;
  let probedMs = Number.NEGATIVE_INFINITY;
  return {
    /** What runs is what ran before the downtime. */
    isOld: () => !started,
    async ensure() {
      if (started && run.clock.monotonicMs() - probedMs < unitProbeMs) return;
      const { active, invocationId } = seen ?? (await run.host.unitState(unit));
      seen = null;
      probedMs = run.clock.monotonicMs();
      if (active) {
        // The life from before the downtime may still be on its way down after a stop that took too long.
        started ||= invocationId !== run.state().before?.invocationId;
        return;
      }
      if (started) throw await diedAtStart(run);
      await run.host.startUnit(unit, leftMs(), flags).catch(async (thrown: unknown) => {
        throw await withLog(run, thrown);
      });
      started = true;
    },
  };
}

/** One look at readiness; null: no answer in time. */
export async function proveReady(run: OrderRun, context: DriverContext, version: string, limitMs: number): Promise<Finding | null> {
  return within(run.clock, Math.min(probeMs, limitMs), run.instance.driver.ready(context, version));
}

/** Which release and version must answer at the end of this way. */
async function wantedOn({ run, body }: DowntimeRun, way: Way): Promise<{ readonly release: string; readonly version: string }> {
  if (way === 'forward') return { release: body.toRelease, version: body.expectVersion };
  const known = run.state().versionBefore;
  if (known !== null) return { release: body.fromRelease, version: known };
  const { settings, driver } = run.instance;
  const folder = run.host.releasePath(settings.releasesDir, body.fromRelease);
  const { version } = await driver.inspectBundle(await contextOf(run, run.instance), folder);
  if (version === null)
    throw fail('failed', 'version-unknown', `${settings.instance}: release ${body.fromRelease} does not report its version`);
  return { release: body.fromRelease, version };
}
