/**
 * The part `stop` of a downtime: it has ended when nothing of the database runs any more and, where other orders build on the stop, when
 * it ended in order. What went down otherwise, a reboot of its host between start lock and stop, is started once and stopped in order (P18).
 */
import { pause } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { fail, toFailure } from '../../common/failure.ts';
import { contextWith } from '../facts/facts.ts';
import type { Way } from '../journal/agent-machine.ts';
import { pollDelayMs, within } from '../orders/order-run.ts';
import type { DowntimeSight } from './machine.ts';
import { type DowntimeRun, probeMs, start } from './start.ts';
import { stopsStill, whileStopping } from './stop-and-start.ts';

/**
 * True for another attempt at a stop of a node in service which the one before left down: its guards are asked of a database that runs, so
 * it is started first.
 */
export function startsFirst({ run, body }: DowntimeRun): boolean {
  return leavesDown(body) && run.order.guards.length > 0 && run.leftDown();
}

const leavesDown = ({ parts, onFailure }: DowntimeRun['body']): boolean =>
  parts.includes('stop') && !parts.includes('start') && onFailure === 'leave-stopped';

/** Throws FailureError when it is not down in half of the time that is left, or did not end in order. */
export async function stop(downtime: DowntimeRun, way: Way, sight: DowntimeSight): Promise<void> {
  const { run, body, findings } = downtime;
  const context = contextWith(run, run.instance, sight.currentRelease);
  findings.push(await stopUnit(downtime, context));
  if (way === 'back' || !mustEndInOrder(downtime)) return;
  let proof = await shutDownProof(downtime, context);
  if (proof.ok !== true && leavesDown(body) && !sight.unit.active) {
    await start(downtime, 'back', sight);
    findings.push(await stopUnit(downtime, context));
    proof = await shutDownProof(downtime, context);
  }
  if (proof.ok !== true)
    throw fail('failed', 'not-shut-down', `${run.instance.settings.instance}: stopped, but not cleanly: ${proof.detail}`);
  findings.push(proof);
}

/** Half of the time that is left, so that the other half remains to start again. */
async function stopUnit({ run, leftMs }: DowntimeRun, context: DriverContext): Promise<Finding> {
  const { settings, driver } = run.instance;
  const limitMs = leftMs() / 2;
  const begunMs = run.clock.monotonicMs();
  try {
    await whileStopping(run, context, run.host.stopUnit(settings.unit, limitMs));
  } catch (thrown) {
    const trouble = toFailure(thrown);
    if (trouble.code !== 'stop-timeout') throw thrown;
    throw fail('timeout', 'stop-timeout', await stopsStill(run, context, limitMs));
  }
  for (;;) {
    const proof = await within(run.clock, probeMs, driver.stopped(context));
    if (proof?.ok === true) return proof;
    if (run.clock.monotonicMs() - begunMs > limitMs)
      throw fail(
        'timeout',
        'not-stopped',
        `${settings.instance}: unit ${settings.unit} is down, but ${proof?.detail ?? 'no check confirmed in time that nothing is running'}`,
      );
    await run.engineTakes(pause(run.clock, pollDelayMs(run.clock, begunMs), run.signal));
  }
}

/**
 * Where this order starts it again, its start recovers what has to be. Where nothing ran when the order began, and no verb builds on where
 * it ended, a start that failed before cannot end in order any more.
 */
function mustEndInOrder(downtime: DowntimeRun): boolean {
  const { run, body } = downtime;
  if (body.parts.includes('start') || run.instance.driver.shutDown === undefined) return false;
  return run.state().before !== null || body.act !== undefined || startsFirst(downtime);
}

async function shutDownProof({ run, leftMs }: DowntimeRun, context: DriverContext): Promise<Finding> {
  const asked = run.instance.driver.shutDown?.(context) ?? Promise.resolve(null);
  const proof = await within(run.clock, Math.min(probeMs, leftMs()), asked);
  return proof ?? { check: 'shut-down', ok: null, detail: 'no check confirmed it in time' };
}
