/** Prechecks of who follows whom, and of what a standby's absence or return would do. PURE. */
import type { Problem } from '../../common/procedure.ts';
import { maxLagBytes } from './checks.ts';
import { delayText, guardedSettings, isDelayed, type ServerFacts, streamingNames } from './facts.ts';
import { warn } from './problems-of-nodes.ts';
import { refuse } from './refusals.ts';
import type { Scene } from './scene.ts';
import { indispensable } from './switchover/sync-names.ts';
import { type Member, upstreamsOf } from './topology.ts';

export function replicationProblems(scene: Scene): readonly Problem[] {
  return [...streaming(scene), ...behind(scene), ...delays(scene), ...synchronous(scene), ...slotsOf(scene), ...settingsOf(scene)];
}

/** Standbys that answer, and may be expected to stream. */
function followers({ expected, primaryIsOut }: Scene): readonly Member[] {
  return primaryIsOut ? [] : expected.filter((member) => member.server?.inRecovery === true);
}

function streaming(scene: Scene): readonly Problem[] {
  return followers(scene).flatMap((member) => {
    const { node, server } = member;
    const name = member.memberId ?? node.instance;
    // In service, it holds back what it received; it connects when that is replayed.
    if (server?.walReceiver?.status !== 'streaming' && isDelayed(server) && node.facts?.inService === true) return [];
    if (server?.walReceiver?.status !== 'streaming')
      return [
        refuse(
          'replication-streaming',
          node.instance,
          `${node.instance} does not receive WAL (${server?.walReceiver?.status ?? 'no receiver'})`,
          'automatic',
        ),
      ];
    const upstreams = upstreamsOf(member, scene.members);
    const row = upstreams.find((upstream) => upstream.row.state === 'streaming');
    if (row === undefined)
      return [
        refuse(
          'replication-streaming',
          node.instance,
          `no member of this cluster streams to ${name}${upstreams[0] === undefined ? '' : ` (state ${upstreams[0].row.state})`}: it follows another server than the expected one, or is catching up`,
          'automatic',
        ),
      ];
    const primaryTimeline = scene.primary?.server?.timeline;
    if (primaryTimeline !== undefined && server.walReceiver.timeline !== primaryTimeline)
      return [
        refuse(
          'same-timeline',
          node.instance,
          `${node.instance} follows timeline ${server.walReceiver.timeline ?? 'unknown'}, the primary is on ${primaryTimeline}: re-seed it`,
          'person',
        ),
      ];
    return [];
  });
}

function behind(scene: Scene): readonly Problem[] {
  return followers(scene).flatMap((member) => {
    const { node, server } = member;
    if (server?.replayPaused === true)
      return [refuse('caught-up', node.instance, `replay is paused on ${node.instance}; run SELECT pg_wal_replay_resume()`, 'person')];
    const row = upstreamsOf(member, scene.members).find((upstream) => upstream.row.state === 'streaming')?.row;
    // What it holds back is no lag: it is judged by what it received.
    const lagBytes = (isDelayed(server) ? row?.receivedLagBytes : row?.lagBytes) ?? null;
    if (lagBytes === null || lagBytes <= maxLagBytes) return [];
    return [
      refuse(
        'caught-up',
        node.instance,
        `${node.instance} is ${lagBytes} bytes behind its upstream; at most ${maxLagBytes} are allowed`,
        'automatic',
      ),
    ];
  });
}

function delays({ members }: Scene): readonly Problem[] {
  return members.flatMap(({ node, server }) =>
    server !== null && isDelayed(server)
      ? [
          warn(
            'apply-delay',
            node.instance,
            `it replays ${delayText(server.applyDelayMs)} late on purpose (recovery_min_apply_delay): it is judged by what it received, and does not take over`,
          ),
        ]
      : [],
  );
}

/**
 * A standby whose history forked, or whose WAL is gone, never comes back by itself, and copying it anew is for a person to decide. Its own
 * agent sees a fork even when its server does not start; that WAL is gone only the server knows that kept it for the standby's slot.
 */
