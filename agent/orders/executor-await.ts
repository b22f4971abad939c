/** `await`: a condition must hold without a break. A probe that finds nothing out is a break, and time running out is never success (P9). */
import { pause } from '../../common/clock.ts';
import type { Finding } from '../../common/facts.ts';
import { failure } from '../../common/failure.ts';
import { waitsPart } from '../../common/orders.ts';
import { contextOf } from '../facts/facts.ts';
import { type BodyOf, type Ending, leftMs, type OrderRun, pollDelayMs, within } from './order-run.ts';

/** Of drivers whose tools answer within seconds. */
const usualCheckMs = 5_000;
/** Settling is watched at this pace; before the condition holds for the first time probes come more often. */
const steadyProbeMs = 200;

export async function carryOutAwait(run: OrderRun, body: BodyOf<'await'>): Promise<Ending> {
  const { clock, instance } = run;
  const probeMs = instance.driver.checkMs ?? usualCheckMs;
  const guard = { check: body.condition, ...(body.member === null ? {} : { expect: body.member }) };
  const begunMs = clock.monotonicMs();
  let heldSinceMs: number | null = null;
  let probed = false;
  let last: Finding = { check: body.condition, ok: null, detail: 'not probed yet' };
  for (;;) {
    const limitMs = Math.min(probeMs, leftMs(run));
    const askedMs = clock.monotonicMs();
    last = (await within(clock, limitMs, probe(run, guard))) ?? {
      check: body.condition,
      ok: null,
      // The last probe has no time left to be answered: what the one before it found is why.
      detail: probed && limitMs < probeMs ? last.detail : `no answer within ${Math.round(limitMs)} ms`,
    };
    probed = true;
    // Held since the probe that found it so began, at the earliest.
    if (last.ok === true) heldSinceMs ??= askedMs;
    else heldSinceMs = null;
    const heldMs = heldSinceMs === null ? 0 : clock.monotonicMs() - heldSinceMs;
    if (heldSinceMs !== null && heldMs >= body.steadyMs) return { outcome: 'done', findings: [last] };
    if (leftMs(run) <= 0) break;
    if (heldSinceMs === null) run.progress(waitsPart, 0, last.detail);
    else run.progress('steady', Math.min(1, heldMs / body.steadyMs), last.detail);
    const pauseMs = heldSinceMs === null ? pollDelayMs(clock, begunMs) : Math.min(steadyProbeMs, body.steadyMs - heldMs);
    await run.engineTakes(pause(clock, Math.min(pauseMs, leftMs(run)), run.signal));
  }
  const steady = body.steadyMs === 0 ? '' : ` for ${body.steadyMs} ms without interruption`;
  return {
    outcome: 'failed',
    failure: failure(
      'timeout',
      'health-check-timeout',
      `${instance.settings.instance}: ${body.condition}${body.member === null ? '' : ` of ${body.member}`} did not hold${steady} within ${run.order.deadlineMs} ms: ${last.detail}`,
    ),
    findings: [last],
  };
}

async function probe(run: OrderRun, guard: { readonly check: string; readonly expect?: string }): Promise<Finding> {
  return run.instance.driver.check(await contextOf(run, run.instance), guard);
}
