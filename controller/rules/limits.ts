import type { PathHop } from '../../common/documents/rules.ts';
import type { RulePack } from './pack.ts';

export interface HopLimits {
  /** Most nodes of one quorum group down; no flag raises it. */
  readonly maxDown: number;
  /** Least time between a node's return and the next node; no flag lowers it. */
  readonly minSettleSeconds: number;
}

/** The strictest limits of the pack and of all its edges that can stand for a hop. Where nothing is said: one node, no settling time. */
export function limitsOf(pack: RulePack, hop: Pick<PathHop, 'from' | 'to' | 'kind'>): HopLimits {
  const edges = pack.edges.filter(({ rule, from, to }) => rule.kind === hop.kind && from(hop.from) && to(hop.to));
  const said = [pack.limits, ...edges.map(({ rule }) => rule.limits ?? {})];
  const budgets = said.map((limits) => limits.maxDown).filter((budget) => budget !== undefined);
  return {
    maxDown: budgets.length === 0 ? 1 : Math.min(...budgets),
    minSettleSeconds: Math.max(0, ...said.map((limits) => limits.minSettleSeconds ?? 0)),
  };
}
