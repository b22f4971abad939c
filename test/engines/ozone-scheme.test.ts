import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ozoneScheme as scheme } from '../../engines/ozone/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const small = fc.integer({ min: 0, max: 12 });
const versions = fc
  .tuple(
    fc.constantFrom('', 'ozone-'),
    fc.constantFrom('0.5', '1.1', '1.4', '2.0', '2.1'),
    small,
    fc.constantFrom('', '-SNAPSHOT', '-RC0', '-RC3', '-alpha', '-beta'),
  )
  .map(([tag, series, patch, label]) => `${tag}${series}.${patch}${label}`);

describe('Ozone versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('orders candidates after nightlies and before the release', () => {
    ordersAsListed(scheme, [
      '0.4.2-alpha',
      '0.5.0-beta',
      '1.1.0',
      '1.2.0',
      '1.2.1',
      '1.4.1',
      '1.5.0-SNAPSHOT',
      '2.0.0',
      '2.1.0-RC0',
      '2.1.0-RC3',
      '2.1.0',
      '2.2.0',
    ]);
  });

  it('reads a tag as its version', () => {
    expect(scheme.parse('ozone-2.1.0')).toBe('2.1.0');
    for (const text of ['2.1', '2', 'v2.1.0', 'ozone-', '2.1.0-rc1', '2.1.0-RC', '2.1.0(Trinity)', '2.01.0'])
      expect(scheme.parse(text), text).toBeNull();
    expect(scheme.isSeries('2.1')).toBe(true);
  });
});
