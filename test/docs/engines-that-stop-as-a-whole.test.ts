/** docs/engines-that-stop-as-a-whole.md: its code stands where it says, and its tables are what the planner makes of the form. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openQuay, quayKinds } from '../quay/open.ts';
import { actor, planRequest } from '../sequencer/stage.ts';

const root = new URL('../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const page = textOf('docs/engines-that-stop-as-a-whole.md');

const excerpts = [...page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, path = '', code = '']) => ({ path, code }));

/** First column of the table in this section. */
function phasesOf(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| (\w+) \|/gm)].map(([, name = '']) => name).filter((name) => name !== 'phase');
}

describe('docs/engines-that-stop-as-a-whole.md', () => {
  test.each(excerpts)('shows what stands in $path', ({ path, code }) => {
    expect(textOf(path)).toContain(code);
  });

  test('names every field that an engine fills in for such hops', () => {
    const fields = (name: string, file: string) => {
      const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*\\{([\\s\\S]*?)^\\}`, 'm').exec(textOf(file)) ?? [];
      return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, field = '']) => field);
    };
    const wanted = [
      ...fields('ComponentForm', 'engines/kit/pure/waves.ts'),
      ...fields('StopOrder', 'engines/kit/pure/waves.ts'),
      ...fields('MigrationForm', 'common/shape-forms.ts'),
    ];
    expect(wanted.length).toBeGreaterThan(8);
    for (const field of wanted) expect(page, field).toMatch(new RegExp(`\\b${field}\\b`));
  });

  test('names files that are there', () => {
    for (const [, path = ''] of page.matchAll(/`((?:test|common|controller|engines)\/[\w./-]+)`/g))
      expect(existsSync(new URL(path, root)), path).toBe(true);
  });

  test.each([
    ['all-stop', '3. all-stop', 600_000],
    ['in-place', '4. in-place', null],
  ] as const)('M36 lists the phases of %s in the order in which they are planned', async (kind, heading, soakMs) => {
    await using stage = await openQuay(kind);
    const { plans, store } = stage.controller;
    const asked = { ...planRequest, cluster: 'quay-main', toVersion: quayKinds[kind].to, settleMs: 0, soakMs };
    const plan = (await store.plan((await plans.makePlan(asked, actor)).planId))?.plan;
    expect(phasesOf(heading)).toEqual([...new Set(plan?.hops[0]?.phases.map(({ name }) => name))]);
  });
});
