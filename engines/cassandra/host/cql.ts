/**
 * One connection to one Cassandra server, for questions to just this one. Client libraries look for the whole ring and ask any node of it; here
 * each probe must be the word of this server, in this incarnation, and leave nothing open.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type FailureError, fail } from '../../../common/failure.ts';
import { notListening } from '../../kit/host/asking.ts';
import {
  type Consistency,
  type CqlRow,
  credentialsBody,
  encodeFrame,
  errorIn,
  type Frame,
  opcodes,
  queryBody,
  rowsIn,
  startupBody,
  takeFrame,
} from '../cql-frames.ts';

export interface CqlServer {
  readonly host: string;
  readonly port: number;
  /** Left out: not encrypted. PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly credentials?: { readonly user: string; readonly password: string };
}

export interface CqlSession {
  /** Rows of the answer. Throws FailureError `cql-error` with the server's words, `no-answer` when the connection breaks. */
  query(cql: string, consistency?: Consistency): Promise<readonly CqlRow[]>;
  /** The same as it came: body of the RESULT. */
  answer(cql: string): Promise<Buffer>;
  close(): void;
}

export const noAnswer = 'no-answer';

/** A server that takes the connection and says nothing does not serve. */
const answerMs = 4_000;
const mostStreams = 32_768;

/** Throws FailureError `not-listening`, `no-answer`, `cql-error`. The signal ends the connection, whatever is asked by it. */
export async function openCql(server: CqlServer, signal: AbortSignal): Promise<CqlSession> {
  const wire = new Wire(server, signal);
  try {
    const first = await wire.ask(opcodes.startup, startupBody());
    if (first.opcode === opcodes.authenticate) await logIn(wire, server);
    return {
      query: async (cql, consistency = 'ONE') => wire.query(cql, consistency),
      answer: async (cql) => (await wire.ask(opcodes.query, queryBody(cql, 'ONE'))).body,
      close: () => wire.close(),
    };
  } catch (thrown) {
    wire.close();
    throw thrown;
  }
}

async function logIn(wire: Wire, { host, port, credentials }: CqlServer): Promise<void> {
  if (credentials === undefined)
    throw fail('failed', 'cql-error', `${host}:${port} requires a password: set user and passwordFile in the connection settings`);
  await wire.ask(opcodes.authResponse, credentialsBody(credentials.user, credentials.password));
}

interface Asked {
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

class Wire {
  readonly #where: string;
  readonly #socket: Socket;
  readonly #asked = new Map<number, Asked>();
  #received: Buffer = Buffer.alloc(0);
  #stream = 0;
  #broken: FailureError | null = null;

  constructor({ host, port, tls }: CqlServer, signal: AbortSignal) {
    this.#where = `${host}:${port}`;
    this.#socket = tls === undefined ? connectPlain({ host, port }) : connectTls({ host, port, ...tls });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.once('error', (error: NodeJS.ErrnoException) =>
      this.#break(error.code === 'ECONNREFUSED' ? notListening : noAnswer, `does not answer: ${error.message}`),
    );
    this.#socket.once('close', () => this.#break(noAnswer, 'closed the connection'));
    const abort = () => this.#break(noAnswer, 'did not answer in time');
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#socket.once('close', () => signal.removeEventListener('abort', abort));
  }

  async query(cql: string, consistency: Consistency): Promise<readonly CqlRow[]> {
    const { body } = await this.ask(opcodes.query, queryBody(cql, consistency));
    try {
      return rowsIn(body);
    } catch (error) {
      throw fail('failed', noAnswer, `${this.#where} returned an unknown format: ${(error as Error).message}`);
    }
  }

  /** Throws `cql-error` for what the server refuses. */
  async ask(opcode: number, body: Buffer): Promise<Frame> {
    const stream = this.#stream;
    this.#stream = (this.#stream + 1) % mostStreams;
    const frame = await new Promise<Frame>((resolve, reject) => {
      if (this.#broken !== null) return reject(this.#broken);
      const timer = setTimeout(() => this.#break(noAnswer, `did not answer within ${answerMs} ms`), answerMs);
      const over = () => {
        clearTimeout(timer);
        this.#asked.delete(stream);
      };
      this.#asked.set(stream, {
        resolve: (answer) => {
          over();
          resolve(answer);
        },
        reject: (error) => {
          over();
          reject(error);
        },
      });
      this.#socket.write(encodeFrame(stream, opcode, body));
    });
    if (frame.opcode !== opcodes.error) return frame;
    const { message } = errorIn(frame.body);
    throw fail('failed', 'cql-error', `${this.#where} refuses: ${message}`);
  }

  close(): void {
    this.#break(noAnswer, 'was left');
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    try {
      for (let taken = takeFrame(this.#received); taken !== null; taken = takeFrame(this.#received)) {
        this.#received = taken.rest;
        this.#asked.get(taken.frame.stream)?.resolve(taken.frame);
      }
    } catch (error) {
      this.#break(noAnswer, `does not speak the native protocol: ${(error as Error).message}`);
    }
  }

  #break(code: string, why: string): void {
    this.#broken ??= fail('unreachable', code, `${this.#where} ${why}`, { remedy: 'retry' });
    this.#socket.destroy();
    for (const asked of [...this.#asked.values()]) asked.reject(this.#broken);
  }
}
