/** PURE. What is half done and what is not, in one sentence for a person. */
import type { Plan } from '../../common/plan.ts';
import { everDisruptive, expectedVersion, instancesInTurn, undoOf } from './progress.ts';
import { isOver, type RunStatus, type Said } from './run-status.ts';

interface Told {
  readonly plan: Plan;
  readonly status: RunStatus;
}

/** `db-2 runs 16.14; db-1, db-3 run 16.4`; nodes in the middle of something are named as such. */
export function versionsText({ plan, status }: Told): string {
  const groups = new Map<string, string[]>();
  const open: string[] = [];
  for (const { instance } of plan.nodes) {
    const version = expectedVersion(plan, status, instance);
    if (version === null) open.push(instance);
    else groups.set(version, [...(groups.get(version) ?? []), instance]);
  }
  const parts = [...groups].map(([version, instances]) => `${instances.join(', ')} ${instances.length === 1 ? 'runs' : 'run'} ${version}`);
  if (open.length > 0) parts.push(`${open.join(', ')} ${open.length === 1 ? 'is' : 'are'} in the middle of a turn`);
  return parts.join('; ');
}

/** Why and how a run ended, with the versions it leaves. */
export function endedAs(told: Told, said: Said | null): string {
  const why = said === null || said.reason === '' ? '' : `${said.reason}; `;
  const mixed = new Set(told.plan.nodes.map(({ instance }) => expectedVersion(told.plan, told.status, instance))).size > 1;
  return `${why}${versionsText(told)}${mixed ? ': the versions are mixed' : ''}`;
}

/** The `meaning` line of status. */
export function meaningOf(told: Told): string {
  const { plan, status } = told;
  if (isOver(status)) return status.endReason ?? '';
  if (status.state === 'draft') return 'nothing was done yet; the plan waits for approval';
  if (status.state === 'approved') return 'nothing was done yet; the plan is approved and was not started';
  const inTurn = instancesInTurn(plan, status);
  const touched = everDisruptive(plan, status).some(({ turn, chosen }) => chosen.way === 'back' || undoOf(turn, chosen) !== 'none');
  if (!touched && inTurn.length === 0) return `no node was touched; ${versionsText(told)}`;
  return `${inTurn.length === 0 ? 'nothing is half done: ' : ''}${versionsText(told)}`;
}
