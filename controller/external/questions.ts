/** PURE. What plans ask of other systems: how the settings write it down (`externalChecks`), and what an answer means. */
import { z } from 'zod';
import type { ExternalQuestion } from '../../common/controller-body.ts';
import { selector } from '../../common/labels.ts';
import { checkPlaces } from '../planner/plan-input.ts';

/** What stands in it is part of plans, logs and events: no credentials. */
const url = z.string().superRefine((text, context) => {
  const issue = (message: string) => context.addIssue({ code: 'custom', message });
  if (!URL.canParse(text)) return issue('expected a URL: https://prometheus.example:9090');
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') issue('expected a URL that begins with http:// or https://');
  if (username !== '' || password !== '')
    issue('expected a URL without user and password, as plans and logs would show them; put a bearer token into a file and set tokenFile');
  if (hash !== '') issue('expected a URL without #');
});
const prometheus = z.strictObject({
  /** Where its HTTP API is, without /api/v1. */
  url: url.refine((text) => !text.includes('?'), 'expected the URL of Prometheus without a query; put the query into the setting query'),
  query: z
    .string()
    .min(1)
    .max(2000)
    .regex(/^[^\p{Cc}]*$/u, 'expected one line of text'),
  atMost: z.number(),
});
const http = z.strictObject({ url, status: z.number().int().min(100).max(599).default(200) });

const check = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected a name of lower-case letters, digits and dashes'),
    at: z.array(z.enum(checkPlaces, `expected ${checkPlaces.join(', ')}`)).min(1, `expected at least one of ${checkPlaces.join(', ')}`),
    /** Over the labels of clusters; all of them when absent. */
    clusters: selector.default([]),
    prometheus: prometheus.optional(),
    http: http.optional(),
    timeoutMs: z.number().int().min(100).max(30_000).default(5_000),
    everyMs: z.number().int().min(1_000).max(600_000).default(30_000),
    toleranceMs: z.number().int().min(0).max(3_600_000).default(60_000),
    /** Holds one bearer token; read before each question. */
    tokenFile: z
      .string()
      .regex(/^\/(?!.*(^|\/)\.\.(\/|$)).*$/s, 'expected an absolute path without ..')
      .optional(),
  })
  .superRefine(({ prometheus: query, http: get }, context) => {
    if ((query === undefined) === (get === undefined)) context.addIssue('expected either prometheus or http, and not both');
  })
  .refine(
    ({ tokenFile, prometheus: query, http: get }) =>
      tokenFile === undefined || !/^[a-z]+:\/\/[^/?]*\$cluster/i.test((query ?? get)?.url ?? ''),
    {
      path: ['tokenFile'],
      message: 'a token is valid for one host: remove $cluster from the host of its url',
    },
  )
  .transform(({ clusters, tokenFile, prometheus: query, http: get, at, ...rest }) => {
    const question: ExternalQuestion = query === undefined ? { by: 'http', url: '', status: 200, ...get } : { by: 'prometheus', ...query };
    return { clusters, tokenFile, check: { ...rest, at: [...new Set(at)], question } };
  });

export const externalChecks = z.array(check).transform((checks, context) => {
  const names = checks.map((each) => each.check.name);
  names.forEach((name, at) => {
    if (names.indexOf(name) !== at) context.addIssue({ code: 'custom', path: [at, 'name'], message: `the name ${name} is already used` });
  });
  return checks;
});

/** Where the tokens of checks lie, by the check's name. */
export function tokensOf(checks: z.output<typeof externalChecks>): ReadonlyMap<string, { readonly file: string; readonly origin: string }> {
  return new Map(
    checks.flatMap(({ check: { name, question }, tokenFile }) =>
      tokenFile === undefined ? [] : [[name, { file: tokenFile, origin: new URL(question.url).origin }] as const],
    ),
  );
}

// What other systems answered, against what a check wants of them.

const value = z.tuple([z.number(), z.string()]);
const answered = z.object({
  status: z.string(),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  data: z
    .union([
      z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value })) }),
      z.object({ resultType: z.literal('scalar'), result: value }),
      z.object({ resultType: z.string() }),
    ])
    .optional(),
});

/** What speaks against one number of at most `atMost`, without the check's name: `is 3, at most 1 is expected`; null: nothing. What is no number is unknown (P9). */
export function prometheusComplaint(text: string, atMost: number): string | null {
  const parsed = answered.safeParse(jsonOf(text));
  if (!parsed.success) return unknown('the answer is not from Prometheus');
  const { status, error, warnings = [], data } = parsed.data;
  if (status !== 'success' || data === undefined) return unknown(`Prometheus answered ${oneLine(error ?? status)}`);
  if (warnings[0] !== undefined) return unknown(`Prometheus warned: ${oneLine(warnings[0])}`);
  if (!('result' in data)) return unknown(`the query returned a ${oneLine(data.resultType)}, not a number`);
  const values = data.resultType === 'scalar' ? [data.result] : data.result.map((sample) => sample.value);
  const [only, ...more] = values;
  if (only === undefined) return unknown('the query returned no value');
  if (more.length > 0) return unknown(`the query returned ${values.length} values, expected one`);
  const number = only[1] === '' ? Number.NaN : Number(only[1]);
  if (!Number.isFinite(number)) return unknown(`the query returned ${oneLine(only[1])}`);
  return number <= atMost ? null : `is ${number}, expected at most ${atMost}`;
}

export function httpComplaint(answer: number, status: number): string | null {
  return answer === status ? null : `answered ${answer}, expected ${status}`;
}

export const unknown = (why: string): string => `is unknown: ${why}`;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Of others' words so much as fits into a sentence. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\s]+/gu, ' ').slice(0, 200);
