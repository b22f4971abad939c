/** Whether a standby that is restored finds the WAL that was written since. PURE. */
import type { ClusterView, NodeView, SnapshotSeen } from '../../common/facts.ts';
import type { Executor, Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { awaitSelf, memberOf, stepOf } from '../kit/pure/steps.ts';
import { repoint } from './exchange.ts';
import { fetchesFromArchive, serverFactsOf } from './facts.ts';
import { ofProbe } from './limits.ts';
import { primaryAmong, streamsFrom } from './topology.ts';
import { lsnValue } from './wal.ts';

export function feeds(view: ClusterView, instance: string, position: string): string | null {
  const node = view.nodes.find((each) => each.instance === instance);
  if (node === undefined || fetchesFromArchive(node.facts) !== false) return null;
  const peers = view.nodes.filter((each) => each !== node);
  const source = sourceOf(node, peers);
  const oldest = serverFactsOf(source?.facts ?? null)?.oldestLsn ?? null;
  if (source === null || oldest === null || lsnValue(oldest) <= lsnValue(position)) return null;
  return `the WAL of ${source.instance} only reaches back to ${oldest}`;
}

/** Asked of whom it follows directly before anything is touched; nothing where an archive may have it, too. */
export function feedingSteps(input: TurnInput, snapshot: string): readonly Step[] {
  const { node, peers, role, idPrefix } = input;
  const position = node.facts?.snapshots?.find(({ id }) => id === snapshot)?.position;
  if (role !== 'standby' || position === undefined || peers.length === 0 || fetchesFromArchive(node.facts) !== false) return [];
  const source = sourceOf(node, peers);
  const executor: Executor = source === null ? { kind: 'role', role: 'primary' } : { kind: 'instance', instance: source.instance };
  const title = `WAL from ${position} is still available`;
  return [stepOf(node.instance, { id: `${idPrefix}.wal`, title, executor, body: awaitSelf('wal-reaches-back', position), ...ofProbe })];
}

/** Put back, it follows whom its snapshot's configuration names: where another member leads since, it is told so. */
export function followingSteps(input: TurnInput, snapshot: string): readonly Step[] {
  const { node, peers, role, idPrefix } = input;
  const leader = primaryAmong(peers);
  const advertised = serverFactsOf(leader?.facts ?? null)?.advertised;
  if (role !== 'standby' || leader === undefined || advertised == null) return [];
  const made = node.facts?.snapshots?.find(({ id }) => id === snapshot);
  const isOfThen = ({ run, hop, role: then }: SnapshotSeen) => run === made?.run && hop === made?.hop && then === 'primary';
  const ledThen = peers.some((peer) => peer !== leader && peer.facts?.snapshots?.some(isOfThen));
  if (!ledThen) return [];
  const follow = { member: memberOf(leader), ...advertised };
  return [repoint(node, `${idPrefix}.repoint`, follow, `repoint ${node.instance} to ${leader.instance}`)];
}

/** Whom it streams from, else the primary; null: neither answers. */
const sourceOf = (node: NodeView, peers: readonly NodeView[]): NodeView | null =>
  peers.find((peer) => streamsFrom(peer, memberOf(node))) ?? primaryAmong(peers) ?? null;
