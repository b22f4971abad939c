/** How a host or a person comes by a certificate, and by the next one: the calls, and the order of what is written. */
import { type ChannelCredentials, type Client, type ServiceError, status } from '@grpc/grpc-js';
import { FailureError, fail, failure } from '../common/failure.ts';
import { certificateRequest, makeKey } from '../common/identity/certificate-request.ts';
import { certificateFacts, pinOf } from '../common/identity/certificates.ts';
import { identityText } from '../common/identity/identity.ts';
import {
  type FileSteps,
  fileSteps,
  type HeldIdentity,
  installIdentity,
  pendingKey,
  readIdentity,
} from '../common/identity/identity-folder.ts';
import type { EnrolmentToken } from '../common/identity/token.ts';
import { failureOfTrailer } from './failure-trailer.ts';
import type { EnrollResponse__Output } from './generated/drydock/v1/EnrollResponse.ts';
import type { GetRootsResponse__Output } from './generated/drydock/v1/GetRootsResponse.ts';
import type { RenewResponse__Output } from './generated/drydock/v1/RenewResponse.ts';
import { drydockV1 } from './loader.ts';
import { clientCredentials, secureClientOptions, strangerCredentials, unverifiedCredentials } from './secure-channel.ts';

const deadlineMs = 20_000;

/**
 * Uses a token: makes a key in the folder, has it certified, and installs both. The secret is sent to no other than a controller whose root the token
 * pins. Cut short and asked again, it goes on with the key that it made. Throws FailureError: (refused) what the controller says,
 * `other-fleet`; (unreachable, `controller-unreachable`).
 */
export async function enroll(address: string, token: EnrolmentToken, folder: string, steps: FileSteps = fileSteps): Promise<HeldIdentity> {
  const root = await pinnedRoot(address, token.pin);
  const key = await pendingKey(folder, makeKey, steps);
  const request = await certificateRequest(token.identity, key);
  const { chainPem, rootsPem } = await asking<EnrollResponse__Output>(address, strangerCredentials(root), (client, done) =>
    client.enroll({ secret: token.secret, request }, { deadline: Date.now() + deadlineMs }, done),
  );
  await installIdentity(folder, { key, chain: chainPem, roots: rootsPem }, steps);
  return installed(folder);
}

/** Another key and certificate in the place of these. The old ones stay as they are until the new ones are durable. Throws as `enroll` does. */
export async function renew(address: string, held: HeldIdentity, folder: string, steps: FileSteps = fileSteps): Promise<HeldIdentity> {
  const key = makeKey();
  const request = await certificateRequest(held.identity, key);
  const { chainPem, rootsPem } = await asking<RenewResponse__Output>(address, clientCredentials(held), (client, done) =>
    client.renew({ request }, { deadline: Date.now() + deadlineMs }, done),
  );
  const named = certificateFacts(chainPem).identity;
  if (named === null || identityText(named) !== identityText(held.identity))
    throw fail(
      'refused',
      'other-identity',
      `the controller sent a certificate for another identity than ${identityText(held.identity)}; nothing was changed`,
    );
  await installIdentity(folder, { key, chain: chainPem, roots: rootsPem }, steps);
  return installed(folder);
}

/** The roots that this controller names, which everybody may ask for. Throws FailureError(unreachable, `controller-unreachable`). */
export async function askRoots(address: string, by: ChannelCredentials): Promise<readonly string[]> {
  const { rootsPem } = await asking<GetRootsResponse__Output>(address, by, (client, done) =>
    client.getRoots({}, { deadline: Date.now() + deadlineMs }, done),
  );
  return rootsPem;
}

/** Asked over a connection that proves nothing: what comes is compared with the pin, and all else is left out. */
async function pinnedRoot(address: string, pin: string): Promise<string> {
  const root = (await askRoots(address, unverifiedCredentials())).find((each) => {
    try {
      return pinOf(each) === pin;
    } catch {
      return false;
    }
  });
  if (root === undefined)
    throw fail(
      'refused',
      'other-fleet',
      `the controller at ${address} did not create this token: none of its root certificates matches the one pinned in the token; nothing was sent to it`,
    );
  return root;
}

function installed(folder: string): HeldIdentity {
  const held = readIdentity(folder);
  if (held === null) throw fail('internal', 'no-identity', `an identity was written to ${folder} and is not there`);
  return held;
}

type EnrolmentClient = InstanceType<typeof drydockV1.Enrolment>;

function asking<Answer>(
  address: string,
  by: ChannelCredentials,
  ask: (client: EnrolmentClient, done: (error: ServiceError | null, answer?: Answer) => void) => void,
): Promise<Answer> {
  const client = new drydockV1.Enrolment(address, by, secureClientOptions);
  return new Promise<Answer>((resolve, reject) => {
    ask(client, (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer);
      else reject(failureOf(error, address));
    });
  }).finally(() => (client as Client).close());
}

function failureOf(error: ServiceError | null, address: string): FailureError {
  const reported = error === null ? null : failureOfTrailer(error.metadata);
  if (reported !== null) return new FailureError(reported);
  const unreachable = error?.code === status.UNAVAILABLE || error?.code === status.DEADLINE_EXCEEDED;
  const text = `the controller at ${address} did not answer: ${error?.details ?? 'no response'}`;
  return new FailureError(
    failure(unreachable ? 'unreachable' : 'failed', unreachable ? 'controller-unreachable' : 'enrolment-failed', text),
  );
}
