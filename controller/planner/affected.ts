/** What the notes of the releases passed over ask for, set against this database: one of its nodes is asked, and changes nothing for it. */

import type { PathDocument, PathHop } from '../../common/documents/rules.ts';
import { type Affected, affectedOf, affectsCheck, type ClusterView } from '../../common/facts.ts';
import type { PlanTask } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { probeNodes } from '../fleet/pending-probes.ts';

/** By task. */
export type AffectedBy = ReadonlyMap<string, Affected>;

/** Asks the member that leads, else the first node that answers: what they hold is the same. */
export async function lookForAffected(
  fleet: Pick<Fleet, 'probe'>,
  view: ClusterView,
  path: PathDocument,
  { inquires = [], leaderRole }: Pick<Procedure, 'inquires' | 'leaderRole'>,
): Promise<AffectedBy> {
  const tasks = [...new Set(path.hops.flatMap(releaseTasksOf).map(({ task }) => task))].filter((task) => inquires.includes(task));
  const able = view.nodes.filter(
    (node) => node.connected && node.facts !== null && tasks.some((task) => node.checks.includes(affectsCheck(task))),
  );
  const asked = able.find((node) => node.facts?.role === leaderRole) ?? able[0];
  if (tasks.length === 0 || asked === undefined) return new Map();
  const probed = await probeNodes(fleet, [asked.instance], tasks.map(affectsCheck));
  const findings = probed.get(asked.instance)?.findings ?? [];
  return new Map(
    tasks.flatMap((task) => {
      const finding = findings.find(({ check }) => check === affectsCheck(task));
      return finding === undefined ? [] : [[task, affectedOf(finding)] as const];
    }),
  );
}

/** PURE. What a person has to do for a hop besides it; what Drydock does itself is left out. */
export function planTasksOf(hop: PathHop, { does = [] }: Pick<Procedure, 'does'>, affected: AffectedBy): readonly PlanTask[] {
  const asked = releaseTasksOf(hop).filter(({ task }) => !does.includes(task));
  return [...new Set(asked.map(({ task }) => task))].map((task) => ({
    task,
    releases: asked.filter((each) => each.task === task).map(({ release }) => release),
    ...(affected.get(task) ?? { affected: 'unknown', detail: 'no agent of this cluster could be asked; see the notes of the release' }),
  }));
}

const releaseTasksOf = ({ releaseTasks = [] }: PathHop): NonNullable<PathHop['releaseTasks']> => releaseTasks;
