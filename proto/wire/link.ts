/** The messages of the agents' stream, both directions, inner types to wire and back. Throws FailureError(usage, `malformed-message`). */
import { type Checkpoint, mostAnchors } from '../../common/checkpoint.ts';
import { FailureError, failure, toFailure } from '../../common/failure.ts';
import {
  type AgentMessage,
  type ControllerMessage,
  type Fence,
  type HeardMessage,
  mostInstances,
  type OpenOrderState,
  type RecalledOrder,
} from '../../common/link.ts';
import { printable } from '../../common/printable.ts';
import type { AgentMessage__Output, AgentMessage as WireAgentMessage } from '../generated/drydock/v1/AgentMessage.ts';
import type { Checkpoint__Output } from '../generated/drydock/v1/Checkpoint.ts';
import type { ControllerMessage__Output, ControllerMessage as WireControllerMessage } from '../generated/drydock/v1/ControllerMessage.ts';
import type { Fence__Output } from '../generated/drydock/v1/Fence.ts';
import type { Order__Output } from '../generated/drydock/v1/Order.ts';
import type { RecalledOrder__Output } from '../generated/drydock/v1/RecalledOrder.ts';
import { checkBounds } from './bounds.ts';
import { countFromWire, malformed, nameFromWire, timeFromWire, wordFromWire } from './forms.ts';
import { giverFromWire, orderFromWire, orderToWire, receiptFromWire, receiptToWire } from './orders.ts';
import { failureFromWire, failureToWire, incarnationFromWire, nodeFactsFromWire, nodeFactsToWire } from './types.ts';

const stateToWire = {
  accepted: 'ORDER_STATE_ACCEPTED',
  begun: 'ORDER_STATE_BEGUN',
  ended: 'ORDER_STATE_ENDED',
  refused: 'ORDER_STATE_REFUSED',
} as const satisfies Record<OpenOrderState | 'refused', string>;

function openState(wire: string): OpenOrderState {
  for (const state of ['accepted', 'begun', 'ended'] as const) if (stateToWire[state] === wire) return state;
  throw malformed(`order state ${wire} is unknown`);
}

function ackState(wire: string): 'accepted' | 'begun' | 'refused' {
  for (const state of ['accepted', 'begun', 'refused'] as const) if (stateToWire[state] === wire) return state;
  throw malformed(`ack state ${wire} is unknown`);
}

const recalledStateToWire = {
  open: 'RECALLED_STATE_OPEN',
  ended: 'RECALLED_STATE_ENDED',
  forgotten: 'RECALLED_STATE_FORGOTTEN',
} as const satisfies Record<RecalledOrder['state'], string>;

function recalledState(wire: string): RecalledOrder['state'] {
  for (const state of ['open', 'ended', 'forgotten'] as const) if (recalledStateToWire[state] === wire) return state;
  throw malformed(`state ${wire} of a recalled order is unknown`);
}

function recalledFromWire({ seq, order, state, receipt }: RecalledOrder__Output): RecalledOrder {
  if (order === null) throw malformed('recalled.orders.order is missing');
  return {
    seq: countFromWire(seq, 'recalled.orders.seq'),
    order: orderFromWire(order),
    state: recalledState(state),
    receipt: receipt === null ? null : receiptFromWire(receipt),
  };
}

type Of<M extends { type: string }, T extends M['type']> = Extract<M, { type: T }>;

function helloToWire(hello: Of<AgentMessage, 'hello'>): WireAgentMessage {
  return {
    hello: {
      protocol: hello.protocol,
      agentVersion: hello.agentVersion,
      host: hello.host,
      bootId: hello.bootId,
      arch: hello.arch,
      os: hello.os,
      instances: hello.instances.map((instance) => ({
        ...instance,
        capabilities: [...instance.capabilities],
        checks: [...instance.checks],
        verbs: [...instance.verbs],
        keys: [...instance.keys],
        jobs: [...instance.jobs],
      })),
      fences: hello.fences.map((fence) => ({ ...fence })),
      openOrders: hello.openOrders.map((open) => ({ orderId: open.orderId, state: stateToWire[open.state] })),
      journalHead: hello.journalHead,
      newestOrders: hello.newestOrders.map(({ cluster, orderId, epoch, writer }) => ({ cluster, orderId, given: { epoch, writer } })),
      checkpoints: (hello.checkpoints ?? []).map((checkpoint) => ({ ...checkpoint })),
      keepsCheckpoints: hello.checkpoints !== undefined,
    },
  };
}

