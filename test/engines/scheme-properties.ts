/** What every version scheme must keep, tried on versions of its own making. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { VersionScheme } from '../../common/version-scheme.ts';

/** Strings that look enough like versions to find holes in a parser. */
const nearVersions = fc.stringMatching(/^[0-9v.+-]{0,8}(alpha|beta|rc|devel|-)?[0-9.]{0,4}\s?$/);

export function keepsTheSchemeProperties(scheme: VersionScheme, versions: fc.Arbitrary<string>): void {
  const canonical = versions.map((text) => scheme.parse(text) ?? `unparsed ${text}`);

  it('reads every form that it claims to know, and its canonical text stays what it is', () => {
    fc.assert(
      fc.property(versions, (text) => {
        const read = scheme.parse(text);
        expect(read).not.toBeNull();
        expect(scheme.parse(read ?? '')).toBe(read);
        expect(scheme.isSeries(read ?? '')).toBe(false);
      }),
    );
  });

  it('orders totally: equal only to itself, turned round when swapped, transitive', () => {
    fc.assert(
      fc.property(canonical, canonical, canonical, (a, b, c) => {
        expect(scheme.compare(a, a)).toBe(0);
        expect(scheme.compare(a, b) === 0).toBe(a === b);
        expect(Math.sign(scheme.compare(a, b))).toBe(-Math.sign(scheme.compare(b, a)) + 0);
        if (scheme.compare(a, b) <= 0 && scheme.compare(b, c) <= 0) expect(scheme.compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps a series in one unbroken stretch of the order', () => {
    fc.assert(
      fc.property(canonical, canonical, (a, b) => {
        const order = Math.sign(scheme.compareSeries(scheme.series(a), scheme.series(b)));
        expect(order === 0).toBe(scheme.series(a) === scheme.series(b));
        if (order !== 0) expect(Math.sign(scheme.compare(a, b))).toBe(order);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses what it does not know instead of guessing', () => {
    fc.assert(
      fc.property(fc.oneof(nearVersions, fc.string()), (text) => {
        const read = scheme.parse(text);
        if (read !== null) expect(scheme.compare(read, read)).toBe(0);
        expect(read !== null && scheme.isSeries(text)).toBe(false);
        expect(scheme.parse(`${text} `)).toBeNull();
        expect(scheme.parse(` ${text}`)).toBeNull();
        expect(scheme.isSeries(` ${text}`)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
}

/** A table in which each version comes before the next one. */
export function ordersAsListed(scheme: VersionScheme, oldestFirst: readonly string[]): void {
  const read = oldestFirst.map((text) => scheme.parse(text) ?? `unparsed ${text}`);
  expect([...read].reverse().sort(scheme.compare)).toEqual(read);
}
