/** The messages of the agents' stream, both directions, inner types to wire and back. Throws FailureError(usage, `malformed-message`). */
import type { AgentMessage, ControllerMessage, OpenOrderState } from '../../common/link.ts';
import type { AgentMessage__Output, AgentMessage as WireAgentMessage } from '../generated/drydock/v1/AgentMessage.ts';
import type { ControllerMessage__Output, ControllerMessage as WireControllerMessage } from '../generated/drydock/v1/ControllerMessage.ts';
import { orderFromWire, orderToWire, receiptFromWire, receiptToWire } from './orders.ts';
import {
  countFromWire,
  failureFromWire,
  failureToWire,
  incarnationFromWire,
  malformed,
  nameFromWire,
  nodeFactsFromWire,
  nodeFactsToWire,
} from './types.ts';

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
      })),
      fences: hello.fences.map((fence) => ({ ...fence })),
      openOrders: hello.openOrders.map((open) => ({ orderId: open.orderId, state: stateToWire[open.state] })),
      journalHead: hello.journalHead,
    },
  };
}

function helloFromWire(hello: NonNullable<AgentMessage__Output['hello']>): AgentMessage {
  return {
    type: 'hello',
    protocol: hello.protocol,
    agentVersion: hello.agentVersion,
    host: nameFromWire(hello.host, 'hello.host'),
    bootId: hello.bootId,
    arch: hello.arch,
    os: hello.os,
    instances: hello.instances.map((instance) => ({
      instance: nameFromWire(instance.instance, 'hello.instances.instance'),
      cluster: nameFromWire(instance.cluster, 'hello.instances.cluster'),
      engine: nameFromWire(instance.engine, 'hello.instances.engine'),
      dataDir: instance.dataDir,
      capabilities: instance.capabilities,
      checks: instance.checks,
      profileDigest: instance.profileDigest,
    })),
    fences: hello.fences.map((fence) => ({
      cluster: nameFromWire(fence.cluster, 'hello.fences.cluster'),
      epoch: countFromWire(fence.epoch, 'hello.fences.epoch'),
      writer: fence.writer,
    })),
    openOrders: hello.openOrders.map((open) => ({ orderId: open.orderId, state: openState(open.state) })),
    journalHead: countFromWire(hello.journalHead, 'hello.journalHead'),
  };
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
      return { report: { seq: message.seq, receipt: receiptToWire(message.receipt) } };
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
  }
}

export function agentMessageFromWire(wire: AgentMessage__Output): AgentMessage {
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
  if (wire.progress) return { type: 'progress', ...wire.progress };
  if (wire.report) {
    if (wire.report.receipt === null) throw malformed('report.receipt is missing');
    return { type: 'report', seq: countFromWire(wire.report.seq, 'report.seq'), receipt: receiptFromWire(wire.report.receipt) };
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
    case 'cancel':
      return { cancel: { orderId: message.orderId } };
    case 'goodbye':
      return { goodbye: { afterMs: message.afterMs } };
  }
}

export function controllerMessageFromWire(wire: ControllerMessage__Output): ControllerMessage {
  if (wire.welcome)
    return {
      type: 'welcome',
      controllerVersion: wire.welcome.controllerVersion,
      writer: wire.welcome.writer,
      beatMs: countFromWire(wire.welcome.beatMs, 'welcome.beatMs'),
    };
  if (wire.order) return { type: 'order', order: orderFromWire(wire.order) };
  if (wire.reportAck) return { type: 'report-ack', seq: countFromWire(wire.reportAck.seq, 'reportAck.seq') };
  if (wire.cancel) return { type: 'cancel', orderId: wire.cancel.orderId };
  if (wire.goodbye) return { type: 'goodbye', afterMs: countFromWire(wire.goodbye.afterMs, 'goodbye.afterMs') };
  throw malformed('controller message has no body');
}
