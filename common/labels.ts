/** PURE. Labels that admins give to clusters, and selectors over them: `env=prod,tier!=gold,!legacy`. */
import { z } from 'zod';

export type Labels = Readonly<Record<string, string>>;

export interface LabelTerm {
  readonly key: string;
  /** null: any value. */
  readonly value: string | null;
  /** What matches is left out. */
  readonly not: boolean;
}

/** All of them hold. */
export type Selector = readonly LabelTerm[];

export const labelKey = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;
export const labelValue = /^[A-Za-z0-9._-]{0,63}$/;

/** The empty text selects everything. What is no selector comes back as one sentence: what is wrong, and what may be meant. */
export function parseSelector(text: string): { readonly selector: Selector } | { readonly complaint: string } {
  if (text.trim() === '') return { selector: [] };
  const terms: LabelTerm[] = [];
  for (const each of text.split(',')) {
    const term = each.trim();
    const complaint = term === '' ? `"${text}" has an extra comma` : complaintOf(term);
    if (complaint !== null) return { complaint: `${complaint}; expected a selector such as env=prod,tier!=gold,!legacy` };
    terms.push(termOf(term));
  }
  return { selector: terms };
}

/** As a request or a settings file has it. */
export const selector = z
  .string()
  .max(1000)
  .transform((text, context): Selector => {
    const parsed = parseSelector(text);
    if ('selector' in parsed) return parsed.selector;
    context.addIssue(parsed.complaint);
    return [];
  });

/** `!` or nothing, a key, and what it is compared with. */
const parts = (term: string) => /^(?<bang>!)?(?<key>[^=!]*)(?:(?<op>!=|==?)(?<value>.*))?$/.exec(term)?.groups ?? null;

function complaintOf(term: string): string | null {
  const { bang, key = '', op, value = '' } = parts(term) ?? {};
  if (key === '') return `"${term}" does not name a label`;
  if (!labelKey.test(key)) return `"${key}" is not a valid label key`;
  if (bang !== undefined && op !== undefined)
    return `"${term}" mixes ! with a value: ${key}!=VALUE, or !${key} for clusters without this label`;
  // Two signs and nothing behind them are as likely a value that was forgotten.
  if (op === '==' && value === '') return `"${term}" has no value: ${key}==VALUE, or ${key}= for the empty value`;
  if (!labelValue.test(value)) return `"${value}" in "${term}" is not a valid label value`;
  return null;
}

function termOf(term: string): LabelTerm {
  const { bang, key = '', op, value = '' } = parts(term) ?? {};
  return { key, value: op === undefined ? null : value, not: bang !== undefined || op === '!=' };
}

export function selects(selector: Selector, labels: Labels): boolean {
  return selector.every(({ key, value, not }) => {
    const found = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return (found !== undefined && (value === null || value === found)) !== not;
  });
}
