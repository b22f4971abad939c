/** Orders and receipts on the wire. The body of an order travels as canonical JSON, and is parsed by the schema that all sides share (P13). */
import { bodyText, type Effect, parseOrderBody } from '../../common/order-body.ts';
import type { Giver, Order, Outcome, Receipt } from '../../common/orders.ts';
import type { Effect__Output, Effect as WireEffect } from '../generated/drydock/v1/Effect.ts';
import type { Giver__Output } from '../generated/drydock/v1/Giver.ts';
import type { Order__Output, Order as WireOrder } from '../generated/drydock/v1/Order.ts';
import type { Outcome as WireOutcome } from '../generated/drydock/v1/Outcome.ts';
import type { Receipt__Output, Receipt as WireReceipt } from '../generated/drydock/v1/Receipt.ts';
import { countFromWire, durationFromWire, malformed, nameFromWire, takenFromWire } from './forms.ts';
import {
  failureFromWire,
  failureToWire,
  findingFromWire,
  findingToWire,
  incarnationFromWire,
  nodeFactsFromWire,
  nodeFactsToWire,
  optional,
} from './types.ts';

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

const effectToWire = (effect: Effect): WireEffect => ({
  key: effect.key,
  ...optional('prior', effect.prior),
  ...optional('set', effect.set),
  clusterWide: effect.scope === 'cluster',
});

const effectFromWire = (wire: Effect__Output): Effect => ({
  key: wire.key,
  prior: wire.prior ?? null,
  set: wire.set ?? null,
  ...(wire.clusterWide ? { scope: 'cluster' } : {}),
});

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
    given: { ...order.given },
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
    bodyJson: bodyText(order.body),
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
    given: giverFromWire(wire.given, 'order.given'),
    target: {
      instance: nameFromWire(wire.target.instance, 'order.target.instance'),
      host: nameFromWire(wire.target.host, 'order.target.host'),
      engine: nameFromWire(wire.target.engine, 'order.target.engine'),
      dataDir: wire.target.dataDir,
      databaseId: wire.target.databaseId ?? null,
    },
    guards: wire.guards.map((guard) => ({ check: guard.check, ...optional('expect', guard.expect ?? null) })),
    deadlineMs: durationFromWire(wire.deadlineMs, 'order.deadlineMs'),
    repeat: inner(repeatToWire, wire.repeat, 'order.repeat'),
    body: parseOrderBody(wire.bodyJson),
  };
}

/** Who made an order; without it nothing could be told apart from the same order of another store. */
export function giverFromWire(wire: Giver__Output | null, field: string): Giver {
  if (wire === null) throw malformed(`${field} is missing`);
  return { epoch: countFromWire(wire.epoch, `${field}.epoch`), writer: wire.writer };
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
    ...optional('downtimeMs', receipt.downtimeMs),
    reverted: receipt.reverted,
    findings: receipt.findings.map(findingToWire),
    facts: receipt.facts === null ? null : nodeFactsToWire(receipt.facts),
    effects: receipt.effects.map(effectToWire),
    ...(receipt.token === undefined ? {} : { token: receipt.token }),
  };
}

export function receiptFromWire(wire: Receipt__Output): Receipt {
  return {
    orderId: wire.orderId,
    outcome: inner(outcomeToWire, wire.outcome, 'receipt.outcome'),
    ...(wire.failure === null ? {} : { failure: failureFromWire(wire.failure) }),
    before: incarnationFromWire(wire.before),
    after: incarnationFromWire(wire.after),
    elapsedMs: takenFromWire(wire.elapsedMs, 'receipt.elapsedMs'),
    engineMs: takenFromWire(wire.engineMs, 'receipt.engineMs'),
    parts: wire.parts.map(({ part, ms }) => ({ part, ms: takenFromWire(ms, 'receipt.parts.ms') })),
    downtimeMs: wire.downtimeMs === undefined ? null : takenFromWire(wire.downtimeMs, 'receipt.downtimeMs'),
    reverted: wire.reverted,
    findings: wire.findings.map(findingFromWire),
    facts: wire.facts === null ? null : nodeFactsFromWire(wire.facts),
    effects: wire.effects.map(effectFromWire),
    ...(wire.token === undefined ? {} : { token: wire.token }),
  };
}
