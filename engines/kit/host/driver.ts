/**
 * The half of an engine that acts, as a form: `defineDriver` in `<engine>/driver.ts` derives the driver from it. It probes, proves and does; what
 * follows for a run the other half decides (`kit/pure/engine.ts`), by the same check table.
 */
import { basename } from 'node:path';
import type { Driver, DriverContext, EngineObservation } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { FailureError, toFailure } from '../../../common/failure.ts';
import type { Guard } from '../../../common/orders.ts';
import { type Answer, askedIds, type Checks, type HostAnswered, type Question } from '../pure/checks.ts';
import { callsOf, type Tools } from '../pure/tools.ts';
import { finding, notListening } from './asking.ts';
import { inspect, onDiskVersionOf, type ReleaseForm } from './release.ts';

/** What a server that answers was seen to be. */
export interface Observed {
  readonly databaseId: string | null;
  /** Its own name; null: it has not been given any. */
  readonly name: string | null;
  readonly runningVersion: string | null;
  readonly format: string | null;
  readonly role: string | null;
  readonly inService: boolean;
  readonly peers: EngineObservation['peers'];
  readonly capabilities?: readonly string[];
  /** As the schema of its facts has it. */
  readonly detail: EngineObservation['detail'];
}

export type HostQuestion<S> = Question<S> & { readonly context: DriverContext };
type HostAnswer<S> = (question: HostQuestion<S>) => Promise<Answer>;

/** For whom it probes, and what they want to know besides. */
export interface Asked {
  readonly context: DriverContext;
  readonly checks: readonly string[];
}

/** Checks that are asked together. */
export interface Inquiries {
  readonly checks: readonly string[];
  /** Never throws for the world's faults. */
  ask(context: DriverContext, checks: readonly string[]): Promise<readonly Finding[]>;
}

/** Members of a driver that the kit derives. */
type Derived =
  | 'checks'
  | 'tools'
  | 'parseSettings'
  | 'capabilities'
  | 'observe'
  | 'check'
  | 'inspectBundle'
  | 'quiesce'
  | 'stopped'
  | 'ready';

/**
 * What an engine says of itself. `T`: its check table, `S`: the probe that answers ask by. All other members are those of a driver
 * (`common/driver.ts`): engine, alive, quiesce, and where it has any verbs, jobs, settings, config, snapshots, logFiles …
 */
export interface DriverForm<T, S> extends Omit<Driver, Derived> {
  readonly checks: T;
  readonly tools: Tools;
  /** Throws FailureError(usage) naming the field when the connection settings are malformed. */
  connectionOf(settings: DriverContext['settings']): unknown;
  /** One probe: whatever is asked for is asked once, and checks share the answers. Nothing is asked before somebody wants to know. */
  sight(context: DriverContext): S;
  /** Throws FailureError when the server does not answer. */
  observed(seen: S, asked: Asked): Promise<Observed>;
  /** What one that does not answer as a whole still tells of itself, or what lies on its host; left out: nothing. */
  observedInPart?(seen: S, asked: Asked): Promise<Partial<Observed>>;
  /** The name that the settings give the member, and what to correct where the server calls itself otherwise: `connection.memberName, or endpoint`. */
  expectedName(context: DriverContext): { readonly name: string | null; readonly correct: string };
  /** `maintenance`: steps may ask for it. Throws FailureError when the server does not answer: then it can nothing. */
  capable(seen: S): Promise<readonly string[]>;
  /** Checks that the table leaves to the host. */
  readonly answers: { readonly [Id in HostAnswered<T>]: HostAnswer<S> };
  /** Checks outside the table; left out: there are none. */
  readonly inquiries?: Inquiries;
  readonly release: ReleaseForm;
  /** Process that still holds the data directory; null: none does. */
  holder(context: DriverContext): Promise<number | null>;
  /** Anything that the running server answers: throws `not-listening` when nothing listens. */
  answersAtAll(context: DriverContext): Promise<unknown>;
  /** What makes the stop short, while it serves: not asked for where nothing listens. */
  shorten(context: DriverContext): Promise<void>;
  /** Whether the started server accepts work and reports this version. What it throws is a no. */
  accepts(context: DriverContext, expectVersion: string): Promise<Answer>;
  /** Where it is like no other. */
  readonly shape?: Partial<Pick<Driver, Derived>>;
}

/** Each of these answers is a call of this tool, for one asker alone: two probes may have seen different things before. */
export function throughTool<S, Id extends string>(tool: string, answers: Readonly<Record<Id, HostAnswer<S>>>): typeof answers {
  const asked = Object.entries<HostAnswer<S>>(answers).map(([id, answer]) => {
    const ask: HostAnswer<S> = (question) =>
      question.context.tool(tool, (during) => answer({ ...question, context: during }), { of: `${id} ${question.expect}`, alone: true });
    return [id, ask] as const;
  });
  return Object.fromEntries(asked) as typeof answers;
}

