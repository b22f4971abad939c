import type { IdentityDocument, IdentityListDocument } from '../../common/documents/administration.ts';
import { type Column, tableLines } from './table.ts';
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
  if (identities.length === 0) return ['no host and no person has a token or a certificate of this controller'];
  return tableLines(columns, identities, view);
}

/** One that enrolled again after its revocation is not revoked any more. */
function stateOf({ enrolledAt, revokedAt }: IdentityDocument): string {
  if (revokedAt !== null && (enrolledAt === null || revokedAt >= enrolledAt)) return 'revoked';
  return enrolledAt === null ? 'has a token' : 'enrolled';
}
