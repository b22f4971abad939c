/** PURE. What a plan is for. A goal that changes no version has one hop that stays where it is, and goes through the same waves and health checks. */
import type { PathDocument, PathHop } from '../../common/documents/rules.ts';
import type { SnapshotSeen } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import type { ConfigRevision } from '../../common/orders.ts';
import type { Direction, Goal } from '../../common/plan.ts';
import { migrationOf, migrationProblems } from './config-migration.ts';
import type { PlanInput, PlannedGoal, PlannedNode } from './plan-input.ts';
import { refused } from './refusals.ts';
import { isRestored, noSnapshot, snapshotFor } from './restored.ts';

/** Stands where a path would, for goals that stay at the version that runs. */
export function levelPath(engine: string, version: string, pack: PathDocument['pack']): PathDocument {
  return { apiVersion: 'drydock/v1', engine, from: version, to: version, admissible: true, hops: [], refused: [], pack };
}

const sources: Readonly<Record<PlannedGoal['kind'], string>> = {
  release: '',
  restart: 'the version stays the same, so no rule applies',
  restore: 'snapshots of an earlier run',
};

/** The hops of the path, or the one that stays where it is. */
export function hopsOf({ goal, path }: Pick<PlanInput, 'goal' | 'path'>): readonly PathHop[] {
  if (goal.kind === 'release') return path.hops;
  const wholeCluster = goal.kind === 'restore' && goal.instance === null;
  return [
    {
      from: path.from,
      to: path.to,
      kind: wholeCluster ? 'all-stop' : 'rolling',
      finalize: 'none',
      // What it puts in the place of the data stays there, also during a rollback (P11).
      rollback: goal.kind === 'restore' ? 'none' : 'lossless',
      conditions: [],
      requirements: [],
      tasks: [],
      risks: [],
      source: sources[goal.kind],
    },
  ];
}

/** Nodes that have a turn. */
export function movingNodes({ goal, path }: Pick<PlanInput, 'goal' | 'path'>, nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  if (goal.kind === 'release') return nodes.filter((node) => node.version !== path.to);
  if (goal.kind === 'restore') return nodes.filter(({ view }) => isRestored(goal, view.instance));
  return nodes.filter(({ view }) => goal.always || view.facts?.config?.fromDigest !== view.facts?.config?.toDigest);
}

/** Every changed key takes effect by a reload. */
export function isReloadOnly({ goal, view }: Pick<PlanInput, 'goal' | 'view'>): boolean {
  if (goal.kind !== 'restart' || goal.always) return false;
  return view.nodes.every((node) => (node.facts?.config?.restartKeys ?? []).length === 0);
}

/** From what the node's file is to what the changes make of it, on this hop; null: they change nothing there. */
export function revisionOf(input: PlanInput, node: PlannedNode, hop: number): ConfigRevision | null {
  const { goal } = input;
  if (goal.kind === 'release') return migrationOf(input, node, hop);
  const preview = node.view.facts?.config;
  if (goal.kind !== 'restart' || goal.config === null || preview === undefined || preview.fromDigest === preview.toDigest) return null;
  return { changes: goal.config, fromDigest: preview.fromDigest, toDigest: preview.toDigest };
}

export function snapshotOf({ goal }: Pick<PlanInput, 'goal'>, node: PlannedNode): SnapshotSeen | null {
  return snapshotFor(goal, node.view);
}

/** Leader last, but for restores of the whole cluster: the others follow what the leader was rolled back to. */
export function orderOf(input: Pick<PlanInput, 'goal' | 'procedure' | 'view'>, versions: Direction): Direction {
  const { goal, procedure, view } = input;
  if (goal.kind === 'release') return versions;
  if (goal.kind === 'restore') return goal.instance === null ? 'downgrade' : 'upgrade';
  return goal.config === null ? 'upgrade' : (procedure.configOrder?.(goal.config, view) ?? 'upgrade');
}

