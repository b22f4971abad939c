/**
 * Documents that are too large for one message: the answer carries the beginning, and who asked reads the rest piece by piece (ReadDocument). No
 * message grows with the number of nodes of a cluster.
 */
import { fail } from '../../common/failure.ts';
import { artifactPieceBytes, inlineDocumentBytes } from '../../proto/channel.ts';
import type { Document } from '../../proto/generated/drydock/v1/Document.ts';

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
      throw fail('not-found', 'document-gone', `the rest of the answer (${digest}) is not kept any more; ask again`, { remedy: 'retry' });
    for (let at = offset; at < kept.json.length; at += artifactPieceBytes) yield kept.json.subarray(at, at + artifactPieceBytes);
    this.#drop(key);
  }

  #keep({ json, digest }: WholeDocument, actor: string): Document {
    if (json.length > this.#limit)
      throw fail(
        'failed',
        'answer-too-large',
        `the answer has ${json.length} bytes, more than the ${this.#limit} that are kept for readers`,
      );
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

export interface WholeDocument {
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
