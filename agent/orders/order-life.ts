/** One order from accepted to its receipt: prove that it is for this database, begin, carry out, probe once more, write down. */
import type { NodeFacts } from '../../common/facts.ts';
import { type Failure, failure, toFailure } from '../../common/failure.ts';
import type { AgentMessage } from '../../common/link.ts';
import type { Order, Receipt } from '../../common/orders.ts';
import { carryOutDowntime } from '../downtime/loop.ts';
import { observeNode, type Vantage } from '../facts/facts.ts';
import type { Instance } from '../instance.ts';
import { downtimeMs, localRun, type Moment, type OrderEntry, type OrderState, partDurations, partOf } from '../journal/agent-machine.ts';
import { AgentStopped, type Lifetime } from '../lifetime.ts';
import type { ArtifactSource } from '../link/controller-artifacts.ts';
import { carryOutAwait } from './executor-await.ts';
import {
  carryOutAct,
  carryOutConfigure,
  carryOutInstance,
  carryOutReleaseCleanup,
  carryOutSet,
  carryOutUnset,
  seenActed,
} from './executor-change.ts';
import { carryOutJob } from './executor-job.ts';
import { carryOutSnapshot, carryOutSnapshotCleanup } from './executor-snapshot.ts';
import { type Ending, type EngineMeter, type OrderRun, type Stopwatch, startStopwatch } from './order-run.ts';
import { carryOutStage } from './staging.ts';

/** An order in the works. Its ports die with `life`. */
export interface LiveOrder {
  readonly order: Order;
  readonly lifetime: Lifetime;
  readonly instance: Instance;
  readonly vantage: Vantage;
  readonly artifacts: ArtifactSource;
  /** See `OrderRun`. */
  leftDown(): boolean;
  /** Of a job: the controller gave it up. */
  readonly cancelling: AbortController;
  state: OrderState;
  watch: Stopwatch;
  readonly meter: EngineMeter;
  /** Durable before it returns. */
  record(entry: OrderEntry): void;
  tell(message: AgentMessage): void;
}

const progressEveryMs = 500;

/** Lives an order that was accepted or, after a restart, begun. Returns its receipt, or why it was not begun. */
export async function liveThrough(live: LiveOrder): Promise<Receipt | Failure> {
  if (live.state.phase === 'accepted') {
    const refusal = await begin(live);
    if (refusal !== null) return refusal;
  }
  return conclude(live, await carryOut(live));
}

async function begin(live: LiveOrder): Promise<Failure | null> {
  const { order, instance, vantage } = live;
  let seen: NodeFacts;
  try {
    seen = await observeNode(vantage, instance, { checks: [] }, null, 'beside');
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return toFailure(thrown);
  }
  const { databaseId } = order.target;
  // A database that is down cannot tell its id; data directory and name still say which one is meant.
  if (databaseId !== null && seen.databaseId !== null && databaseId !== seen.databaseId)
    return failure(
      'refused',
      'wrong-target',
      `order ${order.orderId}: the database of ${order.target.instance} is ${seen.databaseId}, but the order is for ${databaseId}`,
    );
  live.watch = startStopwatch(vantage.clock, null);
  const versionBefore = seen.version.running ?? seen.version.onDisk;
  live.record({ type: 'begun', at: live.watch.now(), before: seen.incarnation, versionBefore });
  if (order.run !== localRun) live.tell({ type: 'ack', orderId: order.orderId, state: 'begun' });
  return null;
}

function runOf(live: LiveOrder): OrderRun {
  return {
    ...live.vantage,
    order: live.order,
    instance: live.instance,
    leftDown: () => live.leftDown(),
    cancelled: live.cancelling.signal,
    state: () => live.state,
    record: live.record,
    now: () => live.watch.now(),
    engineTakes: (work) => live.meter.during(work),
    progress: throttled(live),
  };
}

