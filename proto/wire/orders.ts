/** Orders and receipts on the wire. An order of an unknown form is refused whole: the set is closed (P13). */
import type { DowntimePart, Effect, Giver, Order, OrderBody, Outcome, Receipt, SnapshotVerification } from '../../common/orders.ts';
import type { Act__Output, Act as WireAct } from '../generated/drydock/v1/Act.ts';
import type { Effect__Output, Effect as WireEffect } from '../generated/drydock/v1/Effect.ts';
import type { Giver__Output } from '../generated/drydock/v1/Giver.ts';
import type { Order__Output, Order as WireOrder } from '../generated/drydock/v1/Order.ts';
import type { Outcome as WireOutcome } from '../generated/drydock/v1/Outcome.ts';
import type { Receipt__Output, Receipt as WireReceipt } from '../generated/drydock/v1/Receipt.ts';
import { changesFromWire, changesToWire, revisionFromWire, revisionToWire } from './config.ts';
import { countFromWire, durationFromWire, malformed, nameFromWire, takenFromWire } from './forms.ts';
import {
  bundleFromWire,
  bundleToWire,
  failureFromWire,
  failureToWire,
  findingFromWire,
  findingToWire,
  incarnationFromWire,
  nodeFactsFromWire,
  nodeFactsToWire,
  optional,
} from './types.ts';

const partToWire = {
  quiesce: 'DOWNTIME_PART_QUIESCE',
  stop: 'DOWNTIME_PART_STOP',
  restore: 'DOWNTIME_PART_RESTORE',
  activate: 'DOWNTIME_PART_ACTIVATE',
  start: 'DOWNTIME_PART_START',
} as const satisfies Record<DowntimePart, string>;

const modeToWire = { normal: 'DOWNTIME_MODE_NORMAL', upgrade: 'DOWNTIME_MODE_UPGRADE', downgrade: 'DOWNTIME_MODE_DOWNGRADE' } as const;
const onFailureToWire = { revert: 'ON_FAILURE_REVERT', 'leave-stopped': 'ON_FAILURE_LEAVE_STOPPED' } as const;
const viewpointToWire = { self: 'VIEWPOINT_SELF', peer: 'VIEWPOINT_PEER' } as const;
const repeatToWire = { convergent: 'REPEAT_CONVERGENT', once: 'REPEAT_ONCE' } as const;
const outcomeToWire = {
  done: 'OUTCOME_DONE',
  failed: 'OUTCOME_FAILED',
  refused: 'OUTCOME_REFUSED',
  interrupted: 'OUTCOME_INTERRUPTED',
} as const satisfies Record<Outcome, WireOutcome>;

const snapshotVerificationToWire = {
  none: 'SNAPSHOT_VERIFICATION_NONE',
  list: 'SNAPSHOT_VERIFICATION_LIST',
  'restore-compare': 'SNAPSHOT_VERIFICATION_RESTORE_COMPARE',
} as const satisfies Record<SnapshotVerification, string>;

/** The inner word of a wire enum; an unknown or unspecified one is malformed. */
function inner<W extends string, I extends string>(table: Readonly<Record<I, W>>, wire: string, what: string): I {
  for (const key of Object.keys(table) as I[]) if (table[key] === wire) return key;
  throw malformed(`${what} ${wire} is unknown`);
}

function bodyToWire(body: OrderBody): Partial<WireOrder> {
  switch (body.kind) {
    case 'observe':
      return {
        observe: {
          checks: [...body.checks],
          nonce: body.nonce,
          ...(body.config === undefined ? {} : { config: { changes: changesToWire(body.config) } }),
          ...optional('restoreRun', body.restoreRun ?? null),
        },
      };
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
    case 'downtime':
      return {
        downtime: {
          mode: modeToWire[body.mode],
          parts: body.parts.map((part) => partToWire[part]),
          fromRelease: body.fromRelease,
          toRelease: body.toRelease,
          expectVersion: body.expectVersion,
          onFailure: onFailureToWire[body.onFailure],
          ...(body.config === undefined ? {} : { config: revisionToWire(body.config) }),
          ...(body.restore === undefined ? {} : { restore: body.restore }),
        },
      };
    case 'snapshot':
      return {
        snapshot: {
          verify: snapshotVerificationToWire[body.verify],
          needBytes: body.needBytes,
          needInodes: body.needInodes,
          ...(body.hop === undefined ? {} : { hop: body.hop }),
          ...(body.keepMs === undefined ? {} : { keepMs: body.keepMs }),
        },
      };
    case 'set':
      return { set: { key: body.key, value: body.value } };
    case 'unset':
      return { unset: { key: body.key, effect: body.effect === null ? null : effectToWire(body.effect) } };
    case 'act':
      return { act: actToWire(body) };
  }
}

type Act = Extract<OrderBody, { kind: 'act' }>;

function actToWire(body: Act): WireAct {
  switch (body.verb) {
    case 'fence':
      return { verb: 'VERB_FENCE', follow: { ...body.follow } };
    case 'unfence':
      return { verb: 'VERB_UNFENCE' };
    case 'promote':
      return { verb: 'VERB_PROMOTE', ...optional('token', body.token), slots: [...body.slots] };
    case 'repoint':
      return { verb: 'VERB_REPOINT', follow: { ...body.follow } };
    case 'dropSlots':
      return { verb: 'VERB_DROP_SLOTS', slots: [...body.slots] };
    case 'configure':
      return { verb: 'VERB_CONFIGURE', config: revisionToWire(body.config) };
    case 'finalize':
      return body.part === 'snapshot'
        ? {
            verb: 'VERB_FINALIZE',
            part: 'FINALIZE_PART_SNAPSHOT',
            keepMs: body.keepMs,
            ...(body.hop === undefined ? {} : { hop: body.hop }),
          }
        : { verb: 'VERB_FINALIZE', part: 'FINALIZE_PART_PREVIOUS_RELEASE', keepRelease: body.keepRelease };
  }
}

