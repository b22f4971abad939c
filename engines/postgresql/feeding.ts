/** Whether a standby that is restored finds the WAL that was written since. PURE. */
import { actOf } from '../../common/closed-list.ts';
import type { ClusterView, NodeView } from '../../common/facts.ts';
import type { Executor, Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { awaitSelf, memberOf, stepOf } from '../kit/pure/steps.ts';
import { fetchesFromArchive, serverFactsOf } from './facts.ts';
import { ofChange, ofLook } from './limits.ts';
import { streamsFrom } from './topology.ts';
import { verbs } from './verbs.ts';
import { lsnValue } from './wal.ts';

export function feeds(view: ClusterView, instance: string, position: string): string | null {
  const node = view.nodes.find((each) => each.instance === instance);
  if (node === undefined || fetchesFromArchive(node.facts) !== false) return null;
  const source = sourceOf(
    node,
    view.nodes.filter((each) => each !== node),
  );
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
  return [stepOf(node.instance, { id: `${idPrefix}.wal`, title, executor, body: awaitSelf('wal-reaches-back', position), ...ofLook })];
}

/** Put back, it follows whom its snapshot's configuration names: where another member leads since, it is told so. */
export function followingSteps(input: TurnInput, snapshot: string): readonly Step[] {
  const { node, peers, role, idPrefix } = input;
  const leader = peers.find((peer) => serverFactsOf(peer.facts)?.inRecovery === false);
  const server = serverFactsOf(leader?.facts ?? null);
  if (role !== 'standby' || leader === undefined || server?.advertised == null) return [];
  const made = node.facts?.snapshots?.find(({ id }) => id === snapshot);
  const ledThen = peers.some(
    (peer) =>
      peer !== leader &&
      peer.facts?.snapshots?.some(({ run, hop, role: then }) => run === made?.run && hop === made?.hop && then === 'primary'),
  );
  if (!ledThen) return [];
  return [
    stepOf(node.instance, {
      id: `${idPrefix}.repoint`,
      title: `repoint ${node.instance} to ${leader.instance}`,
      body: actOf(verbs, 'repoint', { follow: { member: memberOf(leader), ...server.advertised } }),
      ...ofChange,
    }),
  ];
}

/** Whom it streams from, else the primary; null: neither answers. */
function sourceOf(node: NodeView, peers: readonly NodeView[]): NodeView | null {
  return (
    peers.find((peer) => streamsFrom(peer, memberOf(node))) ?? peers.find((peer) => serverFactsOf(peer.facts)?.inRecovery === false) ?? null
  );
}
