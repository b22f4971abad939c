/**
 * A network between agents and the controller that delays, cuts, doubles and reorders by seed. A cut is what a broken connection is:
 * both ends hear of it, each in its own time, and what was under way is lost.
 */
import { deserialize, serialize } from 'node:v8';
import type { AgentEnd, AgentMessage, ControllerEnd, ControllerMessage, Link } from '../../common/link.ts';
import type { Kernel } from './kernel.ts';

export interface Weather {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Chance per message of each. */
  readonly cut: number;
  readonly doubled: number;
  readonly reordered: number;
}

export const fairWeather: Weather = { minDelayMs: 0, maxDelayMs: 2, cut: 0, doubled: 0, reordered: 0 };
export const foulWeather: Weather = { minDelayMs: 0, maxDelayMs: 400, cut: 0.02, doubled: 0.05, reordered: 0.05 };

class End<Out, In> implements Link<Out, In> {
  peer: End<In, Out> | null = null;
  readonly #kernel: Kernel;
  readonly #weather: () => Weather;
  readonly #messages: ((message: In) => void)[] = [];
  readonly #closes: ((reason: string) => void)[] = [];
  #lastArrivalMs = 0;
  #open = true;

  constructor(kernel: Kernel, weather: () => Weather) {
    this.#kernel = kernel;
    this.#weather = weather;
  }

  send(message: Out): void {
    if (!this.#open || this.peer === null) return;
    const weather = this.#weather();
    if (this.#kernel.chance(weather.cut)) {
      this.close('cut by the weather');
      return;
    }
    const copies = this.#kernel.chance(weather.doubled) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#post(message, weather);
  }

  #post(message: Out, weather: Weather): void {
    const delayMs = this.#kernel.between(weather.minDelayMs, weather.maxDelayMs);
    const soonestMs = this.#kernel.nowMs + delayMs;
    const inOrderMs = Math.max(soonestMs, this.#lastArrivalMs);
    const arrivalMs = this.#kernel.chance(weather.reordered) ? soonestMs : inOrderMs;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    // A copy, as the wire makes one: neither side may change what the other holds.
    const copy = deserialize(serialize(message)) as Out;
    const { peer } = this;
    this.#kernel.clock.after(arrivalMs - this.#kernel.nowMs, () => peer?.deliver(copy));
  }

  deliver(message: In): void {
    if (this.#open) for (const listener of this.#messages) listener(message);
  }

  onMessage(listener: (message: In) => void): void {
    this.#messages.push(listener);
  }

  onClose(listener: (reason: string) => void): void {
    this.#closes.push(listener);
  }

  close(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    const { peer } = this;
    // The other end learns of it later, or at its own next keepalive.
    this.#kernel.clock.after(this.#kernel.between(1, 500), () => peer?.close('connection lost'));
    for (const listener of this.#closes) listener(reason);
  }

  get open(): boolean {
    return this.#open;
  }
}

export interface Wire {
  readonly agent: AgentEnd;
  readonly controller: ControllerEnd;
  cut(): void;
  readonly open: boolean;
}

/** A fresh connection; `weather` is asked for each message, so that a storm can be over. */
export function connectWire(kernel: Kernel, weather: () => Weather): Wire {
  const agent = new End<AgentMessage, ControllerMessage>(kernel, weather);
  const controller = new End<ControllerMessage, AgentMessage>(kernel, weather);
  agent.peer = controller;
  controller.peer = agent;
  return {
    agent,
    controller,
    cut() {
      agent.close('cut');
      controller.close('cut');
    },
    get open() {
      return agent.open && controller.open;
    },
  };
}
