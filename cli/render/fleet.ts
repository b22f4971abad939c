/** Clusters, nodes, hosts and releases as tables. */
import type {
  ClusterDocument,
  ClusterListDocument,
  ClusterSummary,
  HostDocument,
  HostListDocument,
  NodeDocument,
  ReleaseListDocument,
  ReleaseVerificationDocument,
  SnapshotDocument,
  SnapshotListDocument,
} from '../../common/documents/fleet.ts';
import type { Labels } from '../../common/labels.ts';
import type { Problem } from '../../common/procedure.ts';
import { type Column, labelledLines, tableLines } from './table.ts';
import { bytesText, durationText, none, shortDigest, timeOrNone, timeText } from './text.ts';
import type { View } from './view.ts';

const connection = (connected: boolean): string => (connected ? 'connected' : 'disconnected');

const yesNo = (answer: boolean): string => (answer ? 'yes' : 'no');

export function clusterListLines({ clusters }: Pick<ClusterListDocument, 'clusters'>, view: View, selector = ''): readonly string[] {
  if (clusters.length === 0) return [selector === '' ? 'no clusters: no agent has announced one yet' : `no cluster matches ${selector}`];
  const table = tableLines(
    [
      { head: 'CLUSTER', cell: (row) => row.cluster },
      { head: 'ENGINE', cell: (row) => row.engine },
      { head: 'VERSION', cell: (row) => (row.versions.length === 0 ? 'unknown' : row.versions.join(', ')) },
      { head: 'NODES', cell: nodesText, tone: (row) => (row.nodesInService < (row.expectedMembers ?? row.nodes) ? 'attention' : null) },
      { head: 'HEALTHY', cell: (row) => yesNo(row.healthy), tone: (row) => (row.healthy ? 'good' : 'bad') },
      { head: 'ADOPTED', cell: (row) => yesNo(row.adopted), tone: (row) => (row.adopted ? null : 'attention') },
      { head: 'RUN', cell: (row) => runText(row, view) },
      { head: 'LABELS', wide: true, cell: (row) => labelsText(row.labels) },
    ],
    clusters,
    view,
  );
  const behind = clusters.flatMap((cluster) => cluster.behind ?? []);
  return behind.length === 0 ? table : [...table, '', ...behind.map((detail) => `${view.paint('bad', 'store-behind-fleet')}: ${detail}`)];
}

/** `r-12`, `r-12 unfinalized until 2026-12-10T08:00:00+01:00`. */
function runText({ run, rest }: ClusterSummary, view: View): string {
  if (run === null || rest?.run !== run) return run ?? none;
  return `${run} unfinalized${rest.until === null ? '' : ` until ${timeText(Date.parse(rest.until), view.timeZone)}`}`;
}

/** `2/3`: in service, of all that there should be. */
const nodesText = ({ nodesInService, nodes, expectedMembers }: ClusterSummary): string => `${nodesInService}/${expectedMembers ?? nodes}`;

/** `env=prod tier=gold`, by key. */
export const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ') || none;

export function nodeLines(nodes: readonly NodeDocument[], view: View): readonly string[] {
  const lag = (node: NodeDocument) =>
    node.peers.map((peer) => `${peer.member} ${peer.state}${peer.lagBytes === null ? '' : ` lag ${bytesText(peer.lagBytes)}`}`);
  const columns: readonly Column<NodeDocument>[] = [
    { head: 'NODE', cell: (row) => row.instance },
    { head: 'HOST', cell: (row) => row.host },
    { head: 'ROLE', cell: (row) => row.role ?? 'unknown' },
    { head: 'VERSION', cell: (row) => row.version ?? none },
    { head: 'IN SERVICE', cell: (row) => (row.running ? yesNo(row.inService) : 'down'), tone: (row) => (row.inService ? 'good' : 'bad') },
    { head: 'AGENT', cell: (row) => connection(row.connected), tone: (row) => (row.connected ? null : 'bad') },
    { head: 'SEEN', cell: (row) => seenText(row, view) },
    { head: 'MEMBER', wide: true, cell: (row) => row.member ?? none },
    { head: 'RELEASE', wide: true, cell: (row) => row.release ?? none },
    { head: 'PREVIOUS', wide: true, cell: (row) => row.previousRelease ?? none },
    { head: 'FREE', wide: true, cell: (row) => (row.space === null ? none : bytesText(row.space.data.freeBytes)) },
    { head: 'PEERS', wide: true, cell: (row) => lag(row).join('; ') || none },
  ];
  return nodes.length === 0 ? ['no nodes'] : [...tableLines(columns, nodes, view), ...snapshotLines(nodes, view)];
}

