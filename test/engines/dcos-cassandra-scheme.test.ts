import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dcosCassandraScheme as scheme } from '../../engines/dcos-cassandra/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const small = fc.integer({ min: 0, max: 30 });
const bases = fc.constantFrom('2.2.5', '3.0.7', '3.0.8', '3.0.10', '5.0.0', '5.0.2');
const versions = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 2 }), small, bases).map(([minor, patch, base]) => `1.${minor}.${patch}-${base}`),
  fc.constantFrom('2.2.5-1.0.5', '1.0.5-2.2.5'),
);

describe('DC/OS Cassandra package versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('M1 orders by the package; the base only decides between equal packages', () => {
    ordersAsListed(scheme, [
      ...['2.2.5-1.0.5', '1.0.7-2.2.5', '1.0.13-2.2.5', '1.0.13-5.0.0', '1.0.14-2.2.5', '1.0.14-3.0.7', '1.0.15-3.0.7'],
      ...['1.0.16-3.0.8', '1.0.16-5.0.2', '1.0.18-3.0.9', '1.0.19-3.0.9', '1.0.20-3.0.10', '1.0.25-3.0.10', '1.1.0-3.0.10'],
    ]);
  });

  it('knows the one reversed tag and no other', () => {
    expect(scheme.parse('2.2.5-1.0.5')).toBe('2.2.5-1.0.5');
    expect(scheme.parse('1.0.5-2.2.5')).toBe('2.2.5-1.0.5');
    expect(scheme.series('2.2.5-1.0.5')).toBe('1.0.5');
    expect(scheme.parse('2.2.5-1.0.7')).toBeNull();
  });

  it('tells the base apart: Cassandra 2 and 3, DSE 5', () => {
    expect(scheme.base?.('1.0.25-3.0.10')).toEqual({ engine: 'cassandra', version: '3.0.10' });
    expect(scheme.base?.('1.0.16-5.0.2')).toEqual({ engine: 'dse', version: '5.0.2' });
    expect(scheme.base?.('2.2.5-1.0.5')).toEqual({ engine: 'cassandra', version: '2.2.5' });
  });

  it('takes a package without its base for a series', () => {
    expect(scheme.isSeries('1.0.25')).toBe(true);
    for (const text of [
      '1.0.25',
      '1.0',
      '3.0.10',
      '1.0.25-3.0',
      '1.0.25-4.0.1',
      '3.1.0-6.7.6',
      '1.0.25_3.0.10',
      '1.0.25-3.0.10-beta',
      '1.0.025-3.0.10',
    ])
      expect(scheme.parse(text), text).toBeNull();
  });
});
