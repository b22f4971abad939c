/**
 * Keeps the conversation with the controller: connect, hello, beats, reports until acknowledged, and again after any break. The link
 * may be cut, doubled or silent at any time; what must not be lost lies in the journal.
 */
import type { Clock, Timer } from '../common/clock.ts';
import { toFailure } from '../common/failure.ts';
import type { AgentEnd, AgentMessage, ControllerMessage } from '../common/link.ts';
import type { Log } from '../common/log.ts';
import type { Order } from '../common/orders.ts';
import type { Journal } from './journal/journal.ts';
import { AgentStopped, type Life } from './life.ts';
import { recollect } from './recall.ts';

export interface SessionParts {
  readonly connect: () => AgentEnd;
  readonly hello: () => Promise<AgentMessage>;
  readonly journal: Journal;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly life: Life;
  readonly beatMs: number;
  readonly onOrder: (order: Order) => void;
  readonly onCancel: (orderId: string) => void;
  /** The controller has welcomed us: it wants to know how things are. */
  readonly onWelcome: () => void;
  readonly onLost: () => void;
  /** The journal failed or we have a bug: the agent must not go on. */
  readonly fatal: (error: unknown) => void;
}

const firstRetryMs = 250;
const longestRetryMs = 10_000;
const welcomeMs = 10_000;
const repeatMs = 10_000;
/** A controller that is asked to acknowledge and says nothing at all for so long is not there. */
const silenceMs = 30_000;
/** Nobody sends us away for longer, or makes us beat more often or less often than this, whatever it says. */
const longestAwayMs = 5 * 60_000;
const leastBeatMs = 100;
const longestBeatMs = 5 * 60_000;

interface Talk {
  readonly end: AgentEnd;
  welcomed: boolean;
  heardMs: number;
  /** Sent over this link and not acknowledged yet; sent again only by the repeat. */
  readonly told: Set<number>;
  readonly timers: Map<'welcome' | 'beat' | 'repeat', Timer>;
}

export class Session {
  readonly #parts: SessionParts;
  #talk: Talk | null = null;
  #failedTries = 0;
  #retry: Timer | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    parts.life.signal.addEventListener('abort', () => this.#drop('the agent stops'), { once: true });
  }

  get linked(): boolean {
    return this.#talk?.welcomed === true;
  }

  /** Begins to connect, and never gives up. */
  start(): void {
    void this.#connect();
  }

  /** Sends when the controller listens; else the message is lost. */
  tell(message: AgentMessage): void {
    if (this.#talk?.welcomed === true) this.#talk.end.send(message);
  }

  /** Sends what the journal holds for the controller and this link has not carried yet: receipts and interventions. */
  report(): void {
    const { journal } = this.#parts;
    const talk = this.#talk;
    if (talk === null || !talk.welcomed) return;
    const messages: readonly (AgentMessage & { readonly seq: number })[] = [
      ...journal.pendingReports().map((pending) => ({ type: 'report' as const, ...pending })),
      ...journal.pendingInterventions().map((pending) => ({ type: 'intervention' as const, ...pending })),
    ];
    for (const message of messages) {
      if (talk.told.has(message.seq)) continue;
      talk.told.add(message.seq);
      talk.end.send(message);
    }
  }

  async #connect(): Promise<void> {
    const { life, log } = this.#parts;
    try {
      const hello = await this.#parts.hello();
      life.check();
      const talk: Talk = {
        end: this.#parts.connect(),
        welcomed: false,
        heardMs: this.#parts.clock.monotonicMs(),
        told: new Set(),
        timers: new Map(),
      };
      this.#talk = talk;
      talk.end.onMessage((message) => this.#hear(talk, message));
      talk.end.onClose((reason) => this.#lost(talk, reason));
      this.#arm(talk, 'welcome', welcomeMs, () => talk.end.close('the controller did not welcome us'));
      talk.end.send(hello);
    } catch (thrown) {
      if (thrown instanceof AgentStopped || life.signal.aborted) return;
      log.warn({}, `no link: ${toFailure(thrown).message}`);
      this.#again(null);
    }
  }

  #hear(talk: Talk, message: ControllerMessage): void {
    if (this.#talk !== talk || this.#parts.life.signal.aborted) return;
    talk.heardMs = this.#parts.clock.monotonicMs();
    this.#safely(() => this.#answer(talk, message));
  }

  /** Whatever our own side throws here ends the agent, not the stream's machinery. */
  #safely(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      if (!(thrown instanceof AgentStopped)) this.#parts.fatal(thrown);
    }
  }

  #answer(talk: Talk, message: ControllerMessage): void {
    const { onOrder, onCancel, onLost, journal } = this.#parts;
    switch (message.type) {
      case 'welcome':
        this.#welcomed(talk, message.beatMs);
        break;
      case 'order':
        onOrder(message.order);
        break;
      case 'cancel':
        onCancel(message.orderId);
        break;
      case 'report-ack':
        journal.acknowledge(message.seq);
        break;
      case 'recall':
        talk.end.send({ ...message, ...recollect(journal, message.cluster, message.beforeSeq), type: 'recalled' });
        break;
      case 'goodbye':
        this.#drop('the controller said goodbye');
        onLost();
        this.#again(Math.min(message.afterMs, longestAwayMs));
        break;
      default:
        message satisfies never;
    }
  }

  #welcomed(talk: Talk, beatMs: number): void {
    talk.timers.get('welcome')?.cancel();
    talk.welcomed = true;
    this.#failedTries = 0;
    this.#parts.log.info({}, 'linked with the controller');
    this.report();
    this.#beat(talk, beatMs > 0 ? Math.min(Math.max(beatMs, leastBeatMs), longestBeatMs) : this.#parts.beatMs);
    this.#repeat(talk);
    this.#parts.onWelcome();
  }

  #beat(talk: Talk, beatMs: number): void {
    this.#arm(talk, 'beat', beatMs * (0.9 + 0.2 * this.#parts.random()), () => {
      this.tell({ type: 'beat', journalHead: this.#parts.journal.head() });
      this.#beat(talk, beatMs);
    });
  }

  #repeat(talk: Talk): void {
    this.#arm(talk, 'repeat', repeatMs, () => {
      const waits = this.#parts.journal.pendingReports().length > 0;
      if (waits && this.#parts.clock.monotonicMs() - talk.heardMs > silenceMs) return talk.end.close('the controller acknowledges nothing');
      talk.told.clear();
      this.report();
      this.#repeat(talk);
    });
  }

  #arm(talk: Talk, name: 'welcome' | 'beat' | 'repeat', delayMs: number, act: () => void): void {
    talk.timers.get(name)?.cancel();
    const timer = this.#parts.clock.after(delayMs, () => {
      if (this.#talk === talk && !this.#parts.life.signal.aborted) this.#safely(act);
    });
    talk.timers.set(name, timer);
  }

  #lost(talk: Talk, reason: string): void {
    if (this.#talk !== talk) return;
    this.#drop(reason);
    if (this.#parts.life.signal.aborted) return;
    this.#parts.log.warn({}, `link lost: ${reason}`);
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
    this.#retry = clock.after(delayMs, () => void this.#connect());
  }

  #drop(reason: string): void {
    const talk = this.#talk;
    this.#talk = null;
    this.#retry?.cancel();
    if (talk === null) return;
    for (const timer of talk.timers.values()) timer.cancel();
    talk.end.close(reason);
  }
}
