/** One HTTP question to a server of this host. Cheaper than a tool, and asked often. */
import type { IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { DriverContext } from '../../../common/driver.ts';
import { fail, toFailure } from '../../../common/failure.ts';
import type { Tool } from '../pure/tools.ts';
import { notListening } from './asking.ts';
import { failed } from './failures.ts';

/** Not imported: an import reads all that the module exports, and its `WebSocket` loads an HTTP client that is never called. */
const { request: requestPlain } = process.getBuiltinModule('node:http');

const answerMs = 3_000;
const maxAnswerChars = 64 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpQuestion {
  /** Files in PEM; left out: those of the system, and no certificate of our own. */
  readonly tls?: { readonly cacert?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined };
  /** JSON to post; left out: a GET. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out: 3 s. */
  readonly limitMs?: number;
  /** What is read of an answer at most, in characters; left out: 64 k. */
  readonly mostChars?: number;
}

/** Asks the server at `base`: `http://host:port`. Throws FailureError: `not-listening`, `no-answer`, `no-certificate`. */
export async function askHttp(context: DriverContext, base: string, path: string, asked: HttpQuestion = {}): Promise<HttpAnswer> {
  const { tls, body, headers, limitMs = answerMs, mostChars = maxAnswerChars } = asked;
  const secrets = base.startsWith('https:') ? await pemOf(context, tls ?? {}) : null;
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json', ...headers } }),
    // A connection of its own each time: it must prove this incarnation of the server, not the one before.
    agent: false,
    timeout: limitMs,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]),
  } as const;
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(refusalOf(context, base, error));
    const receive = (response: IncomingMessage): void => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (text.length < mostChars) text += piece;
      });
      response.once('error', refuse);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    };
    const url = `${base}${path}`;
    const request = secrets === null ? requestPlain(url, options, receive) : requestSecure(url, { ...options, ...secrets }, receive);
    request.once('timeout', () => request.destroy(new Error(`no answer within ${limitMs} ms`)));
    request.once('error', refuse);
    request.end(body);
  });
}

/** A tool of the driver's table that is one GET. */
interface HttpTool<T> extends Tool {
  readonly get: string;
  readonly parse: (output: string) => T | null;
}

/** Asks by this tool, and reads the answer by its parser. Throws as `askHttp` does, `no-answer` for a form that is not known, too. */
export async function askTool<T>(
  context: DriverContext,
  id: string,
  { get, parse }: HttpTool<T>,
  base: string,
  asked: HttpQuestion = {},
): Promise<T> {
  const { body } = await context.tool(id, (during) => askHttp(during, base, get, asked));
  const answer = parse(body);
  if (answer !== null) return answer;
  throw failed(context, 'no-answer', `its answer to GET ${get} has an unknown format`);
}

function refusalOf({ settings }: DriverContext, base: string, error: NodeJS.ErrnoException): Error {
  const retry = { remedy: 'retry' } as const;
  if (error.code === 'ECONNREFUSED') return fail('unreachable', notListening, `nothing listens at ${base}`, retry);
  return fail('unreachable', 'no-answer', `${settings.instance}: ${base} does not answer: ${toFailure(error).message}`, retry);
}

async function pemOf({ host }: DriverContext, { cacert, cert, key }: NonNullable<HttpQuestion['tls']>) {
  const read = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    const text = await host.readText(path);
    if (text === null) throw fail('failed', 'no-certificate', `${path} does not exist; correct the connection settings of this instance`);
    return text;
  };
  const [ca, certificate, secret] = await Promise.all([read(cacert), read(cert), read(key)]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined || secret === undefined ? {} : { cert: certificate, key: secret }),
  };
}
