/** AgentLink.Connect: a gRPC stream as the fleet's ControllerEnd, with a bounded queue between. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { FailureError } from '../../common/failure.ts';
import type { AgentMessage, ControllerEnd, ControllerMessage, Peer } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { AgentLinkHandlers } from '../../proto/generated/drydock/v1/AgentLink.ts';
import type { AgentMessage__Output } from '../../proto/generated/drydock/v1/AgentMessage.ts';
import type { ControllerMessage as WireControllerMessage } from '../../proto/generated/drydock/v1/ControllerMessage.ts';
import { agentMessageFromWire, controllerMessageToWire } from '../../proto/wire/link.ts';
import { serviceError } from './answering.ts';
import type { Gate } from './gate.ts';
import { agentPace, MessageRate } from './message-rate.ts';

/** Messages that may wait for a peer that reads slowly. An agent gets a handful of orders at a time: more means that it does not read. */
export const queueLimit = 256;

type Stream = ServerDuplexStream<AgentMessage__Output, WireControllerMessage>;

export interface AgentLinkParts {
  readonly accept: (end: ControllerEnd, peer: Peer) => void;
  readonly gate: Gate;
  readonly log: Log;
  /** Ends the connection with this other end. */
  readonly hangUp: (peer: string) => void;
}

export function agentLinkHandlers({ accept, gate, log, hangUp }: AgentLinkParts): AgentLinkHandlers {
  return {
    Connect(stream) {
      let peer: Peer;
      try {
        peer = gate.peer(stream);
      } catch (thrown) {
        stream.emit('error', serviceError(thrown, 'AgentLink.Connect', log));
        return;
      }
      accept(new StreamLink(stream, log, peer.identity, hangUp), peer);
    },
  };
}

export class StreamLink implements ControllerEnd {
  readonly #stream: Stream;
  readonly #log: Log;
  readonly #host: string;
  readonly #hangUp: (peer: string) => void;
  readonly #waiting: ControllerMessage[] = [];
  readonly #rate = new MessageRate(agentPace, performance.now());
  #blocked = false;
  #closed: string | null = null;
  #onMessage: (message: AgentMessage) => void = () => {};
  readonly #onClose: ((reason: string) => void)[] = [];

  /**
   * @param host who the certificate says it is
   * @param hangUp what an agent does not read would keep a stream open that is only ended
   */
  constructor(stream: Stream, log: Log, host: string, hangUp: (peer: string) => void = () => {}) {
    this.#hangUp = hangUp;
    this.#stream = stream;
    this.#log = log;
    this.#host = host;
    stream.on('data', (wire: AgentMessage__Output) => this.#receive(wire));
    stream.on('drain', () => this.#drain());
    stream.on('end', () => this.close('the agent closed the stream'));
    stream.on('cancelled', () => this.close('the connection was lost'));
    stream.on('error', (error: Error) => this.close(error.message));
  }

  send(message: ControllerMessage): void {
    if (this.#closed !== null) return;
    if (!this.#blocked) {
      this.#blocked = !this.#stream.write(controllerMessageToWire(message));
      return;
    }
    this.#waiting.push(message);
    if (this.#waiting.length <= queueLimit) return;
    this.close(`the agent does not read its stream: more than ${queueLimit} messages are queued`);
    this.#hangUp(this.#stream.getPeer());
  }

  onMessage(listener: (message: AgentMessage) => void): void {
    this.#onMessage = listener;
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose.push(listener);
  }

  close(reason: string): void {
    this.#end(reason, status.UNAVAILABLE);
  }

  #end(reason: string, code: status): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#waiting.length = 0;
    if (!this.#stream.destroyed) this.#stream.emit('error', Object.assign(new Error(reason), { code, details: reason }));
    for (const listener of this.#onClose) listener(reason);
  }

  #drain(): void {
    this.#blocked = false;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (this.#stream.write(controllerMessageToWire(next))) continue;
      this.#blocked = true;
      return;
    }
  }

  #receive(wire: AgentMessage__Output): void {
    if (this.#closed !== null) return;
    if (!this.#rate.takes(performance.now())) {
      this.#log.warn({ peer: this.#stream.getPeer(), host: this.#host }, 'a stream was closed: its agent exceeded the message rate');
      this.#end(`more than ${agentPace.perSecond} messages per second: reconnect later`, status.RESOURCE_EXHAUSTED);
      return;
    }
    let message: AgentMessage;
    try {
      message = agentMessageFromWire(wire);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      this.#log.warn({ peer: this.#stream.getPeer() }, error.message);
      this.#end(error.message, status.INVALID_ARGUMENT);
      return;
    }
    if (message.type === 'hello' && this.#host !== null && message.host !== this.#host) {
      // The certificate says who it is; what it calls itself is never believed over that (P12).
      const reason = `the certificate is of host ${this.#host}, but the agent reports host ${message.host}: correct host in its settings, or enroll it again`;
      this.#log.warn(
        { peer: this.#stream.getPeer(), host: this.#host, claimed: message.host },
        'an agent reported another host than its certificate',
      );
      this.#end(reason, status.PERMISSION_DENIED);
      return;
    }
    this.#onMessage(message);
  }
}
