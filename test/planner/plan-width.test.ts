import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { kindNames, runOfKind } from '../sequencer/kinds-of-runs.ts';
import { etcdInputOf } from './etcd-input.ts';
import { planOf } from './input.ts';

const columns = 80;
const digest = `sha256:${'0'.repeat(64)}`;
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const printed = (plan: Plan): readonly string[] => renderPlan(plan, 'p-7Q4M', digest).split('\n');

/** Lines of a configuration file are shown as they are. */
const tooLong = (lines: readonly string[]) => lines.filter((line) => line.length > columns && !/^ {2}[-+ ]/.test(line));

/** Plans in documents begin with their head and end with the rules that they go by. */
const plansIn = (page: string) => page.match(/^PLAN p-[\s\S]*?^Rules: .*$/gm) ?? [];

const renamed = (plan: Plan, by: string): Plan => JSON.parse(JSON.stringify(plan).replaceAll(/\bpg-(?=\d)/g, by)) as Plan;

describe('13.7: a printed plan fits 80 columns', () => {
  test.each(kindNames)('for %s', async (kind) => {
    const { plan } = await runOfKind(kind);
    expect(tooLong(printed(plan))).toEqual([]);
  });

  test('with several hops, and for nodes with long names', async () => {
    expect(tooLong(printed(planOf(etcdInputOf('3.5.21', '3.7.3'))))).toEqual([]);
    const { plan } = await runOfKind('upgrade with a switchover');
    expect(tooLong(printed(renamed(plan, 'postgres-eu-west-')))).toEqual([]);
  });

  test('in every golden text and every document', () => {
    const folders = ['../golden/planner/', '../golden/plan/', '../../docs/', '../../docs/engines/'];
    const texts = folders.flatMap((folder) =>
      readdirSync(new URL(folder, import.meta.url))
        .filter((name) => /\.(txt|md)$/.test(name))
        .flatMap((name) => plansIn(read(`${folder}${name}`))),
    );
    expect(texts.length).toBeGreaterThan(8);
    expect(texts.flatMap((text) => tooLong(text.split('\n')))).toEqual([]);
  });

  test('without a name or a command that is cut or broken, however long', async () => {
    const long = 'postgresql-production-eu-central-1a-rack-17-number-';
    const { plan } = await runOfKind('upgrade with a switchover');
    const lines = printed(renamed(plan, long));
    for (const at of [1, 2, 3]) expect(lines.some((line) => line.includes(`${long}${at}  `))).toBe(true);
    expect(lines.filter((line) => line.includes('drydock')).join('\n')).toMatch(/drydock plan pg-main --to 16\.4 --downgrade$/m);
    expect(lines.join('\n')).not.toContain('\ue000');
  });

  test('and is in the page about etcd as it is printed', () => {
    expect(read('../../docs/engines/etcd.md')).toContain(read('../golden/plan/etcd-3.5-to-3.7.txt'));
  });
});
