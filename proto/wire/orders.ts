/** Orders and receipts on the wire. An order of an unknown form is refused whole: the set is closed (P13). */
import type { Order, OrderBody, OutagePart, Outcome, Receipt } from '../../common/orders.ts';
import type { Order__Output, Order as WireOrder } from '../generated/drydock/v1/Order.ts';
import type { Outcome as WireOutcome } from '../generated/drydock/v1/Outcome.ts';
import type { Receipt__Output, Receipt as WireReceipt } from '../generated/drydock/v1/Receipt.ts';
import {
  bundleFromWire,
  bundleToWire,
  countFromWire,
  failureFromWire,
  failureToWire,
  findingFromWire,
  findingToWire,
  incarnationFromWire,
  malformed,
  nameFromWire,
  nodeFactsFromWire,
  nodeFactsToWire,
  optional,
} from './types.ts';

const partToWire = {
  quiesce: 'OUTAGE_PART_QUIESCE',
  stop: 'OUTAGE_PART_STOP',
  activate: 'OUTAGE_PART_ACTIVATE',
  start: 'OUTAGE_PART_START',
} as const satisfies Record<OutagePart, string>;

const modeToWire = { normal: 'OUTAGE_MODE_NORMAL', upgrade: 'OUTAGE_MODE_UPGRADE', downgrade: 'OUTAGE_MODE_DOWNGRADE' } as const;
const onFailureToWire = { revert: 'ON_FAILURE_REVERT', 'leave-stopped': 'ON_FAILURE_LEAVE_STOPPED' } as const;
const viewpointToWire = { self: 'VIEWPOINT_SELF', peer: 'VIEWPOINT_PEER' } as const;
const repeatToWire = { convergent: 'REPEAT_CONVERGENT', once: 'REPEAT_ONCE' } as const;
const outcomeToWire = {
  done: 'OUTCOME_DONE',
  failed: 'OUTCOME_FAILED',
  refused: 'OUTCOME_REFUSED',
  interrupted: 'OUTCOME_INTERRUPTED',
} as const satisfies Record<Outcome, WireOutcome>;

/** The inner word of a wire enum; an unknown or unspecified one is malformed. */
function inner<W extends string, I extends string>(table: Readonly<Record<I, W>>, wire: string, what: string): I {
  for (const key of Object.keys(table) as I[]) if (table[key] === wire) return key;
  throw malformed(`${what} ${wire} is unknown`);
}

function bodyToWire(body: OrderBody): Partial<WireOrder> {
  switch (body.kind) {
    case 'observe':
      return { observe: { checks: [...body.checks], nonce: body.nonce } };
    case 'await':
      return {
        await: {
          condition: body.condition,
          ...optional('member', body.member),
          steadyMs: body.steadyMs,
          viewpoint: viewpointToWire[body.viewpoint],
        },
      };
    case 'stage':
      return { stage: { bundle: bundleToWire(body.bundle), needBytes: body.needBytes, needInodes: body.needInodes } };
    case 'outage':
      return {
        outage: {
          mode: modeToWire[body.mode],
          parts: body.parts.map((part) => partToWire[part]),
          fromRelease: body.fromRelease,
          toRelease: body.toRelease,
          expectVersion: body.expectVersion,
          onFailure: onFailureToWire[body.onFailure],
        },
      };
    case 'act':
      return { act: { verb: 'VERB_FINALIZE', part: 'FINALIZE_PART_PREVIOUS_RELEASE', keepRelease: body.keepRelease } };
  }
}

function bodyFromWire(wire: Order__Output): OrderBody {
  if (wire.observe) return { kind: 'observe', checks: wire.observe.checks, nonce: wire.observe.nonce };
  if (wire.await)
    return {
      kind: 'await',
      condition: wire.await.condition,
      member: wire.await.member ?? null,
      steadyMs: countFromWire(wire.await.steadyMs, 'await.steadyMs'),
      viewpoint: inner(viewpointToWire, wire.await.viewpoint, 'await.viewpoint'),
    };
  if (wire.stage) {
    if (wire.stage.bundle === null) throw malformed('stage.bundle is missing');
    return {
      kind: 'stage',
      bundle: bundleFromWire(wire.stage.bundle),
      needBytes: countFromWire(wire.stage.needBytes, 'stage.needBytes'),
      needInodes: countFromWire(wire.stage.needInodes, 'stage.needInodes'),
    };
  }
  if (wire.outage)
    return {
      kind: 'outage',
      mode: inner(modeToWire, wire.outage.mode, 'outage.mode'),
      parts: wire.outage.parts.map((part) => inner(partToWire, part, 'outage.parts')),
      fromRelease: nameFromWire(wire.outage.fromRelease, 'outage.fromRelease'),
      toRelease: nameFromWire(wire.outage.toRelease, 'outage.toRelease'),
      expectVersion: nameFromWire(wire.outage.expectVersion, 'outage.expectVersion'),
      onFailure: inner(onFailureToWire, wire.outage.onFailure, 'outage.onFailure'),
    };
  if (wire.act) {
    if (wire.act.verb !== 'VERB_FINALIZE') throw malformed(`act.verb ${wire.act.verb} is unknown`);
    if (wire.act.part !== 'FINALIZE_PART_PREVIOUS_RELEASE') throw malformed(`act.part ${wire.act.part} is unknown`);
    return { kind: 'act', verb: 'finalize', part: 'previous-release', keepRelease: nameFromWire(wire.act.keepRelease, 'act.keepRelease') };
  }
  throw malformed('order has no body');
}

