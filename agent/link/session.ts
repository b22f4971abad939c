/**
 * Keeps the conversation with the controller: connect, hello, beats, reports until acknowledged, and again after any break. The link
 * may be cut, doubled or silent at any time; what must not be lost lies in the journal.
 */
import type { Clock, Timer } from '../../common/clock.ts';
import { toFailure } from '../../common/failure.ts';
import type { AgentEnd, AgentMessage, HeardMessage } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { Order } from '../../common/orders.ts';
import type { Journal } from '../journal/journal.ts';
import { AgentStopped, type Lifetime } from '../lifetime.ts';
import type { RemoveSnapshot } from '../snapshots/housekeeping.ts';
import { recollect } from './link.ts';

interface SessionParts {
  readonly connect: () => AgentEnd;
  readonly hello: () => Promise<AgentMessage>;
  readonly journal: Journal;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly lifetime: Lifetime;
  readonly beatMs: number;
  readonly onOrder: (order: Order) => void;
  readonly onCancel: (orderId: string) => void;
  readonly onRemoveSnapshot: (asked: RemoveSnapshot) => void;
  /** The controller has welcomed us: it wants to know how things are. */
  readonly onWelcome: () => void;
  /** A beat was sent: it is time for a cheap probe. */
  readonly onBeat: () => void;
  readonly onLost: () => void;
  /** The journal failed or we have a bug: the agent must not go on. */
  readonly fatal: (error: unknown) => void;
}

const firstRetryMs = 250;
const longestRetryMs = 10_000;
/** Longer than a connection may wait for its handshake and then take for it: who leaves in the midst of one has it begin again from the first. */
const welcomeMs = 30_000;
const repeatMs = 10_000;
/** A controller that is asked to acknowledge and says nothing at all for so long is not there. */
const silenceMs = 30_000;
/** No controller sends us away for longer, or makes us beat more often or less often than this. */
const longestAwayMs = 5 * 60_000;
const leastBeatMs = 100;
const longestBeatMs = 5 * 60_000;

interface Conversation {
  readonly end: AgentEnd;
  welcomed: boolean;
  heardMs: number;
  /** Sent over this link and not acknowledged yet; sent again only by the repeat. */
  readonly reported: Set<number>;
  readonly timers: Map<'welcome' | 'beat' | 'repeat', Timer>;
}

