/** A run as a stream that survives the controller: after a break it connects again and goes on after the last event it saw. */
import { type Clock, pause } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { FailureError } from '../../common/failure.ts';
import { upcastEvent } from '../../common/upcast.ts';
import type { Document__Output } from '../../proto/generated/drydock/v1/Document.ts';
import type { RunEventSeen__Output } from '../../proto/generated/drydock/v1/RunEventSeen.ts';
import type { WatchRunResponse__Output } from '../../proto/generated/drydock/v1/WatchRunResponse.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { runEnded } from '../render/run-text.ts';

export interface EventSeen {
  readonly seq: number;
  readonly atMs: number;
  /** In today's shape. */
  readonly event: RunEvent;
  /** As it was stored, in the shape of version `v`: what the hash covers. */
  readonly stored: unknown;
  readonly v: number;
  readonly hash: string;
}

export type Seen =
  | { readonly kind: 'event'; readonly seen: EventSeen }
  | { readonly kind: 'status'; readonly run: RunDocument }
  | { readonly kind: 'progress'; readonly step: string; readonly part: string; readonly fraction: number; readonly note: string }
  /** The controller does not answer; said once per break. */
  | { readonly kind: 'gone'; readonly why: string }
  | { readonly kind: 'back' };

export interface FollowRequest {
  readonly runId: string;
  readonly connect: () => Promise<OperatorLink>;
  readonly clock: Clock;
  /** Ends the stream quietly. */
  readonly signal: AbortSignal;
}

const firstRetryMs = 500;
const longestRetryMs = 5000;

/**
 * Yields what is to be seen until the run has ended or the signal comes. Throws FailureError: unreachable only when the
 * controller cannot be reached at the start; later it is waited for.
 */
export async function* followRun(request: FollowRequest): AsyncGenerator<Seen> {
  const position = { afterSeq: 0, endSeen: false };
  let retryMs = firstRetryMs;
  let gone = false;
  let reached = false;
  while (!request.signal.aborted) {
    try {
      for await (const seen of watchOnce(request, position)) {
        reached = true;
        if (gone) yield { kind: 'back' };
        gone = false;
        retryMs = firstRetryMs;
        yield seen;
      }
      if (position.endSeen) return;
    } catch (error) {
      if (request.signal.aborted) return;
      if (!(error instanceof FailureError) || error.failure.class !== 'unreachable' || !reached) throw error;
      if (!gone) yield { kind: 'gone', why: error.failure.message };
      gone = true;
    }
    await pause(request.clock, retryMs, request.signal);
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  }
}

/** One connection's worth: the status as it stands, then the stream. */
async function* watchOnce(request: FollowRequest, position: { afterSeq: number; endSeen: boolean }): AsyncGenerator<Seen> {
  const link = await request.connect();
  try {
    const { status } = await link.ask('GetRun', { runId: request.runId });
    yield { kind: 'status', run: documentOf<RunDocument>(status, `run ${request.runId}`) };
    const stream = link.watch(request.runId, position.afterSeq);
    const cancel = () => stream.cancel();
    request.signal.addEventListener('abort', cancel, { once: true });
    try {
      let begun: Document__Output | null = null;
      for await (const message of stream as AsyncIterable<WatchRunResponse__Output>) {
        begun = statusWith(begun, message);
        const seen = seenFrom(message, begun, request.runId);
        if (seen === null || (seen.kind === 'event' && seen.seen.seq <= position.afterSeq)) continue;
        if (seen.kind === 'event') position.afterSeq = seen.seen.seq;
        if (seen.kind === 'event' && seen.seen.event.type === 'run-ended') position.endSeen = true;
        yield seen;
        if (position.endSeen && seen.kind === 'status' && runEnded(seen.run)) return;
      }
    } catch (error) {
      throw link.failureOfWatch(error);
    } finally {
      request.signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
    // The stream ended before the last status came: whether the run is over is asked for.
    const { status: last } = await link.ask('GetRun', { runId: request.runId });
    const run = documentOf<RunDocument>(last, `run ${request.runId}`);
    position.endSeen = runEnded(run);
    yield { kind: 'status', run };
  } finally {
    link.close();
  }
}

/** A status that is too large for one message comes as its beginning and what follows it. */
function statusWith(begun: Document__Output | null, { body, status, statusRest }: WatchRunResponse__Output): Document__Output | null {
  if (body === 'status') return status ?? null;
  if (body !== 'statusRest' || begun === null) return begun;
  return { ...begun, json: Buffer.concat([begun.json, statusRest ?? Buffer.alloc(0)]) };
}

function seenFrom(message: WatchRunResponse__Output, begun: Document__Output | null, runId: string): Seen | null {
  switch (message.body) {
    case 'event':
      return message.event ? { kind: 'event', seen: eventFrom(message.event) } : null;
    case 'status':
    case 'statusRest':
      if (begun !== null && begun.sizeBytes > begun.json.length) return null;
      return { kind: 'status', run: documentOf<RunDocument>(begun, `run ${runId}`) };
    case 'progress':
      return message.progress ? { kind: 'progress', ...message.progress } : null;
    default:
      return null;
  }
}

function eventFrom(sent: RunEventSeen__Output): EventSeen {
  const { seq, v, atMs, bodyJson, hash } = sent;
  const stored: unknown = JSON.parse(bodyJson.toString('utf8'));
  return { seq, v, atMs, event: upcastEvent<RunEvent>(stored, v), stored, hash };
}

/** How a followed run is shown. */
export interface RunView {
  show(seen: Seen): void;
  /** Leaves the terminal as a shell wants it. */
  close(): void;
}
