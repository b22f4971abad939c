import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dseScheme as scheme } from '../../engines/dse/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const small = fc.integer({ min: 0, max: 12 });
const triple = fc.tuple(fc.constantFrom('5.1', '6.7', '6.8', '6.9'), small).map((it) => it.join('.'));
const versions = fc.oneof(
  triple,
  fc.tuple(triple, fc.constantFrom('alpha1', 'beta2', 'rc1', 'rc12', '1', '2', '12')).map((it) => it.join('-')),
  fc.tuple(fc.constantFrom('3.1.0', '3.1.1', '2.0.3'), triple).map((it) => it.join('-')),
  fc.constantFrom('cassandra-3.11.5', 'cassandra-3.10', 'cassandra-3.10.0', 'cassandra-2.1.20', 'ddac-3.11.4', 'hcd-1.2.0', 'hcd-1.2.3'),
);

describe('DSE versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('orders by number, labels before their final, revisions after it', () => {
    ordersAsListed(scheme, [
      ...['ddac-3.11.4', 'cassandra-1.2.16', 'cassandra-3.10', 'cassandra-3.11.5', '4.8.16', '5.0.15', '5.0.15-1', '5.0.15-2', '5.1.7'],
      ...['6.7.6', '3.1.0-6.7.6', '3.1.1-6.7.6', '6.8.0-rc1', '6.8.0', '6.8.9', '6.8.35', '6.9.0', 'hcd-1.2.0'],
    ]);
  });

  it('orders packages of DC/OS by the DSE inside', () => {
    expect(scheme.compare('3.1.0-6.7.6', '6.8.0')).toBeLessThan(0);
    expect(scheme.series('3.1.0-6.7.6')).toBe('6.7');
  });

  it('takes the first two numbers as the series', () => {
    expect(['6.8', 'cassandra-3.11', 'hcd-1.2', 'ddac-3.11'].every(scheme.isSeries)).toBe(true);
    for (const text of [
      '6.8',
      '6',
      'dse-6.8.0',
      '6.8.x',
      '6.8.0rc1',
      '6.8.0-rc',
      '6.8.035',
      'cassandra-4.0-beta1',
      'cassandra-',
      'hcd-1',
      '3.1.0-6.7',
    ])
      expect(scheme.parse(text), text).toBeNull();
  });
});
