/** PURE. What is half done and what is not, in one sentence for a person. */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { Plan } from '../../common/plan.ts';
import { everDisruptive, expectedVersion, instancesInTurn, undoOf } from './progress.ts';
import { isOver, type RunStatus, type Said } from './run-status.ts';
import { nodeOf, serves } from './situation.ts';

interface Told {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly view: Pick<ClusterView, 'nodes'>;
  readonly procedure: { readonly leaderRole: string };
}

/** `db-2 runs 16.14; db-1 runs 16.4`; who is in the middle of something, is down or out of sight is named as such, and then who leads. */
function versionsText(told: Told): string {
  const groups = new Map<string, string[]>();
  for (const { instance } of told.plan.nodes) {
    const said = stateOf(told, instance);
    groups.set(said, [...(groups.get(said) ?? []), instance]);
  }
  const parts = [...groups].map(([said, instances]) => `${instances.join(', ')} ${instances.length === 1 ? said : plural(said)}`);
  return [...parts, ...(absent(told).length > 0 ? leaderText(told) : [])].join('; ');
}

function stateOf(told: Told, instance: string): string {
  const version = expectedVersion(told.plan, told.status, instance);
  const absence = absenceOf(told, instance);
  if (version === null) return `is in the middle of a turn${absence === null ? '' : ` and ${absence}`}`;
  return absence === null ? `runs ${version}` : `is ${absence}, left with ${version}`;
}

const plural = (said: string): string => said.replace(/^runs /, 'run ').replace(/^is /, 'are ');

function absenceOf({ view }: Told, instance: string): 'down' | 'out of sight' | null {
  const node = nodeOf({ view }, instance);
  if (node?.linked !== true) return 'out of sight';
  return node.facts !== null && node.facts.incarnation === null ? 'down' : null;
}

const absent = (told: Told): readonly string[] =>
  told.plan.nodes.flatMap(({ instance }) => (absenceOf(told, instance) === null ? [] : [instance]));

/** As far as it is known: a member that is out of sight may lead. */
function leaderText({ plan, view, procedure }: Told): readonly string[] {
  const nodes = plan.nodes.map(({ instance }) => nodeOf({ view }, instance));
  const leaders = nodes.filter((node) => serves(node) && node?.facts?.role === procedure.leaderRole);
  if (leaders.length > 0) return [`${leaders.map((node) => node?.instance).join(' and ')} leads and takes writes`];
  return nodes.every((node) => node?.linked === true && node.facts !== null) ? ['nobody leads, and nobody takes writes'] : [];
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
  const isWhole = inTurn.length === 0 && absent(told).length === 0;
  return `${isWhole ? 'nothing is half done: ' : ''}${versionsText(told)}`;
}
