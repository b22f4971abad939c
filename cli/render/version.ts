import { tableLines } from './table.ts';
import type { View } from './view.ts';

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
