import { describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { loadPack, loadPacks } from '../../controller/rules/pack.ts';
import { numbersSchemes } from './numbers-scheme.ts';

const sound = `engine: numbers
version: 3
source: a page
releases:
  source: a list
  list: |
    1.0 2020-01-01
    1.1 -
    1.10 2021-02-03 innovation
edges:
  - id: minor
    from: any
    to: final
    series: same
    kind: rolling
    rollback: lossless
    source: another page
refusals:
  - id: bad
    to: 1.1
    when:
      os: ubuntu
    reason: it is bad
    source: a third page
`;

function errorOf(text: string): string {
  try {
    loadPack('packs/numbers.yaml', text, numbersSchemes);
  } catch (error) {
    if (error instanceof FailureError) return `${error.failure.code} ${error.failure.message}`;
    throw error;
  }
  return 'accepted';
}

describe('a rule pack that is wrong', () => {
  it('is compared with one that is right', () => {
    const pack = loadPack('packs/numbers.yaml', sound, numbersSchemes);
    expect(pack).toMatchObject({ name: 'numbers', version: 3 });
    expect(pack.releases.map((release) => release.version)).toEqual(['1.0', '1.1', '1.10']);
    expect(pack.lineOf('refusals', 'bad')).toBe(19);
  });

  it('reads 1.10 as the text that it is, quoted or not', () => {
    const pack = loadPack('packs/numbers.yaml', sound.replace('to: 1.1\n', 'to: [1.10]\n'), numbersSchemes);
    expect(pack.refusals[0]?.to('1.10')).toBe(true);
    expect(pack.refusals[0]?.to('1.1')).toBe(false);
  });

  it.each([
    ['an unknown field', ['kind: rolling', 'kind: rolling\n    speed: high'], 'packs/numbers.yaml:16: edges[0].speed: unknown field'],
    [
      'an unknown kind',
      ['kind: rolling', 'kind: sliding'],
      'packs/numbers.yaml:15: edges[0].kind: expected rolling, all-stop, in-place or side-by-side, found "sliding"',
    ],
    ['a missing source', ['    source: another page\n', ''], 'packs/numbers.yaml:11: edges[0].source: '],
    ['an empty source', ['another page', '""'], 'packs/numbers.yaml:17: edges[0].source: expected text, found nothing'],
    ['a key twice', ['kind: rolling', 'kind: rolling\n    kind: rolling'], 'packs/numbers.yaml:16: Map keys must be unique'],
    ['a range in another language', ['to: final', 'to: "~1.2"'], 'packs/numbers.yaml:13: edges[0].to: expected a version, a series, any'],
    [
      'a release in another language',
      ['    1.1 -', '    v1.1 -'],
      'packs/numbers.yaml:8: releases.list: "v1.1" is not a valid version of numbers',
    ],
    ['a release twice', ['    1.1 -', '    1.0 -'], 'packs/numbers.yaml:8: releases.list: 1.0 is listed twice'],
    [
      'a date of no day',
      ['2021-02-03', 'soon'],
      'packs/numbers.yaml:9: releases.list: expected a date such as 2024-08-08, or -, found "soon"',
    ],
    ['an unknown mark', ['innovation', 'shiny'], 'packs/numbers.yaml:9: releases.list: expected one of prerelease, withdrawn'],
    [
      'an id twice',
      ['id: bad', 'id: minor'],
      'packs/numbers.yaml:19: refusals[0].id: "minor" is already the id of another rule in this pack',
    ],
    ['an engine without a scheme', ['engine: numbers', 'engine: letters'], 'packs/numbers.yaml:1: engine: unknown engine "letters"'],
    ['a version that is none', ['version: 3', 'version: three'], 'packs/numbers.yaml:2: version: expected a whole number'],
    ['from without to', ['    to: final\n', ''], 'packs/numbers.yaml:11: edges[0]: expected from and to, or a chain'],
    ['no YAML', ['engine: numbers', 'engine: [numbers'], 'packs/numbers.yaml:'],
    ['an OS that is none', ['os: ubuntu', 'os: Ubuntu Linux'], 'packs/numbers.yaml:22: refusals[0].when.os'],
  ])('%s is named with file, line and what was expected', (_what, [good = '', bad = ''], message) => {
    expect(sound).toContain(good);
    expect(errorOf(sound.replace(good, bad))).toContain(`bad-pack ${message}`);
  });

  it('is refused when it is empty or a list', () => {
    expect(errorOf('')).toMatch(/^bad-pack packs\/numbers\.yaml:1: /);
    expect(errorOf('- 1')).toMatch(/^bad-pack packs\/numbers\.yaml:1: /);
  });

  it('is refused when another pack speaks for its engine', () => {
    const twice = () =>
      loadPacks(
        [
          { file: 'a.yaml', text: sound },
          { file: 'b.yaml', text: sound },
        ],
        numbersSchemes,
      );
    expect(twice).toThrow('b.yaml:1: engine "numbers" already has a pack: a.yaml');
  });
});
