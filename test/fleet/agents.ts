/** A clock that moves on command and agents of cardboard that speak over an in-process stream. */
import type { Clock } from '../../common/clock.ts';
import type { NodeFacts } from '../../common/facts.ts';
import {
  type AgentMessage,
  type ControllerEnd,
  type ControllerMessage,
  type InstanceAnnounced,
  type Peer,
  protocolVersion,
} from '../../common/link.ts';

export const beatMs = 15_000;

export interface HandClock extends Clock {
  advance(ms: number): void;
}

export function handClock(): HandClock {
  let nowMs = 0;
  const due: { atMs: number; callback: () => void }[] = [];
  return {
    wallMs: () => 1_700_000_000_000 + nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, callback) {
      const entry = { atMs: nowMs + delayMs, callback };
      due.push(entry);
      return { cancel: () => void (due.includes(entry) && due.splice(due.indexOf(entry), 1)) };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const next = due.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        due.splice(due.indexOf(next), 1);
        nowMs = Math.max(nowMs, next.atMs);
        next.callback();
      }
      nowMs = untilMs;
    },
  };
}

export interface CardboardAgent {
  readonly end: ControllerEnd;
  readonly heard: ControllerMessage[];
  /** Why the controller's end was closed; null: open. */
  closed(): string | null;
  say(message: AgentMessage): void;
  hangUp(reason: string): void;
}

export function cardboardAgent(): CardboardAgent {
  const heard: ControllerMessage[] = [];
  let listener: (message: AgentMessage) => void = () => {};
  let onClose: (reason: string) => void = () => {};
  let closed: string | null = null;
  const close = (reason: string) => {
    if (closed !== null) return;
    closed = reason;
    onClose(reason);
  };
  return {
    end: {
      send: (message) => void heard.push(message),
      onMessage: (callback) => {
        listener = callback;
      },
      onClose: (callback) => {
        onClose = callback;
      },
      close,
    },
    heard,
    closed: () => closed,
    say: (message) => listener(message),
    hangUp: close,
  };
}

export const agentPeer: Peer = { class: 'agent', identity: 'host', address: '127.0.0.1:1' };

export function announced(instance: string, cluster = 'pg-main'): InstanceAnnounced {
  return {
    instance,
    cluster,
    engine: 'postgresql',
    dataDir: `/data/${instance}`,
    capabilities: ['sql-admin'],
    checks: ['in-service'],
    verbs: [],
    keys: [],
    jobs: [],
    profileDigest: 'sha256:profile',
  };
}

export function hello(host: string, instances: readonly InstanceAnnounced[], protocol = protocolVersion): AgentMessage {
  return {
    type: 'hello',
    protocol,
    agentVersion: '0.1.0',
    host,
    bootId: `boot-${host}`,
    arch: 'x64',
    os: 'debian:12',
    instances,
    fences: [],
    newestOrders: [],
    openOrders: [],
    journalHead: 0,
  };
}

export function facts(instance: string, more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    instance,
    nonce: null,
    observedAtMs: 1,
    incarnation: { bootId: 'b', invocationId: 'i' },
    databaseId: '73',
    memberId: instance,
    version: { running: '16.4', onDisk: '16.4', format: '16' },
    role: 'standby',
    inService: true,
    peers: [],
    release: { current: '16.4-a', previous: null, installed: ['16.4-a'] },
    space: { releases: { freeBytes: 1, freeInodes: 1 }, data: { freeBytes: 1, freeInodes: 1 } },
    findings: [],
    detail: {},
    ...more,
  };
}
