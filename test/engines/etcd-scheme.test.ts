import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etcdScheme as scheme } from '../../engines/etcd/scheme.ts';
import { keepsTheSchemeProperties, ordersAsListed } from './scheme-properties.ts';

const small = fc.integer({ min: 0, max: 12 });
const versions = fc
  .tuple(
    fc.constantFrom('', 'v'),
    fc.constantFrom('0.2', '3.4', '3.5', '3.6'),
    small,
    fc.constantFrom('', '-alpha.0', '-beta.1', '-rc.0', '-rc1', '+k3s', '+k3s1', '-rc.1+vendor.2'),
  )
  .map(([tag, series, patch, label]) => `${tag}${series}.${patch}${label}`);

describe('etcd versions', () => {
  keepsTheSchemeProperties(scheme, versions);

  it('orders pre-releases before the release, vendor builds right after it', () => {
    ordersAsListed(scheme, [
      '0.2.0-rc0',
      '0.2.0-rc1',
      '0.2.0',
      '3.5.9',
      '3.5.9+k3s',
      '3.5.10',
      '3.6.0-alpha.0',
      '3.6.0-beta.1',
      '3.6.0-rc.0',
      '3.6.0-rc.1',
      '3.6.0',
      '3.6.14',
      '3.7.0',
    ]);
  });

  it('reads a tag as its version and keeps a vendor’s suffix', () => {
    expect(['v3.6.14', '3.5.9+k3s1'].map(scheme.parse)).toEqual(['3.6.14', '3.5.9+k3s1']);
    expect(scheme.series('3.5.9+k3s1')).toBe('3.5');
    expect(['3.6', 'v3.6'].every(scheme.isSeries)).toBe(true);
    for (const text of ['3.6', '3', '3.6.14.1', '3.6.14-k3s', '3.6.14+', '3.6.014', 'etcd-3.6.14', '3.6.0-gamma.1'])
      expect(scheme.parse(text), text).toBeNull();
  });
});