/** How old is what is shown; of a node that did not answer, when the controller last heard of its host. */
function seenText({ factsAgeMs, lastSeen }: NodeDocument, { timeZone }: View): string {
  return factsAgeMs === null ? timeOrNone(lastSeen, timeZone) : `${durationText(factsAgeMs)} ago`;
}

function snapshotLines(nodes: readonly NodeDocument[], view: View): readonly string[] {
  const rows = nodes.flatMap((node) => node.snapshots.map((snapshot) => ({ ...snapshot, instance: node.instance })));
  return rows.length === 0 ? [] : ['', ...tableLines(snapshotColumns(view), rows, view)];
}

type SnapshotRow = SnapshotDocument & { readonly instance: string };

const snapshotColumns = ({ timeZone }: View): readonly Column<SnapshotRow>[] => [
  { head: 'SNAPSHOT', cell: (row) => row.id },
  { head: 'NODE', cell: (row) => row.instance },
  { head: 'MADE', cell: (row) => timeOrNone(row.madeAt, timeZone) },
  { head: 'KEPT UNTIL', cell: (row) => timeOrNone(row.expiresAt, timeZone) },
  { head: 'SIZE', cell: (row) => bytesText(row.bytes) },
  { head: 'VERSION', cell: (row) => row.version },
  { head: 'VERIFIED', cell: (row) => row.verified },
];

export function snapshotListLines({ snapshots }: Pick<SnapshotListDocument, 'snapshots'>, view: View): readonly string[] {
  if (snapshots.length === 0) return ['no snapshots'];
  type Row = SnapshotListDocument['snapshots'][number];
  const [id, ...rest] = snapshotColumns(view);
  const columns: readonly (Column<Row> | undefined)[] = [
    id,
    { head: 'CLUSTER', cell: (row) => row.cluster },
    ...rest,
    { head: 'HOST', wide: true, cell: (row) => row.host },
  ];
  return tableLines(
    columns.filter((column) => column !== undefined),
    snapshots,
    view,
  );
}

export function clusterLines(document: ClusterDocument, view: View): readonly string[] {
  const adopt = `not adopted; if these are all of its members: drydock cluster adopt ${document.cluster} --members ${document.nodes}`;
  return [
    ...labelledLines(
      [
        ['cluster', `${document.cluster} (${document.engine})`],
        ...(Object.keys(document.labels).length === 0 ? [] : [['labels', labelsText(document.labels)] as const]),
        ['database id', document.databaseId ?? none],
        ['members', document.adopted ? `${document.expectedMembers} expected, ${document.nodes} enrolled` : adopt],
        ['healthy', document.healthy ? view.paint('good', 'yes') : view.paint('bad', 'no')],
        ['run', document.run === null ? none : `${runText(document, view)}: drydock status ${document.run}`],
      ],
      view,
    ),
    '',
    ...nodeLines(document.members, view),
    ...problemLines(document.problems, view),
  ];
}

function problemLines(problems: readonly Problem[], view: View): readonly string[] {
  if (problems.length === 0) return [];
  return [
    '',
    ...tableLines<Problem>(
      [
        {
          head: 'PROBLEM',
          cell: (row) => (row.severity === 'refuse' ? 'refuses plans' : 'warning'),
          tone: (row) => (row.severity === 'refuse' ? 'bad' : 'attention'),
        },
        { head: 'CHECK', cell: (row) => row.check },
        { head: 'SUBJECT', cell: (row) => row.subject },
        { head: 'WHAT', cell: (row) => row.detail },
      ],
      problems,
      view,
    ),
  ];
}

