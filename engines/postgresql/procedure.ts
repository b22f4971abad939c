/**
 * How a PostgreSQL cluster goes from one minor to another: standbys first, cascaded leaves before their upstream, the primary last;
 * downwards the other way round, because a newer minor reads older WAL more surely than the reverse. PURE.
 * Source: chapters Upgrading a PostgreSQL Cluster, Log-Shipping Standby Servers (Planning).
 */
import type { Procedure } from '../../common/procedure.ts';
import { problemsIn } from '../kit/pure/checks.ts';
import { defineEngine, type EngineForm } from '../kit/pure/engine.ts';
import { sceneOf } from '../kit/pure/scene.ts';
import { checks, type Sight } from './checks.ts';
import { configOrder } from './config/changes.ts';
import { isDelayed, roles, type ServerFacts, serverFactsOf, standbyRows } from './facts.ts';
import { feeds } from './feeding.ts';
import { inquirable } from './inquiries.ts';
import { judges } from './judges.ts';
import { successor, takeOver } from './switchover/successor.ts';
import { feedsAny, feeds as feedsStandby, primariesOf } from './topology.ts';
import { turn, turns } from './turns.ts';

type Next = EngineForm<Sight, ServerFacts, string>['next'];

/** Those that replay late on purpose last: a canary must show what it replays. A node whose role is unknown is not, and keeps the primary waiting. */
const next: Next = (rest, members, direction) => {
  const [primary, second] = primariesOf(members);
  if (primary === undefined || second !== undefined) return [];
  // Unknown ones, too: they may be standbys.
  const others = rest.filter(({ node }) => node !== primary.node);
  const leader = rest.filter(({ node }) => node === primary.node);
  if (others.length === 0 || (direction === 'downgrade' && leader.length > 0)) return leader;
  const upstreams = others.filter(feedsAny);
  const waits = (member: (typeof rest)[number]) =>
    direction === 'upgrade'
      ? feedsAny(member) && others.some((other) => feedsStandby(member, other))
      : upstreams.some((upstream) => feedsStandby(upstream, member));
  const late = (member: (typeof rest)[number]) => Number(isDelayed(member.server));
  return others
    .filter((member) => member.server?.inRecovery === true && !waits(member))
    .toSorted((a, b) => late(a) - late(b) || (a.node.instance < b.node.instance ? -1 : 1));
};

/** Whatever else is wrong with a member that needs a new copy of its data follows from that. */
const assess: Procedure['assess'] = (view, outOfTurn) => {
  const problems = problemsIn(checks, sceneOf(view, outOfTurn, serverFactsOf));
  const parted = problems.flatMap(({ check, subject }) => (check === 'needs-reseed' ? [subject] : []));
  return problems.filter(({ check, subject }) => check === 'needs-reseed' || !parted.includes(subject));
};

export const postgresqlProcedure = defineEngine<Sight, ServerFacts>({
  engine: 'postgresql',
  checks,
  factsOf: serverFactsOf,
  roles,
  noRole: 'of unknown role',
  leaderRole: 'primary',
  probes: { everyMs: 2_000, answerMs: 5_000 },
  // Upwards the primary is always the last one.
  does: ['standbys-before-primary'],
  inquires: inquirable,
  knows: (server) => standbyRows(server).map((row) => row.applicationName),
  notAMember: 'if it only receives WAL (an archiver, a backup), leave it running and list it in connection.receivers of each agent',
  next,
  turns,
  judges,
  successor,
  takeOver,
  configOrder,
  retainKey: 'retained-wal',
  restoreChecks: ['wal-reaches-back'],
  feeds,
  shape: { assess, turn },
});
