/**
 * Failures and what `drydock status` says of each: the tables of docs/engines/*.md. Tests hold what they see against the committed table; with
 * DRYDOCK_FAILURES_SEEN=FILE they write it there instead, and scripts/render-failures.ts makes the table of it.
 */
import { strictEqual } from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, runStateText } from '../../cli/render/run-words.ts';
import type { HoldDocument, RunDocument } from '../../common/documents.ts';
import { root } from '../../demo/programs.ts';

/** By engine: where its table stands, what provokes the failures, and these in the order of the table. */
export const tables = {
  postgresql: {
    document: join(root, 'docs/engines/postgresql.md'),
    project: 'slow',
    suites: ['unrelated-failures'],
    failures: [
      'another node dies in the middle',
      'the network between an agent and the controller is cut in the turn of its node',
      "the controller's clock jumps in the middle",
      'somebody restarts a database by hand in the middle',
      'somebody upgraded a node by hand before the plan was made',
      'somebody upgrades a node by hand in the middle',
    ],
  },
  etcd: {
    document: join(root, 'docs/engines/etcd.md'),
    project: 'engines',
    suites: ['etcd-failures', 'etcd-nospace'],
    failures: [
      'another member dies in the middle',
      'a member that had its turn dies and stays down',
      'the leader moves by itself in the middle',
      'the database reaches its quota in the middle',
      'a member starts with a flag that the new minor does not know',
    ],
  },
} as const;
export type TableName = keyof typeof tables;
export type FailureName<Table extends TableName = TableName> = (typeof tables)[Table]['failures'][number];

export interface Seen {
  readonly failure: FailureName;
  /** `HOLDING`, `DONE`. */
  readonly state: string;
  readonly why: string;
  readonly goesOn: string;
  readonly youCan: readonly string[];
}

export const begin = '<!-- failures:begin -->';
export const end = '<!-- failures:end -->';
const none = '–';

/** What `drydock status RUN` says of it, without what is different each time; of the commands those that the hold offers. */
function seenIn(failure: FailureName, run: RunDocument): Seen {
  const offered = run.holds.length > 0 ? run.holds.flatMap(({ commands }) => commands) : run.legalCommands;
  return {
    failure,
    state: runStateText(run),
    why: lasting(run.holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || (run.endReason ?? '')),
    goesOn: run.holds
      .map(({ releasedBy, until }) => `${releasedBy === 'itself' ? 'by itself' : 'when a person decides'}: ${until}`)
      .join('; '),
    youCan: [...new Set(offered)].map((command) => lasting(commandLine(command, run.run))),
  };
}

/** Runs are numbered, and a release is named by the digest of its programs. */
const lasting = (text: string): string => text.replaceAll(/\br-\d+\b/g, 'RUN').replaceAll(/(?<=\d)-[0-9a-f]{12}\b/g, '');

export function rowOf({ failure, state, why, goesOn, youCan }: Seen): string {
  const commands = youCan.map((command) => `\`${command}\``);
  const cells = [failure, state, why || none, goesOn || none, commands.join(', ') || none];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Rows of the committed table, in its order. */
export function committedRows(table: TableName): readonly string[] {
  const text = readFileSync(tables[table].document, 'utf8');
  return text
    .slice(text.indexOf(begin) + begin.length, text.indexOf(end))
    .trim()
    .split('\n')
    .slice(2);
}

/** What the admin sees now is what the document says; where that is to be written, it is written down. `about`: of several holds those of the row. */
export function compareWithTable<Table extends TableName>(
  table: Table,
  failure: FailureName<Table>,
  run: RunDocument,
  about: (hold: HoldDocument) => boolean = () => true,
): void {
  const seen = seenIn(failure, { ...run, holds: run.holds.filter(about) });
  const file = process.env.DRYDOCK_FAILURES_SEEN;
  if (file === undefined)
    strictEqual(
      rowOf(seen),
      committedRows(table).find((row) => row.startsWith(`| ${failure} |`)),
    );
  else appendFileSync(file, `${JSON.stringify(seen)}\n`);
}
