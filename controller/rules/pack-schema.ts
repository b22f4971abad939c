/**
 * The form of a rule pack. Every scalar is read as text, so that `16.10` stays 16.10 and never becomes a number. docs/rule-packs.md
 * explains each field to people who write packs.
 */

import { isCollection, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import { type FailureError, fail } from '../../common/failure.ts';
import { finalizeKinds, hopKinds, rollbackKinds } from '../../common/plan.ts';

const sentence = z.string().trim().min(1);
const id = z.string().regex(/^[a-z0-9]+([-.:][a-z0-9]+)*$/, 'expected an id: lower case letters, digits, single - . : between them');
const listOf = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((one) => [one]), z.array(item).min(1, 'expected at least one entry')]);
const wholeNumber = (least: number) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,6})$/, 'expected a whole number')
    .transform(Number)
    .refine((value) => value >= least, `expected ${least} or more`);

const range = listOf(sentence);

const when = z.strictObject({
  os: listOf(z.string().regex(/^[a-z][a-z0-9._-]*(:[A-Za-z0-9._-]+)?$/, 'expected an OS such as ubuntu or ubuntu:16.04')).optional(),
  arch: listOf(z.enum(['x64', 'arm64'])).optional(),
  traits: z.record(z.string().regex(/^[A-Za-z][\w.-]*$/, 'expected the name of a trait'), sentence).optional(),
  /** Settings of the database's own configuration with their values. */
  config: z.record(z.string().regex(/^[A-Za-z][\w.-]*$/, 'expected the key of a setting'), sentence).optional(),
  /** What the database runs on, by a bound of its major version: `java: "<=11"`. */
  runtime: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected the name of a runtime such as java'),
      z.string().regex(/^(<=|>=|<|>)[0-9]{1,4}$/, 'expected a bound such as <=11'),
    )
    .optional(),
  /** Things that only some use: `tuples`, `compact-storage`. */
  features: listOf(z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected the name of a feature')).optional(),
});

/**
 * All that somebody must tell about a cluster before the condition can be answered, by one name each: `omHa`, `config.KEY`, `feature.NAME`,
 * `runtime.NAME`. The value is what it must be: a word, or for a runtime a bound.
 */
export function reportedOf(of: When | undefined): Readonly<Record<string, string>> {
  return {
    ...of?.traits,
    ...Object.fromEntries(Object.entries(of?.config ?? {}).map(([key, value]) => [`config.${key}`, value])),
    ...Object.fromEntries(Object.entries(of?.runtime ?? {}).map(([name, bound]) => [`runtime.${name}`, bound])),
    ...Object.fromEntries((of?.features ?? []).map((name) => [`feature.${name}`, 'true'])),
  };
}

const limits = z.strictObject({
  /** Most nodes of one quorum group down; no flag raises it. */
  maxDown: wholeNumber(1).optional(),
  /** Least time between a node's return and the next node, in seconds; no flag lowers it. */
  minSettleSeconds: wholeNumber(0).optional(),
});

const span = {
  id,
  series: z.enum(['same', 'other']).optional(),
  when: when.optional(),
  /** It means versions that the list does not hold: the lint does not look for them there. */
  unlisted: z.literal('true').optional(),
  /** What it asks for or refuses is our own caution and no vendor's word; people are told so. */
  policy: z.literal('true').optional(),
  source: sentence,
};

const configKey = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.$-]{0,199}$/, 'expected the key of a setting');

/** What becomes of a configuration file, for one reason; written as in the file of `plan --config`. */
const configTask = z
  .strictObject({
    set: z.record(configKey, sentence).optional(),
    rename: z.record(configKey, configKey).optional(),
    /** Added to the values under the new names, where they are plain numbers: `ms`. Others keep their old name. */
    unit: z
      .string()
      .regex(/^[A-Za-z/]{1,10}$/, 'expected a unit such as ms')
      .optional(),
    remove: listOf(configKey).optional(),
    require: listOf(configKey).optional(),
    /** Name of the file, without its folder. */
    file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected the name of a file, without a folder'),
    /** The version takes the file as it is: done only when a person asks. */
    optional: z.literal('true').optional(),
    why: sentence,
    /** Left out: the rule's. */
    source: sentence.optional(),
  })
  .refine(
    (it) => [it.set, it.rename, it.remove, it.require].filter((op) => op !== undefined).length === 1,
    'expected one of set, rename, remove, require',
  )
  .refine((it) => it.unit === undefined || it.rename !== undefined, 'expected unit only beside rename')
  .refine((it) => it.optional === undefined || it.require === undefined, 'require cannot be optional');

const effects = {
  requires: z.array(id).default([]),
  tasks: z.array(id).default([]),
  config: z.array(configTask).default([]),
  risks: z.array(sentence).default([]),
};

