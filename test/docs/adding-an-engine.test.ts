import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintPack } from '../../controller/rules/lint.ts';
import { configFileNames } from '../../engines/config-files.ts';
import { requirementTexts, taskTexts } from '../../engines/rule-ids.ts';
import { driverContract, liveContract } from '../contract/driver-contract.ts';
import { keepsTheSchemeProperties, ordersAsListed } from '../engines/scheme-properties.ts';
import { walkOf } from '../rules/builtin.ts';
import { shownPaths } from './walkthrough.ts';
import { found, packs, parseStatus, path, recorded, scheme, tallySubject } from './walkthrough-engine.ts';

describe('docs/adding-an-engine.md', () => {
  it('shows every file of the form', () => {
    for (const file of ['pack.yaml', 'scheme.ts', 'facts.ts', 'procedure.ts', 'driver.ts', 'probe.ts'])
      expect(shownPaths).toContain(`engines/tally/${file}`);
  });

  it('shows a rule pack that the lint has nothing against', () => {
    expect(
      lintPack(found(packs.get('tally')), packs, { requirements: requirementTexts, tasks: taskTexts, configFiles: configFileNames }),
    ).toEqual([]);
  });

  it('leads to where its rules say', () => {
    expect(walkOf(path('1.3.0', '2.1.0'))).toBe('1.3.0 > 1.4.2 > 2.1.0');
    expect(walkOf(path('2.1.0', '1.4.2'))).toBe('2.1.0 > 1.4.2');
    expect(path('1.4.0', '2.1.0').refused[0]?.instead).toBe('1.4.2 first');
  });

  it('parses what it shows as recorded', () => {
    expect(parseStatus(recorded)).toMatchObject({ member: 't-2', leader: 't-1' });
    expect(parseStatus('502 Bad Gateway')).toBeNull();
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

driverContract(tallySubject);
liveContract(tallySubject);
