/** Versions and rules of quay, an engine that exists in tests only: each major step is a hop of another kind. */
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { number, numbersOf, orderedScheme } from '../../engines/kit/pure/ordered-scheme.ts';
import { schemes } from '../../engines/schemes.ts';

const form = new RegExp(`^${number}\\.${number}$`);

export const quayScheme = orderedScheme('quay', {
  read(text) {
    if (!form.test(text)) return null;
    const numbers = numbersOf(text);
    return { text, order: numbers, series: String(numbers[0]), prerelease: false };
  },
  readSeries: (text) => (/^\d+$/.test(text) ? [Number(text)] : null),
});

export const quayPackText = `engine: quay
version: 1
source: &notes test/quay
otherwise: one major version at a time

limits:
  maxDown: 1

edges:
  - { id: within, from: any, to: any, series: same, direction: both, kind: rolling, rollback: lossless, requires: [all-members-healthy], source: *notes }
  - { id: 1-to-2, from: 1, to: 2, kind: all-stop, finalize: manual, rollback: lossless, requires: [all-members-healthy], source: *notes }
  - { id: 2-to-3, from: 2, to: 3, kind: in-place, rollback: restore-cluster, requires: [all-members-healthy], source: *notes }
  - { id: 3-to-4, from: 3, to: 4, kind: in-place, rollback: none, requires: [all-members-healthy], source: *notes }
  - { id: 4-to-5, from: 4, to: 5, kind: side-by-side, rollback: lossless, requires: [all-members-healthy], source: *notes }
  - { id: 5-to-6, from: 5, to: 6, kind: rolling, finalize: guarded, rollback: restore-node, requires: [all-members-healthy], source: *notes }

releases:
  source: *notes
  list: |
    1.0 -
    1.1 -
    2.0 -
    3.0 -
    4.0 -
    5.0 -
    6.0 -
`;

/** Its agents change this one. */
export const quayConfigFiles: ReadonlyMap<string, readonly string[]> = new Map([['quay', ['quay.yaml']]]);

export const quaySchemes = new Map([...schemes, ['quay', quayScheme]]);

export const quayPack = loadPack('quay.yaml', quayPackText, quaySchemes);
export const quayPacks: RulePacks = new Map([['quay', quayPack]]);

/** The same rules, with a file that every hop changes. */
export const quayConfigPackText = `${quayPackText}
notes:
  - id: config
    from: any
    to: any
    direction: up
    source: test/quay
    config:
      - { file: quay.yaml, rename: { cache_in_mb: cache }, unit: MB, why: values say their unit }
      - { file: quay.yaml, remove: [legacy_port], why: nothing listens there any more }
      - { file: quay.yaml, require: [region], why: stores are told apart by it }
`;
export const quayConfigPacks: RulePacks = new Map([['quay', loadPack('quay.yaml', quayConfigPackText, quaySchemes)]]);
