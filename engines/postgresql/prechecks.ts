/** What the facts of a cluster tell that speaks against a run. Each examines one thing and says what to do about it. PURE. */
import type { NodeView } from '../../common/facts.ts';
import type { Wrong } from '../kit/pure/checks.ts';
import { notInService as notServing, ofCluster } from '../kit/pure/common-checks.ts';
import type { Answering, Member, Scene } from '../kit/pure/scene.ts';
import { delayText, guardedSettings, isDelayed, maxLagBytes, type ServerFacts, streamingNames } from './facts.ts';
import { indispensable } from './switchover/sync-names.ts';
import { primariesOf, upstreamsOf } from './topology.ts';
import { laterLsn, lsnDistance } from './wal.ts';

type Servers = Scene<ServerFacts>;
type Facts = (scene: Servers) => readonly Wrong[];

const of = ({ instance: subject }: NodeView, detail: string): Wrong => ({ subject, detail });

/** True while the primary itself may be in its turn, so that no standby can stream. */
function isPrimaryOut({ members, expected }: Servers): boolean {
  const [primary] = primariesOf(members);
  return expected.length < members.length && !expected.some(({ node }) => node === primary?.node);
}

export const notInService = notServing<ServerFacts>('it does not stream from its primary', {
  silent: 'does not answer SQL',
  as: ({ role }) => ` as ${role ?? 'a member of unknown role'}`,
  passes: isPrimaryOut,
});

export const names: Facts = ({ members }) =>
  members.flatMap((member) => {
    const { node, name, server } = member;
    if (server === null) return [];
    if (name === null) return [of(node, `${node.instance} does not report its application_name; set it in its configuration`)];
    const twin = members.find((other) => other !== member && other.name === name);
    if (twin === undefined) return [];
    return [of(node, `${node.instance} and ${twin.node.instance} share the application_name ${name}; give each its own`)];
  });

export const tooManyPrimaries = ofCluster<ServerFacts>(({ members }) => {
  const primaries = primariesOf(members).map(({ node }) => node.instance);
  return primaries.length > 1 ? [`${primaries.join(' and ')} both take writes: stop the wrong one by hand before anything else`] : [];
});

export const noPrimary = ofCluster<ServerFacts>((scene) => {
  if (primariesOf(scene.members).length > 0 || isPrimaryOut(scene)) return [];
  return [`${scene.view.cluster} has no primary that answers; ${whoIsToLead(scene)}`];
});

/** What only a member has that is not promoted is lost by the promotion: said of members that all answer, and of one history. */
function whoIsToLead({ members, answering }: Servers): string {
  const silent = members.filter(({ server }) => server === null).map(({ node }) => node.instance);
  if (silent.length > 0) return `start ${silent.join(' and ')}, then promote the member with the most WAL if none of them is a primary`;
  const has = ({ server }: Answering<ServerFacts>) => laterLsn(server.currentLsn ?? nothing, server.receivedLsn ?? nothing);
  const [first] = [...answering].sort((one, other) => lsnDistance(has(one), has(other)));
  const timelines = new Set(answering.map(({ server }) => server.timeline));
  if (first === undefined || timelines.size > 1) return 'promote the one with the correct history';
  return `promote ${first.node.instance}, which has the most WAL (up to ${has(first)} of timeline ${first.server.timeline})`;
}

const nothing = '0/0';

export const majors = ofCluster<ServerFacts>(({ members }) => {
  const formats = [...new Set(members.flatMap(({ node }) => node.facts?.version.format ?? []))].sort();
  return formats.length > 1 ? [`the members have data of different major versions: ${formats.join(', ')}`] : [];
});

/** Standbys that answer, and may be expected to stream. */
const followers = (scene: Servers): readonly Answering<ServerFacts>[] =>
  isPrimaryOut(scene) ? [] : scene.answering.filter(({ server }) => server.inRecovery);

/** Its row in a server that streams to it. */
const streamingUpstream = (member: Member<ServerFacts>, { members }: Servers) =>
  upstreamsOf(member, members).find(({ row }) => row.state === 'streaming')?.row;

export const notStreaming: Facts = (scene) =>
  followers(scene).flatMap((member) => {
    const { node, server } = member;
    const status = server.walReceiver?.status;
    // In service, it holds back what it received; it connects when that is replayed.
    if (status !== 'streaming' && isDelayed(server) && node.facts?.inService === true) return [];
    if (status !== 'streaming') return [of(node, `${node.instance} does not receive WAL (${status ?? 'no receiver'})`)];
    if (streamingUpstream(member, scene) !== undefined) return [];
    const [upstream] = upstreamsOf(member, scene.members);
    const state = upstream === undefined ? '' : ` (state ${upstream.row.state})`;
    const why = 'it follows another server than the expected one, or is catching up';
    return [of(node, `no member of this cluster streams to ${member.name ?? node.instance}${state}: ${why}`)];
  });

export const otherTimeline: Facts = (scene) => {
  const [primary] = primariesOf(scene.members);
  if (primary === undefined) return [];
  const { timeline } = primary.server;
  return followers(scene).flatMap((member) => {
    const { node, server } = member;
    const { status, timeline: own = null } = server.walReceiver ?? {};
    if (status !== 'streaming' || own === timeline || streamingUpstream(member, scene) === undefined) return [];
    return [of(node, `${node.instance} follows timeline ${own ?? 'unknown'}, the primary is on ${timeline}: re-seed it`)];
  });
};

