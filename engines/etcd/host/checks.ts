/** The driver's answers to guards, await-conditions and findings. Each says in one sentence what was seen. */
import { basename } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import type { Guard } from '../../../common/orders.ts';
import { type CheckId, checkIds, maxLagEntries } from '../checks.ts';
import { ailmentOf, roleOf } from '../facts.ts';
import { type MemberSeen, parseHashKv } from '../probe.ts';
import { etcdScheme } from '../scheme.ts';
import { flagsKnown } from './flags.ts';
import { v2Entries } from './log.ts';
import { alarmsIn, nameOf, type Sight, statusAt, whyUnhealthy } from './sight.ts';
import { type Answer, complaintOf, etcdctl } from './tools.ts';
import { v2Content } from './v2store.ts';

interface Question {
  readonly context: DriverContext;
  readonly sight: Sight;
  readonly expect: string | null;
}

/** Answers one check. Never throws for the world's faults. */
export async function answer(context: DriverContext, sight: Sight, guard: Guard): Promise<Finding> {
  const { check } = guard;
  if (!isCheckId(check)) return { check, ok: null, detail: `the etcd driver knows no check ${check}` };
  try {
    const [ok, detail] = await answers[check]({ context, sight, expect: guard.expect ?? null });
    return { check, ok, detail };
  } catch (thrown) {
    return { check, ok: null, detail: toFailure(thrown).message };
  }
}

function isCheckId(check: string): check is CheckId {
  return (checkIds as readonly string[]).includes(check);
}

const answers: Readonly<Record<CheckId, (question: Question) => Promise<Answer>>> = {
  'role-is': async ({ sight, expect }) => {
    const { memberId, leaderId, isLearner } = await sight.status();
    const role = roleOf({ ownId: memberId, leaderId, isLearner });
    return [role === expect, role === null ? 'the cluster has no leader' : `it is a ${role}`];
  },
  'in-service': ({ sight }) => serving(sight),
  'member-in-service': memberServing,
  'peers-healthy': peersHealthy,
  'peers-healthy-if-serving': async (question) => {
    if (!(await runs(question.context))) return [true, 'nothing runs here, so nothing is taken down'];
    const [serves, why] = await serving(question.sight).catch((thrown): Answer => [null, toFailure(thrown).message]);
    if (serves === null) return [null, `whether it serves is not known: ${why}; one that hangs is rolled back once its unit is stopped`];
    return serves ? peersHealthy(question) : [true, `it does not serve anyway: ${why}`];
  },
  'caught-up': ({ sight }) => caughtUp(sight),
  'no-alarm': async ({ sight }) => {
    const alarms = alarmsIn(await sight.status());
    return [
      alarms.length === 0,
      alarms.length === 0 ? 'no alarm is raised' : `alarms are raised: ${alarms.join(', ')}; see to the cause and disarm`,
    ];
  },
  'no-learner': async ({ sight }) => {
    const learners = (await sight.members()).filter(({ isLearner }) => isLearner).map(nameOf);
    return [
      learners.length === 0,
      learners.length === 0 ? 'every member votes' : `${learners.join(', ')} is a learner: promote it when it has caught up`,
    ];
  },
  'version-is': async ({ sight, expect }) => {
    const { server } = await sight.versions();
    return [server === expect, `it runs ${server ?? 'an unknown version'}`];
  },
  'release-is': async ({ context, expect }) => {
    const current = context.currentRelease === null ? null : basename(context.currentRelease);
    return [current === expect, `release ${current ?? 'none'} is activated`];
  },
  'cluster-version-is': async ({ sight, expect }) => {
    const { cluster } = await sight.versions();
    return [cluster === expect, `the cluster is at ${cluster ?? 'no version yet'}`];
  },
  'cluster-version-at-most': async ({ context, sight, expect }) => {
    // A member that does not run is not hurt by a start that its own server refuses.
    if (!(await runs(context))) return [true, 'nothing runs here, so nothing is taken down'];
    const { cluster } = await sight.versions();
    if (cluster === null || expect === null) return [null, 'the cluster has not decided on a version yet'];
    if (etcdScheme.compareSeries(cluster, expect) <= 0) return [true, `the cluster is at ${cluster}`];
    return [false, `the cluster is at ${cluster} already: a server of ${expect} would not start; downgrade the cluster instead`];
  },
  'storage-version-is': async ({ sight, expect }) => {
    const { storage, cluster } = await sight.versions();
    const found = storage ?? cluster;
    return [found === expect, `its files are of ${found ?? 'no known version'}`];
  },
  'no-downgrade': async ({ sight }) => {
    const { downgradeTarget } = await sight.status();
    return [
      downgradeTarget === null,
      downgradeTarget === null ? 'no downgrade is under way' : `a downgrade to ${downgradeTarget} is under way`,
    ];
  },
  'flags-known': ({ context, expect }) => flagsKnown(context, expect),
  'no-v2-content': ({ context }) => v2Content(context),
  'no-v2-entries': ({ context }) => v2Entries(context),
  'data-agrees': ({ context, sight }) => dataAgrees(context, sight),
};

