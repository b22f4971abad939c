import { describe, expect, test } from 'vitest';
import { affectsCheck, type NodeFacts } from '../../common/facts.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { type AffectedBy, findAffected, planTasksOf } from '../../controller/planner/evidence.ts';
import { postgresqlProcedure as procedure } from '../../engines/postgresql/procedure.ts';
import { ask } from '../rules/builtin.ts';
import { FleetTwin, twinCluster } from '../twins/fleet.ts';
import { inputFor, planOf } from './input.ts';

const path = ask('postgresql', '16.4', '16.14');
const bloom = affectsCheck('reindex-brin-bloom');

/** A fleet whose agents know the checks, and answer them so. */
class Asked extends FleetTwin {
  readonly probedView: string[] = [];
  readonly #ok: (check: string) => boolean | null;

  constructor(ok: (check: string) => boolean | null) {
    super(3);
    this.#ok = ok;
  }

  override async probe(instance: string, checks: readonly string[], deadlineMs: number): Promise<NodeFacts> {
    this.probedView.push(instance);
    const facts = await super.probe(instance, checks, deadlineMs);
    return { ...facts, findings: checks.map((check) => ({ check, ok: this.#ok(check), detail: `${check} was looked into` })) };
  }
}

async function findWith(fleet: FleetTwin, known: readonly string[]): Promise<AffectedBy> {
  const view = await fleet.view(twinCluster);
  const nodes = view.nodes.map((node) => ({ ...node, checks: [...node.checks, ...known] }));
  return findAffected(fleet, { ...view, nodes }, path, procedure);
}

describe('12.B10: what release notes ask for, set against the database', () => {
  test('one node is asked, whoever leads, and only about what the hops pass over', async () => {
    const fleet = new Asked(() => true);
    const affected = await findWith(fleet, [bloom]);
    expect(fleet.probedView).toEqual(['pg-1']);
    expect([...affected.keys()].sort()).toEqual([...(path.hops[0]?.tasks ?? [])].sort());
  });

  test('agents that know none of the checks are not asked, and the answer is unknown', async () => {
    const fleet = new Asked(() => true);
    expect((await findWith(fleet, [])).size).toBe(0);
    expect(fleet.probedView).toEqual([]);
    const tasks = path.hops.flatMap((hop) => planTasksOf(hop, procedure, new Map()));
    expect(tasks.map(({ affected }) => affected)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  });

  test('the printed plan says affected with what is, not affected, or unknown with why', async () => {
    const affected = await findWith(new Asked((check) => (check === bloom ? false : check.includes('numeric') ? null : true)), [bloom]);
    const plan = planOf({ ...(await inputFor(3)), affected });
    const text = renderPlan(plan, 'p-1', 'sha256:0').replaceAll(/\n {4}/g, ' ');
    expect(text).toContain(`reindex-brin-bloom (16.9): affected: ${bloom} was looked into`);
    expect(text).toContain('recreate-self-referencing-foreign-keys (16.9): not affected\n');
    expect(text).toMatch(/reindex-brin-numeric-minmax-multi \(16\.10\): unknown: \S/);
    expect(text).toContain('Risks named by the rules: none.');
  });

  test("what the order of turns does itself is nobody's task", () => {
    const hops = ask('postgresql', '14.0', '14.25').hops;
    const tasks = hops.flatMap((hop) => planTasksOf(hop, procedure, new Map())).map(({ task }) => task);
    expect(hops[0]?.tasks).toContain('standbys-before-primary');
    expect(tasks).not.toContain('standbys-before-primary');
  });

  test('every task that the rules ask for by release is one that a driver looks into, or that Drydock does', () => {
    const asked = ['12.0 12.22', '13.0 13.23', '14.0 14.25', '15.0 15.20', '16.0 16.16', '17.0 17.12', '18.0 18.7'].flatMap((way) => {
      const [from = '', to = ''] = way.split(' ');
      return ask('postgresql', from, to).hops.flatMap((hop) => (hop.releaseTasks ?? []).map(({ task }) => task));
    });
    const known = [...(procedure.inquires ?? []), ...(procedure.does ?? [])];
    expect([...new Set(asked)].filter((task) => !known.includes(task))).toEqual([]);
  });
});
