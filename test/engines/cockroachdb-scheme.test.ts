import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cockroachdbScheme as scheme } from '../../engines/cockroachdb/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const line = fc.constantFrom('1.1', '2.1', '19.1', '20.2', '23.1', '24.2');
const small = fc.integer({ min: 0, max: 12 });
const versions = fc.oneof(
  fc.tuple(line, small).map(([it, patch]) => `v${it}.${patch}`),
  fc.tuple(line, small).map(([it, patch]) => `${it}.${patch}`),
  fc.constantFrom('v1.0', '1.0', 'v1.0.1', 'v1.0.7', 'v1.0-rc.1', 'v1.1-alpha.20170601', 'v2.0-beta.20180305', 'v20.1.0-alpha20191216'),
  fc.constantFrom(
    'beta-20160421',
    'beta-20160421-42-g62a0fd2',
    'beta-20170105',
    'v24.1.3-cloudonly',
    'v19.2.0-alpha.20190606-2479-gd98e0839dc',
  ),
  fc
    .tuple(line, fc.constantFrom('alpha', 'beta', 'rc'), fc.integer({ min: 1, max: 12 }))
    .map(([it, stage, count]) => `v${it}.0-${stage}.${count}`),
);

describe('CockroachDB versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('orders year and number after the plain numbers, and what came before each release before it', () => {
    ordersAsListed(scheme, [
      ...['beta-20160407', 'beta-20160421', 'beta-20160421-42-g62a0fd2', 'beta-20170105', 'v1.0-rc.1', 'v1.0', 'v1.0.1', 'v1.0.7'],
      ...[
        'v1.1-alpha.20170601',
        'v1.1.0-rc.1',
        'v1.1.0',
        'v2.0-rc.1',
        'v2.0.0',
        'v2.1.11',
        'v19.1.0-beta.20190225',
        'v19.1.0-rc.1',
        'v19.1.0',
      ],
      ...['v19.2.0-alpha.20190606', 'v19.2.0-alpha.20190606-2479-gd98e0839dc', 'v19.2.0', 'v20.1.9', 'v20.1.10', 'v23.2.0-alpha.7'],
      ...['v23.2.0-beta.3', 'v23.2.0-rc.2', 'v23.2.0', 'v24.1.3', 'v24.1.3-cloudonly', 'v24.1.4'],
    ]);
  });

  it('reads a version without its v and writes it with one', () => {
    expect(['23.1.4', 'v23.1.4', '1.0', '23.2.0-rc.1'].map(scheme.parse)).toEqual(['v23.1.4', 'v23.1.4', 'v1.0', 'v23.2.0-rc.1']);
    expect(['23.1', 'v23.1', 'v1.1'].every(scheme.isSeries)).toBe(true);
    expect(scheme.compareSeries('23.1', 'v23.1')).toBe(0);
    expect(scheme.isSeries('v1.0')).toBe(false);
  });

  it('refuses forms that were never released', () => {
    for (const text of [
      'v1.0.0',
      'v23.1',
      'v2.0',
      'V23.1.4',
      'vv23.1.4',
      'v23.1.4-1',
      'v23.1.04',
      'v23.1-rc.1',
      'beta-2016',
      'beta',
      'v0.0.1',
      'v23.1.4-cloud',
    ])
      expect(scheme.parse(text), text).toBeNull();
  });
});
