/** What agents report over their wires: one order has one receipt, however often it is told, and never that of another order of its id (P3). */
import { canonicalJson } from '../../common/canonical-json.ts';
import type { AgentEnd, AgentMessage, HeardMessage } from '../../common/link.ts';
import type { Giver, Order } from '../../common/orders.ts';

type Report = Extract<AgentMessage, { readonly type: 'report' }>;

export class Receipts {
  readonly #texts = new Map<string, string>();
  /** By id: what its agent took in last, and with that carries out. */
  readonly #taken = new Map<string, string>();
  readonly #broke: (what: string) => void;

  constructor(broke: (what: string) => void) {
    this.#broke = broke;
  }

  taken(order: Order): void {
    this.#taken.set(order.orderId, contentOf(order));
  }

  listenOn(end: AgentEnd): AgentEnd {
    /** What a controller asked for over this wire. */
    const asked = new Map<string, Order>();
    return {
      send: (message: AgentMessage) => {
        if (message.type === 'report') {
          this.#told(message.receipt.orderId, canonicalJson(message.receipt));
          this.#answered(asked.get(message.receipt.orderId), message);
        }
        end.send(message);
      },
      onMessage: (listener) =>
        end.onMessage((message: HeardMessage) => {
          if (message.type === 'order') asked.set(message.order.orderId, message.order);
          listener(message);
        }),
      onClose: (listener) => end.onClose(listener),
      close: (reason) => end.close(reason),
    };
  }

  #told(orderId: string, text: string): void {
    const before = this.#texts.get(orderId) ?? text;
    if (before !== text) this.#broke(`P3 order ${orderId} has two receipts`);
    this.#texts.set(orderId, text);
  }

  /** A report that names another giver than the one who asks is no answer to it: no controller takes it for one. */
  #answered(order: Order | undefined, { given }: Report): void {
    const carriedOut = order === undefined ? undefined : this.#taken.get(order.orderId);
    if (order === undefined || carriedOut === undefined || !isSame(order.given, given)) return;
    if (carriedOut !== contentOf(order))
      this.#broke(`P3 order ${order.orderId} of ${given.writer} is answered with the receipt of another order of its id`);
  }
}

const isSame = (one: Giver, other: Giver): boolean => one.epoch === other.epoch && one.writer === other.writer;

/** All but the fence, which rises when a successor sends the same order again. */
const contentOf = ({ epoch: _epoch, writer: _writer, ...content }: Order): string => canonicalJson(content);
