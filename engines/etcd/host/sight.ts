/** How one probe of a member asks, and what it comes to. */
import type { DriverContext } from '../../../common/driver.ts';
import { FailureError, toFailure } from '../../../common/failure.ts';
import { once, orNull } from '../../kit/host/asking.ts';
import { failed } from '../../kit/host/failures.ts';
import { complaintOf } from '../../kit/host/release.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import type { VotingPeer } from '../../kit/pure/voters.ts';
import type { Sight } from '../checks.ts';
import { connectionOf } from '../connection.ts';
import { type MemberFacts, nameOf } from '../facts.ts';
import { type EndpointStatus, parseAlarmList } from '../probe.ts';
import { tools } from '../tools.ts';
import { askGateway, askHealth, askVersions, refusal } from './gateway.ts';
import { etcdctl } from './programs.ts';

const hashMs = 60_000;

export function sightOf(context: DriverContext): Sight {
  const { settings, host } = context;
  const statusOf = (anew: boolean) => context.tool('status', (during) => askStatus(during, connectionOf(settings).endpoint), { anew });
  const sight: Sight = {
    status: once(() => statusOf(false)),
    statusNow: () => statusOf(true),
    members: once(() => context.tool('members', askMembers)),
    self: once(async () => {
      const { ownId } = await sight.status();
      const self = (await sight.members()).find(({ id }) => id === ownId);
      if (self === undefined) throw failed(context, 'not-a-member', `it is ${ownId}, which is not a member of its cluster`);
      return self;
    }),
    versions: once(() => askVersions(context)),
    health: once(() => askHealth(context)),
    peers: once(async () => {
      const [self, members] = await Promise.all([sight.self(), sight.members()]);
      const others = members.filter(({ id }) => id !== self.id);
      return peersOf(context, others);
    }),
    whyUnhealthy: (endpoint) => context.tool('peer-health', (during) => askWhyUnhealthy(during, endpoint), { of: endpoint }),
    runs: async () => (await host.unitState(settings.unit)).active,
  };
  return sight;
}

/** Of the member at this client URL. Throws FailureError: `no-answer`, `login-refused`. */
export function statusAt(context: DriverContext, endpoint: string): Promise<EndpointStatus> {
  return context.tool('peer-status', (during) => askStatus(during, endpoint), { of: endpoint });
}

function askStatus(context: DriverContext, endpoint: string): Promise<EndpointStatus> {
  const gateway = async () => {
    const status = await askGateway(context, endpoint, '/v3/maintenance/status', {});
    return status === null ? null : `[{"Endpoint":${JSON.stringify(endpoint)},"Status":${status}}]`;
  };
  const { argv, parse } = tools.status;
  // Who does not answer is left out of the list.
  return answerOf(context, endpoint, { argv, parse: (output) => parse(output)?.[0] ?? null }, gateway);
}

function askMembers(context: DriverContext): Promise<readonly MemberFacts[]> {
  const { endpoint } = connectionOf(context.settings);
  return answerOf(context, endpoint, tools.members, () => askGateway(context, endpoint, '/v3/cluster/member/list', { linearizable: true }));
}

interface Asked<T> {
  readonly argv: readonly string[];
  readonly parse: (output: string) => T | null;
}

/** With a password over the gateway, where one token serves all; else, and where there is no gateway, by the tool. */
async function answerOf<T>(context: DriverContext, endpoint: string, tool: Asked<T>, gateway: () => Promise<string | null>): Promise<T> {
  const text = await gateway();
  const result = text === null ? await etcdctl(context, tool.argv.slice(1), { endpoints: [endpoint] }) : null;
  const answer = tool.parse(text ?? result?.stdout ?? '');
  if (answer !== null) return answer;
  throw refusal(context, result === null ? 'its answer has an unknown format' : complaintOf(result), endpoint);
}

async function peersOf(context: DriverContext, others: readonly MemberFacts[]): Promise<readonly VotingPeer[]> {
  const endpoints = others.flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
  const answers = await Promise.all(endpoints.map((endpoint) => orNull(statusAt(context, endpoint))));
  return others.map((member) => {
    const { version = null, leaderId = null, appliedIndex = null } = answers.find((status) => status?.ownId === member.id) ?? {};
    return { member: nameOf(member), version, leaderId, appliedIndex, isLearner: member.isLearner };
  });
}

async function askWhyUnhealthy(context: DriverContext, endpoint: string): Promise<string | null> {
  try {
    // As the tool asks for it: whether the key is there does not matter.
    const read = await askGateway(context, endpoint, '/v3/kv/range', { key: btoa('health') });
    const alarms = read === null ? null : await askGateway(context, endpoint, '/v3/maintenance/alarm', { action: 'GET' });
    const raised = alarms === null ? null : (parseAlarmList(alarms) ?? []);
    if (raised !== null) return raised.length === 0 ? null : `alarms are raised: ${raised.join(', ')}`;
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    return thrown.failure.message;
  }
  const { argv, parse } = tools['peer-health'];
  const result = await etcdctl(context, argv.slice(1), { endpoints: [endpoint] });
  const health = parse(result.stdout)?.get(endpoint);
  return health === undefined ? refusal(context, complaintOf(result), endpoint).failure.message : health;
}

/** A compaction, which the members do not carry out in the same moment, spoils one probe; hardly the next one, too. */
export async function dataAgrees(context: DriverContext, seen: Sight): Promise<Answer> {
  const members = await seen.members();
  const first = await compareData(context, members);
  return first[0] === null ? compareData(context, members) : first;
}

/** Hashes at one revision that every member has: the smallest that any of them is at. One that lags has no hash of a later one. */
async function compareData(context: DriverContext, members: readonly MemberFacts[]): Promise<Answer> {
  const endpoints = members.flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
  if (endpoints.length < members.length) return [null, 'not every member reported a client URL'];
  const ask = Promise.all(endpoints.map((endpoint) => statusAt(context, endpoint)));
  const asked = await ask.catch((thrown: unknown) => toFailure(thrown).message);
  if (typeof asked === 'string') return [null, `not every member reported its revision: ${asked}`];
  const revision = Math.min(...asked.map((status) => status.revision));
  const args = [...tools.hash.argv.slice(1), `--rev=${revision}`];
  const result = await context.tool('hash', (during) => etcdctl(during, args, { endpoints, timeoutMs: hashMs }), { alone: true });
  const hashes = tools.hash.parse(result.stdout) ?? [];
  if (hashes.length < members.length) return [null, `not every member reported its hash at revision ${revision}: ${complaintOf(result)}`];
  if (new Set(hashes.map(({ compactRevision }) => compactRevision)).size > 1)
    return [null, `a compaction ran while the members were asked for their hash at revision ${revision}`];
  const differ = new Set(hashes.map(({ hash }) => hash)).size > 1;
  const comparison = differ ? 'differ: their data is not the same' : 'agree';
  return [!differ, `the hashes of ${hashes.length} members at revision ${revision} ${comparison}`];
}
