/** A plan of each kind, and the fleet that it was made of. */
import type { ConfigPreview, NodeFacts } from '../../common/facts.ts';
import type { Plan } from '../../common/plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { inputOf, planOf, withFacts } from '../planner/input.ts';
import { FleetTwin, releaseOf, twinCluster } from '../twins/fleet.ts';

export const kindNames = [
  'upgrade',
  'upgrade with a switchover',
  'downgrade',
  'restart',
  'configuration',
  'configuration by reload',
  'restore of a node',
  'restore of the cluster',
] as const;
export type KindName = (typeof kindNames)[number];

/** Anew each time: what one story does to its fleet is nothing to the next one. */
export async function runOfKind(kind: KindName): Promise<{ readonly fleet: FleetTwin; readonly plan: Plan }> {
  const fleet = new FleetTwin(3);
  if (kind === 'downgrade')
    for (const node of fleet.nodesByName.values())
      Object.assign(node, { version: '16.14', release: releaseOf('16.14'), installed: [releaseOf('16.14')] });
  const [from, to] = kind === 'downgrade' ? ['16.14', '16.4'] : ['16.4', '16.14'];
  return { fleet, plan: planOf(asked(kind, inputOf(await fleet.view(twinCluster), from, to))) };
}

function asked(kind: KindName, input: PlanInput): PlanInput {
  const level = { ...input, path: levelPath('postgresql', '16.4', input.path.pack), limits: [] };
  const config = [{ op: 'set', key: 'max_connections', value: '300' }] as const;
  switch (kind) {
    case 'upgrade':
      return input;
    case 'upgrade with a switchover':
      return { ...input, options: { ...input.options, leader: 'switchover' } };
    case 'downgrade':
      return { ...input, options: { ...input.options, downgrade: true } };
    case 'restart':
      return { ...level, goal: { kind: 'restart', config: null, always: true } };
    case 'configuration':
      return { ...onEach(level, previewing(['max_connections'])), goal: { kind: 'restart', config, always: false } };
    case 'configuration by reload':
      return { ...onEach(level, previewing([])), goal: { kind: 'restart', config, always: false } };
    case 'restore of a node':
      return { ...onEach(level, withSnapshot), goal: { kind: 'restore', run: 'r-0', instance: 'pg-2' } };
    case 'restore of the cluster':
      return { ...onEach(level, withSnapshot), goal: { kind: 'restore', run: 'r-0', instance: null } };
  }
}

const onEach = (input: PlanInput, change: (facts: NodeFacts) => NodeFacts): PlanInput =>
  input.view.nodes.reduce((so, { instance }) => withFacts(so, instance, change), input);

function previewing(restartKeys: readonly string[]): (facts: NodeFacts) => NodeFacts {
  const config: ConfigPreview = {
    file: 'postgresql.conf',
    lines: ['-max_connections = 100', '+max_connections = 300'],
    restartKeys,
    problems: [],
    warnings: [],
    fromDigest: `sha256:${'a'.repeat(64)}`,
    toDigest: `sha256:${'b'.repeat(64)}`,
  };
  return (facts) => ({ ...facts, config });
}

function withSnapshot(facts: NodeFacts): NodeFacts {
  const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  return { ...facts, snapshots: [{ id: `r-0.${facts.instance}`, run: 'r-0', role: facts.role ?? '', ...made }], restoreNeeds: [] };
}
