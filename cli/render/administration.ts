/** What `identity list` and `controller adopt` print. */
import type {
  AdoptedClusterDocument,
  AdoptionDocument,
  IdentityDocument,
  IdentityListDocument,
  LearnedOrderDocument,
} from '../../common/documents/administration.ts';
import { stateText } from '../../common/run-state.ts';
import { type Column, tableLines } from './table.ts';
import { countOf } from './text.ts';
import type { View } from './view.ts';

const columns: readonly Column<IdentityDocument>[] = [
  { head: 'IDENTITY', cell: ({ identity }) => identity },
  {
    head: 'ROLES',
    cell: ({ roles }) => roles.map(({ role, selector }) => (selector === '' ? role : `${role} of ${selector}`)).join('; ') || '-',
  },
  { head: 'STATE', cell: stateOf, tone: (row) => (stateOf(row) === 'revoked' ? 'bad' : null) },
  { head: 'CERTIFICATE UNTIL', cell: ({ certificateExpiresAt }) => certificateExpiresAt ?? '-' },
  { head: 'ENROLLED', cell: ({ enrolledAt }) => enrolledAt ?? '-', wide: true },
  { head: 'TOKEN UNTIL', cell: ({ tokenExpiresAt }) => tokenExpiresAt ?? '-', wide: true },
];

/** `identity list`. */
export function identityLines({ identities }: IdentityListDocument, view: View): readonly string[] {
  if (identities.length === 0) return ['no host or person has a token or a certificate of this controller'];
  return tableLines(columns, identities, view);
}

/** One that enrolled again after its revocation is not revoked any more. */
function stateOf({ enrolledAt, revokedAt }: IdentityDocument): string {
  if (revokedAt !== null && (enrolledAt === null || revokedAt >= enrolledAt)) return 'revoked';
  return enrolledAt === null ? 'has a token' : 'enrolled';
}

/** What `controller adopt` learned, cluster by cluster. */
export function adoptionLines({ clusters }: AdoptionDocument, view: View): readonly string[] {
  return clusters.flatMap((cluster, at) => [...(at === 0 ? [] : ['']), ...clusterLines(cluster, view)]);
}

function clusterLines({ cluster, epoch, learned, gaps, ended }: AdoptedClusterDocument, view: View): readonly string[] {
  return [
    `${view.paint('strong', cluster)}: epoch ${epoch} claimed; ${countOf(learned.length, 'order')} recorded that this store never sent`,
    ...(learned.length === 0
      ? []
      : tableLines<LearnedOrderDocument>(
          [
            { head: 'ORDER', cell: (row) => row.order },
            { head: 'NODE', cell: (row) => row.instance },
            { head: 'WHAT', cell: (row) => row.what },
            { head: 'OUTCOME', cell: (row) => row.outcome, tone: (row) => (row.outcome === 'done' ? null : 'attention') },
          ],
          learned,
          view,
        )),
    ...gaps.map(({ kind, detail }) => `${view.paint('attention', kind)}: ${detail}`),
    ...ended.map(({ run, state, reason }) => `run ${run} ended, ${stateText(state)}: ${reason}`),
    `check the cluster before the next plan: drydock cluster show ${cluster}`,
  ];
}
