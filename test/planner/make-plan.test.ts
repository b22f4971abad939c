import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import { makePlan, startOf } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { postgresqlScheme } from '../../engines/postgresql/scheme.ts';
import { down } from '../engines/postgresql-fixtures.ts';
import { ask } from '../rules/builtin.ts';
import { bundleOf, codesOf, inputFor, inputOf, planOf, printed, withFacts } from './input.ts';

const digestOf = (plan: Plan): string => sha256Of(canonicalJson(plan));

/** The version is committed by a step of its own. */
function finalizedBy(policy: 'manual', input: PlanInput): PlanInput {
  const [{ turn } = { turn: undefined }] = [...turnsOf(planOf(input))];
  const [step] = turn?.variants[0]?.steps ?? [];
  if (step === undefined) throw new Error('a plan without steps');
  return {
    ...input,
    path: { ...input.path, hops: input.path.hops.map((hop) => ({ ...hop, finalize: policy })) },
    procedure: { ...input.procedure, finalize: ({ idPrefix }) => [{ ...step, id: `${idPrefix}.commit`, title: 'commit the version' }] },
  };
}

/** Every node, with what its agent measured that a snapshot of it needs. */
const measured = (input: PlanInput): PlanInput =>
  changedEach(input, (facts) => ({ ...facts, snapshotNeed: { bytes: 6_200_000_000, inodes: 1_200, method: 'copy' } }));

const changedEach = (input: PlanInput, change: (facts: NodeFacts) => NodeFacts): PlanInput =>
  input.view.nodes.reduce((so, { instance }) => withFacts(so, instance, change), input);

const disruptive = (plan: Plan) => [...turnsOf(plan)].filter(({ turn }) => turn.disruptive);

