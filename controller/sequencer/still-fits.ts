/** PURE. Is what a plan was made of still so? */
import type { ClusterView } from '../../common/engine.ts';
import type { Plan } from '../../common/plan.ts';

/** One sentence for each thing that is not as it was planned. Roles may change: every turn has a variant for each. */
export function changedFacts(plan: Plan, view: ClusterView): readonly string[] {
  const changes: string[] = [];
  const unplanned = view.nodes.filter((node) => !plan.nodes.some((planned) => planned.instance === node.instance));
  changes.push(...unplanned.map((node) => `${node.instance} is new`));
  for (const planned of plan.nodes) {
    const node = view.nodes.find((each) => each.instance === planned.instance);
    const facts = node?.facts ?? null;
    if (node === undefined || facts === null) {
      changes.push(`${planned.instance} does not answer`);
      continue;
    }
    const compare: readonly (readonly [string, string | null, string | null])[] = [
      ['its host', planned.host, node.host],
      ['its data directory', planned.dataDir, node.dataDir],
      ['its local settings', planned.profileDigest, node.profileDigest],
      ['its architecture', planned.arch, node.arch],
      ['its database', plan.databaseId, facts.databaseId],
      ['its member id', planned.memberId, facts.memberId],
      ['its running version', planned.version, facts.version.running],
      ['its release', planned.release, facts.release.current],
    ];
    for (const [what, was, is] of compare) if (was !== is) changes.push(`${planned.instance}: ${what} was ${was}, is ${is ?? 'unknown'}`);
  }
  return changes;
}