export class Session {
  readonly #parts: SessionParts;
  #conversation: Conversation | null = null;
  #failedTries = 0;
  /** null: a try is under way, or there is a conversation. */
  #retry: Timer | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    parts.lifetime.signal.addEventListener('abort', () => this.#drop('the agent is shutting down'), { once: true });
  }

  get connected(): boolean {
    return this.#conversation?.welcomed === true;
  }

  /** Begins to connect, and never gives up. */
  start(): void {
    void this.#connect();
  }

  /** Something has changed here that may let the next try succeed: it is made now, and the waits begin short again. */
  retryNow(): void {
    this.#failedTries = 0;
    if (this.#retry === null) return;
    this.#retry.cancel();
    this.#retry = null;
    void this.#connect();
  }

  /** Sends when the controller listens; else the message is lost. */
  tell(message: AgentMessage): void {
    if (this.#conversation?.welcomed === true) this.#conversation.end.send(message);
  }

  /** Sends what the journal holds for the controller and this link has not carried yet: receipts and interventions. */
  report(): void {
    const { journal } = this.#parts;
    const conversation = this.#conversation;
    if (conversation === null || !conversation.welcomed) return;
    const messages: readonly (AgentMessage & { readonly seq: number })[] = [
      ...journal.pendingReports().map((pending) => ({ type: 'report' as const, ...pending })),
      ...journal.pendingInterventions().map((pending) => ({ type: 'intervention' as const, ...pending })),
    ];
    for (const message of messages) {
      if (conversation.reported.has(message.seq)) continue;
      conversation.reported.add(message.seq);
      conversation.end.send(message);
    }
  }

  async #connect(): Promise<void> {
    const { lifetime, log } = this.#parts;
    try {
      const hello = await this.#parts.hello();
      lifetime.check();
      const conversation: Conversation = {
        end: this.#parts.connect(),
        welcomed: false,
        heardMs: this.#parts.clock.monotonicMs(),
        reported: new Set(),
        timers: new Map(),
      };
      this.#conversation = conversation;
      conversation.end.onMessage((message) => this.#hear(conversation, message));
      conversation.end.onClose((reason) => this.#lost(conversation, reason));
      this.#arm(conversation, 'welcome', welcomeMs, () => conversation.end.close('the controller did not answer the hello'));
      conversation.end.send(hello);
    } catch (thrown) {
      if (thrown instanceof AgentStopped || lifetime.signal.aborted) return;
      log.warn({}, `not connected: ${toFailure(thrown).message}`);
      this.#again(null);
    }
  }

  #hear(conversation: Conversation, message: HeardMessage): void {
    if (this.#conversation !== conversation || this.#parts.lifetime.signal.aborted) return;
    conversation.heardMs = this.#parts.clock.monotonicMs();
    this.#safely(() => this.#answer(conversation, message));
  }

  /** Whatever our own side throws here ends the agent, not the stream's machinery. */
  #safely(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      if (!(thrown instanceof AgentStopped)) this.#parts.fatal(thrown);
    }
  }

  #answer(conversation: Conversation, message: HeardMessage): void {
    const { onOrder, onCancel, onRemoveSnapshot, onLost, journal } = this.#parts;
    switch (message.type) {
      case 'welcome':
        this.#welcomed(conversation, message.beatMs);
        break;
      case 'order':
        onOrder(message.order);
        break;
      case 'unreadable-order':
        this.#parts.log.warn({ order: message.orderId, code: message.why.code }, message.why.message);
        conversation.end.send({ type: 'ack', orderId: message.orderId, state: 'refused', failure: message.why });
        break;
      case 'remove-snapshot':
        onRemoveSnapshot(message);
        break;
      case 'cancel':
        onCancel(message.orderId);
        break;
      case 'report-ack':
        journal.acknowledge(message.seq);
        break;
      case 'recall':
        conversation.end.send({ ...message, ...recollect(journal, message.cluster, message.beforeSeq), type: 'recalled' });
        break;
      case 'anchor':
        journal.keepCheckpoint(message.checkpoint);
        break;
      case 'goodbye':
        this.#drop('the controller ended the session');
        onLost();
        this.#again(Math.min(message.afterMs, longestAwayMs));
        break;
      default:
        message satisfies never;
    }
  }

  #welcomed(conversation: Conversation, beatMs: number): void {
    conversation.timers.get('welcome')?.cancel();
    conversation.welcomed = true;
    this.#failedTries = 0;
    this.#parts.log.info({}, 'connected to the controller');
    this.report();
    this.#beat(conversation, beatMs > 0 ? Math.min(Math.max(beatMs, leastBeatMs), longestBeatMs) : this.#parts.beatMs);
    this.#repeat(conversation);
    this.#parts.onWelcome();
  }

  #beat(conversation: Conversation, beatMs: number): void {
    this.#arm(conversation, 'beat', beatMs * (0.9 + 0.2 * this.#parts.random()), () => {
      this.tell({ type: 'beat', journalHead: this.#parts.journal.head() });
      this.#parts.onBeat();
      this.#beat(conversation, beatMs);
    });
  }

  #repeat(conversation: Conversation): void {
    this.#arm(conversation, 'repeat', repeatMs, () => {
      const waits = this.#parts.journal.pendingReports().length > 0;
      if (waits && this.#parts.clock.monotonicMs() - conversation.heardMs > silenceMs)
        return conversation.end.close('the controller does not acknowledge reports');
      conversation.reported.clear();
      this.report();
      this.#repeat(conversation);
    });
  }

  #arm(conversation: Conversation, name: 'welcome' | 'beat' | 'repeat', delayMs: number, act: () => void): void {
    conversation.timers.get(name)?.cancel();
    const timer = this.#parts.clock.after(delayMs, () => {
      if (this.#conversation === conversation && !this.#parts.lifetime.signal.aborted) this.#safely(act);
    });
    conversation.timers.set(name, timer);
  }

  #lost(conversation: Conversation, reason: string): void {
    if (this.#conversation !== conversation) return;
    this.#drop(reason);
    if (this.#parts.lifetime.signal.aborted) return;
    this.#parts.log.warn({}, `connection lost: ${reason}`);
    this.#safely(() => {
      this.#parts.onLost();
      this.#again(null);
    });
  }

  /** Full jitter: a thousand agents that lost one controller must not come back in one moment. */
  #again(afterMs: number | null): void {
    const { random, clock } = this.#parts;
    const ceilingMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failedTries);
    this.#failedTries = Math.min(this.#failedTries + 1, 16);
    const delayMs = afterMs === null ? random() * ceilingMs : afterMs + random() * ceilingMs;
    this.#retry?.cancel();
    this.#retry = clock.after(delayMs, () => {
      this.#retry = null;
      void this.#connect();
    });
  }

  #drop(reason: string): void {
    const conversation = this.#conversation;
    this.#conversation = null;
    this.#retry?.cancel();
    this.#retry = null;
    if (conversation === null) return;
    for (const timer of conversation.timers.values()) timer.cancel();
    conversation.end.close(reason);
  }
}