/** Verification that nothing of the instance runs any more. */
export async function stoppedBy(
  { holder, answersAtAll }: Pick<DriverForm<never, never>, 'holder' | 'answersAtAll'>,
  context: DriverContext,
) {
  const check = 'stopped';
  const pid = await holder(context);
  if (pid !== null) return { check, ok: false, detail: `process ${pid} still holds ${context.settings.dataDir}` };
  try {
    await answersAtAll(context);
    return { check, ok: false, detail: 'it still answers' };
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    return { check, ok: code === notListening, detail: message };
  }
}

export function defineDriver<T extends Checks<S, never>, S>(form: DriverForm<T, S>): Driver {
  const { checks, tools, connectionOf, sight, observed, observedInPart, expectedName, capable, answers, release, holder, ...own } = form;
  const { answersAtAll, shorten, accepts, inquiries, shape, ...rest } = own;
  const byHost: Readonly<Record<string, HostAnswer<S>>> = answers;

  /** Never throws for the world's faults. */
  const answered = async (context: DriverContext, seen: S, { check, expect }: Guard): Promise<Finding> => {
    const rule = Object.hasOwn(checks, check) ? checks[check]?.answer : undefined;
    const answer = rule === 'host' ? byHost[check] : rule;
    if (answer === undefined) return { check, ok: null, detail: `the ${form.engine} driver has no check ${check}` };
    const { currentRelease } = context;
    return finding(context, check, null, async () =>
      answer({ context, seen, expect: expect ?? null, release: currentRelease === null ? null : basename(currentRelease) }),
    );
  };

  const observe = async (context: DriverContext, wanted: readonly string[]): Promise<EngineObservation> => {
    const seen = sight(context);
    const onDiskVersion = await onDiskVersionOf(context, release);
    const expected = expectedName(context);
    const asked: Asked = { context, checks: wanted };
    try {
      const { name, ...server } = await observed(seen, asked);
      const together = wanted.filter((check) => inquiries?.checks.includes(check) === true);
      const inquired = together.length === 0 ? [] : ((await inquiries?.ask(context, together)) ?? []);
      const single = wanted.filter((check) => !together.includes(check));
      const findings = [...(await Promise.all(single.map((check) => answered(context, seen, { check })))), ...inquired];
      if (name === null || expected.name === null || name === expected.name)
        return { ...server, memberId: name ?? expected.name, onDiskVersion, findings };
      // The server's own word counts; settings that say otherwise leave the node without a name, so that nothing is done to it.
      const detail = `the server's name is ${name}, in the agent's settings it is ${expected.name}: correct ${expected.correct}`;
      return { ...server, memberId: null, onDiskVersion, findings: [...findings, { check: 'member-id', ok: false, detail }] };
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      const reason = toFailure(thrown).message;
      const silent = { databaseId: null, runningVersion: null, format: null, role: null, inService: false, peers: [] };
      const atRest = async (check: string): Promise<Finding> =>
        checks[check]?.atRest === true ? answered(context, seen, { check }) : { check, ok: null, detail: reason };
      const findings = await Promise.all(wanted.map(atRest));
      const { name = null, detail, ...part } = (await observedInPart?.(seen, asked)) ?? {};
      const known = { memberId: expected.name ?? name, onDiskVersion, findings, detail: { state: 'unreachable', reason, ...detail } };
      return { ...silent, ...part, ...known };
    }
  };

  return {
    ...rest,
    // What cannot be asked is a sign, too: another one than that of a server that answers.
    alive: (context) => form.alive(context).catch((thrown: unknown) => toFailure(thrown).code),
    checks: [...askedIds<S, never>(checks), ...(inquiries?.checks ?? [])],
    tools: callsOf(tools),
    parseSettings: (settings) => void connectionOf(settings),
    async capabilities(context) {
      try {
        return await capable(sight(context));
      } catch (thrown) {
        if (thrown instanceof FailureError) return [];
        throw thrown;
      }
    },
    observe,
    async check(context, guard) {
      const [inquired] = inquiries?.checks.includes(guard.check) === true ? await inquiries.ask(context, [guard.check]) : [];
      return inquired ?? answered(context, sight(context), guard);
    },
    inspectBundle: (context, releaseDir, config) => inspect(context, release, releaseDir, config ?? null),
    async quiesce(context) {
      try {
        await answersAtAll(context);
        await shorten(context);
      } catch (thrown) {
        // Nothing serves, or it goes down already: there is nothing to make short. The stop proves it.
        if (toFailure(thrown).code === notListening || ((await form.shutdownWaitsFor?.(context)) ?? null) !== null) return;
        throw thrown;
      }
    },
    stopped: (context) => stoppedBy({ holder, answersAtAll }, context),
    ready: (context, expectVersion) => finding(context, 'ready', false, () => accepts(context, expectVersion)),
    ...shape,
  };
}
