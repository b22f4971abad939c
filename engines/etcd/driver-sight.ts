/** One look at a member: whatever is asked for is asked once, and checks share the answers. */
import type { DriverContext } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';
import { askHealth, askVersions } from './driver-http.ts';
import { connectionOf } from './driver-settings.ts';
import { complaintOf, etcdctl } from './driver-tools.ts';
import type { PeerFacts, ServerFacts } from './facts.ts';
import {
  type EndpointStatus,
  type MemberSeen,
  parseAlarm,
  parseEndpointHealth,
  parseEndpointStatus,
  parseMemberList,
  type VersionsSeen,
} from './probe.ts';

/** Each throws FailureError when the member does not answer, or in no known form. */
export interface Sight {
  status(): Promise<EndpointStatus>;
  /** Asked anew, for what has to be compared with an answer of before. */
  statusNow(): Promise<EndpointStatus>;
  members(): Promise<readonly MemberSeen[]>;
  /** The member's own entry in its list of members. */
  self(): Promise<MemberSeen>;
  versions(): Promise<VersionsSeen>;
  /** Empty: healthy. */
  health(): Promise<string>;
  /** All members but this one, each asked over its own client URLs. */
  peers(): Promise<readonly PeerFacts[]>;
}

export function sightOf(context: DriverContext): Sight {
  const sight: Sight = {
    status: once(() => statusOf(context)),
    statusNow: () => statusOf(context),
    members: once(() => membersOf(context)),
    self: once(async () => {
      const { memberId } = await sight.status();
      const self = (await sight.members()).find(({ id }) => id === memberId);
      if (self === undefined)
        throw fail('failed', 'not-a-member', `${context.settings.instance}: it is ${memberId}, and no member of its cluster`);
      return self;
    }),
    versions: once(() => askVersions(context)),
    health: once(() => askHealth(context)),
    peers: once(async () => {
      const { id } = await sight.self();
      return peersOf(
        context,
        (await sight.members()).filter((member) => member.id !== id),
      );
    }),
  };
  return sight;
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask();
    return answer;
  };
}

async function statusOf(context: DriverContext): Promise<EndpointStatus> {
  const result = await etcdctl(context, ['endpoint', 'status', '-w', 'json']);
  const [status] = parseEndpointStatus(result.stdout) ?? [];
  if (status !== undefined) return status;
  throw fail('unreachable', 'no-answer', `${connectionOf(context.settings).endpoint} does not answer: ${complaintOf(result)}`, {
    remedy: 'retry',
  });
}

async function membersOf(context: DriverContext): Promise<readonly MemberSeen[]> {
  const result = await etcdctl(context, ['member', 'list', '-w', 'json']);
  const members = parseMemberList(result.stdout);
  if (members !== null) return members;
  throw fail('unreachable', 'no-answer', `${connectionOf(context.settings).endpoint} does not list its members: ${complaintOf(result)}`, {
    remedy: 'retry',
  });
}

async function peersOf(context: DriverContext, others: readonly MemberSeen[]): Promise<readonly PeerFacts[]> {
  const endpoints = others.flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
  const answers = endpoints.length === 0 ? [] : await statusesOf(context, endpoints);
  return others.map((member) => peerOf(member, answers.find(({ memberId }) => memberId === member.id) ?? null));
}

/** Those that answered: who does not is left out. */
async function statusesOf(context: DriverContext, endpoints: readonly string[]): Promise<readonly EndpointStatus[]> {
  const results = await Promise.all(
    endpoints.map((endpoint) => etcdctl(context, ['endpoint', 'status', '-w', 'json'], { endpoints: [endpoint] })),
  );
  return results.flatMap(({ stdout }) => parseEndpointStatus(stdout) ?? []);
}

function peerOf(member: MemberSeen, status: EndpointStatus | null): PeerFacts {
  return {
    member: nameOf(member),
    version: status?.version ?? null,
    leaderId: status?.leaderId ?? null,
    appliedIndex: status?.appliedIndex ?? null,
    isLearner: member.isLearner,
  };
}

/** Its name; the id of one that was added and never started. */
export function nameOf({ name, id }: MemberSeen): string {
  return name === '' ? id : name;
}

/** Why the member at these client URLs does not answer a read that a quorum agreed to; null: it does. */
export async function whyUnhealthy(context: DriverContext, endpoint: string): Promise<string | null> {
  const result = await etcdctl(context, ['endpoint', 'health', '-w', 'json'], { endpoints: [endpoint] });
  const health = parseEndpointHealth(result.stdout)?.get(endpoint);
  return health === undefined ? complaintOf(result) : health;
}

/** The whole look, as facts. */
export async function lookAtAll(sight: Sight): Promise<ServerFacts> {
  const [status, members, versions, peers] = await Promise.all([sight.status(), sight.members(), sight.versions(), sight.peers()]);
  return {
    state: 'reachable',
    ownId: status.memberId,
    leaderId: status.leaderId,
    term: status.term,
    index: status.index,
    appliedIndex: status.appliedIndex,
    revision: status.revision,
    isLearner: status.isLearner,
    clusterVersion: versions.cluster,
    storageVersion: versions.storage ?? status.storageVersion,
    downgradeTarget: status.downgradeTarget,
    alarms: alarmsIn(status),
    dbBytes: status.dbBytes,
    members: members.map(({ id, name, clientUrls, isLearner }) => ({ id, name, clientUrls: [...clientUrls], isLearner })),
    peers: [...peers],
  };
}

export function alarmsIn({ errors }: EndpointStatus): string[] {
  return errors.flatMap((error) => parseAlarm(error) ?? []);
}
