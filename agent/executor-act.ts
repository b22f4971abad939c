/** Verbs and settings: what only the engine's driver can do. Each is repeatable; what an engine has nothing of is refused. */

import type { VerbCall } from '../common/driver.ts';
import type { Finding } from '../common/facts.ts';
import { toFailure } from '../common/failure.ts';
import { contextOf } from './facts.ts';
import { type BodyOf, deadlinePassed, type Ending, leftMs, type OrderRun, unknownWord } from './order-run.ts';
import { within } from './within.ts';

/** `once` verbs whose outcome is unknown end as interrupted: a person looks. */
export async function carryOutAct(run: OrderRun, body: BodyOf<'act'>): Promise<Ending> {
  const { verbs } = run.instance.driver;
  if (verbs === undefined) return unknownWord(run, `the verb ${body.verb}`);
  const context = await contextOf(run, run.instance);
  try {
    const acted = await inTime(run, body.verb, (signal) => verbs.act({ ...context, signal }, callOf(body)));
    return { outcome: 'done', findings: [], ...(acted.token === null ? {} : { token: acted.token }) };
  } catch (thrown) {
    const trouble = toFailure(thrown);
    if (run.order.repeat === 'convergent' || trouble.class === 'refused') throw thrown;
    const finding = await verbs.acted(context, callOf(body));
    if (finding.ok === true) return { outcome: 'done', findings: [finding] };
    if (finding.ok === false) throw thrown;
    return { outcome: 'interrupted', failure: trouble, findings: [finding] };
  }
}

/** After a restart of the agent: what a `once` verb came to, as far as it can be seen. null: unknown, or it was not done. */
export async function seenActed(run: OrderRun, body: BodyOf<'act'>): Promise<Finding | null> {
  const { verbs } = run.instance.driver;
  if (verbs === undefined) return null;
  const finding = await verbs.acted(await contextOf(run, run.instance), callOf(body));
  return finding.ok === true ? finding : null;
}

const callOf = ({ verb, args, token }: BodyOf<'act'>): VerbCall => ({ verb, args, token: token ?? null });

export async function carryOutSet(run: OrderRun, body: BodyOf<'set'>): Promise<Ending> {
  const { settings } = run.instance.driver;
  if (settings?.keys.includes(body.key) !== true) return unknownWord(run, `the setting ${body.key}`);
  const context = await contextOf(run, run.instance);
  const effect = await inTime(run, `set ${body.key}`, (signal) => settings.set({ ...context, signal }, body.key, body.value));
  return { outcome: 'done', findings: [], effects: [body.scope === 'cluster' ? { ...effect, scope: 'cluster' } : effect] };
}

/** The effect comes back turned round: what was set is put away, what was there before is there again. */
export async function carryOutUnset(run: OrderRun, body: BodyOf<'unset'>): Promise<Ending> {
  const { settings } = run.instance.driver;
  if (settings?.keys.includes(body.key) !== true) return unknownWord(run, `the setting ${body.key}`);
  const { effect } = body;
  if (effect === null) return { outcome: 'done', findings: [] };
  const context = await contextOf(run, run.instance);
  const finding = await inTime(run, `put ${body.key} back`, (signal) => settings.unset({ ...context, signal }, effect));
  return { outcome: 'done', findings: [finding], effects: [{ ...effect, prior: effect.set, set: effect.prior }] };
}

/** Work that outlasts the order is told so: what still waits then must not act any more. */
export async function inTime<T>(run: OrderRun, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const answer = await within(
    run.clock,
    leftMs(run),
    work(AbortSignal.any([run.signal, over.signal])).then((value) => ({ value })),
  );
  if (answer !== null) return answer.value;
  over.abort();
  throw deadlinePassed(run, what);
}
