/** Prechecks of who follows whom, and of what a standby's absence or return would do. PURE. */
import type { Problem } from '../../common/engine.ts';
import { maxLagBytes } from './checks.ts';
import { guardedSettings, standbyRows } from './facts.ts';
import { refuse, type Scene, warn } from './scene.ts';
import { indispensable } from './sync-names.ts';
import { type Member, upstreamsOf } from './topology.ts';

export function replicationProblems(scene: Scene): readonly Problem[] {
  return [...streaming(scene), ...behind(scene), ...synchronous(scene), ...slotsOf(scene), ...settingsOf(scene)];
}

/** Standbys that answer, and may be expected to stream. */
function followers({ expected, primaryIsOut }: Scene): readonly Member[] {
  return primaryIsOut ? [] : expected.filter((member) => member.server?.inRecovery === true);
}

function streaming(scene: Scene): readonly Problem[] {
  return followers(scene).flatMap((member) => {
    const { node, server } = member;
    const name = member.memberId ?? node.instance;
    if (server?.walReceiver?.status !== 'streaming')
      return [
        refuse(
          'replication-streaming',
          node.instance,
          `${node.instance} does not receive WAL (${server?.walReceiver?.status ?? 'no receiver'})`,
          'itself',
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
          'itself',
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
    const lagBytes = upstreamsOf(member, scene.members).find((upstream) => upstream.row.state === 'streaming')?.row.lagBytes ?? null;
    if (lagBytes === null || lagBytes <= maxLagBytes) return [];
    return [
      refuse(
        'caught-up',
        node.instance,
        `${node.instance} is ${lagBytes} bytes behind its upstream; at most ${maxLagBytes} are allowed`,
        'itself',
      ),
    ];
  });
}

/** Only asked while everybody is in: with one out already, nobody else is taken. */
function synchronous({ primary, outOfTurn }: Scene): readonly Problem[] {
  if (primary?.server == null || outOfTurn.length > 0) return [];
  const { server, node } = primary;
  const names = standbyRows(server)
    .filter((row) => row.state === 'streaming')
    .map((row) => row.applicationName);
  const wanted = indispensable(server.synchronousStandbyNames, names);
  if (wanted === null)
    return [
      refuse(
        'sync-satisfiable',
        node.instance,
        `synchronous_standby_names of ${node.instance} cannot be read: ${server.synchronousStandbyNames}`,
        'person',
      ),
    ];
  return wanted.map((name) =>
    refuse(
      'sync-satisfiable',
      name,
      `commits would hang while ${name} is out: synchronous_standby_names = '${server.synchronousStandbyNames}' could not be met; add a standby to it or lower it for the time`,
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
            `slot ${slot.name} of ${node.instance} is ${slot.walStatus}: re-seed its standby and drop it`,
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
