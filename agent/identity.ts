/** Who this host is to its controller: the folder that `drydock-agent enroll` filled, read for each connection, and renewed while the agent lives. */
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Clock, Timer } from '../common/clock.ts';
import { fail, toFailure } from '../common/failure.ts';
import { renewAtMs, standing } from '../common/identity/certificates.ts';
import { type HeldIdentity, readIdentity } from '../common/identity/identity-folder.ts';
import type { Log } from '../common/log.ts';
import type { clientOptions } from '../proto/channel.ts';
import { clientCredentials, secureClientOptions } from '../proto/secure-channel.ts';
import type { AgentSettings } from './settings.ts';

export interface DialledBy {
  readonly credentials: ChannelCredentials;
  readonly options: typeof clientOptions;
}

type IdentitySettings = Pick<AgentSettings, 'host' | 'controller' | 'identityDir'>;

/**
 * What to dial the controller with. Throws FailureError(refused): `not-enrolled`, `certificate-expired`, `other-host`; and what is wrong with the
 * identity's files.
 */
export function dialledBy({ host, identityDir }: Pick<IdentitySettings, 'host' | 'identityDir'>, nowMs: number): DialledBy {
  const held = readIdentity(identityDir);
  if (held === null)
    throw fail(
      'refused',
      'not-enrolled',
      `host ${host} is not enrolled: run drydock token create --host ${host}, then drydock-agent enroll here`,
    );
  requireHost(held, host, identityDir);
  if (standing(held, nowMs) === 'expired')
    throw fail(
      'refused',
      'certificate-expired',
      `the certificate of host ${host} expired at ${new Date(held.notAfterMs).toISOString()}: run drydock token create --host ${host}, then drydock-agent enroll here`,
    );
  return { credentials: clientCredentials(held), options: secureClientOptions };
}

function requireHost({ identity }: HeldIdentity, host: string, folder: string): void {
  if (identity.class === 'agent' && identity.name === host) return;
  throw fail(
    'refused',
    'other-host',
    `the certificate in ${folder} is of ${identity.class} ${identity.name}, but host in the settings is ${host}: correct it, or enroll again`,
  );
}

export interface RenewalParts {
  readonly settings: IdentitySettings;
  readonly clock: Clock;
  /** 0 to 1: a fleet that was enrolled at once does not renew at once. */
  readonly random: () => number;
  readonly log: Log;
}

/** Looked at this often; far more seldom than a certificate could end, far more often than a third of its life. */
const checkEveryMs = 10 * 60_000;

/** Renews the certificate from two thirds of its life on, for as long as it takes. Ends when called back. */
export function keepRenewed({ settings, clock, random, log }: RenewalParts): () => void {
  let timer: Timer;
  let over = false;
  const check = async () => {
    try {
      const held = readIdentity(settings.identityDir);
      if (held !== null && standing(held, clock.wallMs()) === 'due') {
        const { renew } = await import('../proto/enrolling.ts');
        const { notAfterMs } = await renew(settings.controller, held, settings.identityDir);
        log.info({ until: new Date(notAfterMs).toISOString() }, 'the certificate of this host was renewed');
      }
    } catch (thrown) {
      log.warn({ reason: toFailure(thrown).message }, 'the certificate of this host could not be renewed; retrying');
    }
    if (!over) wait();
  };
  const wait = () => {
    timer = clock.after(nextCheckMs(settings, clock.wallMs(), random()), () => void check());
  };
  wait();
  return () => {
    over = true;
    timer.cancel();
  };
}

/** Never later than when it is due, and a little after that: short lives are looked at more often. */
function nextCheckMs({ identityDir }: IdentitySettings, nowMs: number, random: number): number {
  const jittered = checkEveryMs * (0.5 + random / 2);
  try {
    const held = readIdentity(identityDir);
    if (held === null) return jittered;
    const untilDueMs = renewAtMs(held) - nowMs;
    // Due already, and it did not work: again soon, but not sooner than a tenth of what is left.
    const soonMs = untilDueMs > 0 ? untilDueMs : Math.max(1_000, (held.notAfterMs - nowMs) / 10);
    return Math.min(jittered, soonMs);
  } catch {
    return jittered;
  }
}

/** Uses a token for this host. Throws FailureError(refused, `other-host`) for one of another, and what the controller says. */
export async function enrollHost(settings: IdentitySettings, tokenText: string): Promise<HeldIdentity> {
  const { parseToken } = await import('../common/identity/token.ts');
  const token = parseToken(tokenText);
  if (token.identity.class !== 'agent' || token.identity.name !== settings.host)
    throw fail(
      'refused',
      'other-host',
      `the token is for ${token.identity.class} ${token.identity.name}, but host in the settings is ${settings.host}: create a token for this host`,
    );
  const { enroll } = await import('../proto/enrolling.ts');
  return enroll(settings.controller, token, settings.identityDir);
}
