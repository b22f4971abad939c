/**
 * With password authentication every call of etcdctl logs in anew, and each login costs the member a bcrypt hash. So what is asked often goes
 * over the member's HTTP gateway instead, with one token for all looks of this agent. A token is good at every member until it expires or the
 * member that knows it restarts; then it is replaced once. Who has no password here asks with the tools, where a login costs nothing.
 */
import { z } from 'zod';
import type { DriverContext, InstanceSettings } from '../../../common/driver.ts';
import { FailureError, fail, toFailure } from '../../../common/failure.ts';
import { parseBigJson } from '../big-json.ts';
import { type Answer, askOver } from './http.ts';
import { type ConnectionSettings, connectionOf } from './settings.ts';

/** A busy member may take this long to hash a password; no single question waits for it twice. */
const loginMs = 10_000;
const answerMs = 3_000;
/** A refused password is not tried again before: each try would cost the member as much as a login. */
const refusedMs = 15_000;

/** Of FailureErrors: this member serves no gateway, so the tools have to be asked. */
export const noGateway = 'no-gateway';

interface Login {
  /** null: authentication is off. */
  readonly token: Promise<string | null>;
  /** A refusal counts until then. */
  readonly untilMs: number;
}

const logins = new WeakMap<InstanceSettings, Login>();

/** There is a password to log in with. */
export function logsIn({ settings }: DriverContext): boolean {
  return connectionOf(settings).user !== undefined;
}

/** What a member answers to one call of its gateway, as JSON text. Throws FailureError: `no-gateway`, `no-answer`, `login-refused`, `not-listening`. */
export async function askWithLogin(context: DriverContext, endpoint: string, path: string, body: object): Promise<string> {
  const ask = (token: string | null): Promise<Answer> => {
    const headers: Record<string, string> = token === null ? {} : { authorization: token };
    return askOver(context, endpoint, path, { body: JSON.stringify(body), headers, limitMs: answerMs });
  };
  const first = await currentLogin(context, endpoint);
  const answer = await ask(await first.token);
  const complaint = complaintIn(answer);
  if (complaint === null) return answer.body;
  if (!isStale(complaint)) throw refusal(context, complaint, endpoint);
  if (logins.get(context.settings) === first) logins.delete(context.settings);
  const second = await ask(await (await currentLogin(context, endpoint)).token);
  const again = complaintIn(second);
  if (again !== null) throw refusal(context, again, endpoint);
  return second.body;
}

/** All who ask at the same time wait for the same login. */
async function currentLogin(context: DriverContext, endpoint: string): Promise<Login> {
  const { settings, clock } = context;
  const known = logins.get(settings);
  if (known !== undefined && (await stands(known, clock.monotonicMs()))) return known;
  const before = logins.get(settings);
  // Whoever waited beside this one may have logged in meanwhile.
  if (before !== undefined && before !== known) return before;
  const login: Login = { token: logIn(context, endpoint), untilMs: clock.monotonicMs() + refusedMs };
  logins.set(settings, login);
  login.token.catch(() => undefined);
  return login;
}

/** A token stands until a member refuses it; a refused password for a while; a member that did not answer not at all. */
async function stands({ token, untilMs }: Login, nowMs: number): Promise<boolean> {
  return token.then(
    () => true,
    (thrown) => toFailure(thrown).code === loginRefused && nowMs < untilMs,
  );
}

const loginRefused = 'login-refused';
const tokenSchema = z.object({ token: z.string().min(1) });

/** At this member, or where it does not listen, at the one that is to be asked. */
async function logIn(context: DriverContext, endpoint: string): Promise<string | null> {
  const connection = connectionOf(context.settings);
  const body = JSON.stringify({ name: connection.user, password: await passwordOf(context, connection) });
  const at = (base: string) => askOver(context, base, '/v3/auth/authenticate', { body, headers: {}, limitMs: loginMs });
  const answer = await at(connection.endpoint).catch((thrown: unknown) => {
    if (!(thrown instanceof FailureError) || endpoint === connection.endpoint) throw thrown;
    return at(endpoint);
  });
  const complaint = complaintIn(answer);
  if (complaint?.includes('authentication is not enabled') === true) return null;
  if (complaint !== null) throw refusal(context, complaint);
  const parsed = tokenSchema.safeParse(parseBigJson(answer.body));
  if (parsed.success) return parsed.data.token;
  throw fail('failed', 'no-answer', `${context.settings.instance}: what it answers to a login is of no known form`);
}

async function passwordOf({ host, settings }: DriverContext, { passwordFile }: ConnectionSettings): Promise<string> {
  const text = passwordFile === undefined ? null : await host.readText(passwordFile);
  if (text !== null) return text.split('\n')[0] ?? '';
  throw fail('failed', 'no-password', `${settings.instance}: the password file ${passwordFile ?? ''} is not there`);
}

const errorSchema = z.object({ error: z.string().default(''), message: z.string().default('') });

/** What was wrong by the member's own words; null: nothing. */
function complaintIn({ status, body }: Answer): string | null {
  if (status === 200) return null;
  if (status === 404) throw fail('failed', noGateway, 'the member serves no gateway (--enable-grpc-gateway=false)');
  const parsed = errorSchema.safeParse(parseBigJson(body));
  return (parsed.success && (parsed.data.message || parsed.data.error)) || `HTTP status ${status}`;
}

/** The token is not known there any more, or users were changed since. */
function isStale(complaint: string): boolean {
  return /invalid auth token|revision of auth store is old|user name is empty/.test(complaint);
}

/** What a member, asked with or without a login, complains of; what is wrong with the login is named by the setting that mends it. */
export function refusal({ settings }: DriverContext, complaint: string, endpoint?: string): FailureError {
  const { user, endpoint: own } = connectionOf(settings);
  const about = `${settings.instance}: `;
  if (/invalid user ID or password|authentication failed/.test(complaint))
    return fail(
      'refused',
      loginRefused,
      `${about}the member refuses the login of ${user ?? 'nobody'} (${complaint}): correct connection.user, or the password in connection.passwordFile, in the agent's settings`,
    );
  if (user === undefined && /user name is empty|invalid auth token|permission denied|not authenticated/.test(complaint))
    return fail(
      'refused',
      loginRefused,
      `${about}authentication is on and the agent has no login (${complaint}): set connection.user and connection.passwordFile in the agent's settings`,
    );
  if (/permission denied/.test(complaint))
    return fail('refused', loginRefused, `${about}user ${user} may not ask this (${complaint}): grant it the role root`);
  return fail('unreachable', 'no-answer', `${endpoint ?? own} does not answer: ${complaint}`, { remedy: 'retry' });
}
