/** What a person is shown of this program itself: `context list`, `version`. */
import type { Versioned } from '../../common/documents/versioned.ts';
import { tableLines } from './table.ts';
import type { View } from './view.ts';

export interface ContextListDocument extends Versioned {
  /** What commands without --controller and --context talk to. */
  readonly inUse: { readonly controller: string; readonly namedBy: string };
  readonly contexts: readonly { readonly name: string; readonly controller: string; readonly current: boolean }[];
}

/** Contexts, and below them what commands talk to: not always the current context. */
export function contextListLines({ contexts, inUse }: ContextListDocument, view: View): readonly string[] {
  const table = tableLines(
    [
      { head: 'CURRENT', cell: (row) => (row.current ? '*' : '') },
      { head: 'NAME', cell: (row) => row.name },
      { head: 'CONTROLLER', cell: (row) => row.controller },
    ],
    contexts,
    view,
  );
  const none = ['no contexts. Add one: drydock context set NAME HOST:PORT'];
  return [...(table.length === 0 ? none : table), `commands talk to ${inUse.controller} (${inUse.namedBy})`];
}

export interface VersionDocument {
  readonly drydock: { readonly version: string; readonly node: string };
  /** null: it did not answer. */
  readonly controller: { readonly address: string; readonly version: string; readonly node: string } | null;
}

export function versionLines({ drydock, controller }: VersionDocument, view: View): readonly string[] {
  const rows = [
    { program: 'drydock', at: 'here', ...drydock },
    ...(controller === null ? [] : [{ program: 'drydock-controller', at: controller.address, ...controller }]),
  ];
  return tableLines(
    [
      { head: 'PROGRAM', cell: (row) => row.program },
      { head: 'VERSION', cell: (row) => row.version },
      { head: 'NODE', cell: (row) => row.node },
      { head: 'AT', cell: (row) => row.at },
    ],
    rows,
    view,
  );
}
