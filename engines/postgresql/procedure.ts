/**
 * How a PostgreSQL cluster goes from one minor to another: standbys first, cascaded leaves before their upstream, the primary last;
 * downwards the other way round, because a newer minor reads older WAL more surely than the reverse. PURE.
 * Source: chapters Upgrading a PostgreSQL Cluster, Log-Shipping Standby Servers (Planning).
 */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { Direction } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { checkIds } from './checks.ts';
import { configOrder } from './config/order.ts';
import { isDelayed, roles, standbyRows } from './facts.ts';
import { feeds } from './feeding.ts';
import { judge, verifyChecks } from './health-checks.ts';
import { inquirable } from './inquiries.ts';
import { assess } from './prechecks.ts';
import { preflightChecks, refusals, stopChecks } from './refusals.ts';
import { successor, takeOver } from './switchover/successor.ts';
import { type Member, membersOf, primariesOf, upstreamsOf } from './topology.ts';
import { turn, verify } from './turns.ts';

export const postgresqlProcedure: Procedure = {
  engine: 'postgresql',
  needs: checkIds,
  // Upwards the primary is always the last one.
  does: ['standbys-before-primary'],
  inquires: inquirable,
  looks: { everyMs: 2_000, answerMs: 5_000 },
  preflightChecks,
  refuses: refusals,
  stopChecks,
  verifyChecks,
  roles,
  leaderRole: 'primary',
  assess,
  membersSeen,
  notAMember: 'if it only takes WAL (an archiver, a backup), leave it running and name it in connection.receivers of each agent',
  eligible,
  turn,
  successor,
  takeOver,
  configOrder,
  retainKey: 'retained-wal',
  restoreChecks: ['wal-reaches-back'],
  feeds,
  verify,
  judge,
};

/** Names that the servers have for themselves and for those that stream from them. */
function membersSeen(view: ClusterView): readonly string[] {
  const seen = new Set<string>();
  for (const node of view.nodes) if (node.facts?.memberId != null) seen.add(node.facts.memberId);
  for (const { server } of membersOf(view)) for (const row of server === null ? [] : standbyRows(server)) seen.add(row.applicationName);
  return [...seen].sort();
}

/** Instances that may be next, those that replay late on purpose last: a canary must show what it replays. A node whose role is unknown is not, and keeps the primary waiting. */
function eligible(remaining: readonly string[], view: ClusterView, direction: Direction): readonly string[] {
  const members = membersOf(view);
  const [primary, second] = primariesOf(members);
  if (primary === undefined || second !== undefined) return [];
  const rest = members.filter(({ node }) => remaining.includes(node.instance));
  // Unknown ones, too: they may be standbys.
  const others = rest.filter((member) => member !== primary);
  if (direction === 'upgrade') {
    if (others.length === 0) return rest.includes(primary) ? [primary.node.instance] : [];
    return namesOf(others.filter((member) => isStandby(member) && !others.some((other) => streamsFrom(other, member, members))));
  }
  if (rest.includes(primary)) return [primary.node.instance];
  return namesOf(others.filter((member) => isStandby(member) && !others.some((other) => streamsFrom(member, other, members))));
}

function isStandby({ server }: Member): boolean {
  return server?.inRecovery === true;
}

function streamsFrom(member: Member, upstream: Member, members: readonly Member[]): boolean {
  return upstreamsOf(member, members).some(({ of }) => of === upstream);
}

function namesOf(members: readonly Member[]): readonly string[] {
  const names = (late: boolean) => members.flatMap(({ node, server }) => (isDelayed(server) === late ? [node.instance] : [])).sort();
  return [...names(false), ...names(true)];
}
