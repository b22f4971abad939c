/** What a member answers over HTTP: its versions and whether it is healthy, and what is asked with a login. Cheaper than a tool, and asked often. */
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { DriverContext } from '../../../common/driver.ts';
import { fail, toFailure } from '../../../common/failure.ts';
import { parseHealth, parseVersions, type VersionsSeen } from '../probe.ts';
import { type ConnectionSettings, connectionOf } from './settings.ts';

/** Of FailureErrors: nothing listens where the member should answer. */
export const notListening = 'not-listening';

const answerMs = 3_000;
const maxAnswerChars = 64 * 1024;

/** Throws FailureError: `not-listening`, `no-answer`. */
export async function askVersions(context: DriverContext): Promise<VersionsSeen> {
  const { body } = await context.tool('versions', (during) => httpGet(during, '/version'));
  const versions = parseVersions(body);
  if (versions === null)
    throw fail('failed', 'no-answer', `${context.settings.instance}: what it answers to GET /version is of no known form`);
  return versions;
}

/**
 * A read that a quorum agreed to. Empty: healthy; else the reason.
 * @param passing alarms that do not count here
 */
export async function askHealth(context: DriverContext, passing: readonly string[] = []): Promise<string> {
  const query = passing.map((alarm) => `exclude=${alarm}`).join('&');
  const { body, status } = await context.tool('health', (during) => httpGet(during, query === '' ? '/health' : `/health?${query}`), {
    of: query,
  });
  return parseHealth(body) ?? `GET /health answered ${status} in no known form`;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

function httpGet(context: DriverContext, path: string): Promise<Answer> {
  const connection = connectionOf(context.settings);
  return askOver(context, connection.httpEndpoint ?? connection.endpoint, path);
}

/** What a request beyond a plain GET carries. */
interface Asked {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** Asks the member at `base`: GET, or POST where there is something to send. Throws FailureError: `not-listening`, `no-answer`. */
export async function askOver(context: DriverContext, base: string, path: string, asked?: Asked): Promise<Answer> {
  const tls = base.startsWith('https:') ? await tlsOf(context, connectionOf(context.settings)) : null;
  const limitMs = asked?.limitMs ?? answerMs;
  const options = {
    method: asked === undefined ? 'GET' : 'POST',
    ...(asked === undefined ? {} : { headers: { 'content-type': 'application/json', ...asked.headers } }),
    // A connection of its own each time: it must prove this life of the server, not the one before.
    agent: false,
    timeout: limitMs,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]),
  } as const;
  return new Promise((resolve, reject) => {
    const receive = (response: IncomingMessage): void => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (body.length < maxAnswerChars) body += piece;
      });
      response.once('error', (error) => reject(refusalOf(context, base, error)));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    };
    const request =
      tls === null ? requestPlain(`${base}${path}`, options, receive) : requestSecure(`${base}${path}`, { ...options, ...tls }, receive);
    request.once('timeout', () => request.destroy(new Error(`no answer within ${limitMs} ms`)));
    request.once('error', (error) => reject(refusalOf(context, base, error)));
    request.end(asked?.body);
  });
}

function refusalOf({ settings }: DriverContext, base: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'ECONNREFUSED') return fail('unreachable', notListening, `nothing listens at ${base}`, { remedy: 'retry' });
  return fail('unreachable', 'no-answer', `${settings.instance}: ${base} does not answer: ${toFailure(error).message}`, {
    remedy: 'retry',
  });
}

async function tlsOf({ host }: DriverContext, { cacert, cert, key }: ConnectionSettings) {
  const read = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    const text = await host.readText(path);
    if (text === null) throw fail('failed', 'no-certificate', `${path} is not there; correct the connection settings of this instance`);
    return text;
  };
  const [ca, certificate, secret] = await Promise.all([read(cacert), read(cert), read(key)]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined || secret === undefined ? {} : { cert: certificate, key: secret }),
  };
}
