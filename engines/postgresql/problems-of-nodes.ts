/** How prechecks complain, and what they say of nodes that nobody sees, whichever the engine. PURE. */
import type { ClusterView, NodeView } from '../../common/cluster-view.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { Problem } from '../../common/procedure.ts';

/** Each engine wraps it, so that none refuses by a check that its list of refusals does not name. */
export function refusal(check: string, subject: string, detail: string, clears: Problem['clears']): Problem {
  return { check, severity: 'refuse', subject, detail, clears };
}

export function warn(check: string, subject: string, detail: string): Problem {
  return { check, severity: 'warn', subject, detail, clears: 'person' };
}

/** Why a node's database did not answer, as far as its facts tell. */
export function silenceOf(detail: NodeFacts['detail'] | undefined): string {
  return typeof detail?.reason === 'string' ? detail.reason : 'no reason given';
}

/** Nodes of another database than the cluster's, or than the first one seen where the cluster's is not known. */
export function foreign(view: ClusterView, nodes: readonly NodeView[]): readonly Problem[] {
  const known = nodes.flatMap((node) => (node.facts?.databaseId == null ? [] : [{ node, id: node.facts.databaseId }]));
  const wanted = view.databaseId ?? known[0]?.id;
  return known
    .filter(({ id }) => id !== wanted)
    .map(({ node, id }) =>
      refusal(
        'same-cluster',
        node.instance,
        `${node.instance} has database id ${id}, the cluster has ${wanted}: it is of another cluster; correct the agent's settings on ${node.host}`,
        'person',
      ),
    );
}

/** Unknown never counts as good. */
export function unobserved(nodes: readonly NodeView[]): readonly Problem[] {
  return nodes
    .filter(({ connected, facts }) => !connected || facts === null)
    .map(({ instance, host, connected }) =>
      refusal(
        'observed',
        instance,
        connected
          ? `${instance} has not been looked at yet; it counts as down until its agent on ${host} reports`
          : `the agent on ${host} is not connected, so ${instance} counts as down; see to drydock-agent on that host`,
        'automatic',
      ),
    );
}