async function runs({ host, settings }: DriverContext): Promise<boolean> {
  const { active } = await host.unitState(settings.unit);
  return active;
}

/** Its own word: a read that a quorum agreed to, as a started voter. */
export async function serving(sight: Sight): Promise<Answer> {
  const [reason, status] = await Promise.all([sight.health(), sight.status()]);
  if (reason !== '') return [false, `it is not healthy: ${reason}`];
  if (status.isLearner) return [false, 'it is a learner, which does not serve clients'];
  return status.leaderId === null ? [false, 'the cluster has no leader'] : [true, 'it answers a read that a quorum agreed to'];
}

async function memberServing({ context, sight, expect }: Question): Promise<Answer> {
  const member = (await sight.members()).find(({ name }) => name === expect);
  if (member === undefined) return [false, `the cluster has no member ${expect ?? '(none named)'}`];
  const peer = (await sight.peers()).find(({ member: name }) => name === expect);
  if (peer === undefined) return [false, `${expect} is this member itself`];
  const ailment = ailmentOf(await sight.status(), peer, maxLagEntries);
  if (ailment !== null) return [false, `${expect}: ${ailment}`];
  const [endpoint] = member.clientUrls;
  const reason = endpoint === undefined ? 'it has no client URL' : await whyUnhealthy(context, endpoint);
  return reason === null ? [true, `${expect} serves, at entry ${peer.appliedIndex}`] : [false, `${expect} is not healthy: ${reason}`];
}

async function peersHealthy({ sight }: Question): Promise<Answer> {
  const [status, peers] = await Promise.all([sight.status(), sight.peers()]);
  const ailing = peers.flatMap((peer) => {
    const ailment = ailmentOf(status, peer, maxLagEntries);
    return ailment === null ? [] : [`${peer.member}: ${ailment}`];
  });
  if (ailing.length > 0) return [false, ailing.join('; ')];
  return [true, peers.length === 0 ? 'it is the only member' : 'every other member is there and has caught up'];
}

/** In this order: under load every answer is that of a moment, and what the others had before is what this one must have now. */
async function caughtUp(sight: Sight): Promise<Answer> {
  const peers = await sight.peers();
  const reported = peers.flatMap(({ appliedIndex }) => appliedIndex ?? []);
  if (peers.length === 0) return [true, 'it is the only member'];
  if (reported.length === 0) return [null, 'no other member reports how far it is'];
  const { appliedIndex } = await sight.statusNow();
  const furthest = Math.max(...reported);
  return [furthest - appliedIndex <= maxLagEntries, `it has applied entry ${appliedIndex}, others had ${furthest} before`];
}

const hashMs = 60_000;

/** A compaction, which the members do not carry out in the same moment, spoils one look; hardly the next one, too. */
async function dataAgrees(context: DriverContext, sight: Sight): Promise<Answer> {
  const members = await sight.members();
  const first = await compareData(context, members);
  return first[0] === null ? compareData(context, members) : first;
}

/** Hashes at one revision that every member has: the smallest that any of them is at. One that lags has no hash of a later one. */
async function compareData(context: DriverContext, members: readonly MemberSeen[]): Promise<Answer> {
  const endpoints = members.flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
  if (endpoints.length < members.length) return [null, 'not every member reported where its clients reach it'];
  const asked = await Promise.allSettled(endpoints.map((endpoint) => statusAt(context, endpoint)));
  const statuses = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const [silent] = asked.flatMap((each) => (each.status === 'rejected' ? [toFailure(each.reason).message] : []));
  if (silent !== undefined) return [null, `not every member reported its revision: ${silent}`];
  const revision = Math.min(...statuses.map((status) => status.revision));
  const args = ['endpoint', 'hashkv', `--rev=${revision}`, '-w', 'json'];
  const result = await context.tool('hash', (during) => etcdctl(during, args, { endpoints, timeoutMs: hashMs }), { alone: true });
  const hashes = parseHashKv(result.stdout) ?? [];
  if (hashes.length < members.length) return [null, `not every member reported its hash at revision ${revision}: ${complaintOf(result)}`];
  if (new Set(hashes.map(({ compactRevision }) => compactRevision)).size > 1)
    return [null, `a compaction ran while the members were asked for their hash at revision ${revision}`];
  const differ = new Set(hashes.map(({ hash }) => hash)).size > 1;
  return [
    !differ,
    `the hashes of ${hashes.length} members at revision ${revision} ${differ ? 'differ: their data are not the same' : 'agree'}`,
  ];
}
