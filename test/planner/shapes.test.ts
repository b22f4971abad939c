/** Plans of all kinds, by an engine with three kinds of components. */
import { describe, expect, test } from 'vitest';
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import type { Bundle } from '../../common/orders.ts';
import { turnsOf } from '../../common/plan.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { findPath, packFor } from '../../controller/rules/path.ts';
import { limitsOf } from '../../controller/rules/rules-met.ts';
import { quayJobs, quayVerbs } from '../quay/fleet.ts';
import { quayProcedure } from '../quay/procedure.ts';
import { quayPacks, quayScheme } from '../quay/rules.ts';
import { planOf, printed } from './input.ts';

const releaseOf = (version: string) => `${version}-${'a'.repeat(12)}`;
const bundleOf = (version: string): Bundle => ({
  engine: 'quay',
  version,
  arch: 'x64',
  artifacts: [{ role: 'server', digest: `sha256:${version}`, sizeBytes: 40_000_000, unpackedBytes: 80_000_000, unpackedInodes: 2_000 }],
  release: releaseOf(version),
});

function factsOf(instance: string, version: string): NodeFacts {
  const space = { freeBytes: 400_000_000_000, totalBytes: 500_000_000_000, freeInodes: 10_000_000 };
  return {
    instance,
    databaseId: 'quay-1',
    memberId: instance,
    version: { running: version, onDisk: version, format: version },
    role: 'member',
    inService: true,
    incarnation: { bootId: 'b', invocationId: `${instance}-1` },
    release: { current: releaseOf(version), previous: null, installed: [releaseOf(version)] },
    space: { data: space, releases: space },
    snapshotNeed: { bytes: 2_000_000_000, inodes: 1_000 },
    peers: [],
    findings: [],
    detail: {},
  } as unknown as NodeFacts;
}

function viewOf(names: readonly string[], version: string): ClusterView {
  const nodes = names.map(
    (instance): NodeView => ({
      instance,
      host: `${instance}.example`,
      arch: 'x64',
      os: 'debian:12',
      dataDir: `/data/${instance}`,
      connected: true,
      facts: factsOf(instance, version),
      factsAgeMs: 0,
      capabilities: [],
      checks: ['in-service'],
      verbs: [...quayVerbs],
      keys: [],
      jobs: [...quayJobs],
      profileDigest: 'sha256:profile',
    }),
  );
  return { cluster: 'quay-main', engine: 'quay', databaseId: 'quay-1', expectedMembers: names.length, nodes };
}

const fleet = ['router-1', 'router-2', 'store-1', 'store-2', 'store-3', 'lens-1'];

function inputOf(names: readonly string[], from: string, to: string): PlanInput {
  const view = viewOf(names, from);
  const hosts = view.nodes.map(({ host, os, arch }) => ({ host, os, arch }));
  const path = findPath({ engine: 'quay', from, to, hosts, traits: {}, today: '2026-03-01' }, quayPacks);
  return {
    view,
    path,
    limits: path.hops.map((hop) => limitsOf(packFor('quay', quayPacks), hop)),
    membership: [],
    releases: ['1.0', '1.1', '2.0', '3.0', '4.0', '5.0', '6.0'].map(bundleOf),
    procedure: quayProcedure,
    affected: new Map(),
    scheme: quayScheme,
    goal: { kind: 'release' },
    keepsReleases: false,
    external: [],
    options: {
      canary: null,
      settleMs: 0,
      soakMs: 3600_000,
      finalize: 'on-command',
      finalizeWithinMs: null,
      downgrade: false,
      leader: 'restart',
      approval: 'plan',
      snapshot: null,
    },
  };
}