function fenceFromWire({ cluster, epoch, writer }: Fence__Output, what: string): Fence {
  return {
    cluster: nameFromWire(cluster, `${what}.cluster`),
    epoch: countFromWire(epoch, `${what}.epoch`),
    writer: wordFromWire(writer, `${what}.writer`),
  };
}

function helloFromWire(hello: NonNullable<AgentMessage__Output['hello']>): AgentMessage {
  if (hello.instances.length > mostInstances)
    throw malformed(`hello.instances has ${hello.instances.length} entries, at most ${mostInstances} are allowed per host`);
  return {
    type: 'hello',
    protocol: hello.protocol,
    agentVersion: wordFromWire(hello.agentVersion, 'hello.agentVersion'),
    host: nameFromWire(hello.host, 'hello.host'),
    bootId: wordFromWire(hello.bootId, 'hello.bootId'),
    arch: wordFromWire(hello.arch, 'hello.arch'),
    os: wordFromWire(hello.os, 'hello.os'),
    instances: hello.instances.map((instance) => ({
      instance: nameFromWire(instance.instance, 'hello.instances.instance'),
      cluster: nameFromWire(instance.cluster, 'hello.instances.cluster'),
      engine: nameFromWire(instance.engine, 'hello.instances.engine'),
      dataDir: instance.dataDir,
      capabilities: instance.capabilities,
      checks: instance.checks,
      verbs: instance.verbs.map((verb) => nameFromWire(verb, 'hello.instances.verbs')),
      keys: instance.keys.map((key) => nameFromWire(key, 'hello.instances.keys')),
      jobs: instance.jobs.map((job) => nameFromWire(job, 'hello.instances.jobs')),
      profileDigest: wordFromWire(instance.profileDigest, 'hello.instances.profileDigest'),
      ...(Object.keys(instance.profile).length === 0 ? {} : { profile: profileFromWire(instance.profile) }),
    })),
    fences: hello.fences.map((fence) => fenceFromWire(fence, 'hello.fences')),
    openOrders: hello.openOrders.map((open) => ({ orderId: open.orderId, state: openState(open.state) })),
    journalHead: countFromWire(hello.journalHead, 'hello.journalHead'),
    newestOrders: hello.newestOrders.map(({ cluster, orderId, given }) => ({
      cluster: nameFromWire(cluster, 'hello.newestOrders.cluster'),
      orderId,
      ...giverFromWire(given, 'hello.newestOrders.given'),
    })),
    ...(hello.keepsCheckpoints ? { checkpoints: checkpointsFromWire(hello.checkpoints) } : {}),
  };
}

function checkpointsFromWire(wire: readonly Checkpoint__Output[]): readonly Checkpoint[] {
  if (wire.length > mostAnchors) throw malformed(`hello.checkpoints has ${wire.length} entries, at most ${mostAnchors} are allowed`);
  return wire.map((checkpoint) => checkpointFromWire(checkpoint, 'hello.checkpoints'));
}

const hashForm = /^[0-9a-f]{64}$/;
const keyForm = /^[0-9a-f]{16}$/;
const signatureForm = /^[A-Za-z0-9_-]{86}$/;

function checkpointFromWire({ chain, seq, head, atMs, number, chains, key, signature }: Checkpoint__Output, what: string): Checkpoint {
  if (!hashForm.test(head) || !keyForm.test(key) || !signatureForm.test(signature))
    throw malformed(`${what} is not a checkpoint: its head, key or signature is malformed`);
  return {
    chain: nameFromWire(chain, `${what}.chain`),
    seq: countFromWire(seq, `${what}.seq`),
    head,
    atMs: timeFromWire(atMs, `${what}.atMs`),
    number: countFromWire(number, `${what}.number`),
    chains: countFromWire(chains, `${what}.chains`),
    key,
    signature,
  };
}

