/**
 * The half of an engine that decides, as a form: `defineEngine` in `<engine>/procedure.ts` derives the procedure from it. The other half, which
 * acts, is `kit/host/driver.ts`; both share the engine's check table and its facts. PURE.
 */
import type { ClusterView } from '../../../common/facts.ts';
import type { Direction } from '../../../common/plan.ts';
import type { Procedure } from '../../../common/procedure.ts';
import type { MigrationForm } from '../../../common/shape-forms.ts';
import { askedIds, type Checks, idsFor, problemsIn, refusingIds } from './checks.ts';
import { byPeer, complain, inRoles, type Judge, ofFindings, ofNode, ofPeer, type Roles, verdictOn } from './judge.ts';
import { type FactsReader, type Member, membersOf, type SeenMember, sceneOf } from './scene.ts';
import { type TurnTable, turnBy, verifyBy } from './turns.ts';
import { type Components, componentBy, type StopOrder, stoppedBy } from './waves.ts';

/** Members of a procedure that the kit derives; `shape` replaces those in which an engine is like no other. */
type Derived =
  | 'needs'
  | 'preflightChecks'
  | 'planChecks'
  | 'stopChecks'
  | 'verifyChecks'
  | 'refuses'
  | 'assess'
  | 'membersSeen'
  | 'eligible'
  | 'turn'
  | 'verify'
  | 'judge'
  | 'component'
  | 'allStop'
  | 'inPlace';

/**
 * What an engine says of itself. `S`: its driver's probe, `F`: the facts of a server that answers, `C`: its components. All other members are those of
 * a procedure (`common/procedure.ts`): engine, probes, roles, leaderRole, and where it has any traits, prepare, finalize, sideBySide, successor …
 */
export interface EngineForm<S, F, C extends string> extends Omit<Procedure, Derived>, Roles {
  /** Each check once: where it is used, how it clears, how it is answered, what is wrong by the facts. */
  readonly checks: Checks<S, F>;
  readonly factsOf: FactsReader<F>;
  /** Names of the members that a server knows of, its own too. */
  knows(server: F): readonly string[];
  /** How a server sees this member; null: it knows none of that name. Left out: its health checks go by more than that. */
  sees?(server: F, member: string): SeenMember | null;
  /** Which of the members that are left may be next, best first. */
  next(rest: readonly Member<F>[], members: readonly Member<F>[], direction: Direction): readonly Member<F>[];
  readonly turns: TurnTable;
  /** Health checks of steps of its own, by their ids. */
  readonly judges?: Readonly<Record<string, Judge>>;
  /** Left out: all its nodes are of one kind. */
  readonly components?: Components<C>;
  /** What it stops for a hop of this kind, and in which order; left out: no such hop is planned. */
  readonly allStop?: StopOrder<C>;
  readonly inPlace?: StopOrder<C> & MigrationForm;
  readonly shape?: Partial<Pick<Procedure, Derived>>;
}

export function defineEngine<S, F, C extends string = string>(form: EngineForm<S, F, C>): Procedure {
  const { checks, factsOf, noRole, knows, sees, next, turns, judges, components, allStop, inPlace, shape, ...own } = form;
  const [verifyChecks, stopChecks, planChecks] = [idsFor(checks, 'verify'), idsFor(checks, 'stops'), idsFor(checks, 'planning')];
  const ofRole = inRoles(form);
  const byId = new Map<string, Judge>(
    Object.entries({
      'in-service': (facts, expect) => ofNode(facts, expect, ofRole),
      'seen-by-peer': byPeer((facts, expect) => {
        const server = factsOf(facts);
        return ofPeer(facts, expect, server === null ? 'silent' : (sees?.(server, expect.member) ?? null));
      }),
      verified: (facts, expect) => ofNode(facts, expect, ofRole) ?? ofFindings(facts, expect, verifyChecks),
      ...judges,
    } satisfies Readonly<Record<string, Judge>>),
  );
  return {
    ...own,
    needs: askedIds(checks),
    preflightChecks: idsFor(checks, 'preflight'),
    ...(planChecks.length === 0 ? {} : { planChecks }),
    ...(stopChecks.length === 0 ? {} : { stopChecks }),
    verifyChecks,
    refuses: refusingIds(checks),
    assess: (view, outOfTurn) => problemsIn(checks, sceneOf(view, outOfTurn, factsOf)),
    membersSeen: (view) => namesIn(view, factsOf, knows),
    eligible(remaining, view, direction) {
      const members = membersOf(view, factsOf);
      // Asked once for each node of a plan, with all that are left.
      const left = new Set(remaining);
      const rest = members.filter(({ node }) => left.has(node.instance));
      return next(rest, members, direction).map(({ node }) => node.instance);
    },
    turn: turnBy(checks, turns),
    verify: verifyBy(checks, turns),
    judge(id, facts, expect) {
      const [, kind = id, of = ''] = /^([^:]+):(.+)$/s.exec(id) ?? [];
      // One that is not known is a bug of ours and never passes.
      const judged = byId.get(kind) ?? (() => complain(`unknown health check ${id}`));
      return verdictOn(judged(facts, expect, of), expect);
    },
    ...(components === undefined ? {} : { component: componentBy(components) }),
    ...(components === undefined || allStop === undefined ? {} : { allStop: stoppedBy(checks, turns, components, allStop) }),
    ...(components === undefined || inPlace === undefined
      ? {}
      : { inPlace: { ...inPlace, ...stoppedBy(checks, turns, components, inPlace) } }),
    ...shape,
  };
}

/** Names that the servers have for themselves and for each other. */
function namesIn<F>(view: ClusterView, factsOf: FactsReader<F>, knows: (server: F) => readonly string[]): readonly string[] {
  const names = membersOf(view, factsOf).flatMap(({ name, server }) => [
    ...(name === null ? [] : [name]),
    ...(server === null ? [] : knows(server)),
  ]);
  return [...new Set(names)].sort();
}