describe('a plan prints as a tree that a person can read', () => {
  test('three nodes, one minor to the next', async () => {
    const plan = planOf(await inputFor(3));
    await expect(printed(plan, 'p-7Q4M')).toMatchFileSnapshot('../golden/planner/minor-three-nodes.txt');
  });

  test('with a trait that was given, as a requirement', async () => {
    const traits = [
      { name: 'frozen', value: 'false', given: true },
      { name: 'tidal', value: 'low' },
    ] as const;
    const plan = planOf({ ...(await inputFor(3)), traits });
    await expect(printed(plan, 'p-7Q4M')).toMatchFileSnapshot('../golden/planner/trait-given.txt');
  });

  test('down again, with two canaries and a soak', async () => {
    const input = await inputFor(3, '16.14', '16.4');
    const higher = input.view.nodes.map((node) => ({
      ...node,
      facts:
        node.facts === null
          ? null
          : {
              ...node.facts,
              version: { ...node.facts.version, running: '16.14', onDisk: '16.14' },
              release: { current: '16.14-aaaaaaaaaaaa', previous: null, installed: ['16.14-aaaaaaaaaaaa'] },
            },
    }));
    const plan = planOf({
      ...inputOf({ ...input.view, nodes: higher }, '16.14', '16.4'),
      options: {
        canary: 2,
        settleMs: 0,
        soakMs: 600_000,
        finalize: 'on-command',
        finalizeWithinMs: null,
        downgrade: true,
        leader: 'restart',
        approval: 'plan',
        snapshot: null,
      },
    });
    await expect(printed(plan, 'p-BACK2')).toMatchFileSnapshot('../golden/planner/downgrade-soak.txt');
  });

  test('three nodes whose primary hands over, with a snapshot of each first', async () => {
    const all = measured(await inputFor(3));
    const input = withFacts(all, 'pg-1', (facts) => ({
      ...facts,
      snapshotNeed: { bytes: 6_200_000_000, inodes: 1_200, method: 'copy', keptBytesPerS: 500_000 },
    }));
    const plan = planOf({
      ...input,
      options: { ...input.options, leader: 'switchover', soakMs: 600_000, snapshot: { verify: 'restore-compare', keepMs: 7 * 86_400_000 } },
    });
    await expect(printed(plan, 'p-SW1TCH')).toMatchFileSnapshot('../golden/planner/switchover.txt');
    const page = readFileSync(new URL('../../docs/engines/postgresql.md', import.meta.url), 'utf8');
    expect(page).toContain(printed(plan, 'p-SW1TCH'));
  });

  test('14.3: other systems are asked before the run, beside the soak and after the word to finalize', async () => {
    const input = finalizedBy('manual', await inputFor(3));
    const times = { everyMs: 30_000, timeoutMs: 5_000, toleranceMs: 60_000 };
    const plan = planOf({
      ...input,
      options: { ...input.options, soakMs: 600_000 },
      external: [
        {
          name: 'error-rate',
          at: ['before-run', 'soak'],
          question: { by: 'prometheus', url: 'http://prometheus:9090', query: 'sum(rate(errors{cluster="$cluster"}[5m]))', atMost: 0.5 },
          ...times,
        },
        { name: 'go', at: ['finalize'], question: { by: 'http', url: 'https://change.example/$cluster', status: 200 }, ...times },
      ],
    });
    await expect(printed(plan, 'p-EXT3N')).toMatchFileSnapshot('../golden/planner/external.txt');
    const places = [...turnsOf(plan)].flatMap(({ phase, turn }) =>
      turn.variants.flatMap(({ steps }) =>
        steps.flatMap(({ body }) => (body.kind === 'external' ? [`${phase.name} ${body.name} ${body.forMs}`] : [])),
      ),
    );
    expect(places).toEqual(['preflight error-rate 0', 'soak error-rate 600000', 'finalize go 0']);
  });

  test('14.4: finalized by the approval of the plan, with what is given up by it', async () => {
    const input = finalizedBy('manual', await inputFor(3));
    const plan = planOf({ ...input, options: { ...input.options, soakMs: 600_000, finalize: 'auto' } });
    await expect(printed(plan, 'p-AUT0F')).toMatchFileSnapshot('../golden/planner/finalize-auto.txt');
    expect(plan.irreversible).toEqual([
      'not after 16.14 is finalized, which this run does without asking again, as the approval of this plan is the consent: 16.4 can no longer run on this data from then on',
    ]);
    expect([...turnsOf(plan)].filter(({ phase }) => phase.name === 'finalize').map(({ turn }) => turn.id)).toEqual(['h1.finalize.pg-main']);
  });

  test('a single node has no peer to be seen by', async () => {
    const plan = planOf(await inputFor(1));
    await expect(printed(plan, 'p-0NE22')).toMatchFileSnapshot('../golden/planner/single-node.txt');
  });

  test('a setting that needs a restart, with what changes in each file', async () => {
    const input = await inputFor(3);
    const config = {
      lines: ['-max_connections = 100   # asked', '+max_connections = 200   # asked'],
      restartKeys: ['max_connections'],
      problems: [],
      warnings: [],
      fromDigest: `sha256:${'a'.repeat(64)}`,
      toDigest: `sha256:${'b'.repeat(64)}`,
    };
    const plan = planOf({
      ...changedEach(input, (facts) => ({ ...facts, config: { file: `/var/lib/${facts.instance}/postgresql.conf`, ...config } })),
      path: levelPath('postgresql', '16.4', input.path.pack),
      limits: [],
      goal: { kind: 'restart', config: [{ op: 'set', key: 'max_connections', value: '200' }], always: false },
    });
    await expect(printed(plan, 'p-C0NF1G')).toMatchFileSnapshot('../golden/planner/config-restart.txt');
  });
});

