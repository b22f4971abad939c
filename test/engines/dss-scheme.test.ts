import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dssScheme as scheme } from '../../engines/dss/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const small = fc.integer({ min: 0, max: 12 });
const versions = fc.oneof(
  fc.tuple(small, small, small).map((it) => it.join('.')),
  fc.tuple(fc.integer({ min: 0, max: 4 }), small).map((it) => it.join('.')),
  fc.tuple(small, small, small).map((it) => `dataiku-dss-${it.join('.')}.tar.gz`),
  fc.tuple(small, fc.constantFrom('alpha1', 'beta1', 'beta2', 'rc1')).map(([major, stage]) => `${major}.0.0-${stage}`),
);

describe('DSS versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('orders by number, betas before their release', () => {
    ordersAsListed(scheme, ['1.4.0', '2.0.0', '4.2.1', '4.3', '11.0.0-beta1', '11.0.0', '13.2.1', '13.4.0', '13.10.0', '14.7.6', '15.2.1']);
  });

  it('reads the kit by its name, but not one for another system', () => {
    expect(['dataiku-dss-13.2.1.tar.gz', 'dataiku-dss-13.2.1', '4.3', '4.3.0'].map(scheme.parse)).toEqual([
      '13.2.1',
      '13.2.1',
      '4.3.0',
      '4.3.0',
    ]);
    for (const text of ['dataiku-dss-13.2.1-osx', 'dataiku-dss-13.2.1.zip', '13.2', '13', 'v13.2.1', '13.2.01', '13.2.1.0', 'dataiku-dss-'])
      expect(scheme.parse(text), text).toBeNull();
  });

  it('takes 13 and 13.0 for the same line', () => {
    expect(['13', '13.0'].every(scheme.isSeries)).toBe(true);
    expect(scheme.compareSeries('13', '13.0')).toBe(0);
    expect(['13.2', '4.0', '13.0.0'].some(scheme.isSeries)).toBe(false);
  });
});