/** Kept for as long as the host is known. */
const mostSettings = 50;

function profileFromWire(profile: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const settings = Object.entries(profile);
  if (settings.length > mostSettings)
    throw malformed(`hello.instances.profile has ${settings.length} entries, at most ${mostSettings} are allowed`);
  return Object.fromEntries(settings.map(([setting, value]) => [nameFromWire(setting, 'hello.instances.profile'), value]));
}

export function agentMessageToWire(message: AgentMessage): WireAgentMessage {
  switch (message.type) {
    case 'hello':
      return helloToWire(message);
    case 'beat':
      return { beat: { journalHead: message.journalHead } };
    case 'facts':
      return { facts: { facts: nodeFactsToWire(message.facts) } };
    case 'ack':
      return {
        ack: {
          orderId: message.orderId,
          state: stateToWire[message.state],
          failure: message.failure === undefined ? null : failureToWire(message.failure),
        },
      };
    case 'progress':
      return { progress: { orderId: message.orderId, part: message.part, fraction: message.fraction, note: message.note } };
    case 'report':
      return { report: { seq: message.seq, receipt: receiptToWire(message.receipt), given: { ...message.given } } };
    case 'intervention':
      return {
        intervention: {
          seq: message.seq,
          instance: message.instance,
          verb: message.verb,
          actor: message.actor,
          incarnation: message.incarnation,
        },
      };
    case 'recalled':
      return {
        recalled: {
          cluster: message.cluster,
          beforeSeq: message.beforeSeq,
          orders: message.orders.map(({ seq, order, state, receipt }) => ({
            seq,
            order: orderToWire(order),
            state: recalledStateToWire[state],
            receipt: receipt === null ? null : receiptToWire(receipt),
          })),
          isAll: message.isAll,
        },
      };
    case 'snapshot-removed':
      return {
        snapshotRemoved: { nonce: message.nonce, failure: message.failure === undefined ? null : failureToWire(message.failure) },
      };
  }
}

export function agentMessageFromWire(wire: AgentMessage__Output): AgentMessage {
  if (wire.body !== undefined) checkBounds(wire, wire.body);
  if (wire.hello) return helloFromWire(wire.hello);
  if (wire.beat) return { type: 'beat', journalHead: countFromWire(wire.beat.journalHead, 'beat.journalHead') };
  if (wire.facts) {
    if (wire.facts.facts === null) throw malformed('facts is empty');
    return { type: 'facts', facts: nodeFactsFromWire(wire.facts.facts) };
  }
  if (wire.ack) {
    const { orderId, state, failure } = wire.ack;
    return { type: 'ack', orderId, state: ackState(state), ...(failure === null ? {} : { failure: failureFromWire(failure) }) };
  }
  if (wire.progress) {
    const { orderId, part, fraction, note } = wire.progress;
    return { type: 'progress', orderId, part: printable(part), fraction: Math.min(Math.max(fraction, 0) || 0, 1), note: printable(note) };
  }
  if (wire.report) {
    if (wire.report.receipt === null) throw malformed('report.receipt is missing');
    return {
      type: 'report',
      seq: countFromWire(wire.report.seq, 'report.seq'),
      receipt: receiptFromWire(wire.report.receipt),
      given: giverFromWire(wire.report.given, 'report.given'),
    };
  }
  if (wire.intervention) {
    const { seq, instance, verb, actor, incarnation } = wire.intervention;
    return {
      type: 'intervention',
      seq: countFromWire(seq, 'intervention.seq'),
      instance: nameFromWire(instance, 'intervention.instance'),
      verb: nameFromWire(verb, 'intervention.verb'),
      actor,
      incarnation: incarnationFromWire(incarnation),
    };
  }
  if (wire.recalled) {
    const { cluster, beforeSeq, orders, isAll } = wire.recalled;
    return {
      type: 'recalled',
      cluster: nameFromWire(cluster, 'recalled.cluster'),
      beforeSeq: countFromWire(beforeSeq, 'recalled.beforeSeq'),
      orders: orders.map(recalledFromWire),
      isAll,
    };
  }
  if (wire.snapshotRemoved) {
    const { nonce, failure } = wire.snapshotRemoved;
    return {
      type: 'snapshot-removed',
      nonce: nameFromWire(nonce, 'snapshotRemoved.nonce'),
      ...(failure === null ? {} : { failure: failureFromWire(failure) }),
    };
  }
  throw malformed('agent message has no body');
}

