/** What is wrong with a field, for the person who wrote it. The validator's own words speak of strings, records and `undefined`: none of them gets here. */
import type { z } from 'zod';

/** For a schema's `parse` and `safeParse`. A field's own message, where its schema has one, goes first. */
export const plainText: z.core.ParseContext<z.core.$ZodIssue> = { error: textOf };

function textOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return expected(kindNames[issue.expected] ?? 'something else', issue.input);
    case 'invalid_value':
      return expected(eitherOf(issue.values.map(String)), issue.input, true);
    case 'invalid_format':
      return formatText(issue);
    case 'too_big':
      return `expected ${issue.exact ? '' : issue.inclusive === false ? 'less than ' : 'at most '}${amountText(issue.maximum, issue.origin)}`;
    case 'too_small':
      if (issue.origin === 'string' && Number(issue.minimum) === 1) return expected(kindNames.string, null);
      return `expected ${issue.exact ? '' : issue.inclusive === false ? 'more than ' : 'at least '}${amountText(issue.minimum, issue.origin)}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `${issue.keys.join(', ')}: unknown; remove it or correct its name`;
    case 'invalid_union':
      return unionText(issue);
    // What is wrong with the name of an entry, or with the entry, was said by its own schema.
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0]?.message ?? malformed;
    case 'custom':
    case undefined:
      return malformed;
    default:
      return issue satisfies never;
  }
}

/** Only where a schema leaves it to this file to say what it expects. */
const malformed = 'it is malformed';

const kindNames = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'keys and values',
  record: 'keys and values',
  map: 'keys and values',
  date: 'a date',
  null: 'nothing',
  undefined: 'nothing',
  void: 'nothing',
  never: 'nothing',
} as Readonly<Record<string, string>> & { readonly string: string };

/** `expected a list, found text`; a text is quoted where it stands beside the words that it could have been. */
function expected(wanted: string, input: unknown, quoted = false): string {
  if (input === undefined) return `it is missing; expected ${wanted}`;
  const isQuoted = quoted && typeof input === 'string' && input !== '' && input.length <= 60;
  return `expected ${wanted}, found ${isQuoted ? JSON.stringify(input) : kindOf(input)}`;
}

function kindOf(input: unknown): string {
  if (input === null || input === '') return 'nothing';
  if (typeof input === 'number') return Number.isInteger(input) ? 'a number' : Number.isNaN(input) ? 'NaN' : `${input}`;
  return kindNames[Array.isArray(input) ? 'array' : typeof input] ?? 'something else';
}

/** `x64 or arm64`; the empty text stands for what is left out, and is never written. */
function eitherOf(wanted: readonly string[]): string {
  const words = [...new Set(wanted)].filter((word) => word !== '');
  return words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function amountText(amount: unknown, origin: string): string {
  const isOne = Number(amount) === 1;
  if (origin === 'string') return `${amount} character${isOne ? '' : 's'}`;
  return ['array', 'set', 'map'].includes(origin) ? `${amount} ${isOne ? 'entry' : 'entries'}` : `${amount}`;
}

function formatText({ format, prefix, suffix, includes }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  if (format === 'starts_with') return `expected text that begins with ${prefix}`;
  if (format === 'ends_with') return `expected text that ends with ${suffix}`;
  return format === 'includes' ? `expected text with ${includes} in it` : malformed;
}

/** By the alternative that comes closest to what was written; where none is of its kind, by all of them. */
function unionText({ errors, options, discriminator, input }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (typeof discriminator === 'string' && Array.isArray(options)) {
    const found = (input as Readonly<Record<string, unknown>>)[discriminator];
    return expected(eitherOf(options.map(String)), found, true);
  }
  const first = (errors ?? []).flatMap((issues) => issues[0] ?? []).filter((issue) => !isLeftOut(issue));
  const closest = first.filter((issue) => !isOfAnotherKind(issue)).sort((a, b) => b.path.length - a.path.length)[0];
  if (closest !== undefined) return [...closest.path.map(placeText), closest.message].join(': ');
  return expected(eitherOf(first.flatMap((issue) => (issue.code === 'invalid_type' ? (kindNames[issue.expected] ?? []) : []))), input);
}

const isLeftOut = (issue: z.core.$ZodIssue): boolean => issue.code === 'invalid_value' && issue.values.every((value) => value === '');

const isOfAnotherKind = ({ code, path }: z.core.$ZodIssue): boolean => code === 'invalid_type' && path.length === 0;

const placeText = (key: PropertyKey): string => (typeof key === 'number' ? `entry ${key + 1}` : String(key));
