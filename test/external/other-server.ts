/** Another system on loopback, as Drydock asks it: a test says how it answers. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export class OtherServer {
  answer: Answer = (_request, response) => response.end();
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  readonly #server = createServer((request, response) => {
    this.asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    this.answer(request, response);
  });

  static async open(): Promise<OtherServer> {
    const other = new OtherServer();
    await new Promise<void>((resolve) => other.#server.listen(0, '127.0.0.1', resolve));
    return other;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Nothing listens there any more. */
  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** As Prometheus 3 answers an instant query. */
export const vector = (...values: readonly string[]): Answer =>
  prometheus({ resultType: 'vector', result: values.map((value) => ({ metric: { job: 'app' }, value: [1_764_000_000.1, value] })) });

export function prometheus(data: unknown): Answer {
  return json(200, { status: 'success', data });
}

export function json(status: number, document: unknown): Answer {
  return (_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}
