import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../common/canonical-json.ts';
import { FailureError } from '../../common/failure.ts';
import { findPath } from '../../controller/rules/path.ts';
import { limitsOf } from '../../controller/rules/rules-met.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { ask, builtin, walkOf } from './builtin.ts';

const postgresql = (from: string, to: string) => ask('postgresql', from, to);

function failureOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof FailureError) return `${error.failure.class} ${error.failure.code}: ${error.failure.message}`;
    throw error;
  }
  return 'nothing thrown';
}

describe('paths of PostgreSQL', () => {
  it('M41 rolls a minor in one hop that swaps back', () => {
    const path = postgresql('16.4', '16.14');
    expect(path.admissible).toBe(true);
    expect(path.hops).toEqual([
      {
        ...{ from: '16.4', to: '16.14', kind: 'rolling', finalize: 'none', rollback: 'lossless' },
        ...{ conditions: [], requirements: [], risks: [] },
        tasks: [
          'recreate-foreign-keys-of-detached-partitions',
          'recreate-self-referencing-foreign-keys',
          'reindex-brin-bloom',
          'reindex-brin-numeric-minmax-multi',
        ],
        releaseTasks: expect.any(Array),
        source: expect.stringMatching(/^https:\/\/www\.postgresql\.org\/support\/versioning\/; /),
      },
    ]);
  });

  it('says which pack answered, by the digest of its bytes', () => {
    const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';
    expect(postgresql('16.4', '16.14').pack).toEqual({ name: 'postgresql', version: 3, digest: sha256Of(text) });
  });

  it.each([
    ['16.4', '16.14', '16.4 > 16.14'],
    ['16.14', '16.4', '16.14 > 16.4'],
    ['9.6.1', '9.6.24', '9.6.1 > 9.6.24'],
    ['9.6.24', '9.6.1', '9.6.24 > 9.6.1'],
    ['10.1', '10.23', '10.1 > 10.23'],
    ['16.4', '16', '16.4 > 16.16'],
    ['9.5.3', '9.5', '9.5.3 > 9.5.25'],
    ['16.5', '16.4', '16.5 > 16.4'],
    ['16.5', '16.6', '16.5 > 16.6'],
    ['16.16', '16', '16.16'],
    ['16.4', '16.4', '16.4'],
    ['9.5.1', '9.6.1', '9.5.1 > 9.6.1'],
    ['10.23', '11.1', '10.23 > 11.1'],
    ['16.4', '18', '16.4 > 18.7'],
    ['17.4', '16.4', 'no way'],
    ['18beta1', '18.0', '18beta1 > 18.0'],
    ['18.1', '18rc1', 'no way'],
    ['18beta1', '18beta2', '18beta1 > 18beta2'],
    ['18beta2', '18beta1', 'no way'],
  ])('%s to %s: %s', (from, to, walk) => {
    expect(walkOf(postgresql(from, to))).toBe(walk);
  });

  it('M42 leads to another major in place, never rolling, with what that takes and loses', () => {
    const path = postgresql('16.4', '17.2');
    expect(path.hops).toMatchObject([
      { from: '16.4', to: '17.2', kind: 'in-place', rollback: 'restore-cluster', requirements: ['whole-backup-verified'] },
    ]);
    expect(path.hops[0]?.tasks).toContain('pg-upgrade-check');
    expect(postgresql('17.4', '18.1').hops[0]?.risks.join()).toContain('--no-data-checksums');
    expect(postgresql('16.4', '17.2').hops[0]?.risks.join()).toContain('REINDEX every index over text');
  });

  it.each([
    ['17.0', '17.1', '17.2'],
    ['16.4', '16.5', '16.6'],
    ['15.8', '15.9', '15.10'],
    ['14.13', '14.14', '14.15'],
    ['13.16', '13.17', '13.18'],
    ['12.20', '12.21', '12.22'],
    ['17.4', '17.1', '17.2'],
  ])('never goes from %s to %s, whose extensions may crash, and names %s', (from, to, instead) => {
    const path = postgresql(from, to);
    expect(path.admissible).toBe(false);
    expect(path.refused).toMatchObject([{ from, to, instead }]);
  });

  it('says what a hop passes over', () => {
    expect(postgresql('16.4', '16.14').refused).toMatchObject([{ from: '16.4', to: '16.5', instead: '16.6' }]);
  });

  it('asks for the reindex of 14.4 only of those who come from before it', () => {
    expect(postgresql('14.3', '14.24').hops[0]?.tasks).toContain('reindex-concurrently-built');
    expect(postgresql('14.3', '14.24').hops[0]?.risks.join()).toContain('may be corrupt');
    for (const [from, to] of [
      ['14.4', '14.24'],
      ['14.0', '14.3'],
      ['14.4', '14.3'],
    ] as const)
      expect(postgresql(from, to).hops[0]?.releaseTasks ?? []).not.toContainEqual(expect.objectContaining({ release: '14.4' }));
  });

  it('allows a release that it does not know at either end, and says so as a risk', () => {
    expect(walkOf(postgresql('16.4', '16.99'))).toBe('16.4 > 16.99');
    expect(postgresql('16.4', '16.99').hops[0]?.risks.join()).toContain('16.99 is not listed in pack postgresql 3');
    expect(postgresql('18.5', '18.6').hops[0]?.risks.join()).toContain('18.5 is not listed in pack');
  });

  it('refuses a series as what runs now, and text that is no version', () => {
    expect(failureOf(() => postgresql('16', '16.4'))).toBe(
      'refused series-as-from: postgresql 16 is a series; give the release that runs now, such as 16.16',
    );
    expect(failureOf(() => postgresql('16.4', '16.x'))).toMatch(/^usage bad-version: "16\.x" is not a valid version of postgresql/);
    expect(failureOf(() => postgresql('16.4.0', '16.5'))).toMatch(/^usage bad-version/);
    expect(failureOf(() => postgresql('16.4', '99'))).toMatch(
      /^usage bad-version: postgresql 99: the pack lists no release of this series/,
    );
    expect(failureOf(() => ask('oracle', '1', '2'))).toMatch(/^not-found unknown-engine: unknown engine "oracle"/);
  });

  it('P1 gives the planner limits that no flag may lower', () => {
    const pack = builtin.get('postgresql');
    expect(pack === undefined ? null : limitsOf(pack, { from: '16.4', to: '16.14', kind: 'rolling' })).toEqual({
      maxDown: 1,
      minSettleSeconds: 0,
      mixedAtMostMs: null,
    });
  });

  it('answers the same question with the same bytes', () => {
    const query = { engine: 'postgresql', from: '14.1', to: '14', hosts: [{ host: null, os: null, arch: null }], traits: {} };
    expect(JSON.stringify(findPath(query, builtin))).toBe(JSON.stringify(findPath(query, builtin)));
  });
});
