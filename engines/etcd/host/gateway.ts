/**
 * What a member answers over HTTP: its versions and whether it is healthy; and, with password authentication, what is asked often. There every call of
 * etcdctl would log in anew, and each login costs the member a bcrypt hash, so that goes over the member's gateway with one token for all probes of this
 * agent. A token is good at every member until it expires or the member that knows it restarts. Who has no password here asks with the tools.
 */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { FailureError, fail, toFailure } from '../../../common/failure.ts';
import { passwordIn } from '../../kit/host/connection.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import { askHttp, askTool, type HttpAnswer, type HttpQuestion } from '../../kit/host/http.ts';
import { askWithLogin, loginRefused } from '../../kit/host/login.ts';
import { parserOf } from '../../kit/pure/big-json.ts';
import { connectionOf } from '../connection.ts';
import type { VersionsSeen } from '../probe.ts';
import { tools } from '../tools.ts';

/** A busy member may take this long to hash a password; no single question waits for it twice. */
const loginMs = 10_000;

/** Of FailureErrors: this member serves no gateway. */
const noGateway = 'no-gateway';

/** Throws FailureError: `not-listening`, `no-answer`. */
export function askVersions(context: DriverContext): Promise<VersionsSeen> {
  const { httpEndpoint, ...tls } = connectionOf(context.settings);
  return askTool(context, 'versions', tools.versions, httpEndpoint, { tls });
}

/** A read that a quorum agreed to. Empty: healthy; else the reason. `passing`: alarms that do not count here. */
export async function askHealth(context: DriverContext, passing: readonly string[] = []): Promise<string> {
  const { get, parse } = tools.health;
  const { httpEndpoint } = connectionOf(context.settings);
  const query = passing.map((alarm) => `exclude=${alarm}`).join('&');
  const path = query === '' ? get : `${get}?${query}`;
  const { body, status } = await context.tool('health', (during) => ask(during, httpEndpoint, path), { of: query });
  return parse(body) ?? `GET ${get} returned ${status} in an unknown format`;
}

function ask(context: DriverContext, base: string, path: string, asked: HttpQuestion = {}): Promise<HttpAnswer> {
  return askHttp(context, base, path, { tls: connectionOf(context.settings), ...asked });
}

/**
 * What a member answers to one call of its gateway, as JSON text; null: there is no password to log in with, or no gateway, so that the tools have to be
 * asked. Throws FailureError: `no-answer`, `login-refused`, `not-listening`.
 */
export async function askGateway(context: DriverContext, endpoint: string, path: string, body: object): Promise<string | null> {
  if (connectionOf(context.settings).user === undefined) return null;
  try {
    const answer = await askWithLogin(context, {
      logIn: () => logIn(context, endpoint),
      ask: (token) => ask(context, endpoint, path, { body: JSON.stringify(body), headers: token === null ? {} : { authorization: token } }),
      // The token is not known there any more, or users were changed since.
      isStale: (first) => /invalid auth token|revision of auth store is old|user name is empty/.test(complaintIn(first) ?? ''),
    });
    const complaint = complaintIn(answer);
    if (complaint !== null) throw refusal(context, complaint, endpoint);
    return answer.body;
  } catch (thrown) {
    if (toFailure(thrown).code === noGateway) return null;
    throw thrown;
  }
}

const parseToken = parserOf(z.object({ token: z.string().min(1) }));

/** At this member, or where it does not listen, at the one that is to be asked. Returns null where authentication is off. */
async function logIn(context: DriverContext, endpoint: string): Promise<string | null> {
  const { user, passwordFile, endpoint: own } = connectionOf(context.settings);
  const body = JSON.stringify({ name: user, password: await passwordIn(context, passwordFile) });
  const at = (base: string) => ask(context, base, '/v3/auth/authenticate', { body, limitMs: loginMs });
  const answer = await at(own).catch((thrown: unknown) => {
    if (!(thrown instanceof FailureError) || endpoint === own) throw thrown;
    return at(endpoint);
  });
  const complaint = complaintIn(answer);
  if (complaint?.includes('authentication is not enabled') === true) return null;
  if (complaint !== null) throw refusal(context, complaint);
  const token = parseToken(answer.body)?.token;
  if (token !== undefined) return token;
  throw failed(context, 'no-answer', 'its answer to a login has an unknown format');
}

const parseError = parserOf(z.object({ error: z.string().default(''), message: z.string().default('') }));

/** What was wrong by the member's own words; null: nothing. */
function complaintIn({ status, body }: HttpAnswer): string | null {
  if (status === 200) return null;
  if (status === 404) throw fail('failed', noGateway, 'the member does not serve the gRPC gateway (--enable-grpc-gateway=false)');
  const error = parseError(body);
  return error?.message || error?.error || `HTTP status ${status}`;
}

/** What a member, asked with or without a login, complains of; what is wrong with the login is named by the setting that mends it. */
export function refusal(context: DriverContext, complaint: string, endpoint?: string): FailureError {
  const { user, endpoint: own } = connectionOf(context.settings);
  const login = (what: string, mend: string) => refused(context, loginRefused, `${what} (${complaint}): ${mend}`);
  const mend = "correct connection.user, or the password in connection.passwordFile, in the agent's settings";
  const set = "set connection.user and connection.passwordFile in the agent's settings";
  const isRefused = /invalid user ID or password|authentication failed/.test(complaint);
  if (user === undefined && (isRefused || /user name is empty|invalid auth token|permission denied|not authenticated/.test(complaint)))
    return login('authentication is on and the agent has no login', set);
  if (isRefused) return login(`the member refuses the login of ${user}`, mend);
  if (/permission denied/.test(complaint)) return login(`user ${user} lacks the permission`, 'grant it the root role');
  return fail('unreachable', 'no-answer', `${endpoint ?? own} does not answer: ${complaint}`, { remedy: 'retry' });
}
