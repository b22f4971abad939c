/** GET /metrics and /healthz, on loopback only. */
import { createServer, type ServerResponse } from 'node:http';
import type { Log } from '../../common/log.ts';
import { listening, parseListenAddress, requireLoopback } from './listener.ts';

export interface HttpServer {
  readonly address: string;
  stop(): Promise<void>;
}

/** Throws FailureError(usage, `bad-listen`), or (failed, `cannot-listen`). */
export async function startHttpServer(listen: string, metrics: () => Promise<string>, log: Log): Promise<HttpServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 }, (request, response) => {
    // Whatever a request carries beyond its first line is of no interest.
    request.resume();
    if (request.method !== 'GET') return answer(response, 405, 'only GET is served here\n');
    if (request.url === '/healthz') return answer(response, 200, 'ok\n');
    if (request.url !== '/metrics') return answer(response, 404, 'there are /metrics and /healthz\n');
    metrics().then(
      (body) => answer(response, 200, body),
      (error: unknown) => {
        log.error({}, `metrics could not be collected: ${error instanceof Error ? error.message : String(error)}`);
        answer(response, 500, 'metrics could not be collected, see the log\n');
      },
    );
  });
  server.maxConnections = 32;
  const address = await listening(server, requireLoopback(parseListenAddress(listen)));
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
}
