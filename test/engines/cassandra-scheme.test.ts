import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cassandraScheme as scheme } from '../../engines/cassandra/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const small = fc.integer({ min: 0, max: 12 });
const stage = fc.oneof(
  fc.constant('-SNAPSHOT'),
  fc.tuple(fc.constantFrom('alpha', 'beta', 'rc'), fc.integer({ min: 1, max: 3 })).map(([name, count]) => `-${name}${count}`),
);
const versions = fc.oneof(
  fc.tuple(fc.constantFrom('2.1', '3.0', '3.1', '3.9', '3.11', '4.0'), small).map(([series, patch]) => `${series}.${patch}`),
  fc.constantFrom('3.1', '3.4', '3.9', '3.10'),
  fc.tuple(fc.constantFrom('4.0', '4.1', '5.1', '3.0.0', '2.2.0', '4.0.0', '3.4'), stage).map((it) => it.join('')),
);

describe('Cassandra versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('orders tick-tock finals by number, before 3.11, and pre-releases before their final', () => {
    ordersAsListed(scheme, [
      ...['2.1.8', '2.1.9', '2.2.0-rc1', '2.2.19', '3.0.0-rc2', '3.0.9', '3.0.32', '3.1', '3.1.1', '3.2', '3.9', '3.10', '3.11.0'],
      ...['3.11.19', '4.0-alpha1', '4.0-beta1', '4.0-beta2', '4.0-rc1', '4.0.0', '4.0.1', '5.0.2', '5.1-SNAPSHOT', '5.1-alpha1'],
    ]);
  });

  it('reads a number that was left out as zero, and answers in the spelling of the vendor', () => {
    expect(['3.10.0', '3.10', '4.0.0-beta2', '3.0-rc1', '4.1.0'].map(scheme.parse)).toEqual([
      '3.10',
      '3.10',
      '4.0-beta2',
      '3.0.0-rc1',
      '4.1.0',
    ]);
    expect(['3.0', '3.11', '4.1', '2.2'].every(scheme.isSeries)).toBe(true);
    expect(['3.10', '3.1', '3', '4'].some(scheme.isSeries)).toBe(false);
  });

  it('refuses forms that are not the vendor’s', () => {
    for (const text of [
      '3',
      '3.0',
      '3.11',
      '3.12',
      '4.0',
      'v3.11.5',
      '3.11.05',
      '3.11.5.1',
      '4.0beta2',
      '4.0-beta',
      '4.0-beta0',
      '4.0-gamma1',
      '4.0-snapshot',
      '1.0.25-3.0.10',
    ])
      expect(scheme.parse(text), text).toBeNull();
  });
});
