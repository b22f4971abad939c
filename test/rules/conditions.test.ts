import { describe, expect, it } from 'vitest';
import { loadPack } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import { numbersSchemes } from './numbers-scheme.ts';

const pack = loadPack(
  'numbers.yaml',
  `engine: numbers
version: 1
source: the guide
limits: { maxDown: 2, minSettleSeconds: 5 }
releases: { source: the list, list: "1.0\\n1.1\\n1.2\\n1.3 - withdrawn\\n1.4" }
edges:
  - { id: step, from: any, to: any, direction: both, adjacent: version, kind: rolling, rollback: lossless, source: the guide }
  - { id: jump, from: 1.0, to: 1.4, kind: all-stop, rollback: lossless, when: { arch: x64, traits: { omHa: "true" } }, source: the guide }
refusals:
  - { id: libc, to: 1.2, when: { os: [ubuntu, "centos:7"] }, reason: needs a newer libc, source: the notes }
  - { id: auth, to: 1.1, when: { traits: { auth: "true" } }, reason: loses logins, instead: switch it off, source: the notes }
notes:
  - { id: slow, to: 1.2, when: { os: debian }, risks: [slow on Debian], tasks: [warm-up], source: the notes }
`,
  numbersSchemes,
);
const packs = new Map([['numbers', pack]]);

function ask(from: string, to: string, oses: readonly (string | null)[], more: { arch?: string; traits?: Record<string, string> } = {}) {
  const hosts = oses.map((os, at) => ({ host: `db-${at + 1}`, os, arch: more.arch ?? null }));
  return findPath({ engine: 'numbers', from, to, hosts, traits: more.traits ?? {} }, packs);
}

describe('conditions of rules', () => {
  it('M2 refuses on a forbidden system, its versions included, and on an unknown one', () => {
    expect(ask('1.1', '1.2', ['debian:12']).admissible).toBe(true);
    for (const os of ['ubuntu:16.04', 'ubuntu', 'centos:7', 'centos:7.9', 'centos', null])
      expect(ask('1.1', '1.2', [os]).admissible, `${os}`).toBe(false);
    for (const os of ['centos:8', 'centos:70', 'ubuntustudio:22']) expect(ask('1.1', '1.2', [os]).admissible, os).toBe(true);
  });

  it('refuses for the whole cluster because of one host, and names it', () => {
    const path = ask('1.1', '1.2', ['debian:12', 'ubuntu:16.04', 'debian:12']);
    expect(path.refused).toMatchObject([{ reason: 'needs a newer libc (host db-2 is ubuntu:16.04)', instead: '1.4' }]);
    expect(ask('1.1', '1.2', ['debian:12', null]).refused[0]?.reason).toBe(
      'needs a newer libc (host db-2 is of an unknown operating system)',
    );
  });

  it('is adjacent over what is allowed on these hosts, withdrawn releases left out, both ways', () => {
    const stops = (from: string, to: string, os: string) => ask(from, to, [os], { traits: { auth: 'no' } }).hops.map((hop) => hop.to);
    expect(stops('1.1', '1.4', 'debian:12')).toEqual(['1.2', '1.4']);
    expect(stops('1.1', '1.4', 'ubuntu:16.04')).toEqual(['1.4']);
    expect(stops('1.4', '1.1', 'debian:12')).toEqual(['1.2', '1.1']);
    expect(stops('1.4', '1.1', 'ubuntu:16.04')).toEqual(['1.1']);
    expect(stops('1.3', '1.4', 'debian:12')).toEqual(['1.4']);
    expect(ask('1.4', '1.3', ['debian:12']).refused[0]).toMatchObject({
      reason: '1.3 was withdrawn by its vendor',
      instead: '1.4',
      source: 'the list',
    });
  });

  it('makes an unknown trait a requirement of the hop, and refuses when it is known to forbid', () => {
    expect(ask('1.0', '1.1', ['debian:12']).hops[0]).toMatchObject({ conditions: ['auth!=true'], requirements: ['trait:auth!=true'] });
    expect(ask('1.0', '1.1', ['debian:12'], { traits: { auth: 'false' } }).hops[0]).toMatchObject({
      conditions: ['auth!=true'],
      requirements: [],
    });
    expect(ask('1.0', '1.1', ['debian:12'], { traits: { auth: 'true' } }).refused).toMatchObject([
      { reason: 'loses logins (auth=true)', instead: 'switch it off' },
    ]);
  });

  it('opens an edge with a condition only where it is known to hold', () => {
    const kinds = (more: Parameters<typeof ask>[3]) => ask('1.0', '1.4', ['debian:12'], more).hops.map((hop) => hop.kind);
    expect(kinds({ arch: 'x64', traits: { omHa: 'true', auth: 'true' } })).toEqual(['rolling', 'rolling']);
    expect(ask('1.0', '1.4', ['ubuntu:22.04'], { arch: 'x64', traits: { omHa: 'true', auth: 'true' } }).hops).toMatchObject([
      { to: '1.4', kind: 'rolling' },
    ]);
    expect(kinds({ arch: 'arm64', traits: { omHa: 'true' } })).toEqual(['rolling', 'rolling', 'rolling']);
  });

  it('keeps no warning back where it does not know', () => {
    expect(ask('1.1', '1.2', ['debian:12']).hops[0]).toMatchObject({
      risks: ['slow on Debian'],
      tasks: ['warm-up'],
      source: 'the guide; the notes',
    });
    expect(ask('1.1', '1.2', ['fedora:40']).hops[0]).toMatchObject({ risks: [], tasks: [] });
  });
});
