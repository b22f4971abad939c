import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintPack } from '../../controller/rules/lint.ts';
import { drivers as realDrivers } from '../../engines/drivers.ts';
import { requirementTexts, taskTexts } from '../../engines/rule-ids.ts';
import { driverContract, liveContract } from '../contract/driver-contract.ts';
import { formContract } from '../contract/form.ts';
import { keepsTheSchemeProperties, ordersAsListed } from '../engines/scheme-properties.ts';
import { walkOf } from '../rules/builtin.ts';
import { page, root, shownPaths } from './walkthrough.ts';
import { configFiles, found, packs, path, recorded, scheme, tallyForm, tallySubject, tools } from './walkthrough-engine.ts';

describe('docs/adding-an-engine.md', () => {
  it('shows every file of the form', () => {
    const form = ['scheme', 'facts', 'tools', 'checks', 'verbs', 'jobs', 'procedure', 'config', 'driver'];
    expect(shownPaths.filter((path) => path.startsWith('engines/tally/'))).toEqual(
      ['pack.yaml', ...form.map((name) => `${name}.ts`)].map((file) => `engines/tally/${file}`),
    );
  });

  it('shows a rule pack that the lint has nothing against', () => {
    expect(lintPack(found(packs.get('tally')), packs, { requirements: requirementTexts, tasks: taskTexts, configFiles })).toEqual([]);
  });

  it('leads to where its rules say', () => {
    expect(walkOf(path('1.3.0', '2.1.0'))).toBe('1.3.0 > 1.4.2 > 2.1.0');
    expect(walkOf(path('2.1.0', '1.4.2'))).toBe('2.1.0 > 1.4.2');
    expect(path('1.4.0', '2.1.0').refused[0]?.instead).toBe('1.4.2 first');
  });

  it('parses what it shows as recorded', () => {
    expect(tools.status?.parse?.(recorded)).toMatchObject({ member: 't-2', leader: 't-1' });
    expect(tools.status?.parse?.('502 Bad Gateway')).toBeNull();
  });
});

describe('what the engines came to, in docs/adding-an-engine.md', () => {
  const form = ['scheme', 'facts', 'tools', 'checks', 'procedure', 'driver', 'verbs', 'jobs', 'config'].map((name) => `${name}.ts`);
  const filesIn = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const linesOf = (folder: string, files: readonly string[]) =>
    files.reduce((sum, file) => sum + readFileSync(join(root, folder, file), 'utf8').split('\n').length - 1, 0);
  const isAbout = (told: string, counted: number) => Math.abs(Number(told.replaceAll(',', '')) - counted) <= counted / 6;
  const rows = [...page.matchAll(/^\| ([a-z-]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|/gm)];

  it('M43 has a row for each engine that has a driver', () => {
    expect(rows.map(([, engine]) => engine).sort()).toEqual(realDrivers.map(({ engine }) => engine).sort());
  });

  it.each(rows.map(([, engine = '', ...told]) => ({ engine, told })))('counts $engine as it is', ({ engine, told }) => {
    const files = filesIn(`engines/${engine}`);
    const counted = [
      files.length,
      linesOf(`engines/${engine}`, files),
      linesOf(
        `engines/${engine}`,
        files.filter((file) => form.includes(file)),
      ),
    ];
    for (const [at, count] of counted.entries())
      expect(isAbout(told[at] ?? '', count), `${engine}: ${told[at]} told, ${count} counted`).toBe(true);
  });

  it('counts the kit as it is', () => {
    const [, told = ''] = /the kit is ([\d,]+) more/.exec(page) ?? [];
    expect(isAbout(told, linesOf('engines/kit', filesIn('engines/kit')))).toBe(true);
  });
});

describe('versions of the walkthrough', () => {
  const part = fc.integer({ min: 0, max: 12 });
  keepsTheSchemeProperties(
    scheme,
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
  );

  it('orders by number', () => {
    ordersAsListed(scheme, ['1.4.2', '1.4.10', '1.10.0', '2.0.0']);
  });
});

formContract(tallyForm);
driverContract(tallySubject);
liveContract(tallySubject);
