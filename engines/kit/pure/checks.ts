/**
 * The check table of an engine: each check stands in it once, with where it is used, how a refusal by it ends, how a host answers it and what it
 * finds wrong in the facts of a cluster. From the table come the ids that agents announce, the prechecks, the guards of a stop, the findings to ask
 * for, and what can refuse a plan, each in the order of the table. PURE.
 */
import type { Guard } from '../../../common/orders.ts';
import type { Problem } from '../../../common/procedure.ts';
import type { TurnInput } from '../../../common/shape-forms.ts';
import type { Scene } from './scene.ts';

/** true: so it is; null: nothing can tell, which never counts as good. The sentence says what was seen. */
export type Answer = readonly [ok: boolean | null, detail: string];

/** A check as one host is asked it. `S`: the probe of its driver, by which an answer asks what it needs. */
export interface Question<S> {
  readonly seen: S;
  /** What guard or condition name: a role, a version, a member; null: nothing. */
  readonly expect: string | null;
  /** Name of the activated release's folder; null: none is. */
  readonly release: string | null;
}

/** Something wrong that the facts tell. */
export interface Wrong {
  /** Instance, or cluster. */
  readonly subject: string;
  /** What is wrong, and what to do. */
  readonly detail: string;
  /** Where this one differs from what the check says of all. */
  readonly severity?: 'warn';
  readonly clears?: Problem['clears'];
}

/** true: in every turn; else by the turn: `false`: not in this one, a text: what the check has to find there, a list: it is asked for each of them. */
export type GuardRule = true | ((turn: TurnInput) => boolean | string | readonly string[]);

export interface Check<S, F> {
  /** How a host answers: by what its driver sees, or `host`: as the driver's own `answers` say. Left out: no host is asked, the facts tell. */
  readonly answer?: 'host' | ((question: Question<S>) => Answer | Promise<Answer>);
  /** Asked of each node before planning, in preflight and before each turn; what is not good refuses. */
  readonly preflight?: true;
  /** Asked of each node before planning and in preflight, and too dear before each turn: there a guard asks it again. */
  readonly planning?: true;
  /** Asked of each node when the hop is over (P15). */
  readonly verify?: true;
  /** Asked of the host directly before the stop. */
  readonly guard?: GuardRule;
  /** The same before the stop of a rollback, which a member in trouble must be able to pass. */
  readonly backGuard?: GuardRule;
  /** The same where a whole wave stops: others may be down already. */
  readonly waveGuard?: GuardRule;
  /** Asked, too, where the server does not answer: what lies on its host may tell. */
  readonly atRest?: true;
  /** Speaks only against stopping the very node that it was found on. */
  readonly stops?: true;
  /** What hosts find refuses nothing by itself: it is judged elsewhere, together with more. */
  readonly judged?: 'elsewhere';
  /** What the facts of the whole cluster tell; where it is a preflight check, too, this is said in place of the hosts' findings. */
  wrong?(scene: Scene<F>): readonly Wrong[];
  /** Left out: what is wrong refuses. */
  readonly severity?: 'warn';
  /** Whether what is wrong goes away without a person. To be said of every check that can refuse a plan. */
  readonly clears?: Problem['clears'];
}

export type Checks<S, F> = Readonly<Record<string, Check<S, F>>>;

/** Ids that the driver's own `answers` must answer. */
export type HostAnswered<T> = { [Id in keyof T]: T[Id] extends { readonly answer: 'host' } ? Id : never }[keyof T];

/** Ids that hosts are asked, as agents announce them. */
export function askedIds<S, F>(checks: Checks<S, F>): readonly string[] {
  return idsWith(checks, ({ answer }) => answer !== undefined);
}

export function idsFor<S, F>(checks: Checks<S, F>, use: 'preflight' | 'planning' | 'verify' | 'stops'): readonly string[] {
  return idsWith(checks, (check) => check[use] === true);
}

/** Every check by which `problemsIn` can refuse a plan, sorted. */
export function refusingIds<S, F>(checks: Checks<S, F>): readonly string[] {
  const refuses = ({ wrong, preflight, planning, judged }: Check<S, F>) =>
    wrong !== undefined || ((preflight === true || planning === true) && judged === undefined);
  return idsWith(checks, (check) => check.severity !== 'warn' && refuses(check)).toSorted();
}

function idsWith<S, F>(checks: Checks<S, F>, has: (check: Check<S, F>) => boolean): readonly string[] {
  return Object.entries(checks).flatMap(([id, check]) => (has(check) ? [id] : []));
}

export function guardsOf<S, F>(checks: Checks<S, F>, turn: TurnInput, use: 'guard' | 'backGuard' | 'waveGuard'): readonly Guard[] {
  return Object.entries(checks).flatMap(([id, { [use]: rule }]): readonly Guard[] => {
    const expect = typeof rule === 'function' ? rule(turn) : (rule ?? false);
    if (typeof expect === 'boolean') return expect ? [{ check: id }] : [];
    return (typeof expect === 'string' ? [expect] : expect).map((each) => ({ check: id, expect: each }));
  });
}

/** All that speaks against taking a node of this cluster down now. */
export function problemsIn<S, F>(checks: Checks<S, F>, scene: Scene<F>): readonly Problem[] {
  const ofFacts = Object.entries(checks).flatMap(([check, { wrong, severity, clears }]) =>
    (wrong?.(scene) ?? []).map((found): Problem => {
      const { subject, detail } = found;
      return { check, severity: found.severity ?? severity ?? 'refuse', subject, detail, clears: found.clears ?? clears ?? 'person' };
    }),
  );
  return [...foundByHosts(checks, scene), ...ofFacts];
}

/** Unknown never counts as good. */
function foundByHosts<S, F>(checks: Checks<S, F>, { answering }: Scene<F>): readonly Problem[] {
  // What the facts of the whole cluster tell is said once; where they tell nothing, for the host could not be probed, the host says that.
  const judgedElsewhere = ({ preflight, planning, wrong, judged }: Check<S, F>, ok: boolean | null) =>
    judged !== undefined || (wrong !== undefined && (preflight === true || (planning === true && ok === false)));
  return answering.flatMap(({ node: { instance, facts } }) =>
    (facts?.findings ?? [])
      .filter(({ check, ok }) => ok !== true && !judgedElsewhere(checks[check] ?? {}, ok))
      .map(({ check, detail }): Problem => {
        return {
          check,
          severity: 'refuse',
          subject: instance,
          detail: `${instance}: ${detail}`,
          clears: checks[check]?.clears ?? 'person',
        };
      }),
  );
}
