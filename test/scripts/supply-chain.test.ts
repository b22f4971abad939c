import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { complaints, type Lock, type Locked, type Manifest } from '../../scripts/supply-chain/lock.ts';
import { sbomOf } from '../../scripts/supply-chain/sbom.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, root), 'utf8'));
const manifest = read('package.json') as Manifest;
const lock = read('package-lock.json') as Lock;

const integrity = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const sound: Locked = { version: '1.0.0', license: 'MIT', integrity };
const made = (more: Locked, own: Partial<Manifest> = {}) =>
  complaints({ name: 'x', version: '1.0.0', license: 'MIT', ...own }, { packages: { '': {}, 'node_modules/a': { ...sound, ...more } } });

describe('the supply chain', () => {
  it('is as it must be: exact pins, listed install scripts, known licences, a digest of each package', () => {
    expect(complaints(manifest, lock)).toEqual([]);
  });

  it.each<readonly [string, Locked, Partial<Manifest>, string]>([
    [
      'an install script that is not listed',
      { hasInstallScript: true },
      {},
      'a runs a script when it is installed and is not in allowScripts',
    ],
    [
      'a listed script of a package that is gone',
      {},
      { allowScripts: { b: true } },
      'allowScripts of package.json lists b, which is not installed',
    ],
    ['a licence that was not decided on', { license: 'AGPL-3.0' }, {}, 'a has the licence AGPL-3.0, which is not among MIT'],
    ['a package without a licence', { license: undefined } as unknown as Locked, {}, 'a has the licence unknown'],
    ['a package without a digest', { integrity: undefined } as unknown as Locked, {}, 'package-lock.json has no digest of a'],
    ['a range', {}, { dependencies: { a: '^1.0.0' } }, 'a is ^1.0.0, not one version'],
  ])('refuses %s', (_name, locked, own, complaint) => {
    expect(made(locked, own)).toEqual([expect.stringContaining(complaint)]);
  });

  it('takes a script that is listed, and a tool with another licence', () => {
    expect(made({ hasInstallScript: true }, { allowScripts: { a: true } })).toEqual([]);
    expect(made({ license: 'MPL-2.0', dev: true })).toEqual([]);
  });

  it('is written down as CycloneDX: each package of production once, with purl, licence and digest', () => {
    const bom = sbomOf(manifest, lock) as { components: { name: string; purl: string; hashes: { alg: string; content: string }[] }[] };
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { component: { name: 'drydock' } } });
    const names = bom.components.map(({ name }) => name);
    for (const name of Object.keys(manifest.dependencies ?? {})) expect(names).toContain(name);
    expect(names).not.toContain('vitest');
    const grpc = bom.components.find(({ name }) => name === '@grpc/grpc-js');
    expect(grpc).toMatchObject({ purl: `pkg:npm/%40grpc/grpc-js@${manifest.dependencies?.['@grpc/grpc-js']}` });
    expect(grpc?.hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
  });
});