export function needingReseed({ expected, members, primaries }: Scene): readonly Problem[] {
  return expected.flatMap(({ node, server }) => {
    const finding = node.connected ? node.facts?.findings.find(({ check }) => check === 'needs-no-reseed') : undefined;
    const slot = server?.inRecovery === true && server.walReceiver?.status !== 'streaming' ? server.primarySlot : null;
    const keeper = members.find((other) => other.server?.slots.some(({ name, walStatus }) => name === slot && walStatus === 'lost'));
    const why =
      finding?.ok === false
        ? finding.detail
        : keeper === undefined
          ? ownTimeline(server, primaries)
          : `the WAL that ${keeper.node.instance} kept for it in slot ${slot} is gone: it needs a new copy of its data`;
    return why === null
      ? []
      : [refuse('needs-reseed', node.instance, `${node.instance}: ${why}; nothing copies it automatically`, 'person')];
  });
}

/** Timelines begin with promotions: who is on a later one than the only primary was promoted beside it. In one sentence; null: it was not. */
function ownTimeline(server: ServerFacts | null, primaries: Scene['primaries']): string | null {
  const [primary, second] = primaries;
  if (server?.inRecovery !== true || server.walReceiver?.status === 'streaming' || primary?.server == null || second !== undefined)
    return null;
  const { instance } = primary.node;
  if (server.timeline <= primary.server.timeline) return null;
  return `it is on timeline ${server.timeline}, and ${instance} leads on ${primary.server.timeline}: it took writes on its own, and needs a new copy of its data`;
}

/** The turn of a standby that commits wait for lowers the setting; refused is what cannot be lowered. */
function synchronous({ primary, outOfTurn }: Scene): readonly Problem[] {
  if (primary?.server == null) return [];
  const { server, node } = primary;
  const setting = server.synchronousStandbyNames;
  const wanted = indispensable(setting, streamingNames(server));
  if (wanted === null)
    return [
      refuse('sync-satisfiable', node.instance, `synchronous_standby_names of ${node.instance} cannot be read: ${setting}`, 'person'),
    ];
  // Only asked while everybody is in: with one out already, nobody else is taken.
  if ((node.capabilities.includes('sql-admin') && server.altersSystem) || outOfTurn.length > 0) return [];
  return wanted.map((name) =>
    refuse(
      'sync-satisfiable',
      name,
      `commits would hang while ${name} is out (synchronous_standby_names = '${setting}'), and ${
        server.altersSystem
          ? `the agent on ${node.host} is no superuser of ${node.instance}, who could lower it for the time: make it one, or lower it by hand`
          : `allow_alter_system is off on ${node.instance}, so that it cannot be lowered for the time: turn it on, or lower it by hand`
      }`,
      'person',
    ),
  );
}

function slotsOf({ members }: Scene): readonly Problem[] {
  return members.flatMap(({ node, server }) =>
    (server?.slots ?? []).flatMap((slot) => {
      if (slot.walStatus === 'lost' || slot.walStatus === 'unreserved')
        return [
          refuse(
            'slots-sound',
            node.instance,
            `slot ${slot.name} of ${node.instance} is ${slot.walStatus}: ${afterLoss(slot.name, members)}`,
            'person',
          ),
        ];
      if (slot.active) return [];
      return [
        warn(
          'slots-sound',
          node.instance,
          `slot ${slot.name} of ${node.instance} is not in use and holds back ${slot.retainedBytes ?? 0} bytes of WAL`,
        ),
      ];
    }),
  );
}

/** Who reads by a slot that is no member's may be what backups are made of: that is mended, not removed. */
function afterLoss(slot: string, members: Scene['members']): string {
  const owner = members.find(({ server }) => server?.primarySlot === slot);
  if (owner !== undefined) return `re-seed ${owner.node.instance}, then make the slot anew`;
  return 'set up anew who reads by it (an archiver after a new base backup), then make the slot anew';
}

function settingsOf({ members, primary }: Scene): readonly Problem[] {
  const upper = primary?.server?.settings;
  if (upper === undefined) return [];
  return members.flatMap(({ node, server }) => {
    if (server === null || !server.inRecovery) return [];
    return guardedSettings
      .filter((name) => (server.settings[name] ?? 0) < (upper[name] ?? 0))
      .map((name) =>
        refuse(
          'settings-not-lower',
          node.instance,
          `${name} is ${server.settings[name]} on ${node.instance} and ${upper[name]} on the primary: replay would stop; raise it on the standby`,
          'person',
        ),
      );
  });
}
