/** One login for all that an agent asks of its instance: where each costs the server a hash of the password, its token is kept until it is refused. */
import type { DriverContext, InstanceSettings } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';

/** Code of FailureErrors: the server refuses the login that the settings give. */
export const loginRefused = 'login-refused';
/** A refused password is not tried again before: each try would cost the server as much as a login. */
const refusedMs = 15_000;

interface Login {
  /** null: none is needed. */
  readonly token: Promise<string | null>;
  /** A refusal counts until then. */
  readonly untilMs: number;
}

const logins = new WeakMap<InstanceSettings, Login>();

/** What is asked with a token. */
export interface WithLogin<A> {
  /** Returns the token; null: the server wants none. */
  logIn(): Promise<string | null>;
  ask(token: string | null): Promise<A>;
  /** The answer to a token that is not known any more. */
  isStale(answer: A): boolean;
}

/** The answer; where the token was stale, that to a new one. Throws what the login throws: `login-refused`. */
export async function askWithLogin<A>(context: DriverContext, { logIn, ask, isStale }: WithLogin<A>): Promise<A> {
  const first = await currentLogin(context, logIn);
  const answer = await ask(await first.token);
  if (!isStale(answer)) return answer;
  if (logins.get(context.settings) === first) logins.delete(context.settings);
  return ask(await (await currentLogin(context, logIn)).token);
}

/** All who ask at the same time wait for the same login. */
async function currentLogin({ settings, clock }: DriverContext, logIn: () => Promise<string | null>): Promise<Login> {
  const known = logins.get(settings);
  if (known !== undefined && (await stands(known, clock.monotonicMs()))) return known;
  const before = logins.get(settings);
  // Another call that waited beside this one may have logged in meanwhile.
  if (before !== undefined && before !== known) return before;
  const login: Login = { token: logIn(), untilMs: clock.monotonicMs() + refusedMs };
  logins.set(settings, login);
  login.token.catch(() => undefined);
  return login;
}

/** A token stands until a server refuses it; a refused password for a while; a server that did not answer not at all. */
async function stands({ token, untilMs }: Login, nowMs: number): Promise<boolean> {
  return token.then(
    () => true,
    (thrown) => toFailure(thrown).code === loginRefused && nowMs < untilMs,
  );
}