async function carryOut(live: LiveOrder): Promise<Ending> {
  const run = runOf(live);
  const { body } = live.order;
  try {
    switch (body.kind) {
      case 'observe': {
        const facts = await observeNode(run, live.instance, body, body.nonce);
        return { outcome: 'done', findings: facts.findings, facts };
      }
      case 'await':
        return await carryOutAwait(run, body);
      case 'stage':
        return await carryOutStage(run, body, live.artifacts);
      case 'downtime':
        return await carryOutDowntime(run, body);
      case 'snapshot':
        return await carryOutSnapshot(run, body);
      case 'set':
        return await carryOutSet(run, body);
      case 'unset':
        return await carryOutUnset(run, body);
      case 'act':
        return await carryOutAct(run, body);
      case 'job':
        return await carryOutJob(run, body);
      case 'instance':
        return await carryOutInstance(run, body);
      case 'configure':
        return await carryOutConfigure(run, body.config);
      case 'cleanup':
        return await (body.part === 'snapshot' ? carryOutSnapshotCleanup(run, body) : carryOutReleaseCleanup(run, body));
      default:
        return body satisfies never;
    }
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    const trouble = toFailure(thrown);
    return { outcome: trouble.class === 'refused' ? 'refused' : 'failed', failure: trouble, findings: [] };
  }
}

/**
 * A `once` order that was under way when the agent ended: done if what it wanted is seen to be so, else interrupted, for a person to look at.
 * It is never carried out a second time.
 */
export async function concludeOnce(live: LiveOrder): Promise<Receipt> {
  const { body } = live.order;
  const why = failure(
    'failed',
    'interrupted',
    `order ${live.order.orderId} may run only once and was interrupted by a restart of the agent`,
  );
  const seen = body.kind === 'act' ? await seenActed(runOf(live), body) : null;
  return conclude(live, seen === null ? { outcome: 'interrupted', failure: why, findings: [] } : { outcome: 'done', findings: [seen] });
}

function throttled(live: LiveOrder): OrderRun['progress'] {
  let reported = { part: '', atMs: 0 };
  return (part, fraction, note) => {
    const nowMs = live.vantage.clock.monotonicMs();
    if (part === reported.part && nowMs - reported.atMs < progressEveryMs) return;
    reported = { part, atMs: nowMs };
    live.tell({ type: 'progress', orderId: live.order.orderId, part, fraction, note });
  };
}

/** The end is measured before the last probe, which is ours and not the database's time. */
async function conclude(live: LiveOrder, ending: Ending): Promise<Receipt> {
  const at = live.watch.now();
  const facts = ending.facts ?? (await probeAfterwards(live));
  return writeReceipt(live, ending, at, facts);
}

/** Writes the receipt of an order that is over. */
export function writeReceipt(live: LiveOrder, ending: Ending, at: Moment, facts: NodeFacts | null): Receipt {
  const { state, order } = live;
  const backInService = partOf(state, 'start', ending.reverted === true ? 'back' : 'forward')?.endedMs ?? at.spanMs;
  const receipt: Receipt = {
    orderId: order.orderId,
    outcome: ending.outcome,
    ...(ending.failure === undefined ? {} : { failure: ending.failure }),
    before: state.before,
    after: facts?.incarnation ?? null,
    elapsedMs: at.spanMs,
    engineMs: live.meter.totalMs,
    parts: partDurations(state, at.spanMs),
    downtimeMs: downtimeMs(state, backInService),
    reverted: ending.reverted ?? false,
    findings: ending.findings,
    facts,
    effects: ending.effects ?? [],
    ...(ending.token === undefined ? {} : { token: ending.token }),
  };
  live.record({ type: 'ended', receipt });
  return receipt;
}

async function probeAfterwards({ vantage, instance }: LiveOrder): Promise<NodeFacts | null> {
  try {
    return await observeNode(vantage, instance, { checks: [] }, null, 'beside');
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return null;
  }
}
