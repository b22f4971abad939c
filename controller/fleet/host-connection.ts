/** One agent's stream: hello first, then anything; silence ends it. Knows nothing of other hosts. */
import type { Clock, Timer } from '../../common/clock.ts';
import { type AgentMessage, type ControllerEnd, type ControllerMessage, type Peer, protocolVersion } from '../../common/link.ts';

export type Hello = Extract<AgentMessage, { type: 'hello' }>;

export interface HostLinkListener {
  hello(link: HostLink, hello: Hello): void;
  message(link: HostLink, message: Exclude<AgentMessage, Hello>): void;
  closed(link: HostLink, reason: string): void;
}

/** How long a stream may stay open without saying who it is. */
const helloLimitMs = 10_000;

export class HostLink {
  readonly peer: Peer;
  readonly #end: ControllerEnd;
  readonly #clock: Clock;
  readonly #silenceLimitMs: number;
  readonly #listener: HostLinkListener;
  #hello: Hello | null = null;
  #heardAtMs: number;
  #watch: Timer;
  #open = true;

  constructor(end: ControllerEnd, peer: Peer, clock: Clock, silenceLimitMs: number, listener: HostLinkListener) {
    this.peer = peer;
    this.#end = end;
    this.#clock = clock;
    this.#silenceLimitMs = silenceLimitMs;
    this.#listener = listener;
    this.#heardAtMs = clock.monotonicMs();
    this.#watch = clock.after(helloLimitMs, () => this.close(`no hello within ${helloLimitMs} ms`));
    end.onMessage((message) => this.#receive(message));
    end.onClose((reason) => this.#closed(reason));
  }

  get host(): string | null {
    return this.#hello?.host ?? null;
  }

  get open(): boolean {
    return this.#open;
  }

  /** An open stream is not enough: a frozen peer keeps it open for a while. */
  get fresh(): boolean {
    return this.#open && this.#hello !== null && this.#clock.monotonicMs() - this.#heardAtMs < this.#silenceLimitMs;
  }

  send(message: ControllerMessage): void {
    if (this.#open) this.#end.send(message);
  }

  close(reason: string): void {
    if (!this.#open) return;
    this.#end.close(reason);
    this.#closed(reason);
  }

  #receive(message: AgentMessage): void {
    if (!this.#open) return;
    this.#heardAtMs = this.#clock.monotonicMs();
    if (message.type === 'hello') this.#greet(message);
    else if (this.#hello === null) this.close(`the first message was ${message.type}, expected hello`);
    else this.#listener.message(this, message);
  }

  #greet(hello: Hello): void {
    if (this.#hello !== null) {
      // The same word twice is what a doubled packet gives; another host on the same stream is somebody posing.
      if (this.#hello.host !== hello.host) this.close('a second hello named a different host');
      return;
    }
    if (hello.protocol !== protocolVersion) {
      this.close(`the agent speaks protocol ${hello.protocol}, this controller ${protocolVersion}: install the same version on both`);
      return;
    }
    this.#hello = hello;
    this.#watch.cancel();
    this.#watchSilence(this.#silenceLimitMs);
    this.#listener.hello(this, hello);
  }

  #watchSilence(delayMs: number): void {
    this.#watch = this.#clock.after(delayMs, () => {
      const silentMs = this.#clock.monotonicMs() - this.#heardAtMs;
      if (silentMs >= this.#silenceLimitMs) this.close(`no message for ${Math.round(silentMs / 1000)} s`);
      else this.#watchSilence(this.#silenceLimitMs - silentMs);
    });
  }

  #closed(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watch.cancel();
    this.#listener.closed(this, reason);
  }
}
