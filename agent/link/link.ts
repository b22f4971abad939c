/** The agent's end of the stream over gRPC: one channel, one call, both gone when either ends. */
import { toFailure } from '../../common/failure.ts';
import type { AgentEnd, AgentMessage, HeardMessage, RecalledOrder, Recollection } from '../../common/link.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { agentMessageToWire, controllerMessageFromWire } from '../../proto/wire/link.ts';
import type { DialledBy } from '../identity.ts';
import type { OrderState } from '../journal/agent-machine.ts';
import type { Journal } from '../journal/journal.ts';

/** Messages that wait while the controller reads slowly. More than this, and it does not read at all. */
const mostWaiting = 256;

/**
 * Dials `db-controller:7420` or `unix:/path`. Errors come as a close with the reason.
 * @param by asked for each connection: an identity may have been renewed. What it throws is a close, too.
 */
export function dialController(address: string, by: () => DialledBy): AgentEnd {
  let dialled: DialledBy;
  try {
    dialled = by();
  } catch (thrown) {
    return closedEnd(toFailure(thrown).message);
  }
  const client = new drydockV1.AgentLink(address, dialled.credentials, dialled.options);
  const call = client.connect();
  const waiting: AgentMessage[] = [];
  let flowing = true;
  let closed = false;
  let onClose: (reason: string) => void = () => {};

  const finish = (reason: string) => {
    if (closed) return;
    closed = true;
    call.cancel();
    client.close();
    onClose(reason);
  };
  const flush = () => {
    flowing = true;
    while (flowing) {
      const next = waiting.shift();
      if (next === undefined) return;
      flowing = call.write(agentMessageToWire(next));
    }
  };
  call.on('drain', flush);
  call.on('error', (error) => finish(error.message));
  call.on('end', () => finish('the controller ended the stream'));

  return {
    send(message) {
      if (closed) return;
      waiting.push(message);
      if (waiting.length > mostWaiting) return finish('the controller does not read its stream');
      if (flowing) flush();
    },
    onMessage(listener: (message: HeardMessage) => void) {
      call.on('data', (wire) => {
        try {
          listener(controllerMessageFromWire(wire));
        } catch (error) {
          finish(toFailure(error).message);
        }
      });
    },
    onClose(listener) {
      onClose = listener;
    },
    close: finish,
  };
}

/** One that was never open. */
function closedEnd(reason: string): AgentEnd {
  return {
    send() {},
    onMessage() {},
    onClose: (listener) => void setImmediate(() => listener(reason)),
    close() {},
  };
}

// What the journal holds of a cluster's orders, for a controller that has lost them: read, never changed.

/** A page stays far below what a message may hold, whatever one order carries. */
const pageOrders = 50;
const pageBytes = 256 * 1024;

/** The orders before this place, newest first, as many as fit a message; 0: from the newest. */
export function recollect(journal: Pick<Journal, 'ordersBefore'>, cluster: string, beforeSeq: number): Recollection {
  const found = journal.ordersBefore(cluster, beforeSeq, pageOrders + 1);
  const orders: RecalledOrder[] = [];
  let bytes = 0;
  for (const { seq, state } of found.slice(0, pageOrders)) {
    const recalled = recalledOrder(seq, state);
    bytes += JSON.stringify(recalled).length;
    if (orders.length > 0 && bytes > pageBytes) break;
    orders.push(recalled);
  }
  return { orders, isAll: orders.length === found.length };
}

function recalledOrder(seq: number, { order, phase, receipt }: OrderState): RecalledOrder {
  const state = receipt !== null ? 'ended' : phase === 'forgotten' ? 'forgotten' : 'open';
  return { seq, order, state, receipt: receipt === null ? null : { ...receipt, facts: null, findings: [] } };
}
