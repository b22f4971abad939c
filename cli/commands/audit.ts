import type { AuditListDocument, AuditVerificationDocument } from '../../common/documents/audit.ts';
import { fail } from '../../common/failure.ts';
import { documentOf } from '../documents.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { auditLines, auditVerificationLines } from '../render/audit.ts';
import { print, type Session, withController } from '../session.ts';

const pageSize = 500;

/** All events of one chain, or of all, page by page. */
export async function showAudit(session: Session, chain: string): Promise<void> {
  const events = await withController(session, async (link) => {
    const collected: AuditListDocument['events'][number][] = [];
    for (let afterSeq = 0; ; ) {
      const { audit, nextAfterSeq } = await link.ask('ListAudit', { chain, afterSeq, pageSize });
      collected.push(...documentOf<AuditListDocument>(audit, 'audit').events);
      if (nextAfterSeq <= afterSeq) return collected;
      afterSeq = nextAfterSeq;
    }
  });
  await print(session, { apiVersion: 'drydock/v1', events }, auditLines);
}

/** Exit code 1 when a chain is broken. With a chain's name only that one counts. */
export async function verifyAudit(session: Session, chain: string): Promise<ExitCode> {
  const { verification } = await withController(session, (link) => link.ask('VerifyAudit', {}));
  const all = documentOf<AuditVerificationDocument>(verification, 'verification of the audit log');
  const chains = chain === '' ? all.chains : all.chains.filter((each) => each.chain === chain);
  if (chain !== '' && chains.length === 0) {
    throw fail('not-found', 'unknown-chain', `there is no chain ${chain}; drydock audit --verify lists them all`);
  }
  const document = { ...all, chains, ok: chain === '' ? all.ok : chains.every(({ ok }) => ok) };
  await print(session, document, auditVerificationLines);
  return document.ok ? exitCodes.ok : exitCodes.failure;
}
