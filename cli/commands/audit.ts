import type { AuditListDocument, AuditVerificationDocument } from '../../common/documents/administration.ts';
import { fail } from '../../common/failure.ts';
import { jsonLine } from '../../common/printable.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { auditLines, auditVerificationLines } from '../render/audit.ts';
import { print, type Session, withController } from '../session.ts';

const pageSize = 500;

export async function showAudit(session: Session, chain: string): Promise<void> {
  const events = await withController(session, (link) => allAudit(link, chain));
  await print(session, { apiVersion: 'drydock/v1', events }, auditLines);
}

type AuditEvent = AuditListDocument['events'][number];

/** One JSON document a line, as the pages come: who did what, why, and to which plan; the hash covers `body` as it was stored. */
export async function exportAudit({ io, ...session }: Session, chain: string): Promise<void> {
  await withController({ io, ...session }, async (link) => {
    for await (const events of auditPages(link, chain)) for (const event of events) io.stdout.write(`${jsonLine(exported(event))}\n`);
  });
}

function exported({ chain, seq, at, type, body, v, hash }: AuditEvent): object {
  const said = (body ?? {}) as Readonly<Record<string, unknown>>;
  const word = (field: string) => (typeof said[field] === 'string' ? said[field] : null);
  return {
    apiVersion: 'drydock/v1',
    chain,
    seq,
    at,
    type,
    actor: word('actor'),
    from: word('from'),
    reason: word('reason'),
    digest: word('digest'),
    body,
    v,
    hash,
  };
}

/** All events of one chain, or of all. */
export async function allAudit(link: OperatorLink, chain: string): Promise<readonly AuditEvent[]> {
  const collected: AuditEvent[] = [];
  for await (const events of auditPages(link, chain)) collected.push(...events);
  return collected;
}

async function* auditPages(link: OperatorLink, chain: string): AsyncGenerator<readonly AuditEvent[]> {
  for (let afterSeq = 0; ; ) {
    const { audit, nextAfterSeq } = await link.ask('ListAudit', { chain, afterSeq, pageSize });
    yield documentOf<AuditListDocument>(audit, 'audit').events;
    if (nextAfterSeq <= afterSeq) return;
    afterSeq = nextAfterSeq;
  }
}

type Verified = AuditVerificationDocument['chains'][number];

/** By the name of a chain, or by the beginning of one alone, as the controller takes it. */
function chainNamed(chains: readonly Verified[], named: string): Verified {
  const matching = [`${named}-`, named].map((beginning) => chains.filter(({ chain }) => chain.startsWith(beginning)));
  const found = chains.find(({ chain }) => chain === named) ?? matching.find(({ length }) => length === 1)?.[0];
  if (found !== undefined) return found;
  const several = matching.flat().map(({ chain }) => chain);
  if (several.length === 0)
    throw fail('not-found', 'unknown-chain', `audit chain ${named} not found; drydock audit --verify lists all chains`);
  throw fail('usage', 'ambiguous-id', `${named} matches several chains: ${several.join(', ')}; give a longer prefix`);
}

/** Exit code 1 when a chain is broken. With a chain's name only that one counts. */
export async function verifyAudit(session: Session, chain: string): Promise<ExitCode> {
  const { verification } = await withController(session, (link) => link.ask('VerifyAudit', {}));
  const all = documentOf<AuditVerificationDocument>(verification, 'verification of the audit log');
  const chains = chain === '' ? all.chains : [chainNamed(all.chains, chain)];
  const document = { ...all, chains, ok: chain === '' ? all.ok : chains.every(({ ok }) => ok) };
  await print(session, document, auditVerificationLines);
  return document.ok ? exitCodes.ok : exitCodes.failure;
}