const edge = z
  .strictObject({
    ...span,
    ...effects,
    from: range.optional(),
    to: range.optional(),
    /** Instead of from and to: each entry leads to the one after it. */
    chain: z.array(range).min(2, 'expected at least two links').optional(),
    direction: z.enum(['up', 'down', 'both']).default('up'),
    /** Nothing released and allowed may lie between: no other series, or no other version. */
    adjacent: z.enum(['series', 'version']).optional(),
    /** The hop must be the whole walk: what it needs is only true of where the cluster stands now. */
    alone: z.literal('true').optional(),
    /** The engine inside the package must be allowed to make the same hop by its own pack. */
    base: z.literal('admissible').optional(),
    /** How long versions may be mixed: `9d`, or in the vendor's words: `gc_grace_seconds`. */
    mixedAtMost: sentence.optional(),
    kind: z.enum(hopKinds),
    finalize: z.enum(finalizeKinds).default('none'),
    rollback: z.enum(rollbackKinds),
    limits: limits.optional(),
  })
  .refine((it) => (it.chain === undefined) === (it.from !== undefined && it.to !== undefined), 'expected from and to, or a chain');

const refusal = z
  .strictObject({
    ...span,
    from: range.default(['any']),
    to: range.default(['any']),
    direction: z.enum(['up', 'down', 'both']).default('both'),
    /** Only hops of these kinds are refused; left out: all. */
    kinds: listOf(z.enum(hopKinds)).optional(),
    reason: sentence,
    /** What to do; `{newest}` stands for the newest release of the running series. Left out: the nearest newer release that is allowed. */
    instead: sentence.optional(),
  })
  .refine((it) => Object.keys(reportedOf(it.when)).length <= 1, {
    message: 'expected at most one trait, setting or feature: with two unknown ones it is unclear which one to check',
    path: ['when'],
  });

const note = z
  .strictObject({
    ...span,
    ...effects,
    from: range.optional(),
    to: range.optional(),
    /** Instead of both: releases, one a series at most, that ask something of those who come from before them in their series. */
    crosses: z.array(sentence).min(1, 'expected at least one release').optional(),
    /** With `crosses`: what they ask about is carried over into other series, too, where the data files are kept. */
    carried: z.literal('true').optional(),
    direction: z.enum(['up', 'down', 'both']).default('both'),
    kinds: listOf(z.enum(hopKinds)).optional(),
  })
  .refine((it) => it.crosses === undefined || (it.from === undefined && it.to === undefined), 'expected from and to, or crosses')
  .refine((it) => it.carried === undefined || it.crosses !== undefined, 'expected carried only beside crosses');

export const packSchema = z.strictObject({
  engine: id,
  version: wholeNumber(1),
  /** Cited, with the sentence below, where no edge leads from one version to another. */
  source: sentence,
  otherwise: sentence.default('no rule allows it'),
  limits: limits.default({}),
  releases: z.strictObject({ source: sentence, list: sentence }),
  edges: z.array(edge).min(1, 'expected at least one edge'),
  refusals: z.array(refusal).default([]),
  notes: z.array(note).default([]),
});

export type PackText = z.output<typeof packSchema>;
export type EdgeText = PackText['edges'][number];
export type RefusalText = PackText['refusals'][number];
export type NoteText = PackText['notes'][number];
export type ConfigText = z.output<typeof configTask>;
export type When = z.output<typeof when>;
export type Limits = z.output<typeof limits>;

export interface LocatedYaml {
  readonly value: unknown;
  /** Line of the value at a path, or of the closest parent that is written down. */
  lineOf(path: readonly PropertyKey[]): number;
  /** `FILE:LINE: edges[0].kind: sentence`, as FailureError(usage, `bad-pack`). */
  wrong(path: readonly PropertyKey[], sentence: string, linesBelow?: number): FailureError;
}

/** All scalars are texts: a version is never taken for a number. Throws FailureError(usage, `bad-pack`) on what is no YAML or has a key twice. */
export function readLocatedYaml(file: string, text: string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', strict: true, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const sentence = broken.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'invalid YAML';
    throw fail('usage', 'bad-pack', `${file}:${lines.linePos(broken.pos[0]).line}: ${sentence}`);
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      const offset = isScalar(node) || isCollection(node) ? node.range?.[0] : undefined;
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return 1;
  };
  return {
    value: document.toJS({ maxAliasCount: 100 }),
    lineOf,
    wrong: (path, sentence, linesBelow = 0) => {
      const field = pathText(path);
      return fail('usage', 'bad-pack', `${file}:${lineOf(path) + linesBelow}: ${field === '' ? '' : `${field}: `}${sentence}`);
    },
  };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
