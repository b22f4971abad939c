/** What the lint says, and about which line. PURE. */
import type { Compiled, RulePack } from './pack.ts';

export type LintKind =
  | 'unreachable'
  | 'contradiction'
  | 'free-rollback'
  | 'matches-nothing'
  | 'unknown-id'
  | 'unknown-file'
  | 'config-twice';

export interface LintFinding {
  readonly kind: LintKind;
  readonly file: string;
  readonly line: number;
  /** Id of the rule; null: about a release. */
  readonly rule: string | null;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** Ids that somebody knows what to do about. */
export interface KnownIds {
  readonly requirements: ReadonlyMap<string, string>;
  readonly tasks: ReadonlyMap<string, string>;
  /** Names of the configuration files of each engine. */
  readonly configFiles: ReadonlyMap<string, readonly string[]>;
}

export function about(pack: RulePack, list: 'edges' | 'refusals' | 'notes', rule: string, kind: LintKind, message: string): LintFinding {
  return { kind, file: pack.file, line: pack.lineOf(list, rule), rule, message };
}

/** A chain is one rule in the file and many when compiled. */
export function distinct<T extends { readonly id: string }>(rules: readonly Compiled<T>[]): readonly T[] {
  return [...new Map(rules.map(({ rule }) => [rule.id, rule])).values()];
}