describe('what a plan fixes', () => {
  test('the same facts give the same bytes, whoever asks and when', async () => {
    expect(digestOf(planOf(await inputFor(3)))).toBe(digestOf(planOf(await inputFor(3))));
  });

  test('13.7: more canaries than nodes that have a turn are a usage error', async () => {
    const input = await inputFor(3);
    const made = makePlan({ ...input, options: { ...input.options, canary: 5 } });
    expect(made).toMatchObject({ problems: [{ class: 'usage', code: 'bad-option', message: expect.stringContaining('give 3 or less') }] });
  });

  test('canary first, standbys before the primary, one at a time, every step id once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }), async (size, most) => {
        const input = await inputFor(size);
        const canary = Math.min(most, size);
        const plan = planOf({ ...input, options: { ...input.options, canary } });
        const turns = disruptive(plan);
        expect(turns).toHaveLength(size);
        expect(turns.at(-1)?.turn.expectedRole).toBe('primary');
        expect(turns.filter(({ phase }) => phase.name === 'canary')).toHaveLength(canary);
        for (const { wave, turn } of turns) {
          expect(wave.parallel).toBe(1);
          expect(turn.rollback).toBe('lossless');
          expect(turn.variants.map((variant) => variant.role)).toEqual(['primary', 'standby']);
          for (const variant of turn.variants) expect(variant.undo.length).toBeGreaterThan(0);
        }
        const ids = [...turnsOf(plan)].flatMap(({ turn }) =>
          turn.variants.flatMap((each) => [...each.steps, ...each.undo].map((step) => step.id)),
        );
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.filter((id) => id.includes('/'))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('every hop is one that the rules allow, and each begins where the one before ended (P10)', async () => {
    const input = await inputFor(2);
    const plan = planOf(input);
    expect(plan.hops.map(({ from, to }) => `${from} ${to}`)).toEqual(input.path.hops.map(({ from, to }) => `${from} ${to}`));
    expect(plan.pack).toEqual(input.path.pack);
    expect(plan.hops.every((hop) => hop.maxDown === 1)).toBe(true);
  });

  test('every turn names its rollback, and giving it up is a phase of its own (P11)', async () => {
    const plan = planOf(await inputFor(3));
    for (const { turn, phase } of turnsOf(plan)) expect(turn.rollback).toBe(phase.name === 'cleanup' ? 'none' : 'lossless');
  });

  test('nodes that are at the target have no turn and are proven all the same', async () => {
    const input = withFacts(await inputFor(3), 'pg-3', (facts) => ({
      ...facts,
      version: { ...facts.version, running: '16.14', onDisk: '16.14' },
      release: { current: '16.14-aaaaaaaaaaaa', previous: null, installed: ['16.14-aaaaaaaaaaaa'] },
    }));
    const plan = planOf(input);
    expect(disruptive(plan).map(({ turn }) => turn.instance)).toEqual(['pg-2', 'pg-1']);
    const verified = [...turnsOf(plan)].filter(({ phase }) => phase.name === 'verify').map(({ turn }) => turn.instance);
    expect(verified).toEqual(['pg-1', 'pg-2', 'pg-3']);
  });

  test('what is staged already needs no room', async () => {
    const input = withFacts(await inputFor(3), 'pg-2', (facts) => ({
      ...facts,
      release: { ...facts.release, installed: ['16.4-aaaaaaaaaaaa', '16.14-aaaaaaaaaaaa'] },
      space: { ...facts.space, releases: { freeBytes: 0, freeInodes: 0 } },
    }));
    const staged = [...turnsOf(planOf(input))].find(({ turn }) => turn.id === 'h1.stage.pg-2');
    expect(staged?.turn.need).toEqual({ bytes: 0, freeBytes: 0 });
  });

  test('a start is the lowest version up, the highest down', () => {
    expect(startOf(['16.4', '16.14', '16.9'], postgresqlScheme, false)).toBe('16.4');
    expect(startOf(['16.4', '16.14', '16.9'], postgresqlScheme, true)).toBe('16.14');
    expect(startOf([], postgresqlScheme, false)).toBeNull();
  });
});

describe('what is refused, and why', () => {
  test('a cluster that nobody adopted', async () => {
    const input = await inputFor(3);
    expect(codesOf({ ...input, view: { ...input.view, databaseId: null, expectedMembers: null } })).toEqual(['not-adopted']);
  });

  test('another major, which the rules allow in place and no procedure can carry out yet', async () => {
    const input = await inputFor(3);
    const made = makePlan({ ...input, path: ask('postgresql', '16.4', '17.2') });
    const [problem] = 'problems' in made ? made.problems : [];
    expect(problem).toMatchObject({ class: 'refused', code: 'no-procedure' });
    expect(problem?.message).toContain('16.4 → 17.2 cannot be carried out: it is in-place');
  });

  test('what the rules require and the procedure cannot prove', async () => {
    const input = await inputFor(3);
    const [hop] = input.path.hops;
    if (hop === undefined) throw new Error('no hop');
    const made = makePlan({ ...input, path: { ...input.path, hops: [{ ...hop, requirements: ['schema-agreement'] }] } });
    const [problem] = 'problems' in made ? made.problems : [];
    expect(problem).toMatchObject({ class: 'refused', code: 'requirement-unproven' });
    expect(problem?.message).toContain('requires schema-agreement');
  });

  test('what the rules refuse, with their reason and what to take instead', async () => {
    const input = await inputFor(3);
    const made = makePlan({ ...input, path: ask('postgresql', '16.4', '16.5') });
    const [problem] = 'problems' in made ? made.problems : [];
    expect(problem).toMatchObject({ class: 'refused', code: 'path-refused' });
    expect(problem?.message).toContain('extensions');
    expect(problem?.message).toContain('instead: ');
  });

  test('the version that runs already', async () => {
    expect(codesOf({ ...(await inputFor(3)), path: ask('postgresql', '16.4', '16.4') })).toEqual(['already-there']);
  });

  test('a lower version without saying so, and saying so for a higher one', async () => {
    const input = await inputFor(3);
    expect(codesOf({ ...input, path: ask('postgresql', '16.4', '16.3') })).toContain('downgrade-not-said');
    expect(codesOf({ ...input, options: { ...input.options, downgrade: true } })).toContain('not-a-downgrade');
  });

  test('versions between the two ends: they are brought level first', async () => {
    const between = withFacts(await inputFor(3), 'pg-3', (facts) => ({
      ...facts,
      version: { ...facts.version, running: '16.9', onDisk: '16.9' },
    }));
    expect(codesOf(between)).toContain('mixed-versions');
  });

  test('a release that is missing for an architecture', async () => {
    const input = await inputFor(3);
    const nodes = input.view.nodes.map((node) => (node.instance === 'pg-2' ? { ...node, arch: 'arm64' } : node));
    expect(codesOf({ ...input, view: { ...input.view, nodes } })).toEqual(['release-unavailable']);
    expect(codesOf({ ...input, view: { ...input.view, nodes }, releases: [...input.releases, bundleOf('16.14', 'arm64')] })).toEqual([]);
  });

  test('too little room, by the byte', async () => {
    const need = 144_000_000;
    const withFree = async (freeBytes: number) =>
      withFacts(await inputFor(3), 'pg-2', (facts) => ({ ...facts, space: { ...facts.space, releases: { freeBytes, freeInodes: 1e6 } } }));
    expect(codesOf(await withFree(need - 1))).toEqual(['space-short']);
    expect(codesOf(await withFree(need))).toEqual([]);
  });

  test('P8 too little room for a snapshot where snapshots go, by the byte and by the inode', async () => {
    const input = measured(await inputFor(3));
    const withFree = (freeBytes: number, freeInodes: number) =>
      makePlan({
        ...withFacts(input, 'pg-2', (facts) => ({ ...facts, space: { ...facts.space, snapshots: { freeBytes, freeInodes } } })),
        options: { ...input.options, snapshot: { verify: 'list', keepMs: 1 } },
      });
    const short = (what: string) => ({
      problems: [expect.objectContaining({ class: 'refused', code: 'space-short', message: expect.stringContaining(what) })],
    });
    expect(withFree(7_439_999_999, 1_440)).toEqual(short('pg-2: a snapshot needs 7440000000 bytes'));
    expect(withFree(7_440_000_000, 1_439)).toEqual(short('pg-2: a snapshot needs 1440 inodes'));
    expect(withFree(7_440_000_000, 1_440)).toHaveProperty('plan');
  });

  test('P8 too little room for the leader’s snapshot, with what it keeps for the others while theirs are made', async () => {
    const each = measured(await inputFor(3));
    const input = withFacts(each, 'pg-1', (facts) => ({
      ...facts,
      snapshotNeed: { bytes: 6_200_000_000, inodes: 1_200, method: 'copy', keptBytesPerS: 1_000_000 },
    }));
    const options = { ...input.options, snapshot: { verify: 'list', keepMs: 1 } as const };
    const withFree = (so: PlanInput, freeBytes: number) =>
      makePlan({
        ...withFacts(so, 'pg-1', (facts) => ({ ...facts, space: { ...facts.space, snapshots: { freeBytes, freeInodes: 1e6 } } })),
        options,
      });
    // Two others take 74.9 s each: 149.8 MB and the margin come to what was measured.
    const needed = 7_440_000_000 + 179_760_000;
    const refusal = { code: 'space-short', message: expect.stringContaining(`pg-1: a snapshot needs ${needed} bytes`) };
    expect(withFree(input, needed - 1)).toEqual({ problems: [expect.objectContaining(refusal)] });
    const made = withFree(input, needed);
    if ('problems' in made) throw new Error('no plan');
    const taken = [...turnsOf(made.plan)].find(({ turn }) => turn.id === 'h1.snapshot.pg-1')?.turn;
    expect(taken?.need).toEqual({ bytes: needed, freeBytes: needed, perHourBytes: 4_320_000_000 });
    expect(taken?.variants[0]?.steps[0]?.body).toMatchObject({ kind: 'snapshot', needBytes: needed });
    const { retainKey: _, ...keepsNothing } = input.procedure;
    expect(withFree({ ...input, procedure: keepsNothing }, 7_440_000_000)).toHaveProperty('plan');
  });

  test('an agent that does not know a check', async () => {
    const input = await inputFor(3);
    const nodes = input.view.nodes.map((node) => (node.instance === 'pg-2' ? { ...node, checks: node.checks.slice(1) } : node));
    expect(codesOf({ ...input, view: { ...input.view, nodes } })).toEqual(['missing-checks']);
  });

  test('an agent that is gone, a database that is down: each said once', async () => {
    const input = await inputFor(3);
    const gone = input.view.nodes.map((node) => (node.instance === 'pg-2' ? { ...node, connected: false } : node));
    expect(codesOf({ ...input, view: { ...input.view, nodes: gone } }).filter((code) => code === 'agent-lost')).toHaveLength(1);
    expect(codesOf(withFacts(input, 'pg-3', down)).filter((code) => code === 'node-down' || code === 'in-service')).toEqual(['node-down']);
  });

  test('members that do not agree', async () => {
    const input = await inputFor(3);
    const nodes = input.view.nodes.slice(0, 2);
    expect(codesOf(inputOf({ ...input.view, nodes }))).toContain('membership-mismatch');
  });

  describe('14.4: how long a run may rest', () => {
    const dayMs = 86_400_000;
    const asking = async (change: Partial<PlanInput['options']>, mixedAtMostMs: number | null = null): Promise<PlanInput> => {
      const input = finalizedBy('manual', await inputFor(3));
      return { ...input, limits: [{ maxDown: 1, minSettleSeconds: 0, mixedAtMostMs }], options: { ...input.options, ...change } };
    };
    const restOf = (input: PlanInput) => planOf(input).hops[0]?.finalize.deadlineMs;

    test('two weeks, what the engine bears, what was asked for, and never longer than the rules let versions be mixed', async () => {
      expect(restOf(await asking({}))).toBe(14 * dayMs);
      const engine = await asking({});
      expect(restOf({ ...engine, procedure: { ...engine.procedure, restMs: 3 * dayMs } })).toBe(3 * dayMs);
      expect(restOf(await asking({ finalizeWithinMs: 20 * dayMs }))).toBe(20 * dayMs);
      expect(restOf(await asking({}, dayMs))).toBe(dayMs);
      expect(restOf(await asking({ finalizeWithinMs: dayMs / 2 }, dayMs))).toBe(dayMs / 2);
    });

    test('more than the rules allow is refused, in a sentence', async () => {
      const made = makePlan(await asking({ finalizeWithinMs: 20 * dayMs }, 9 * dayMs));
      expect('problems' in made ? made.problems.map(({ message }) => message) : []).toEqual([
        '16.4 → 16.14 must be finalized within 9 days by the rules, less than the 20 days given; no flag raises it',
      ]);
    });

    test('a word about it is refused where nothing is finalized by command, and so are both words at once', async () => {
      const input = await inputFor(3);
      const withOptions = (change: Partial<PlanInput['options']>) => ({ ...input, options: { ...input.options, ...change } });
      expect(codesOf(withOptions({ finalize: 'auto' }))).toEqual(['not-commanded']);
      expect(codesOf(withOptions({ finalizeWithinMs: dayMs }))).toEqual(['not-commanded']);
      expect(codesOf(await asking({ finalize: 'auto', finalizeWithinMs: dayMs }))).toEqual(['bad-option']);
      expect(codesOf(await asking({ finalizeWithinMs: 0 }))).toEqual(['bad-option']);
    });
  });

  test('a settling time below what the rule pack demands', async () => {
    const input = await inputFor(3);
    expect(codesOf({ ...input, limits: [{ maxDown: 1, minSettleSeconds: 120, mixedAtMostMs: null }] })).toEqual(['settle-too-short']);
    const plan = planOf({
      ...input,
      limits: [{ maxDown: 1, minSettleSeconds: 120, mixedAtMostMs: null }],
      options: { ...input.options, settleMs: null },
    });
    expect(plan.settleMs).toBe(120_000);
  });

  test('all that is wrong is said at once', async () => {
    const input = await inputFor(3);
    const nodes = input.view.nodes.map((node) => (node.instance === 'pg-2' ? { ...node, checks: [] } : node));
    expect(codesOf({ ...input, view: { ...input.view, nodes }, releases: [] })).toEqual([
      'missing-checks',
      'release-unavailable',
      'release-unavailable',
      'release-unavailable',
    ]);
  });
});
