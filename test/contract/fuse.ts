/** A way to the world that counts what passes, host calls and messages to the database alike, and is cut at one of them. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { DriverHost } from '../../common/driver.ts';
import type { Way } from './subject.ts';

/** `before`, `after`: the agent is killed, what passes there is not done, or done and never heard of. `aborted`: the order's time is over. */
export const cuts = ['before', 'after', 'aborted'] as const;
export type Cut = (typeof cuts)[number];

/** An answer that takes longer than this is not waited for: it is cut off all the same. */
const answerMs = 1_000;

/** `at` counts from 1; without a cut it only counts. */
export class Fuse {
  passed = 0;
  /** Resolves when the agent is dead. */
  readonly dead: Promise<void>;
  #die: () => void = () => {};
  #isDead = false;
  readonly #cut: { readonly how: Cut; readonly at: number } | null;
  readonly #over = new AbortController();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(cut: { readonly how: Cut; readonly at: number } | null = null) {
    this.#cut = cut;
    this.dead = new Promise((resolve) => {
      this.#die = () => {
        this.#isDead = true;
        for (const socket of this.#sockets) socket.destroy();
        resolve();
      };
    });
  }

  get blew(): boolean {
    return this.#isDead || this.#over.signal.aborted;
  }

  /** Each context that goes this way shares the count. */
  get way(): Way {
    return { signal: this.#over.signal, host: (real) => this.#host(real), port: (real) => this.#wire(real) };
  }

  close(): void {
    this.#die();
    for (const server of this.#servers) server.close();
  }

  /** What is to happen to what passes now. */
  #pass(): 'through' | 'before' | 'after' {
    this.passed += 1;
    if (this.#cut === null || this.passed !== this.#cut.at) return 'through';
    if (this.#cut.how !== 'aborted') return this.#cut.how;
    this.#over.abort();
    return 'through';
  }

  #host(real: DriverHost): DriverHost {
    const through = async <T>(call: () => Promise<T>): Promise<T> => {
      if (this.#isDead) return forEver();
      const fate = this.#pass();
      if (fate === 'before') this.#die();
      if (this.#isDead) return forEver();
      const answer = await call();
      if (fate === 'after') this.#die();
      return this.#isDead ? forEver() : answer;
    };
    return {
      run: (argv, options) => through(() => real.run(argv, options)),
      readText: (path) => through(() => real.readText(path)),
      readBytes: (path, fromByte, maxBytes) => through(() => real.readBytes(path, fromByte, maxBytes)),
      listDir: (path) => through(() => real.listDir(path)),
      writeObstacle: (path) => through(() => real.writeObstacle(path)),
      unitState: (unit) => through(() => real.unitState(unit)),
      writeText: (path, text, mode) => through(() => real.writeText(path, text, mode)),
      replaceText: (path, text) => through(() => real.replaceText(path, text)),
      removeFile: (path) => through(() => real.removeFile(path)),
    };
  }

  /** Where nothing listens there is nothing to cut: the driver must see that itself. */
  async #wire(port: number): Promise<number> {
    if (!(await isListening(port))) return port;
    const server = createServer((client) => this.#carry(client, connect(port, '127.0.0.1'))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.push(server);
    return (server.address() as { readonly port: number }).port;
  }

  #carry(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
    }
    if (this.#isDead) client.destroy();
    server.pipe(client);
    client.on('data', (output) => {
      const fate = this.#pass();
      if (fate === 'before') return this.#die();
      if (fate === 'after') {
        server.unpipe(client);
        server.once('data', this.#die).once('close', this.#die);
        setTimeout(this.#die, answerMs).unref();
      }
      server.write(output);
    });
  }
}

/** What a dead agent waits for. */
const forEver = <T>(): Promise<T> => new Promise<T>(() => {});

async function isListening(port: number): Promise<boolean> {
  const probe = connect(port, '127.0.0.1');
  try {
    await once(probe, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    probe.destroy();
  }
}

export const plainWay: Way = { signal: new AbortController().signal, host: (real) => real, port: async (real) => real };
