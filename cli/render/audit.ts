import type { AuditListDocument, AuditVerificationDocument } from '../../common/documents/administration.ts';
import { upcastEvent } from '../../common/upcast.ts';
import { eventText } from './events.ts';
import { tableLines } from './table.ts';
import { timeOrNone } from './text.ts';
import type { View } from './view.ts';

export function auditLines({ events }: Pick<AuditListDocument, 'events'>, view: View): readonly string[] {
  if (events.length === 0) return ['no events'];
  return tableLines(
    [
      { head: 'CHAIN', cell: (row) => row.chain },
      { head: 'SEQ', cell: (row) => `${row.seq}` },
      { head: 'TIME', cell: (row) => timeOrNone(row.at, view.timeZone) },
      { head: 'TYPE', cell: (row) => row.type },
      { head: 'WHAT', cell: (row) => eventText(upcastEvent(row.body, row.v)) },
      { head: 'FROM', cell: (row) => fromWhere(row.body) },
      { head: 'HASH', wide: true, cell: (row) => row.hash },
    ],
    events,
    view,
  );
}

export function auditVerificationLines(
  { chains, ok, signing }: Pick<AuditVerificationDocument, 'chains' | 'ok' | 'signing'>,
  view: View,
): readonly string[] {
  const table = tableLines(
    [
      { head: 'CHAIN', cell: (row) => row.chain },
      { head: 'EVENTS', cell: (row) => `${row.events}` },
      { head: 'SIGNED', cell: (row) => (row.signed == null ? 'no' : `to ${row.signed.seq}`) },
      { head: 'STATE', cell: (row) => (row.ok ? 'ok' : 'BROKEN'), tone: (row) => (row.ok ? 'good' : 'bad') },
      { head: 'HEAD', cell: (row) => (view.wide ? row.head : `${row.head.slice(0, 12)}…`) },
      { head: 'DETAIL', cell: (row) => row.detail },
    ],
    chains,
    view,
  );
  const evidence = (signing?.evidence ?? []).map(({ chain, hosts, at, detail }) =>
    view.paint(
      'bad',
      `${chain}: ${hosts.slice(0, 5).join(', ')}${hosts.length > 5 ? ` and ${hosts.length - 5} more` : ''} ${hosts.length === 1 ? 'keeps' : 'keep'} a checkpoint of ${at}: ${detail}`,
    ),
  );
  return [
    ...table,
    ...evidence,
    signingText(signing),
    ok ? 'every chain is intact' : view.paint('bad', 'a chain is broken: do not rely on its content'),
  ];
}

/** The address from which a person asked; empty: no person did, or it is not known. */
function fromWhere(body: unknown): string {
  const { from } = body as { readonly from?: unknown };
  return typeof from === 'string' ? from : '';
}

function signingText(signing: AuditVerificationDocument['signing']): string {
  if (signing === undefined || signing.key === null)
    return 'the log is not signed: truncation of its end is not detected (drydock-controller init creates the key)';
  const kept = signing.hosts === 1 ? 'one connected host keeps' : `${signing.hosts} connected hosts keep`;
  return `signed with key ${signing.key}; ${kept} checkpoints`;
}
