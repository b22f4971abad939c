/** The controller as this program sees it: one connection, a deadline on every question, failures instead of gRPC errors. */
import { type CallOptions, Client, type ClientReadableStream, connectivityState, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { fail } from '../common/failure.ts';
import type { AddReleaseResponse__Output } from '../proto/generated/drydock/v1/AddReleaseResponse.ts';
import type { BackUpStoreResponse__Output } from '../proto/generated/drydock/v1/BackUpStoreResponse.ts';
import type { Document__Output } from '../proto/generated/drydock/v1/Document.ts';
import type { OperatorDefinition } from '../proto/generated/drydock/v1/Operator.ts';
import type { ReleaseDescription } from '../proto/generated/drydock/v1/ReleaseDescription.ts';
import type { WatchRunResponse__Output } from '../proto/generated/drydock/v1/WatchRunResponse.ts';
import { drydockV1 } from '../proto/loader.ts';
import { type ClientIdentity, clientCredentials, secureClientOptions } from '../proto/secure-channel.ts';
import { failureOfCall, unreachable } from './failures.ts';
import { upload } from './upload.ts';

const connectDeadlineMs = 3000;
const callDeadlineMs = 30_000;

type UnaryMethod =
  | 'ListClusters'
  | 'GetCluster'
  | 'AdoptCluster'
  | 'LabelCluster'
  | 'ForgetCluster'
  | 'AdoptFleet'
  | 'ListHosts'
  | 'GetHost'
  | 'ForgetHost'
  | 'ListReleases'
  | 'RemoveRelease'
  | 'RemoveSnapshot'
  | 'VerifyReleases'
  | 'ListSnapshots'
  | 'ListRules'
  | 'ShowRules'
  | 'DiffRules'
  | 'ImportRules'
  | 'RevertRules'
  | 'FindPath'
  | 'MakePlan'
  | 'ListPlans'
  | 'GetPlan'
  | 'DiffPlans'
  | 'ApprovePlan'
  | 'DiscardPlan'
  | 'StartRun'
  | 'ListRuns'
  | 'GetRun'
  | 'PauseRun'
  | 'ResumeRun'
  | 'AbortRun'
  | 'RollbackRun'
  | 'RetryStep'
  | 'ResolveStep'
  | 'ConfirmStep'
  | 'ExcludeNode'
  | 'FinalizeRun'
  | 'GetReport'
  | 'ListAudit'
  | 'VerifyAudit'
  | 'CreateToken'
  | 'ListIdentities'
  | 'BindRole'
  | 'UnbindRole'
  | 'RevokeIdentity'
  | 'GetVersion';

type Question<Name extends UnaryMethod> =
  OperatorDefinition[Name] extends MethodDefinition<infer Asked, infer _Sent, infer _Read, infer _Answer> ? Asked : never;
type Reply<Name extends UnaryMethod> =
  OperatorDefinition[Name] extends MethodDefinition<infer _Asked, infer _Sent, infer _Read, infer Answer> ? Answer : never;

/** Reading every stored artifact again takes as long as the disk needs. */
const slowMethods: Partial<Record<UnaryMethod, number>> = {
  VerifyReleases: 30 * 60_000,
  VerifyAudit: 10 * 60_000,
  MakePlan: 120_000,
  AdoptFleet: 120_000,
};

export interface OperatorLink {
  /** Asks and waits for the answer. Throws FailureError. */
  ask<Name extends UnaryMethod>(method: Name, question: Question<Name>): Promise<Reply<Name>>;
  /** The stream of a run's events after `afterSeq`; its errors are for `failureOfWatch`. */
  watch(runId: string, afterSeq: number): ClientReadableStream<WatchRunResponse__Output>;
  failureOfWatch(error: unknown): Error;
  /** What a copy of the controller's store holds, then its bytes. Throws FailureError. */
  backUp(): AsyncGenerator<BackUpStoreResponse__Output, undefined>;
  /** Sends the description, then the files' bytes in its order; `sent` hears the count of bytes after each piece. Throws FailureError. */
  upload(description: ReleaseDescription, files: readonly string[], sent: (bytes: number) => void): Promise<AddReleaseResponse__Output>;
  close(): void;
}

/**
 * Opens the connection. FailureError(unreachable, `controller-unreachable`) at once when it is refused, and after about
 * three seconds of silence.
 */
export async function connect(
  dialled: string,
  interrupted: AbortSignal,
  identity: ClientIdentity,
  namedBy: string | null = null,
): Promise<OperatorLink> {
  const client = new Client(dialled, clientCredentials(identity), secureClientOptions);
  // Errors name the address and what led there: with contexts it is not always what the person has in mind.
  const address = namedBy === null ? dialled : `${dialled} (${namedBy})`;
  try {
    await ready(client, address, interrupted);
  } catch (error) {
    client.close();
    throw error;
  }
  return linkOver(client, address, interrupted);
}

function ready(client: Client, address: string, interrupted: AbortSignal): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + connectDeadlineMs;
  // Each further try listens anew.
  const over = new AbortController();
  return new Promise<void>((resolve, reject) => {
    const stop = () => reject(fail('failed', 'interrupted', `interrupted while connecting to ${address}; no request was sent`));
    const recheck = (silence?: Error) => {
      const state = channel.getConnectivityState(true);
      if (interrupted.aborted) stop();
      else if (silence !== undefined) reject(unreachable(address, `no answer within ${connectDeadlineMs / 1000} s`));
      else if (state === connectivityState.READY) resolve();
      else if (state === connectivityState.TRANSIENT_FAILURE) void whyNot(client).then((why) => reject(unreachable(address, why)));
      else channel.watchConnectivityState(state, deadline, recheck);
    };
    interrupted.addEventListener('abort', stop, { once: true, signal: over.signal });
    recheck();
  }).finally(() => over.abort());
}

