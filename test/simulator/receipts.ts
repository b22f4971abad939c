/** What agents report over their wires: one order has one receipt, however often it is told (P3). */
import { canonicalJson } from '../../common/canonical-json.ts';
import type { AgentEnd, AgentMessage } from '../../common/link.ts';

export class Receipts {
  readonly #texts = new Map<string, string>();
  readonly #broke: (what: string) => void;

  constructor(broke: (what: string) => void) {
    this.#broke = broke;
  }

  listenOn(end: AgentEnd): AgentEnd {
    return {
      send: (message: AgentMessage) => {
        if (message.type === 'report') this.#told(message.receipt.orderId, canonicalJson(message.receipt));
        end.send(message);
      },
      onMessage: (listener) => end.onMessage(listener),
      onClose: (listener) => end.onClose(listener),
      close: (reason) => end.close(reason),
    };
  }

  #told(orderId: string, text: string): void {
    const before = this.#texts.get(orderId) ?? text;
    if (before !== text) this.#broke(`P3 order ${orderId} has two receipts`);
    this.#texts.set(orderId, text);
  }
}
