/** PURE. What other systems answered, against what a check wants of them. */
import { z } from 'zod';

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
  if (!parsed.success) return unknown('the answer is none of Prometheus');
  const { status, error, warnings = [], data } = parsed.data;
  if (status !== 'success' || data === undefined) return unknown(`Prometheus answers ${oneLine(error ?? status)}`);
  if (warnings[0] !== undefined) return unknown(`Prometheus warns: ${oneLine(warnings[0])}`);
  if (!('result' in data)) return unknown(`the query gives a ${oneLine(data.resultType)}, not a number`);
  const values = data.resultType === 'scalar' ? [data.result] : data.result.map((sample) => sample.value);
  const [only, ...more] = values;
  if (only === undefined) return unknown('the query gives no value');
  if (more.length > 0) return unknown(`the query gives ${values.length} values, one is expected`);
  const number = only[1] === '' ? Number.NaN : Number(only[1]);
  if (!Number.isFinite(number)) return unknown(`the query gives ${oneLine(only[1])}`);
  return number <= atMost ? null : `is ${number}, at most ${atMost} is expected`;
}

export function httpComplaint(answer: number, status: number): string | null {
  return answer === status ? null : `answers ${answer}, ${status} is expected`;
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