/** As the plan carries it. */
export function goalOf(input: PlanInput, moving: readonly PlannedNode[]): Goal {
  const { goal, path } = input;
  if (goal.kind === 'release') return { release: path.to, ...(path.via === undefined ? {} : { via: path.via }) };
  if (goal.kind === 'restart')
    return { ...(goal.config === null ? {} : { config: goal.config }), ...(goal.always ? { restart: true } : {}) };
  const snapshots = moving.map((node) => ({ instance: node.view.instance, snapshot: snapshotOf(input, node)?.id ?? '' }));
  return { restore: { scope: goal.instance === null ? 'cluster' : 'node', run: goal.run, snapshots } };
}

/** What speaks against this goal in particular. */
export function goalProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const { goal } = input;
  if (goal.kind === 'release') return migrationProblems(input, movingNodes(input, nodes), nodes);
  // Members at mixed versions are one reason for a restore: each is restored to what its own release reads.
  if (goal.kind === 'restore') return restoreProblems(input, nodes);
  return [...levelProblems(input, nodes), ...configProblems(input, nodes)];
}

function levelProblems({ path, view }: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const other = nodes.find((node) => node.version !== path.from);
  if (other === undefined) return [];
  const sentence = `${other.view.instance} runs ${other.version}, others run ${path.from}; bring all nodes to one version first: drydock plan ${view.cluster} --to VERSION`;
  return [refused('mixed-versions', sentence)];
}

function configProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const { goal } = input;
  if (goal.kind !== 'restart' || goal.config === null) return [];
  const problems = nodes.flatMap(({ view }) => {
    const preview = view.facts?.config;
    if (preview === undefined)
      return [
        refused('no-preview', `${view.instance}: its agent did not report how the changes affect its configuration; check the agent's log`),
      ];
    return preview.problems.map((problem) => refused('config-refused', `${view.instance}: ${preview.file}: ${problem}`));
  });
  if (problems.length > 0) return problems;
  if (movingNodes(input, nodes).length === 0)
    return [refused('already-there', `${input.view.cluster}: every node already has this configuration; nothing to do`)];
  return [];
}

function restoreProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const { goal, procedure, view } = input;
  if (goal.kind !== 'restore') return [];
  if (procedure.noRestore !== undefined) return [refused('no-restore', `${view.cluster}: ${procedure.noRestore}`)];
  if (goal.instance !== null && !view.nodes.some(({ instance }) => instance === goal.instance))
    return [refused('unknown-instance', `${view.cluster} has no instance ${goal.instance}`)];
  const moving = movingNodes(input, nodes);
  const problems = moving.flatMap((node) => snapshotRefusals(input, node));
  if (goal.instance === null) return problems.length > 0 ? problems : leaderProblems(input, moving);
  const [node] = moving;
  const isAlone = view.nodes.length === 1;
  if (node === undefined || isAlone) return problems;
  const leads = ({ role }: PlannedNode) => role === procedure.leaderRole;
  if (leads(node))
    problems.push(
      refused(
        'leader-restore',
        `${goal.instance} is the ${procedure.leaderRole}: restoring it alone would roll back data that its peers have; omit --node to restore the cluster, or move the role first`,
      ),
    );
  else if (!nodes.some((other) => other !== node && leads(other)))
    problems.push(
      refused(
        'no-leader',
        `${view.cluster}: no ${procedure.leaderRole} answers, so no member could send the later writes to ${goal.instance}; start it, or omit --node to restore the cluster`,
      ),
    );
  else problems.push(...feedProblems(input, node));
  return problems;
}

/** What was written since is with the others, or the member is as lost afterwards as before. */
function feedProblems(input: PlanInput, node: PlannedNode): readonly Failure[] {
  const { instance } = node.view;
  const snapshot = snapshotOf(input, node);
  const why = snapshot === null ? null : (input.procedure.feeds?.(input.view, instance, snapshot.position) ?? null);
  if (why === null) return [];
  const sentence = `${instance}: its snapshot ends at ${snapshot?.position ?? ''}, and ${why}: it could not follow from there; use a later snapshot, or copy the node again`;
  return [refused('wal-gone', sentence)];
}

