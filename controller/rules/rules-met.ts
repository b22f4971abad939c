/** Which rules of a pack speak of a hop from one version to another, each with whether its condition holds: conditions hang on hosts and traits and on no version, so they are answered once. */

import type { PathHop } from '../../common/documents/rules.ts';
import { durationMs } from '../../common/duration-text.ts';
import { type Answer, answerEdge, answerRefusal, type Situation } from './conditions.ts';
import { type Compiled, compareProfiles, type Profile, type RulePack } from './pack.ts';
import type { EdgeText, RefusalText } from './pack-schema.ts';

export interface EdgeMet {
  readonly edge: EdgeText;
  readonly answer: Answer;
}

export interface RefusalMet {
  readonly refusal: RefusalText;
  readonly answer: Answer;
}

const none: readonly never[] = [];

export class RulesMet {
  readonly #pack: RulePack;
  readonly #edges: readonly EdgeMet[];
  readonly #refusals: readonly RefusalMet[];

  constructor(pack: RulePack, situation: Situation) {
    this.#pack = pack;
    this.#edges = pack.edges.map(({ rule }) => ({ edge: rule, answer: answerEdge(rule.when, situation) }));
    this.#refusals = pack.refusals.map(({ rule }) => ({ refusal: rule, answer: answerRefusal(rule.when, situation) }));
  }

  edges(from: Profile, to: Profile): readonly EdgeMet[] {
    return this.#met(this.#pack.edges, this.#edges, from.edgesFrom, to.edgesTo, from, to);
  }

  refusals(from: Profile, to: Profile): readonly RefusalMet[] {
    return this.#met(this.#pack.refusals, this.#refusals, from.refusalsFrom, to.refusalsTo, from, to);
  }

  #met<T>(
    rules: readonly Compiled<EdgeText | RefusalText>[],
    answered: readonly T[],
    starts: readonly number[],
    ends: Uint8Array,
    from: Profile,
    to: Profile,
  ): readonly T[] {
    // Asked of every pair of releases: no array is made for the many pairs that no rule speaks of.
    let found: T[] | null = null;
    for (const at of starts) {
      if (ends[at] !== 1) continue;
      const { direction, series } = (rules[at] as Compiled<EdgeText | RefusalText>).rule;
      if (series !== undefined && (series === 'same') !== (from.series === to.series)) continue;
      if (direction !== 'both' && (direction === 'up') !== compareProfiles(this.#pack, from, to) < 0) continue;
      const rule = answered[at] as T;
      if (found === null) found = [rule];
      else found.push(rule);
    }
    return found ?? none;
  }
}

/** A refusal without kinds concerns every hop. */
export function concerns({ kinds }: RefusalText, edge: EdgeText): boolean {
  return kinds === undefined || kinds.includes(edge.kind);
}

export interface HopLimits {
  /** Most nodes of one quorum group down; no flag raises it. */
  readonly maxDown: number;
  /** Least time between a node's return and the next node; no flag lowers it. */
  readonly minSettleSeconds: number;
  /** Longest time of versions that are mixed or not finalized; no flag raises it. null: the pack names none, or in words that are no duration. */
  readonly mixedAtMostMs: number | null;
}

/** The strictest limits of the pack and of all its edges that can stand for a hop. Where nothing is said: one node, no settling time. */
export function limitsOf(pack: RulePack, hop: Pick<PathHop, 'from' | 'to' | 'kind'>): HopLimits {
  const edges = pack.edges.filter(({ rule, from, to }) => rule.kind === hop.kind && from(hop.from) && to(hop.to));
  const said = [pack.limits, ...edges.map(({ rule }) => rule.limits ?? {})];
  const budgets = said.map((limits) => limits.maxDown).filter((budget) => budget !== undefined);
  const bounds = edges.map(({ rule }) => durationMs(rule.mixedAtMost ?? '')).filter((ms) => ms !== null);
  return {
    maxDown: budgets.length === 0 ? 1 : Math.min(...budgets),
    mixedAtMostMs: bounds.length === 0 ? null : Math.min(...bounds),
    minSettleSeconds: Math.max(0, ...said.map((limits) => limits.minSettleSeconds ?? 0)),
  };
}
