/** Two ends of a stream in memory. Messages arrive in order, each in its own turn of the loop; a cut is seen by both ends. */
import type { AgentEnd, AgentMessage, HeardMessage, Link } from '../../common/link.ts';

export interface LinkTwin {
  readonly agentEnd: AgentEnd;
  /** Of the wire, too: what could not be read of what a controller sent. */
  readonly controllerEnd: Link<HeardMessage, AgentMessage>;
  cut(reason: string): void;
}

export function linkTwin(): LinkTwin {
  const toController = new RunActor<AgentMessage>();
  const toAgent = new RunActor<HeardMessage>();
  let open = true;
  const cut = (reason: string) => {
    if (!open) return;
    open = false;
    for (const runActor of [toController, toAgent]) runActor.close(reason);
  };
  const end = <Out, In>(out: RunActor<Out>, back: RunActor<In>): Link<Out, In> => ({
    send: (message) => {
      if (open) out.put(message);
    },
    onMessage: (listener) => back.listen(listener),
    onClose: (listener) => back.onClose(listener),
    close: cut,
  });
  return { agentEnd: end(toController, toAgent), controllerEnd: end(toAgent, toController), cut };
}

class RunActor<M> {
  #listener: ((message: M) => void) | null = null;
  #onClose: (reason: string) => void = () => {};
  #waiting: M[] = [];
  #open = true;

  put(message: M): void {
    this.#waiting.push(message);
    this.#flushSoon();
  }

  listen(listener: (message: M) => void): void {
    this.#listener = listener;
    this.#flushSoon();
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose = listener;
  }

  close(reason: string): void {
    this.#open = false;
    this.#waiting = [];
    queueMicrotask(() => this.#onClose(reason));
  }

  #flushSoon(): void {
    queueMicrotask(() => {
      if (!this.#open || this.#listener === null) return;
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#listener(message);
    });
  }
}
