/**
 * Which rules of a pack speak of a hop from one version to another, each with whether its condition holds. Made for one question: conditions
 * hang on its hosts and traits and on no version, so they are answered once.
 */
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