export function hostListLines({ hosts }: Pick<HostListDocument, 'hosts'>, view: View, selector = ''): readonly string[] {
  if (hosts.length === 0)
    return [selector === '' ? 'no hosts: no agent has connected yet' : `no host of a cluster that matches ${selector}`];
  return tableLines(
    [
      { head: 'HOST', cell: (row) => row.host },
      { head: 'AGENT', cell: (row) => connection(row.connected), tone: (row) => (row.connected ? 'good' : 'bad') },
      { head: 'LAST SEEN', cell: (row) => timeOrNone(row.lastSeen, view.timeZone) },
      { head: 'INSTANCES', cell: (row) => row.instances.map(({ instance }) => instance).join(', ') || none },
      { head: 'OS', cell: (row) => row.os },
      { head: 'ARCH', cell: (row) => row.arch },
      { head: 'AGENT VERSION', wide: true, cell: (row) => row.agentVersion },
      { head: 'BOOT', wide: true, cell: (row) => row.bootId },
    ],
    hosts,
    view,
  );
}

export function hostLines(document: HostDocument, view: View): readonly string[] {
  return [
    ...labelledLines(
      [
        ['host', document.host],
        [
          'agent',
          `${connection(document.connected)}, version ${document.agentVersion}, last seen ${timeOrNone(document.lastSeen, view.timeZone)}`,
        ],
        ['system', `${document.os}, ${document.arch}`],
        ['boot', document.bootId],
        ...(document.connected ? [] : [['if gone', `drydock host forget ${document.host}`] as const]),
      ],
      view,
    ),
    '',
    ...tableLines(
      [
        { head: 'INSTANCE', cell: (row) => row.instance },
        { head: 'CLUSTER', cell: (row) => row.cluster },
        { head: 'ENGINE', cell: (row) => row.engine },
        { head: 'DATA DIRECTORY', cell: (row) => row.dataDir },
      ],
      document.instances,
      view,
    ),
  ];
}

export function releaseListLines({ releases }: Pick<ReleaseListDocument, 'releases'>, view: View): readonly string[] {
  if (releases.length === 0) return ['no releases: drydock release add ENGINE VERSION --artifact FILE'];
  return tableLines(
    [
      { head: 'ENGINE', cell: (row) => row.engine },
      { head: 'VERSION', cell: (row) => row.version },
      { head: 'ARCH', cell: (row) => row.arch },
      { head: 'RELEASE', cell: (row) => row.release },
      { head: 'SIZE', cell: (row) => bytesText(row.artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)) },
      { head: 'ADDED', cell: (row) => timeOrNone(row.addedAt, view.timeZone) },
      { head: 'BY', cell: (row) => row.addedBy },
      {
        head: 'ARTIFACTS',
        wide: true,
        cell: (row) => row.artifacts.map(({ role, fileName, digest }) => `${role} ${fileName} ${digest}`).join('; '),
      },
    ],
    releases,
    view,
  );
}

export function releaseVerificationLines({ artifacts }: Pick<ReleaseVerificationDocument, 'artifacts'>, view: View): readonly string[] {
  if (artifacts.length === 0) return ['no artifacts to verify'];
  return tableLines(
    [
      { head: 'ENGINE', cell: (row) => row.engine },
      { head: 'VERSION', cell: (row) => row.version },
      { head: 'DIGEST', cell: (row) => (view.wide ? row.digest : shortDigest(row.digest)) },
      { head: 'STATE', cell: (row) => (row.ok ? 'ok' : 'BAD'), tone: (row) => (row.ok ? 'good' : 'bad') },
      { head: 'DETAIL', cell: (row) => row.detail },
    ],
    artifacts,
    view,
  );
}