export function orderToWire(order: Order): WireOrder {
  const { target } = order;
  return {
    orderId: order.orderId,
    run: order.run,
    step: order.step,
    attempt: order.attempt,
    cluster: order.cluster,
    epoch: order.epoch,
    writer: order.writer,
    target: {
      instance: target.instance,
      host: target.host,
      engine: target.engine,
      dataDir: target.dataDir,
      ...optional('databaseId', target.databaseId),
    },
    guards: order.guards.map((guard) => ({ check: guard.check, ...optional('expect', guard.expect ?? null) })),
    deadlineMs: order.deadlineMs,
    repeat: repeatToWire[order.repeat],
    ...bodyToWire(order.body),
  };
}

export function orderFromWire(wire: Order__Output): Order {
  if (wire.target === null) throw malformed('order.target is missing');
  return {
    orderId: wire.orderId,
    run: nameFromWire(wire.run, 'order.run'),
    step: nameFromWire(wire.step, 'order.step'),
    attempt: countFromWire(wire.attempt, 'order.attempt'),
    cluster: nameFromWire(wire.cluster, 'order.cluster'),
    epoch: countFromWire(wire.epoch, 'order.epoch'),
    writer: wire.writer,
    target: {
      instance: nameFromWire(wire.target.instance, 'order.target.instance'),
      host: nameFromWire(wire.target.host, 'order.target.host'),
      engine: nameFromWire(wire.target.engine, 'order.target.engine'),
      dataDir: wire.target.dataDir,
      databaseId: wire.target.databaseId ?? null,
    },
    guards: wire.guards.map((guard) => ({ check: guard.check, ...optional('expect', guard.expect ?? null) })),
    deadlineMs: countFromWire(wire.deadlineMs, 'order.deadlineMs'),
    repeat: inner(repeatToWire, wire.repeat, 'order.repeat'),
    body: bodyFromWire(wire),
  };
}

export function receiptToWire(receipt: Receipt): WireReceipt {
  return {
    orderId: receipt.orderId,
    outcome: outcomeToWire[receipt.outcome],
    failure: receipt.failure === undefined ? null : failureToWire(receipt.failure),
    before: receipt.before,
    after: receipt.after,
    elapsedMs: receipt.elapsedMs,
    engineMs: receipt.engineMs,
    parts: receipt.parts.map((part) => ({ ...part })),
    ...optional('outOfServiceMs', receipt.outOfServiceMs),
    reverted: receipt.reverted,
    findings: receipt.findings.map(findingToWire),
    facts: receipt.facts === null ? null : nodeFactsToWire(receipt.facts),
    effects: receipt.effects.map((effect) => ({ key: effect.key, ...optional('prior', effect.prior), ...optional('set', effect.set) })),
  };
}

export function receiptFromWire(wire: Receipt__Output): Receipt {
  return {
    orderId: wire.orderId,
    outcome: inner(outcomeToWire, wire.outcome, 'receipt.outcome'),
    ...(wire.failure === null ? {} : { failure: failureFromWire(wire.failure) }),
    before: incarnationFromWire(wire.before),
    after: incarnationFromWire(wire.after),
    elapsedMs: wire.elapsedMs,
    engineMs: wire.engineMs,
    parts: wire.parts.map((part) => ({ part: part.part, ms: part.ms })),
    outOfServiceMs: wire.outOfServiceMs ?? null,
    reverted: wire.reverted,
    findings: wire.findings.map(findingFromWire),
    facts: wire.facts === null ? null : nodeFactsFromWire(wire.facts),
    effects: wire.effects.map((effect) => ({ key: effect.key, prior: effect.prior ?? null, set: effect.set ?? null })),
  };
}