function actFromWire(wire: Act__Output): Act {
  switch (wire.verb) {
    case 'VERB_FENCE':
      return { kind: 'act', verb: 'fence', follow: addressFromWire(wire.follow) };
    case 'VERB_UNFENCE':
      return { kind: 'act', verb: 'unfence' };
    case 'VERB_PROMOTE':
      return { kind: 'act', verb: 'promote', token: wire.token ?? null, slots: wire.slots.map((slot) => nameFromWire(slot, 'act.slots')) };
    case 'VERB_REPOINT':
      return { kind: 'act', verb: 'repoint', follow: addressFromWire(wire.follow) };
    case 'VERB_DROP_SLOTS':
      return { kind: 'act', verb: 'dropSlots', slots: wire.slots.map((slot) => nameFromWire(slot, 'act.slots')) };
    case 'VERB_CONFIGURE':
      return { kind: 'act', verb: 'configure', config: revisionFromWire(wire.config) };
    case 'VERB_FINALIZE':
      if (wire.part === 'FINALIZE_PART_SNAPSHOT')
        return {
          kind: 'act',
          verb: 'finalize',
          part: 'snapshot',
          keepMs: durationFromWire(wire.keepMs, 'act.keepMs'),
          ...hopFromWire(wire.hop),
        };
      if (wire.part !== 'FINALIZE_PART_PREVIOUS_RELEASE') throw malformed(`act.part ${wire.part} is unknown`);
      return { kind: 'act', verb: 'finalize', part: 'previous-release', keepRelease: nameFromWire(wire.keepRelease, 'act.keepRelease') };
    default:
      throw malformed(`act.verb ${wire.verb} is unknown`);
  }
}

/** Becomes part of a path: a snapshot's id. */
function hopFromWire(hop: string | undefined): { readonly hop?: string } {
  return hop === undefined ? {} : { hop: nameFromWire(hop, 'hop') };
}

const hostForm = /^[A-Za-z0-9:/][A-Za-z0-9._:/-]{0,250}$/;

function addressFromWire(wire: Act__Output['follow']): { readonly member: string; readonly host: string; readonly port: number } {
  if (wire === null) throw malformed('act.follow is missing');
  const port = countFromWire(wire.port, 'act.follow.port');
  if (port < 1 || port > 65_535) throw malformed(`act.follow.port ${port} is no port`);
  if (!hostForm.test(wire.host)) throw malformed('act.follow.host is no host name, address or folder');
  return { member: nameFromWire(wire.member, 'act.follow.member'), host: wire.host, port };
}

const effectToWire = (effect: Effect): WireEffect => ({
  key: effect.key,
  ...optional('prior', effect.prior),
  ...optional('set', effect.set),
});

const effectFromWire = (wire: Effect__Output): Effect => ({ key: wire.key, prior: wire.prior ?? null, set: wire.set ?? null });

function bodyFromWire(wire: Order__Output): OrderBody {
  if (wire.observe)
    return {
      kind: 'observe',
      checks: wire.observe.checks,
      nonce: wire.observe.nonce,
      ...(wire.observe.config === null ? {} : { config: changesFromWire(wire.observe.config.changes) }),
      ...(wire.observe.restoreRun === undefined ? {} : { restoreRun: nameFromWire(wire.observe.restoreRun, 'observe.restoreRun') }),
    };
  if (wire.await)
    return {
      kind: 'await',
      condition: wire.await.condition,
      member: wire.await.member ?? null,
      steadyMs: durationFromWire(wire.await.steadyMs, 'await.steadyMs'),
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
  if (wire.downtime)
    return {
      kind: 'downtime',
      mode: inner(modeToWire, wire.downtime.mode, 'downtime.mode'),
      parts: wire.downtime.parts.map((part) => inner(partToWire, part, 'downtime.parts')),
      fromRelease: nameFromWire(wire.downtime.fromRelease, 'downtime.fromRelease'),
      toRelease: nameFromWire(wire.downtime.toRelease, 'downtime.toRelease'),
      expectVersion: nameFromWire(wire.downtime.expectVersion, 'downtime.expectVersion'),
      onFailure: inner(onFailureToWire, wire.downtime.onFailure, 'downtime.onFailure'),
      ...(wire.downtime.config === null ? {} : { config: revisionFromWire(wire.downtime.config) }),
      ...(wire.downtime.restore === undefined ? {} : { restore: nameFromWire(wire.downtime.restore, 'downtime.restore') }),
    };
  if (wire.snapshot)
    return {
      kind: 'snapshot',
      verify: inner(snapshotVerificationToWire, wire.snapshot.verify, 'snapshot.verify'),
      needBytes: countFromWire(wire.snapshot.needBytes, 'snapshot.needBytes'),
      needInodes: countFromWire(wire.snapshot.needInodes, 'snapshot.needInodes'),
      ...hopFromWire(wire.snapshot.hop),
      ...(wire.snapshot.keepMs === undefined ? {} : { keepMs: countFromWire(wire.snapshot.keepMs, 'snapshot.keepMs') }),
    };
  if (wire.set) return { kind: 'set', key: nameFromWire(wire.set.key, 'set.key'), value: wire.set.value };
  if (wire.unset)
    return {
      kind: 'unset',
      key: nameFromWire(wire.unset.key, 'unset.key'),
      effect: wire.unset.effect === null ? null : effectFromWire(wire.unset.effect),
    };
  if (wire.act) return actFromWire(wire.act);
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
    body: bodyFromWire(wire),
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
