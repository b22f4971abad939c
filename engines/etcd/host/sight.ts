/** One look at a member: whatever is asked for is asked once, and checks share the answers. */
import type { CommandResult, DriverContext } from '../../../common/driver.ts';
import { FailureError, fail, toFailure } from '../../../common/failure.ts';
import type { PeerFacts, ServerFacts } from '../facts.ts';
import {
  type EndpointStatus,
  type MemberSeen,
  parseAlarm,
  parseAlarmList,
  parseEndpointHealth,
  parseEndpointStatus,
  parseMemberList,
  type VersionsSeen,
} from '../probe.ts';
import { askHealth, askVersions } from './http.ts';
import { askWithLogin, logsIn, noGateway, refusal } from './login.ts';
import { connectionOf } from './settings.ts';
import { complaintOf, etcdctl } from './tools.ts';

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
    statusNow: () => statusOf(context, { anew: true }),
    members: once(() => context.tool('members', membersOf)),
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

async function statusOf(context: DriverContext, options: { readonly anew?: boolean } = {}): Promise<EndpointStatus> {
  return context.tool('status', (during) => askStatus(during, connectionOf(context.settings).endpoint), options);
}

/** Of the member at this client URL. Throws FailureError: `no-answer`, `login-refused`. */
export function statusAt(context: DriverContext, endpoint: string): Promise<EndpointStatus> {
  return context.tool('peer-status', (during) => askStatus(during, endpoint), { of: endpoint });
}

async function askStatus(context: DriverContext, endpoint: string): Promise<EndpointStatus> {
  const output = await askedWith(
    context,
    async () =>
      `[{"Endpoint":${JSON.stringify(endpoint)},"Status":${await askWithLogin(context, endpoint, '/v3/maintenance/status', {})}}]`,
    () => etcdctl(context, ['endpoint', 'status', '-w', 'json'], { endpoints: [endpoint] }),
  );
  const [status] = parseEndpointStatus(output.text) ?? [];
  if (status !== undefined) return status;
  throw refusal(context, output.complaint, endpoint);
}

async function membersOf(context: DriverContext): Promise<readonly MemberSeen[]> {
  const { endpoint } = connectionOf(context.settings);
  const output = await askedWith(
    context,
    () => askWithLogin(context, endpoint, '/v3/cluster/member/list', { linearizable: true }),
    () => etcdctl(context, ['member', 'list', '-w', 'json']),
  );
  const members = parseMemberList(output.text);
  if (members !== null) return members;
  throw refusal(context, output.complaint);
}

interface Output {
  readonly text: string;
  /** What to say where the text is of no known form. */
  readonly complaint: string;
}

/** With a password over the gateway, where one token serves all; else, and where there is no gateway, by the tool. */
async function askedWith(context: DriverContext, gateway: () => Promise<string>, tool: () => Promise<CommandResult>): Promise<Output> {
  if (logsIn(context)) {
    try {
      return { text: await gateway(), complaint: 'its answer is of no known form' };
    } catch (thrown) {
      if (toFailure(thrown).code !== noGateway) throw thrown;
    }
  }
  const result = await tool();
  return { text: result.stdout, complaint: complaintOf(result) };
}

async function peersOf(context: DriverContext, others: readonly MemberSeen[]): Promise<readonly PeerFacts[]> {
  const endpoints = others.flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
  const answers = endpoints.length === 0 ? [] : await statusesOf(context, endpoints);
  return others.map((member) => peerOf(member, answers.find(({ memberId }) => memberId === member.id) ?? null));
}

/** Those that answered: who does not is left out. */
async function statusesOf(context: DriverContext, endpoints: readonly string[]): Promise<readonly EndpointStatus[]> {
  const results = await Promise.all(
    endpoints.map((endpoint) =>
      statusAt(context, endpoint).catch((thrown: unknown) => {
        if (thrown instanceof FailureError) return null;
        throw thrown;
      }),
    ),
  );
  return results.filter((status) => status !== null);
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
export function whyUnhealthy(context: DriverContext, endpoint: string): Promise<string | null> {
  return context.tool('peer-health', (during) => askWhyUnhealthy(during, endpoint), { of: endpoint });
}

async function askWhyUnhealthy(context: DriverContext, endpoint: string): Promise<string | null> {
  if (logsIn(context)) {
    try {
      await askWithLogin(context, endpoint, '/v3/kv/range', { key: healthKey });
      const alarms = parseAlarmList(await askWithLogin(context, endpoint, '/v3/maintenance/alarm', { action: 'GET' }));
      return alarms.length === 0 ? null : `alarms are raised: ${alarms.join(', ')}`;
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      if (thrown.failure.code !== noGateway) return thrown.failure.message;
    }
  }
  const result = await etcdctl(context, ['endpoint', 'health', '-w', 'json'], { endpoints: [endpoint] });
  const health = parseEndpointHealth(result.stdout)?.get(endpoint);
  return health === undefined ? refusal(context, complaintOf(result), endpoint).failure.message : health;
}

/** `health`, as the tool asks for it: whether the key is there does not matter. */
const healthKey = Buffer.from('health').toString('base64');

/** The whole look, as facts. */
export async function probeAll(sight: Sight): Promise<ServerFacts> {
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
