/** PURE. Labels that admins give to clusters, and selectors over them: `env=prod,tier!=gold,!legacy`. */

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

/** null: it is no selector. The empty text selects everything. */
export function parseSelector(text: string): Selector | null {
  if (text.trim() === '') return [];
  const terms = text.split(',').map((term) => parseTerm(term.trim()));
  return terms.every((term) => term !== null) ? terms : null;
}

function parseTerm(text: string): LabelTerm | null {
  const { bang, key = '', op, value = '' } = /^(?<bang>!)?(?<key>[^=!]+)(?:(?<op>!=|==?)(?<value>.*))?$/.exec(text)?.groups ?? {};
  if (!labelKey.test(key) || !labelValue.test(value) || (bang !== undefined && op !== undefined)) return null;
  return { key, value: op === undefined ? null : value, not: bang !== undefined || op === '!=' };
}

export function selects(selector: Selector, labels: Labels): boolean {
  return selector.every(({ key, value, not }) => {
    const found = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return (found !== undefined && (value === null || value === found)) !== not;
  });
}
