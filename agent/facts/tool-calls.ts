/**
 * The one place from which a driver's tools are called: it keeps what the driver declares of their price (P21). All who ask about one instance
 * come here, so that questions at the same time share a call, idle probes share an answer, and what hangs is ended and waited for by its own line
 * of questions only.
 */
import assert from 'node:assert';
import { type Clock, pause } from '../../common/clock.ts';
import type { ToolCall, ToolOptions } from '../../common/driver.ts';
import { type FailureError, fail } from '../../common/failure.ts';
import type { Host } from '../host/host.ts';

/**
 * Which answers do. `now`: of calls begun after the tool was asked for. Else of the same incarnation: those begun after a mark was taken
 * (`ToolCalls.mark`), or `any` that is not older than the tool's idle pause; only probes of the agent's own accord
 * take that (P2). `beside`: the probe goes along with an order and proves nothing, so that a driver may take `any` for what is dear.
 */
export type Freshness = 'now' | { readonly after: number | 'any'; readonly incarnation: string | null; readonly beside?: boolean };

/** What a question is asked with. */
export interface Asker {
  readonly freshness: Freshness;
  /** The one that is activated: what is answered by another one is another answer. */
  readonly release: string | null;
}

interface Call {
  readonly number: number;
  readonly begunMs: number;
  /** Of the database that was asked; undefined: it was not looked at before. */
  readonly incarnation: string | null | undefined;
  readonly release: string | null;
  /** What it answered, or that it took too long. */
  readonly answer: Promise<unknown>;
  /** Nothing of it runs any more. */
  gone: boolean;
}

/** All questions to one tool about one thing, one after the other. */
interface Line {
  newest: Call | null;
  /** The call that waits for its turn; who asks now shares it. */
  next: { readonly call: Promise<Call>; readonly release: string | null } | null;
}

/** A call that is to be made. */
interface Wanted extends Pick<Call, 'incarnation' | 'release'> {
  readonly tool: ToolCall;
  work(signal: AbortSignal): Promise<unknown>;
}

/** More lines than any engine needs at once: of those beyond, what has ended is forgotten. */
const mostLines = 256;

export class ToolCalls {
  /** The host by which calls work: they are everybody's, and end with the agent, not with the order that asked first. */
  readonly host: Host;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #instance: string;
  readonly #tools: ReadonlyMap<string, ToolCall>;
  readonly #lines = new Map<string, Line>();
  #begun = 0;

  constructor(
    vantage: { readonly host: Host; readonly clock: Clock; readonly signal: AbortSignal },
    instance: string,
    tools: readonly ToolCall[],
  ) {
    this.host = vantage.host;
    this.#clock = vantage.clock;
    this.#signal = vantage.signal;
    this.#instance = instance;
    this.#tools = new Map(tools.map((tool) => [tool.id, tool]));
  }

  /** A moment: calls that begin later count as begun after it. */
  get mark(): number {
    return this.#begun;
  }

  /** What `DriverContext.tool` promises. The work ends with its signal; what it throws is thrown to all who share it. */
  async ask<T>(
    { freshness, release }: Asker,
    id: string,
    work: (signal: AbortSignal) => Promise<T>,
    { of = '', anew = false, lately = false, alone = false }: ToolOptions = {},
  ): Promise<T> {
    const tool = this.#tools.get(id);
    assert(tool !== undefined, `the driver of ${this.#instance} used an undeclared tool: ${id}`);
    const after = anew || freshness === 'now' ? this.#begun : lately && freshness.beside === true ? 'any' : freshness.after;
    assert(
      after !== 'any' || tool.idleEveryMs !== null,
      `the driver of ${this.#instance} used ${id} in an idle probe, but declares it for orders only`,
    );
    const wanted: Wanted = { tool, work, release, incarnation: freshness === 'now' ? undefined : freshness.incarnation };
    const line = this.#lineOf(`${id} ${of}`);
    while (line.next !== null && (alone || line.next.release !== release)) await line.next.call.catch(() => undefined);
    const serves = !alone && line.newest !== null && this.#serves(line.newest, wanted, after);
    const call = serves && line.newest !== null ? line.newest : await this.#next(line, wanted);
    // A line has one tool and one thing that it asks about, and so one kind of answer.
    return (await call.answer) as T;
  }

  #lineOf(key: string): Line {
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line: Line = { newest: null, next: null };
    if (this.#lines.size >= mostLines) {
      const ended = [...this.#lines].find(([, { newest, next }]) => next === null && newest?.gone === true);
      if (ended !== undefined) this.#lines.delete(ended[0]);
    }
    this.#lines.set(key, line);
    return line;
  }

  #serves(call: Call, { tool, incarnation, release }: Wanted, after: number | 'any'): boolean {
    // Begun after the question, and before the restart that the asker has seen since: of the life before.
    if (call.release !== release || call.incarnation !== incarnation) return false;
    if (after !== 'any') return call.number > after;
    return this.#clock.monotonicMs() - call.begunMs < (tool.idleEveryMs ?? 0);
  }

  /** The call after the newest one: at the earliest after the tool's pause, and never beside one that may still run. */
  #next(line: Line, wanted: Wanted): Promise<Call> {
    if (line.next !== null) return line.next.call;
    const { tool, release } = wanted;
    const call = (async () => {
      const { newest } = line;
      await newest?.answer.catch(() => undefined);
      const leftMs = newest === null ? 0 : newest.begunMs + tool.turnEveryMs - this.#clock.monotonicMs();
      if (leftMs > 0) await pause(this.#clock, leftMs, this.#signal);
      if (newest?.gone === false) throw this.#hangs(tool);
      return this.#begin(line, wanted);
    })();
    line.next = { call, release };
    const begun = () => {
      line.next = null;
    };
    call.then(begun, begun);
    return call;
  }

  #begin(line: Line, { tool, work, incarnation, release }: Wanted): Call {
    const over = new AbortController();
    const answered = (async () => work(AbortSignal.any([over.signal, this.#signal])))();
    const call: Call = {
      number: ++this.#begun,
      begunMs: this.#clock.monotonicMs(),
      incarnation,
      release,
      gone: false,
      answer: new Promise((resolve, reject) => {
        const timer = this.#clock.after(tool.timeoutMs, () => {
          // First: what the work throws for being ended is not why.
          reject(this.#tooLong(tool));
          over.abort();
        });
        const settled = () => {
          timer.cancel();
          call.gone = true;
        };
        answered.then(settled, settled);
        answered.then(resolve, reject);
      }),
    };
    call.answer.catch(() => undefined);
    line.newest = call;
    return call;
  }

  #tooLong({ id, timeoutMs }: ToolCall): FailureError {
    return fail('timeout', 'tool-timeout', `${this.#instance}: ${id} did not answer within ${timeoutMs} ms and was killed`, {
      remedy: 'retry',
    });
  }

  #hangs({ id }: ToolCall): FailureError {
    const sentence = `${this.#instance}: ${id} was killed after its timeout but still runs, so it is not started again`;
    return fail('timeout', 'tool-hangs', sentence, { remedy: 'retry' });
  }
}
