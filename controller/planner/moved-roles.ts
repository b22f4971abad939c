/** PURE. Roles move between plan, approval and run. Each turn goes by the role that its node has then; what was planned is compared here. */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { MovedRole, Plan } from '../../common/plan.ts';

/** Members that have another role than when the plan was made, as far as they say it. */
export function movedRoles({ nodes }: Pick<Plan, 'nodes'>, view: Pick<ClusterView, 'nodes'>): readonly MovedRole[] {
  return nodes.flatMap(({ instance, role }) => {
    const node = view.nodes.find((each) => each.instance === instance);
    const now = node?.connected === true ? (node.facts?.role ?? null) : null;
    return now === null || now === role ? [] : [{ instance, planned: role, now }];
  });
}