/** Put back, a member is what it was when its snapshot was made: it must be that now, or there are two leaders afterwards, or none. */
function snapshotRefusals(input: PlanInput, node: PlannedNode): readonly Failure[] {
  const { goal, scheme } = input;
  const { instance } = node.view;
  const snapshot = snapshotOf(input, node);
  if (goal.kind !== 'restore') return [];
  if (snapshot === null) return [refused('no-snapshot', noSnapshot(input, node.view))];
  if (scheme.series(snapshot.version) !== scheme.series(node.version)) {
    const sentence = `${instance}: its snapshot is of ${snapshot.version}, whose data ${node.version} cannot use; bring the cluster to that series first`;
    return [refused('other-format', sentence)];
  }
  if (snapshot.role !== node.role) {
    const sentence = `${instance} is ${node.role} now, but its snapshot was made when it was ${snapshot.role}, and it would start as that; restore the former roles, or use the snapshots of a later run`;
    return [refused('other-role', sentence)];
  }
  return [];
}

/** All others follow the one leader that is among what is restored. */
function leaderProblems({ goal, procedure, view }: PlanInput, moving: readonly PlannedNode[]): readonly Failure[] {
  const leaders = moving.filter((node) => node.role === procedure.leaderRole).map((node) => node.view.instance);
  if (goal.kind !== 'restore' || leaders.length === 1) return [];
  const found =
    leaders.length === 0 ? `none is of a ${procedure.leaderRole}` : `${leaders.join(' and ')} were each the ${procedure.leaderRole}`;
  return [
    refused('one-leader', `${view.cluster}: of the snapshots of ${goal.run}, ${found}; restoring them together requires exactly one`),
  ];
}

/** What is gone for good, printed before consent. */
export function lostBy(input: PlanInput, moving: readonly PlannedNode[]): readonly string[] {
  const { goal, procedure, view } = input;
  if (goal.kind !== 'restore') return [];
  return moving.map((node) => {
    const snapshot = snapshotOf(input, node);
    const madeAt = new Date(snapshot?.madeAtMs ?? 0).toISOString().replace(/\.\d+Z$/, 'Z');
    const { instance } = node.view;
    if (goal.instance !== null)
      return `nothing of ${view.cluster}: ${instance} is restored to ${madeAt} (position ${snapshot?.position ?? 'unknown'}) and gets what was written since from its peers`;
    return node.role === procedure.leaderRole
      ? `every write to ${view.cluster} since ${madeAt} (position ${snapshot?.position ?? 'unknown'}), acknowledged or not`
      : `on ${instance} everything since ${madeAt}; it follows the restored ${procedure.leaderRole} from there`;
  });
}

// Members that run from one releases folder of a host: what is activated for one is activated for all of them.

const sharedWith = ({ view }: PlannedNode): readonly string[] => view.facts?.release.sharedWith ?? [];

/** Of those that share a folder only the first by name: a release is staged, activated and cleaned up once in each folder. */
export function oncePerFolder(nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  const names = new Set(nodes.map(({ view }) => view.instance));
  return nodes.filter((node) => sharedWith(node).every((other) => !names.has(other) || node.view.instance < other));
}

/** A folder that is shared changes under those who run from it: with nodes that go one by one, or with an instance of another cluster. */
export function sharedReleaseProblems({ path, goal, view }: PlanInput, moving: readonly PlannedNode[]): readonly Failure[] {
  if (goal.kind !== 'release') return [];
  const members = new Set(view.nodes.map(({ instance }) => instance));
  const isNodeByNode = path.hops.some(({ kind }) => kind === 'rolling' || kind === 'side-by-side');
  return moving.flatMap((node) => {
    const { instance, host } = node.view;
    const foreign = sharedWith(node).filter((other) => !members.has(other));
    const wrong = isNodeByNode ? sharedWith(node) : foreign;
    if (wrong.length === 0) return [];
    const why = isNodeByNode
      ? 'but this plan upgrades one node at a time'
      : `which ${foreign.length === 1 ? 'is' : 'are'} not part of ${view.cluster}`;
    const sentence = `${instance} runs from the same releases folder on ${host} as ${wrong.join(', ')}, ${why}; give each instance its own releasesDir`;
    return [refused('release-shared', sentence)];
  });
}
