/** PURE. What differs between two plans, line by line of what a person reads. */
import type { PlanDiffDocument } from '../../common/documents/plans.ts';
import type { Plan } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';

export interface NamedPlan {
  readonly planId: string;
  readonly digest: string;
  readonly plan: Plan;
}

export function diffPlans(a: NamedPlan, b: NamedPlan): PlanDiffDocument {
  const lines = diffLines(linesOf(a), linesOf(b));
  return { apiVersion: 'drydock/v1', a: a.planId, b: b.planId, same: a.digest === b.digest, lines };
}

const linesOf = (named: NamedPlan): readonly string[] => renderPlan(named.plan, named.planId, named.digest).split('\n');

/** Longest common subsequence; printed plans have some dozens of lines. */
export function diffLines(a: readonly string[], b: readonly string[]): readonly string[] {
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
  for (let row = a.length - 1; row >= 0; row--) {
    for (let column = b.length - 1; column >= 0; column--) {
      const best = a[row] === b[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      (common[row] ?? [])[column] = best;
    }
  }
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  while (row < a.length || column < b.length) {
    if (row < a.length && column < b.length && a[row] === b[column]) {
      lines.push(` ${a[row]}`);
      row++;
      column++;
    } else if (column >= b.length || (row < a.length && at(row + 1, column) >= at(row, column + 1))) {
      lines.push(`-${a[row++]}`);
    } else {
      lines.push(`+${b[column++]}`);
    }
  }
  return lines;
}