export const behind: Facts = (scene) =>
  followers(scene).flatMap((member): readonly Wrong[] => {
    const { node, server } = member;
    const paused = of(node, `replay is paused on ${node.instance}; run SELECT pg_wal_replay_resume()`);
    if (server.replayPaused) return [{ ...paused, clears: 'person' }];
    const row = streamingUpstream(member, scene);
    // What it holds back is no lag: it is judged by what it received.
    const lagBytes = (isDelayed(server) ? row?.receivedLagBytes : row?.lagBytes) ?? 0;
    if (lagBytes <= maxLagBytes) return [];
    return [of(node, `${node.instance} is ${lagBytes} bytes behind its upstream; at most ${maxLagBytes} are allowed`)];
  });

export const delays: Facts = ({ members }) =>
  members.flatMap(({ node, server }) => {
    if (server === null || !isDelayed(server)) return [];
    const delay = `${delayText(server.applyDelayMs)} (recovery_min_apply_delay)`;
    return [of(node, `its replay is delayed by ${delay}: its lag is that of what it received, and it cannot take over`)];
  });

/**
 * A standby whose history forked, or whose WAL is gone, never comes back by itself, and copying it anew is for a person to decide. Its own
 * agent sees a fork even when its server does not start; that WAL is gone only the server knows that kept it for the standby's slot.
 */
export const needingReseed: Facts = ({ expected, members }) =>
  expected.flatMap(({ node, server }) => {
    const finding = node.connected ? node.facts?.findings.find(({ check }) => check === 'needs-no-reseed') : undefined;
    const why = finding?.ok === false ? finding.detail : (walGone(server, members) ?? ownTimeline(server, members));
    return why === null ? [] : [of(node, `${node.instance}: ${why}; re-seed it by hand`)];
  });

/** In one sentence, as the next one; null: it is not known to be. */
function walGone(server: ServerFacts | null, members: readonly Member<ServerFacts>[]): string | null {
  const slot = server?.inRecovery === true && server.walReceiver?.status !== 'streaming' ? server.primarySlot : null;
  const keeper = members.find((other) => other.server?.slots.some(({ name, walStatus }) => name === slot && walStatus === 'lost'));
  if (keeper === undefined) return null;
  return `the WAL that ${keeper.node.instance} kept for it in slot ${slot} is gone: it needs a new copy of its data`;
}

/** Timelines begin with promotions: who is on a later one than the only primary was promoted beside it. */
function ownTimeline(server: ServerFacts | null, members: readonly Member<ServerFacts>[]): string | null {
  const [primary, second] = primariesOf(members);
  if (server?.inRecovery !== true || server.walReceiver?.status === 'streaming' || primary === undefined || second !== undefined)
    return null;
  const { timeline } = primary.server;
  if (server.timeline <= timeline) return null;
  return `it is on timeline ${server.timeline}, and the primary ${primary.node.instance} is on ${timeline}: it took writes of its own, and needs a new copy of its data`;
}

/** The turn of a standby that commits wait for lowers the setting; refused is what cannot be lowered. */
export const synchronous: Facts = ({ members, away }) => {
  const [primary] = primariesOf(members);
  if (primary === undefined) return [];
  const { server, node } = primary;
  const { instance, host } = node;
  const setting = server.synchronousStandbyNames;
  const wanted = indispensable(setting, streamingNames(server));
  if (wanted === null) return [of(node, `synchronous_standby_names of ${instance} cannot be parsed: ${setting}`)];
  // Only asked while every node is up: with one down already no other one is stopped.
  if ((node.capabilities.includes('sql-admin') && server.altersSystem) || away.length > 0) return [];
  const why = server.altersSystem
    ? `the agent on ${host} is not a superuser of ${instance} and cannot lower it temporarily: make it a superuser, or lower it by hand`
    : `allow_alter_system is off on ${instance}, so it cannot be lowered temporarily: turn it on, or lower it by hand`;
  const hang = (name: string) => `commits would hang while ${name} is out (synchronous_standby_names = '${setting}')`;
  return wanted.map((name) => ({ subject: name, detail: `${hang(name)}, and ${why}` }));
};

export const slots: Facts = ({ members }) =>
  members.flatMap(({ node, server }) =>
    (server?.slots ?? []).flatMap(({ name, walStatus, active, retainedBytes }): readonly Wrong[] => {
      const slot = `slot ${name} of ${node.instance}`;
      if (walStatus === 'lost' || walStatus === 'unreserved') return [of(node, `${slot} is ${walStatus}: ${afterLoss(name, members)}`)];
      if (active) return [];
      return [{ ...of(node, `${slot} is not in use and retains ${retainedBytes ?? 0} bytes of WAL`), severity: 'warn' }];
    }),
  );

/** Who reads by a slot that is no member's may be what backups are made of: that is mended, not removed. */
function afterLoss(slot: string, members: readonly Member<ServerFacts>[]): string {
  const owner = members.find(({ server }) => server?.primarySlot === slot);
  if (owner !== undefined) return `re-seed ${owner.node.instance}, then re-create the slot`;
  return 're-create its consumer (an archiver after a new base backup), then the slot';
}

export const lowerSettings: Facts = ({ members }) => {
  const [primary] = primariesOf(members);
  if (primary === undefined) return [];
  const upper = primary.server.settings;
  return members.flatMap(({ node, server }) => {
    if (server === null || !server.inRecovery) return [];
    const lower = guardedSettings.filter((name) => (server.settings[name] ?? 0) < (upper[name] ?? 0));
    const values = lower.map((name) => `${name} is ${server.settings[name]} on ${node.instance} and ${upper[name]} on the primary`);
    return values.map((value) => of(node, `${value}: replay would stop; raise it on the standby`));
  });
};
