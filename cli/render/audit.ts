import type { AuditListDocument, AuditVerificationDocument } from '../../common/documents/audit.ts';
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
      { head: 'HASH', wide: true, cell: (row) => row.hash },
    ],
    events,
    view,
  );
}

export function auditVerificationLines({ chains, ok }: Pick<AuditVerificationDocument, 'chains' | 'ok'>, view: View): readonly string[] {
  const table = tableLines(
    [
      { head: 'CHAIN', cell: (row) => row.chain },
      { head: 'EVENTS', cell: (row) => `${row.events}` },
      { head: 'STATE', cell: (row) => (row.ok ? 'ok' : 'BROKEN'), tone: (row) => (row.ok ? 'good' : 'bad') },
      { head: 'HEAD', cell: (row) => (view.wide ? row.head : `${row.head.slice(0, 12)}…`) },
      { head: 'DETAIL', cell: (row) => row.detail },
    ],
    chains,
    view,
  );
  return [...table, ok ? 'every chain is whole' : view.paint('bad', 'a chain is broken: its content cannot be relied on')];
}