export function controllerMessageToWire(message: ControllerMessage): WireControllerMessage {
  switch (message.type) {
    case 'welcome':
      return { welcome: { controllerVersion: message.controllerVersion, writer: message.writer, beatMs: message.beatMs } };
    case 'order':
      return { order: orderToWire(message.order) };
    case 'report-ack':
      return { reportAck: { seq: message.seq } };
    case 'recall':
      return { recall: { cluster: message.cluster, beforeSeq: message.beforeSeq } };
    case 'remove-snapshot': {
      const { nonce, claim, instance, snapshot } = message;
      return { removeSnapshot: { nonce, claim: { ...claim }, instance, snapshot } };
    }
    case 'cancel':
      return { cancel: { orderId: message.orderId } };
    case 'anchor':
      return { anchor: { checkpoint: { ...message.checkpoint } } };
    case 'goodbye':
      return { goodbye: { afterMs: message.afterMs } };
  }
}

/** An order that cannot be taken is heard as just that, for its giver waits for an answer; of all else the stream ends. */
export function controllerMessageFromWire(wire: ControllerMessage__Output): HeardMessage {
  if (wire.order) return heardOrder(wire, wire.order);
  if (wire.body !== undefined) checkBounds(wire, wire.body);
  if (wire.welcome)
    return {
      type: 'welcome',
      controllerVersion: wire.welcome.controllerVersion,
      writer: wire.welcome.writer,
      beatMs: countFromWire(wire.welcome.beatMs, 'welcome.beatMs'),
    };
  if (wire.reportAck) return { type: 'report-ack', seq: countFromWire(wire.reportAck.seq, 'reportAck.seq') };
  if (wire.recall)
    return {
      type: 'recall',
      cluster: nameFromWire(wire.recall.cluster, 'recall.cluster'),
      beforeSeq: countFromWire(wire.recall.beforeSeq, 'recall.beforeSeq'),
    };
  if (wire.removeSnapshot) {
    const { nonce, claim, instance, snapshot } = wire.removeSnapshot;
    if (claim === null) throw malformed('removeSnapshot.claim is missing');
    return {
      type: 'remove-snapshot',
      nonce: nameFromWire(nonce, 'removeSnapshot.nonce'),
      claim: fenceFromWire(claim, 'removeSnapshot.claim'),
      instance: nameFromWire(instance, 'removeSnapshot.instance'),
      snapshot: nameFromWire(snapshot, 'removeSnapshot.snapshot'),
    };
  }
  if (wire.cancel) return { type: 'cancel', orderId: wire.cancel.orderId };
  if (wire.anchor) {
    if (wire.anchor.checkpoint === null) throw malformed('anchor.checkpoint is missing');
    return { type: 'anchor', checkpoint: checkpointFromWire(wire.anchor.checkpoint, 'anchor.checkpoint') };
  }
  if (wire.goodbye) return { type: 'goodbye', afterMs: countFromWire(wire.goodbye.afterMs, 'goodbye.afterMs') };
  throw malformed('controller message has no body');
}

function heardOrder(wire: ControllerMessage__Output, order: Order__Output): HeardMessage {
  try {
    checkBounds(wire, 'order');
    return { type: 'order', order: orderFromWire(order) };
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    if (!(thrown instanceof FailureError) || order.orderId !== wordFromWire(order.orderId, 'order.orderId')) throw thrown;
    const orderId = order.orderId;
    return { type: 'unreadable-order', orderId, why: failure('refused', code, `order ${orderId} is refused: ${message}`) };
  }
}
