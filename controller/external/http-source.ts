/** Asks other systems over HTTP: no redirect is followed, no more is read than an answer has, and nothing but an answer in time agrees (P9). */
import { readFile } from 'node:fs/promises';
import type { ExternalBody } from '../../common/controller-body.ts';
import { durationText } from '../../common/duration-text.ts';
import { systemReason } from '../../common/file-obstacle.ts';
import type { ExternalSource } from '../sequencer/connections.ts';
import { httpComplaint, prometheusComplaint, unknown } from './questions.ts';

/** Where a check's bearer token lies, and the only origin that it is sent to. */
export interface TokenPlace {
  readonly file: string;
  readonly origin: string;
}

const mostBytes = 64 * 1024;
/** A connection kept from the last question may have been left by the other side. */
const plainHeaders = { accept: '*/*', connection: 'close' };

export class HttpSource implements ExternalSource {
  readonly #tokens: ReadonlyMap<string, TokenPlace>;
  readonly #closing = new AbortController();

  /** @param tokens by the check's name */
  constructor(tokens: ReadonlyMap<string, TokenPlace>) {
    this.#tokens = tokens;
  }

  async ask(body: ExternalBody): Promise<string | null> {
    const complaint = await this.#complaint(body).catch((thrown: unknown) => unknown(reasonOf(thrown, body)));
    return complaint === null ? null : `${body.name} ${complaint}`;
  }

  /** Ends the questions under way, as if nothing had been answered. */
  close(): void {
    this.#closing.abort();
  }

  async #complaint({ name, question, timeoutMs }: ExternalBody): Promise<string | null> {
    const url = new URL(
      question.by === 'http'
        ? question.url
        : `${question.url.replace(/\/+$/, '')}/api/v1/query?query=${encodeURIComponent(question.query)}`,
    );
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]);
    const response = await fetch(url, { redirect: 'manual', signal, headers: await this.#headers(name, url.origin) });
    if (question.by === 'http') {
      await response.body?.cancel();
      return httpComplaint(response.status, question.status);
    }
    const text = await textOf(response);
    if (text === null) return unknown(`the answer is longer than ${mostBytes / 1024} KiB`);
    const isPrometheus = response.headers.get('content-type')?.includes('json') === true;
    return response.ok || isPrometheus ? prometheusComplaint(text, question.atMost) : unknown(`${url.host} answered ${response.status}`);
  }

  async #headers(name: string, origin: string): Promise<Record<string, string>> {
    const token = this.#tokens.get(name);
    if (token === undefined) return plainHeaders;
    // The plan was made under other settings: what they trusted with the token was another place.
    if (token.origin !== origin) throw new Unasked(`the settings allow its token for ${token.origin}, not for ${origin}`);
    let text: string;
    try {
      text = (await readFile(token.file, 'utf8')).trim();
    } catch (error) {
      throw new Unasked(`its token file ${token.file} cannot be read: ${fileReason(error)}`);
    }
    if (!/^[\x21-\x7e]+$/.test(text)) throw new Unasked(`its token file ${token.file} does not hold one token`);
    return { ...plainHeaders, authorization: `Bearer ${text}` };
  }
}

/** Why nothing was asked. */
class Unasked extends Error {}

/** null: it is longer than an answer may be. */
async function textOf(response: Response): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > mostBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function reasonOf(thrown: unknown, { question, timeoutMs }: ExternalBody): string {
  if (thrown instanceof Unasked) return thrown.message;
  const { host } = new URL(question.url);
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') return `${host} did not answer within ${durationText(timeoutMs)}`;
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const { message = '', code = '' } = cause as NodeJS.ErrnoException;
  return `request to ${host} failed: ${message === '' ? code : message}`;
}

function fileReason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : systemReason(error);
}