describe('14.2: a plan of each kind prints as a tree that a person can read', () => {
  test.each([
    ['rolling', fleet, '1.0', '1.1'],
    ['all-stop', fleet, '1.1', '2.0'],
    ['in-place', ['store-1'], '2.0', '3.0'],
    ['in-place-no-return', ['store-1'], '3.0', '4.0'],
    ['side-by-side', ['store-1'], '4.0', '5.0'],
    ['restore-node', ['store-1', 'store-2', 'store-3'], '5.0', '6.0'],
  ])('%s', async (name, names, from, to) => {
    await expect(printed(planOf(inputOf(names, from, to)), 'p-QUAY1')).toMatchFileSnapshot(`../golden/planner/quay-${name}.txt`);
  });

  test('P11 snapshots that a rollback restores outlive the longest rest of the run', () => {
    const plan = planOf(inputOf(['store-1', 'store-2', 'store-3'], '5.0', '6.0'));
    const restMs = plan.hops[0]?.finalize.deadlineMs ?? 0;
    expect(restMs).toBeGreaterThan(7 * 86_400_000);
    const kept = [...turnsOf(plan)].flatMap(({ turn: { variants } }) =>
      variants.flatMap(({ steps }) => steps.flatMap(({ body }) => (body.kind === 'snapshot' ? [body.keepMs ?? 0] : []))),
    );
    expect(kept).toHaveLength(3);
    expect(Math.min(...kept)).toBeGreaterThan(restMs);
  });

  test('step and turn ids are each its own', () => {
    for (const [names, from, to] of [
      [fleet, '1.1', '2.0'],
      [['store-1'], '2.0', '5.0'],
    ] as const) {
      const plan = planOf(inputOf(names, from, to));
      const turns = [...turnsOf(plan)].map(({ turn }) => turn);
      const ids = turns.flatMap(({ id, variants }) => [
        id,
        ...variants.flatMap(({ steps, undo }) => [...steps, ...undo].map((step) => step.id)),
      ]);
      expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    }
  });

  describe('a releases folder that two members of a host share', () => {
    const sharing = (input: PlanInput): PlanInput => {
      const pair = ['router-1', 'store-1'];
      const nodes = input.view.nodes.map((node): NodeView => {
        const others = pair.filter((name) => pair.includes(node.instance) && name !== node.instance);
        if (node.facts === null || others.length === 0) return node;
        return { ...node, host: 'shared.example', facts: { ...node.facts, release: { ...node.facts.release, sharedWith: others } } };
      });
      return { ...input, view: { ...input.view, nodes } };
    };

    test('P7 is staged, activated and cleaned up once, and each of them stops and starts', () => {
      const plan = planOf(sharing(inputOf(fleet, '1.1', '2.0')));
      const of = (phase: string) =>
        [...turnsOf(plan)]
          .flatMap((place) => (place.phase.name === phase && place.turn.instance !== null ? [place.turn.instance] : []))
          .sort();
      const once = fleet.filter((name) => name !== 'store-1').sort();
      for (const phase of ['stage', 'activate', 'cleanup']) expect(of(phase), phase).toEqual(once);
      for (const phase of ['stop', 'start']) expect(of(phase), phase).toEqual([...fleet].sort());
    });

    test('P7 is refused by a plan that goes one node at a time', () => {
      const made = makePlan(sharing(inputOf(fleet, '1.0', '1.1')));
      expect('problems' in made && made.problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
        'release-shared: router-1 runs from the same releases folder on shared.example as store-1, but this plan upgrades one node at a time; give each instance its own releasesDir',
        'release-shared: store-1 runs from the same releases folder on shared.example as router-1, but this plan upgrades one node at a time; give each instance its own releasesDir',
      ]);
    });
  });

  test('a kind that the engine does not fill in is refused by name', () => {
    const { allStop: _, ...without } = quayProcedure;
    const made = makePlan({ ...inputOf(fleet, '1.1', '2.0'), procedure: without });
    expect('problems' in made && made.problems.map(({ message }) => message)).toEqual([
      'quay 1.1 → 2.0 cannot be carried out: it is all-stop, finalized manual, rollback lossless, which the procedure for quay does not support',
    ]);
  });
});
