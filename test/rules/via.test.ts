/** Ways that stop where a person says so. */
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import { quayPackText, quaySchemes } from '../quay/rules.ts';
import { builtin, walkOf } from './builtin.ts';

const hosts = [{ host: null, os: null, arch: null }];
const by = (from: string, to: string, via: readonly string[], engine = 'cassandra', packs: RulePacks = builtin) =>
  findPath({ engine, from, to, via, hosts, traits: {} }, packs);
const failing = (from: string, to: string, via: readonly string[]) => {
  try {
    return walkOf(by(from, to, via));
  } catch (thrown) {
    return thrown instanceof FailureError ? `${thrown.failure.class} ${thrown.failure.code}: ${thrown.failure.message}` : String(thrown);
  }
};

describe('a way with stops that were asked for', () => {
  it('M50 stops there, although a straighter one is allowed, and says so', () => {
    expect(walkOf(by('4.0.15', '5.0.4', []))).toBe('4.0.15 > 5.0.4');
    expect(walkOf(by('4.0.15', '5.0.4', ['4.1.7']))).toBe('4.0.15 > 4.1.7 > 5.0.4');
    expect(walkOf(by('4.0.15', '5.0.4', ['4.0.19', '4.1.7']))).toBe('4.0.15 > 4.0.19 > 4.1.7 > 5.0.4');
    expect(by('4.0.15', '5.0.4', ['4.1.7']).via).toEqual(['4.1.7']);
    expect(by('4.0.15', '5.0.4', []).via).toBeUndefined();
  });

  it('takes what else is needed between the stops', () => {
    expect(walkOf(by('3.11.5', '5.0.4', ['4.1.7']))).toBe('3.11.5 > 4.1.7 > 5.0.4');
    expect(
      by('2.2.5', '5.0.4', ['4.1.7'])
        .hops.map(({ to }) => to)
        .slice(-2),
    ).toEqual(['4.1.7', '5.0.4']);
  });

  it('P10 is refused where a rule forbids a stop, with the reason of that part', () => {
    const path = by('3.0.14', '3.11.19', ['3.0.23']);
    expect(path).toMatchObject({ admissible: false, hops: [] });
    expect(path.refused.map(({ from, to, reason }) => `${from} ${to} ${reason}`)).toEqual([
      '3.0.14 3.0.23 corrupts data when the schema changes (CASSANDRA-16735)',
    ]);
  });

  it('P10 stops at nothing that the rules do not list', () => {
    expect(by('4.0.15', '5.0.4', ['4.1.99']).refused).toEqual([
      expect.objectContaining({
        to: '4.1.99',
        reason: 'a path cannot stop at 4.1.99: it is not a final release listed in the rules of cassandra, or it was withdrawn',
      }),
    ]);
  });

  it('takes no hop that must be the whole way', () => {
    const text = quayPackText.replace('{ id: 1-to-2,', "{ id: 1-to-2, alone: 'true',");
    const packs: RulePacks = new Map([['quay', loadPack('quay.yaml', text, quaySchemes)]]);
    expect(walkOf(by('1.0', '2.0', [], 'quay', packs))).toBe('1.0 > 2.0');
    expect(walkOf(by('1.0', '2.0', ['1.1'], 'quay', packs))).toBe('no way');
  });

  it.each([
    ['4.0.15', '5.0.4', ['5.0.4'], 'usage bad-via: 5.0.4 is not between 4.0.15 and 5.0.4: give intermediate versions in order'],
    ['4.0.15', '5.0.4', ['3.11.5'], 'usage bad-via: 3.11.5 is not between 4.0.15 and 5.0.4: give intermediate versions in order'],
    ['4.0.15', '5.0.4', ['4.1.7', '4.1.6'], 'usage bad-via: 4.1.6 is not between 4.1.7 and 5.0.4: give intermediate versions in order'],
    ['4.0.15', '5.0.4', ['4.1'], 'usage bad-version: "4.1" is not a valid version of cassandra; expected one like 5.0.9'],
  ])('%s to %s by way of %s is a slip', (from, to, via, message) => {
    expect(failing(from, to, via)).toBe(message);
  });
});
