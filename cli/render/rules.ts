/** Rule packs as a person reads them. */
import type { RulePackChangeDocument, RulePackListDocument } from '../../common/documents/rules.ts';
import type { LintFinding } from '../../controller/rules/lint.ts';
import { tableLines } from './table.ts';
import { countOf, none, shortDigest, timeOrNone } from './text.ts';
import type { View } from './view.ts';

export function packListLines({ packs }: Pick<RulePackListDocument, 'packs'>, view: View): readonly string[] {
  return tableLines(
    [
      { head: 'ENGINE', cell: (row) => row.engine },
      { head: 'VERSION', cell: (row) => String(row.version) },
      { head: 'ACTIVE', cell: (row) => (row.active ? 'yes' : 'no'), tone: (row) => (row.active ? 'good' : null) },
      { head: 'ORIGIN', cell: (row) => row.origin },
      { head: 'RELEASES', cell: (row) => String(row.releases) },
      { head: 'NEWEST', cell: (row) => row.newest ?? none },
      { head: 'DIGEST', cell: (row) => (view.wide ? row.digest : shortDigest(row.digest)) },
      { head: 'IMPORTED', cell: (row) => timeOrNone(row.importedAt, view.timeZone) },
      { head: 'BY', cell: (row) => row.importedBy ?? none },
    ],
    packs,
    view,
  );
}

/** Only open plans are told of; most imports touch none. */
export function changeLines({ reproven }: Pick<RulePackChangeDocument, 'reproven'>, view: View): readonly string[] {
  if (reproven.length === 0) return ['no open plan uses these rules'];
  return tableLines(
    [
      { head: 'RUN', cell: (row) => row.run },
      { head: 'PLAN', cell: (row) => row.plan },
      { head: 'CLUSTER', cell: (row) => row.cluster },
      { head: 'PATH', cell: (row) => row.result, tone: (row) => (row.result === 'same' ? 'good' : 'attention') },
      { head: 'WHY', cell: (row) => row.detail },
    ],
    reproven,
    view,
  );
}

export function findingLines({
  packs,
  findings,
}: {
  readonly packs: readonly string[];
  readonly findings: readonly LintFinding[];
}): readonly string[] {
  if (findings.length === 0) return [`no mistakes found in ${countOf(packs.length, 'pack')}: ${packs.join(', ')}`];
  return findings.map(({ file, line, rule, kind, message }) => `${file}:${line}: ${kind}: ${rule === null ? '' : `${rule}: `}${message}`);
}
