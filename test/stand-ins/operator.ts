/** A controller of cardboard: the real gRPC service with answers that a test gives. What a test does not answer is unimplemented. */
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  type ServerReadableStream,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { eventVersion, type RunEvent } from '../../common/events.ts';
import { FailureError } from '../../common/failure.ts';
import { serverOptions } from '../../proto/channel.ts';
import type { AddReleaseRequest__Output } from '../../proto/generated/drydock/v1/AddReleaseRequest.ts';
import type { AddReleaseResponse } from '../../proto/generated/drydock/v1/AddReleaseResponse.ts';
import type { Document } from '../../proto/generated/drydock/v1/Document.ts';
import type { OperatorHandlers } from '../../proto/generated/drydock/v1/Operator.ts';
import type { WatchRunRequest__Output } from '../../proto/generated/drydock/v1/WatchRunRequest.ts';
import type { WatchRunResponse } from '../../proto/generated/drydock/v1/WatchRunResponse.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { serverCredentials } from '../identities.ts';

type Methods = {
  [Name in keyof OperatorHandlers as string extends Name ? never : number extends Name ? never : Name]: OperatorHandlers[Name];
};
type Asked<Name extends keyof Methods> = Methods[Name] extends handleUnaryCall<infer Question, infer _Answer> ? Question : never;
type Reported<Name extends keyof Methods> = Methods[Name] extends handleUnaryCall<infer _Question, infer Answer> ? Answer : never;

/** Answers by method; a thrown FailureError travels as the real controller sends it. */
export type Answers = {
  readonly [Name in Exclude<keyof Methods, 'WatchRun' | 'AddRelease' | 'BackUpStore'>]?: (question: Asked<Name>) => Reported<Name>;
};

export type WatchCall = ServerWritableStream<WatchRunRequest__Output, WatchRunResponse>;

export interface OperatorScript {
  readonly answers?: Answers;
  readonly watch?: (call: WatchCall) => void;
  readonly addRelease?: (messages: AsyncIterable<AddReleaseRequest__Output>) => Promise<AddReleaseResponse>;
}

export interface StandInOperator {
  readonly address: string;
  /** Method names in the order they were asked. */
  readonly asked: readonly string[];
  /** Ends all connections at once, as a killed controller does. */
  kill(): void;
}

/** Listens on loopback, on a free port or on the one given. */
export async function startOperator(script: OperatorScript, port = 0): Promise<StandInOperator> {
  // Without channelz the library's server forgets its connections, and a shutdown would not end them.
  const server = new Server({ ...serverOptions, 'grpc.enable_channelz': 1 });
  const asked: string[] = [];
  const handlers: Record<string, UntypedHandleCall> = {};
  for (const [name, answer] of Object.entries(script.answers ?? {})) {
    handlers[name] = unary(name, asked, answer as (question: unknown) => unknown);
  }
  const { watch, addRelease } = script;
  if (watch !== undefined) {
    const stream: handleServerStreamingCall<WatchRunRequest__Output, WatchRunResponse> = (call) => {
      asked.push('WatchRun');
      watch(call);
    };
    handlers.WatchRun = stream;
  }
  if (addRelease !== undefined) {
    handlers.AddRelease = ((
      call: ServerReadableStream<AddReleaseRequest__Output, AddReleaseResponse>,
      callback: sendUnaryData<AddReleaseResponse>,
    ) => {
      asked.push('AddRelease');
      addRelease(call).then(
        (reply) => callback(null, reply),
        (error: unknown) => callback(asServiceError(error)),
      );
    }) as UntypedHandleCall;
  }
  server.addService(drydockV1.Operator.service, handlers);
  const credentials = await serverCredentials();
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, actual) => (error === null ? resolve(actual) : reject(error)));
  });
  return { address: `127.0.0.1:${bound}`, asked, kill: () => server.forceShutdown() };
}

/** The bytes of a document as the controller sends them, with their digest. */
export function documentBytes(document: object): Document {
  const json = canonicalJson(document);
  return { json: Buffer.from(json), digest: sha256Of(json) };
}

/** An event as WatchRun sends it. */
export function eventMessage(seq: number, event: RunEvent, atMs = Date.parse('2026-03-01T01:08:11Z') + seq * 1000): WatchRunResponse {
  return { event: { seq, v: eventVersion, atMs, type: event.type, bodyJson: Buffer.from(canonicalJson(event)), hash: `hash-${seq}` } };
}

function unary(name: string, asked: string[], answer: (question: unknown) => unknown): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    asked.push(name);
    try {
      callback(null, answer(call.request));
    } catch (error) {
      callback(asServiceError(error));
    }
  };
}

function asServiceError(error: unknown): { code: status; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  if (!(error instanceof FailureError)) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? (error.code as status) : status.UNKNOWN;
    return { code, details: error instanceof Error ? error.message : String(error), metadata };
  }
  metadata.set('drydock-failure-bin', Buffer.from(JSON.stringify(error.failure)));
  return { code: status.UNKNOWN, details: error.message, metadata };
}
