/**
 * The half of an engine that acts, as a form: `defineDriver` in `<engine>/driver.ts` derives the driver from it. It looks, proves and does; what
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

type HostQuestion<S> = Question<S> & { readonly context: DriverContext };

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
 * What an engine says of itself. `T`: its check table, `S`: the look that answers ask by. All other members are those of a driver
 * (`common/driver.ts`): engine, alive, quiesce, and where it has any verbs, jobs, settings, config, snapshots, logFiles …
 */
export interface DriverForm<T, S> extends Omit<Driver, Derived> {
  readonly checks: T;
  readonly tools: Tools;
  /** Throws FailureError(usage) naming the field when the connection settings are malformed. */
  connectionOf(settings: DriverContext['settings']): unknown;
  /** One look: whatever is asked for is asked once, and checks share the answers. Nothing is asked before somebody wants to know. */
  look(context: DriverContext): S;
  /** Throws FailureError when the server does not answer. */
  observed(seen: S): Promise<Observed>;
  /** What one that does not answer as a whole still tells of itself; left out: nothing. */
  observedInPart?(seen: S): Promise<Partial<Observed>>;
  /** The name that the settings give the member, and what to correct where the server calls itself otherwise: `connection.memberName, or endpoint`. */
  expectedName(context: DriverContext): { readonly name: string | null; readonly correct: string };
  /** `maintenance`: steps may ask for it. Throws FailureError when the server does not answer: then it can nothing. */
  capable(seen: S): Promise<readonly string[]>;
  /** Checks that the table leaves to the host. */
  readonly answers: { readonly [Id in HostAnswered<T>]: (question: HostQuestion<S>) => Promise<Answer> };
  readonly release: ReleaseForm;
  /** Process that still holds the data directory; null: none does. */
  holder(context: DriverContext): Promise<number | null>;
  /** Anything that the running server answers: throws `not-listening` when nothing listens. */
  answersAtAll(context: DriverContext): Promise<unknown>;
  /** What makes the stop short, while it serves: not asked for where nothing listens. */
  shorten(context: DriverContext): Promise<void>;
  /** Whether the started server accepts work and reports this version. What it throws is a no. */
  accepts(context: DriverContext, expectVersion: string): Promise<Answer>;
}

export function defineDriver<T extends Checks<S, never>, S>(form: DriverForm<T, S>): Driver {
  const { checks, tools, connectionOf, look, observed, observedInPart, expectedName, capable, answers, release, holder, ...own } = form;
  const { answersAtAll, shorten, accepts, ...rest } = own;
  const byHost: Readonly<Record<string, (question: HostQuestion<S>) => Promise<Answer>>> = answers;

  /** Never throws for the world's faults. */
  const answered = async (context: DriverContext, seen: S, { check, expect }: Guard): Promise<Finding> => {
    const rule = Object.hasOwn(checks, check) ? checks[check]?.answer : undefined;
    const answer = rule === 'host' ? byHost[check] : rule;
    if (answer === undefined) return { check, ok: null, detail: `the ${form.engine} driver knows no check ${check}` };
    const { currentRelease } = context;
    return finding(context, check, null, async () =>
      answer({ context, seen, expect: expect ?? null, release: currentRelease === null ? null : basename(currentRelease) }),
    );
  };

  const observe = async (context: DriverContext, wanted: readonly string[]): Promise<EngineObservation> => {
    const seen = look(context);
    const onDiskVersion = await onDiskVersionOf(context, release);
    const expected = expectedName(context);
    try {
      const { name, ...server } = await observed(seen);
      const findings = await Promise.all(wanted.map((check) => answered(context, seen, { check })));
      if (name === null || expected.name === null || name === expected.name)
        return { ...server, memberId: name ?? expected.name, onDiskVersion, findings };
      // The server's own word counts; settings that say otherwise leave the node without a name, so that nothing is done to it.
      const detail = `the server calls itself ${name}, the agent's settings say ${expected.name}: correct ${expected.correct}`;
      return { ...server, memberId: null, onDiskVersion, findings: [...findings, { check: 'member-id', ok: false, detail }] };
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      const reason = toFailure(thrown).message;
      const silent = { databaseId: null, runningVersion: null, format: null, role: null, inService: false, peers: [] };
      const findings = wanted.map((check): Finding => ({ check, ok: null, detail: reason }));
      const { name: _, ...part } = (await observedInPart?.(seen)) ?? {};
      return { ...silent, ...part, memberId: expected.name, onDiskVersion, findings, detail: { state: 'unreachable', reason } };
    }
  };

  return {
    ...rest,
    // What cannot be asked is a sign, too: another one than that of a server that answers.
    alive: (context) => form.alive(context).catch((thrown: unknown) => toFailure(thrown).code),
    checks: askedIds<S, never>(checks),
    tools: callsOf(tools),
    parseSettings: (settings) => void connectionOf(settings),
    async capabilities(context) {
      try {
        return await capable(look(context));
      } catch (thrown) {
        if (thrown instanceof FailureError) return [];
        throw thrown;
      }
    },
    observe,
    check: (context, guard) => answered(context, look(context), guard),
    inspectBundle: (context, releaseDir) => inspect(context, release, releaseDir),
    async quiesce(context) {
      try {
        await answersAtAll(context);
      } catch (thrown) {
        // Nothing serves: there is nothing to make short. The stop proves it.
        if (toFailure(thrown).code === notListening) return;
        throw thrown;
      }
      await shorten(context);
    },
    async stopped(context) {
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
    },
    ready: (context, expectVersion) => finding(context, 'ready', false, () => accepts(context, expectVersion)),
  };
}
