/** The part `start` of a downtime: the unit is started once, and is ready when the database itself answers with the wanted version (P15). */
import { pause } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import { contextOf, contextWith } from '../facts/facts.ts';
import type { Way } from '../journal/agent-machine.ts';
import { leftMs, type OrderRun, pollDelayMs, within } from '../orders/order-run.ts';
import { proveConfig } from './config.ts';
import type { DowntimeBody, DowntimeSight } from './machine.ts';
import { cameUpAsMade, proveRestored } from './restore.ts';
import { diedAtStart, lateAtItsStart, shutdownWait, stillStopping, stopsStill, withLog } from './stop-and-start.ts';

/** One downtime under way, with what its parts share. */
export interface DowntimeRun {
  readonly run: OrderRun;
  readonly body: DowntimeBody;
  /** What was found out on the way, for the receipt. */
  readonly findings: Finding[];
  /** Until the way that it is on must have ended: the rollback has as long again as the way forward. */
  leftMs(): number;
}

/** A driver's single probe must not hang longer than this: the next one may succeed. */
export const probeMs = 5_000;
const unitProbeMs = 100;

/** Forward: what the order wants. Back: what ran before it, started as it always is. Throws FailureError when it is not ready in time. */
export async function start(downtime: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { run, findings } = downtime;
  const wanted = await wantedOn(downtime, way);
  if (sight.currentRelease !== wanted.release)
    throw fail(
      'failed',
      'release-incomplete',
      `${run.instance.settings.instance}: release ${wanted.release} is not active and complete, so the database was not started`,
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
      run.progress('start', 0, `it is still shutting down: ${waits}`);
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

/** Starts the unit once, and sees when what was started is gone again. `sight` was taken just now and serves for the first probe. */
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

/** One probe of readiness; null: no answer in time. */
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