/** The answer with its documents whole: one that is too large for a message comes in pieces. */
async function wholeReply<Answer>(answer: Answer, rest: (document: Document__Output) => Promise<Buffer>): Promise<Answer> {
  const whole: Record<string, unknown> = { ...(answer as Record<string, unknown>) };
  for (const [field, value] of Object.entries(whole)) {
    const document = value as Partial<Document__Output> | null;
    if (typeof value !== 'object' || document?.json === undefined || (document.sizeBytes ?? 0) <= document.json.length) continue;
    whole[field] = { ...document, json: await rest(document as Document__Output) };
  }
  return whole as Answer;
}

/** The state of a channel has no reason; a call over it gets one. */
function whyNot(client: Client): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = drydockV1.Operator.service.GetVersion;
  return new Promise((resolve) => {
    const answered = (error: ServiceError | null) => {
      const details = error?.details ?? '';
      if (/wrong version number|packet length too long/i.test(details))
        resolve('the server there does not speak TLS, so it is not a controller, or a controller of version 0.1');
      else if (/certificate|SSL|TLS|not a controller of this fleet/i.test(details))
        resolve(`the server there is not trusted: ${lastError(details)}`);
      else resolve('no controller is listening there');
    };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, new Metadata(), { deadline: Date.now() + 1_000 }, answered);
  });
}

const lastError = (details: string): string => /Last error: (?:Error: )?(.*?)\.? *(?:Resolution note:.*)?$/s.exec(details)?.[1] ?? details;

function linkOver(client: Client, address: string, interrupted: AbortSignal): OperatorLink {
  const service = drydockV1.Operator.service;
  async function* messagesOf<Message>(method: string, stream: ClientReadableStream<Message>): AsyncGenerator<Message, undefined> {
    const cancel = () => stream.cancel();
    interrupted.addEventListener('abort', cancel, { once: true });
    if (interrupted.aborted) cancel();
    try {
      yield* stream as AsyncIterable<Message>;
      return undefined;
    } catch (error) {
      throw failureOfCall(error, { address, method, interrupted: interrupted.aborted });
    } finally {
      interrupted.removeEventListener('abort', cancel);
      cancel();
    }
  }
  const restOfDocument = async ({ json, digest }: Document__Output): Promise<Buffer> => {
    const { path, requestSerialize, responseDeserialize } = service.ReadDocument;
    const asked = { digest, offset: json.length };
    const pieces: Buffer[] = [json];
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, asked);
    for await (const { content } of messagesOf('ReadDocument', stream)) pieces.push(content);
    return Buffer.concat(pieces);
  };
  return {
    ask: async <Name extends UnaryMethod>(method: Name, question: Question<Name>) => {
      const answered = await new Promise<Reply<Name>>((resolve, reject) => {
        // The definitions are one type per method; the mapped types above say which belongs to this name.
        const definition = service[method] as unknown as MethodDefinition<Question<Name>, unknown, unknown, Reply<Name>>;
        const options: CallOptions = { deadline: Date.now() + (slowMethods[method] ?? callDeadlineMs) };
        const call = client.makeUnaryRequest(
          definition.path,
          definition.requestSerialize,
          definition.responseDeserialize,
          question,
          new Metadata(),
          options,
          (error, reply) => {
            interrupted.removeEventListener('abort', cancel);
            if (error !== null || reply === undefined) reject(failureOfCall(error, { address, method, interrupted: interrupted.aborted }));
            else resolve(reply);
          },
        );
        const cancel = () => call.cancel();
        interrupted.addEventListener('abort', cancel, { once: true });
        if (interrupted.aborted) cancel();
      });
      return wholeReply(answered, (document) => restOfDocument(document));
    },
    watch: (runId, afterSeq) => {
      const { path, requestSerialize, responseDeserialize } = service.WatchRun;
      return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { runId, afterSeq });
    },
    failureOfWatch: (error) => failureOfCall(error, { address, method: 'WatchRun', interrupted: interrupted.aborted }),
    async *backUp() {
      const { path, requestSerialize, responseDeserialize } = service.BackUpStore;
      yield* messagesOf('BackUpStore', client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {}));
      return undefined;
    },
    upload: (description, files, sent) => upload({ client, address, interrupted, description, files, sent }),
    close: () => client.close(),
  };
}
