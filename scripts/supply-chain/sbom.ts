/** PURE. The bill of materials as CycloneDX 1.6: the same lock file gives the same bytes. */
import { type Lock, type Manifest, type Part, partsOf } from './lock.ts';

/** Of what runs in production. */
export function sbomOf(manifest: Manifest, lock: Lock): object {
  const { name, version, license } = manifest;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', 'bom-ref': `${name}@${version}`, name, version, licenses: [{ license: { id: license } }] },
    },
    components: partsOf(lock, true).map(componentOf),
  };
}

function componentOf({ path, packageName, version = '', license, integrity, optional }: Part): object {
  return {
    type: 'library',
    'bom-ref': path,
    name: packageName,
    version,
    purl: `pkg:npm/${packageName.replace('@', '%40')}@${version}`,
    scope: optional === true ? 'optional' : 'required',
    ...(license === undefined ? {} : { licenses: [{ license: { id: license } }] }),
    ...(integrity === undefined ? {} : { hashes: integrity.split(/\s+/).map(hashOf) }),
  };
}

/** `sha512-…` in base64 as the format wants it: its name and hexadecimal digits. */
function hashOf(integrity: string): object {
  const [, bits = '', base64 = ''] = /^sha(\d+)-(.+)$/.exec(integrity) ?? [];
  return { alg: `SHA-${bits}`, content: Buffer.from(base64, 'base64').toString('hex') };
}
