import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgresqlScheme as scheme } from '../../engines/postgresql/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const small = fc.integer({ min: 0, max: 12 });
const stage = fc.oneof(
  fc.constant('devel'),
  fc.tuple(fc.constantFrom('alpha', 'beta', 'rc'), fc.integer({ min: 1, max: 3 })).map((it) => it.join('')),
);
const versions = fc.oneof(
  fc.tuple(fc.integer({ min: 10, max: 14 }), small).map(([major, minor]) => `${major}.${minor}`),
  fc.tuple(fc.integer({ min: 10, max: 14 }), stage).map(([major, pre]) => `${major}${pre}`),
  fc.tuple(fc.constantFrom('8.0', '9.5', '9.6'), small).map(([series, minor]) => `${series}.${minor}`),
  fc.tuple(fc.constantFrom('7.4', '8.0', '9.6'), stage).map(([series, pre]) => `${series}${pre}`),
  fc.tuple(fc.constantFrom('6.5', '7.4'), fc.integer({ min: 1, max: 3 })).map(([series, minor]) => `${series}.${minor}`),
  fc.constantFrom('2.0', '6.5', '7.4'),
);

describe('PostgreSQL versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('orders releases before and after 10, with pre-releases before their first final', () => {
    ordersAsListed(scheme, [
      ...['7.4', '7.4.1', '8.0.0', '8.0.26', '9.5.25', '9.6beta1', '9.6.0', '9.6.9', '9.6.24', '10beta1', '10.0', '10.2', '10.23'],
      ...['16.9', '16.10', '18devel', '18alpha1', '18beta1', '18beta2', '18rc1', '18.0', '18.1', '19devel'],
    ]);
  });

  it('takes one number as the series from 10 on, two before', () => {
    expect(['16.4', '18beta1', '9.6.24', '9.6rc1', '7.4.3', '7.4'].map(scheme.series)).toEqual(['16', '18', '9.6', '9.6', '7.4', '7.4']);
    expect(['16', '9.6', '8.0'].map(scheme.isSeries)).toEqual([true, true, true]);
    expect(['16.4', '9', '7.4', '10.', 'sixteen', '018', ''].map(scheme.isSeries)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it('refuses forms that belong to packages, vendors or nobody', () => {
    const strange = [
      '16',
      '9.6',
      '16.4.0',
      '16.4.0-beta.14',
      '16.4 (Debian 16.4-1)',
      'v16.4',
      '16.04',
      '016.4',
      '16.',
      '.4',
      '16.x',
      '10beta',
      '18beta0',
      '18.1beta1',
    ];
    for (const text of [...strange, '9beta1', '9.6.1rc1', '7.4.0', '16.4-1', '1e1.2', '16.-1', '', '１６.4'])
      expect(scheme.parse(text), text).toBeNull();
  });

  it('tells pre-releases from finals', () => {
    expect(['18beta1', '19devel', '9.6rc1'].every(scheme.isPrerelease)).toBe(true);
    expect(['18.0', '9.6.0', '7.4'].some(scheme.isPrerelease)).toBe(false);
  });
});
