/** Prechecks over a whole cluster (fact sheet 1a and 5). Each looks at one thing and says what to do about it. PURE. */
import type { ClusterView, Problem } from '../../common/engine.ts';
import { maxLagBytes } from './checks.ts';
import { guardedSettings, standbyRows } from './facts.ts';
import { indispensable } from './sync-names.ts';
import { type Member, membersOf, primariesOf, upstreamsOf } from './topology.ts';

interface Scene {
  readonly view: ClusterView;
  readonly members: readonly Member[];
  /** Those whose service is expected now: not in a turn. */
  readonly expected: readonly Member[];
  readonly primary: Member | null;
  /** True while the primary itself may be in its turn, so that nobody can stream. */
  readonly primaryIsOut: boolean;
}

/** All that speaks against taking a node of this cluster out of service now. `outOfTurn`: instances whose turn is open. */
export function assess(view: ClusterView, outOfTurn: readonly string[]): readonly Problem[] {
  const members = membersOf(view);
  const expected = members.filter((member) => !outOfTurn.includes(member.node.instance));
  const primaries = primariesOf(members);
  const primary = primaries[0] ?? null;
  const scene: Scene = {
    view,
    members,
    expected,
    primary,
    primaryIsOut: outOfTurn.length > 0 && (primary === null || outOfTurn.includes(primary.node.instance)),
  };
  return [
    ...unobserved(scene),
    ...findingsOf(scene),
    ...notInService(scene),
    ...foreign(scene),
    ...namesOf(scene),
    ...primaryCount(scene, primaries),
    ...versionsOf(scene),
    ...streaming(scene),
    ...behind(scene),
    ...synchronous(scene, outOfTurn),
    ...slotsOf(scene),
    ...settingsOf(scene),
  ];
}

function refuse(check: string, subject: string, detail: string, clears: Problem['clears']): Problem {
  return { check, severity: 'refuse', subject, detail, clears };
}

function warn(check: string, subject: string, detail: string): Problem {
  return { check, severity: 'warn', subject, detail, clears: 'person' };
}

function unobserved({ members }: Scene): readonly Problem[] {
  return members
    .filter(({ node }) => !node.linked || node.facts === null)
    .map(({ node }) =>
      refuse(
        'observed',
        node.instance,
        node.linked
          ? `${node.instance} has not been looked at yet; it counts as out of service until its agent on ${node.host} reports`
          : `the agent on ${node.host} has no link, so ${node.instance} counts as out of service; see to drydock-agent on that host`,
        'itself',
      ),
    );
}

/** What the hosts found themselves. Unknown never counts as good. */
function findingsOf({ expected }: Scene): readonly Problem[] {
  return expected.flatMap(({ node, server }) => {
    // A server that does not answer leaves all of them unknown; that is said once, below.
    if (server === null) return [];
    return (node.facts?.findings ?? [])
      .filter((finding) => finding.ok !== true && finding.check !== 'in-service')
      .map((finding) => refuse(finding.check, node.instance, finding.detail, clearsOf(finding.check)));
  });
}

function clearsOf(check: string): Problem['clears'] {
  return check === 'no-backup-running' || check === 'caught-up' || check === 'replication-streaming' ? 'itself' : 'person';
}

function notInService({ expected, primaryIsOut }: Scene): readonly Problem[] {
  return expected
    .filter(({ node, server }) => node.linked && node.facts !== null && (server === null || !(node.facts.inService || primaryIsOut)))
    .map(({ node, server }) =>
      refuse(
        'in-service',
        node.instance,
        server === null
          ? `${node.instance} does not answer SQL (${reasonOf(node.facts?.detail)}); start it, or see its log`
          : `${node.instance} answers but does not serve as ${node.facts?.role ?? 'a member of unknown role'}: ${findingText(node.facts?.findings)}`,
        'itself',
      ),
    );
}

function reasonOf(detail: { readonly [key: string]: unknown } | undefined): string {
  return typeof detail?.reason === 'string' ? detail.reason : 'no reason given';
}

function findingText(findings: readonly { readonly check: string; readonly detail: string }[] | undefined): string {
  return findings?.find((finding) => finding.check === 'in-service')?.detail ?? 'it does not stream from its primary';
}

function foreign({ view, members }: Scene): readonly Problem[] {
  const known = members.flatMap(({ node }) => (node.facts?.databaseId == null ? [] : [{ node, id: node.facts.databaseId }]));
  const wanted = view.databaseId ?? known[0]?.id;
  return known
    .filter(({ id }) => id !== wanted)
    .map(({ node, id }) =>
      refuse(
        'same-cluster',
        node.instance,
        `${node.instance} has system identifier ${id}, the cluster has ${wanted}: it is another database cluster; correct the agent's settings on ${node.host}`,
        'person',
      ),
    );
}

function namesOf({ members }: Scene): readonly Problem[] {
  return members.flatMap((member) => {
    const { node, memberId, server } = member;
    if (server === null) return [];
    if (memberId === null)
      return [
        refuse('member-id', node.instance, `${node.instance} does not tell its application_name; set it in its configuration`, 'person'),
      ];
    const twin = members.find((other) => other !== member && other.memberId === memberId);
    if (twin === undefined) return [];
    return [
      refuse(
        'member-id',
        node.instance,
        `${node.instance} and ${twin.node.instance} share the application_name ${memberId}; give each its own`,
        'person',
      ),
    ];
  });
}

function primaryCount({ view, primaryIsOut }: Scene, primaries: readonly Member[]): readonly Problem[] {
  if (primaries.length > 1) {
    const names = primaries.map(({ node }) => node.instance).join(' and ');
    return [refuse('two-primaries', view.cluster, `${names} both take writes: stop the wrong one by hand before anything else`, 'person')];
  }
  if (primaries.length === 1 || primaryIsOut) return [];
  return [refuse('one-primary', view.cluster, `no member of ${view.cluster} is a primary that answers; promote or start one`, 'itself')];
}

function versionsOf({ view, members, expected }: Scene): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { node } of expected) {
    const { running, onDisk } = node.facts?.version ?? { running: null, onDisk: null };
    if (running !== null && onDisk !== running)
      problems.push(
        refuse(
          'version-on-disk',
          node.instance,
          `${node.instance} runs ${running}, but its current release is ${onDisk ?? 'none'}: somebody changed it under the running server; put the matching release back`,
          'person',
        ),
      );
  }
  const formats = distinct(members.map(({ node }) => node.facts?.version.format ?? null));
  if (formats.length > 1)
    problems.push(refuse('one-major', view.cluster, `the members hold data of different majors: ${formats.join(', ')}`, 'person'));
  const versions = distinct(members.map(({ node }) => node.facts?.version.running ?? null));
  if (versions.length > 1)
    problems.push(warn('mixed-versions', view.cluster, `the members run different minors: ${versions.join(', ')}; keep that time short`));
  return problems;
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))].sort();
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
function synchronous({ primary }: Scene, outOfTurn: readonly string[]): readonly Problem[] {
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
