/** How calls are answered: failures as statuses, documents that do not fit into a message in pieces, streams no faster than they are read. */
import { Metadata, type ServerWritableStream, type ServiceError, status } from '@grpc/grpc-js';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { type Failure, type FailureClass, fail, failure, toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { artifactPieceBytes, inlineDocumentBytes } from '../../proto/channel.ts';
import { failureTrailer } from '../../proto/failure-trailer.ts';
import type { Document } from '../../proto/generated/drydock/v1/Document.ts';
import type { Operations } from '../operations/operations.ts';
import type { Gate } from './gate.ts';

export interface OperatorParts {
  readonly operations: Operations;
  readonly gate: Gate;
  readonly log: Log;
  readonly patience: Patience;
}

/** The bytes that are shown, digested and approved are the same bytes. */
export function documentOf(value: object): WholeDocument {
  const json = canonicalJson(value);
  return { json: Buffer.from(json), digest: sha256Of(json) };
}

const statuses: Record<FailureClass, status> = {
  usage: status.INVALID_ARGUMENT,
  refused: status.FAILED_PRECONDITION,
  'not-found': status.NOT_FOUND,
  unreachable: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  failed: status.ABORTED,
  internal: status.INTERNAL,
};

/** Headers are bounded on the other side; a chain of causes longer than this travels without them. */
const trailerLimitBytes = 6 * 1024;

/** What was thrown as grpc-js wants it. What is not a Failure of ours is logged here, because the caller sees little of it. */
export function serviceError(thrown: unknown, method: string, log: Log): Partial<ServiceError> {
  const reported = toFailure(thrown);
  if (reported.class === 'internal') log.error({ method, stack: thrown instanceof Error ? (thrown.stack ?? '') : '' }, reported.message);
  const metadata = new Metadata();
  metadata.set(failureTrailer, Buffer.from(JSON.stringify(bounded(reported))));
  return { code: statuses[reported.class], details: reported.message.slice(0, trailerLimitBytes), metadata };
}

function bounded(reported: Failure): Failure {
  if (Buffer.byteLength(JSON.stringify(reported)) <= trailerLimitBytes) return reported;
  return failure(reported.class, reported.code, reported.message.slice(0, trailerLimitBytes / 4), { remedy: reported.remedy });
}

// Documents that are too large for one message: the answer carries the beginning, and who asked reads the rest piece by piece (ReadDocument). No message
// grows with the number of nodes of a cluster.

interface Kept {
  readonly json: Buffer;
}

/** What waits to be read, of all callers together; the eldest makes room. */
const shelfBytes = 64 * 1024 * 1024;

export class DocumentShelf {
  /** By caller and digest, eldest first: what was made for one caller is not read by another. */
  readonly #kept = new Map<string, Kept>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number = shelfBytes) {
    this.#limit = limit;
  }

  /** The answer as it fits into a message; documents of it that do not are kept for this caller, and begin in it. Throws FailureError(failed, `answer-too-large`). */
  fitted<Response extends object>(response: Response, actor: string): Response {
    const cut = Object.entries(response).flatMap(([field, value]: [string, unknown]) =>
      isDocument(value) && value.json.length > inlineDocumentBytes ? [[field, this.#keep(value, actor)] as const] : [],
    );
    return cut.length === 0 ? response : { ...response, ...Object.fromEntries(cut) };
  }

  /** The rest in pieces. Throws FailureError(not-found, `document-gone`): others came meanwhile; the question is to be asked again. */
  *read(digest: string, offset: number, actor: string): Generator<Buffer> {
    const key = keyOf(actor, digest);
    const kept = this.#kept.get(key);
    if (kept === undefined)
      throw fail('not-found', 'document-gone', `the rest of the answer (${digest}) has expired; try again`, { remedy: 'retry' });
    for (let at = offset; at < kept.json.length; at += artifactPieceBytes) yield kept.json.subarray(at, at + artifactPieceBytes);
    this.#drop(key);
  }

  #keep({ json, digest }: WholeDocument, actor: string): Document {
    if (json.length > this.#limit)
      throw fail('failed', 'answer-too-large', `the answer has ${json.length} bytes, the limit is ${this.#limit}`);
    const key = keyOf(actor, digest);
    this.#drop(key);
    this.#kept.set(key, { json });
    this.#bytes += json.length;
    for (const eldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.#drop(eldest);
    }
    return headOf({ json, digest });
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.json.length ?? 0;
    this.#kept.delete(key);
  }
}

interface WholeDocument {
  readonly json: Buffer;
  readonly digest: string;
}

/** What a message carries of a document, with the size of the whole where that is not all. */
export function headOf({ json, digest }: WholeDocument): Document {
  if (json.length <= inlineDocumentBytes) return { json, digest };
  return { json: json.subarray(0, artifactPieceBytes), digest, sizeBytes: json.length };
}

/** What headOf left out, in pieces. */
export function* restOf({ json }: WholeDocument): Generator<Buffer> {
  if (json.length <= inlineDocumentBytes) return;
  for (let at = artifactPieceBytes; at < json.length; at += artifactPieceBytes) yield json.subarray(at, at + artifactPieceBytes);
}

const keyOf = (actor: string, digest: string): string => `${digest} ${actor}`;

function isDocument(value: unknown): value is WholeDocument {
  return typeof value === 'object' && value !== null && 'json' in value && Buffer.isBuffer(value.json) && 'digest' in value;
}

// Writing to a stream no faster than the other side reads, and no longer than it reads at all: two messages wait, and who does not take them is hung up on.

export interface Patience {
  /** How long a caller may leave unread what a stream has for it. */
  readonly unreadMs: number;
  /** Ends the connection of a caller, by its address as calls give it: what it did not read would keep a stream open that is only ended. */
  hangUp(peer: string): void;
}

/** What each stream has written and not yet flushed, as of its last message. */
const unflushed = new WeakMap<object, Promise<void>>();

/**
 * Resolves when the message before this one was taken, so that two are on their way at most, or when the caller is gone.
 * Throws FailureError(timeout, `not-read`) when it was hung up on.
 */
export async function write<Asked, Reported>(
  call: ServerWritableStream<Asked, Reported>,
  message: Reported,
  gone: AbortSignal,
  { unreadMs, hangUp }: Patience,
): Promise<void> {
  const before = unflushed.get(call);
  unflushed.set(call, new Promise((resolve) => void call.write(message, () => resolve())));
  if (before === undefined || gone.aborted) return;
  let timer: NodeJS.Timeout | undefined;
  let left = () => {};
  const outcome = await Promise.race([
    before.then(() => 'taken' as const),
    new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), unreadMs);
    }),
    new Promise<'gone'>((resolve) => {
      left = () => resolve('gone');
      gone.addEventListener('abort', left, { once: true });
    }),
  ]);
  clearTimeout(timer);
  gone.removeEventListener('abort', left);
  if (outcome !== 'late') return;
  hangUp(call.getPeer());
  throw fail('timeout', 'not-read', `the connection was closed: its client read nothing for ${unreadMs} ms; try again`);
}
