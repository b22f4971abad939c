/**
 * Failures and what `drydock status` says of each: the table of docs/engines/postgresql.md. Tests hold what they see against the committed
 * table; with DRYDOCK_FAILURES_SEEN=FILE they write it there instead, and scripts/render-failures.ts makes the table of it.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, runStateText } from '../../cli/render/run-words.ts';
import type { RunDocument } from '../../common/documents.ts';
import { root } from '../../demo/programs.ts';

/** In the order of the table. */
export const failures = [
  'another node dies in the middle',
  'the network between an agent and the controller is cut in the turn of its node',
  "the controller's clock jumps in the middle",
  'somebody restarts a database by hand in the middle',
  'somebody upgraded a node by hand before the plan was made',
  'somebody upgrades a node by hand in the middle',
] as const;
export type FailureName = (typeof failures)[number];

export interface Seen {
  readonly failure: FailureName;
  /** `HOLDING`, `DONE`. */
  readonly state: string;
  readonly why: string;
  readonly goesOn: string;
  readonly youCan: readonly string[];
}

export const document = join(root, 'docs/engines/postgresql.md');
export const begin = '<!-- failures:begin -->';
export const end = '<!-- failures:end -->';
const none = '–';

/** What `drydock status RUN` says of it, without what is different each time; of the commands those that the hold offers. */
export function seenIn(failure: FailureName, run: RunDocument): Seen {
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

/** Runs are numbered. */
const lasting = (text: string): string => text.replaceAll(/\br-\d+\b/g, 'RUN');

export function rowOf({ failure, state, why, goesOn, youCan }: Seen): string {
  const commands = youCan.map((command) => `\`${command}\``);
  const cells = [failure, state, why || none, goesOn || none, commands.join(', ') || none];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Rows of the committed table, in its order. */
export function committedRows(): readonly string[] {
  const text = readFileSync(document, 'utf8');
  const table = text.slice(text.indexOf(begin) + begin.length, text.indexOf(end));
  return table.trim().split('\n').slice(2);
}

export const committedRow = (failure: FailureName): string | undefined => committedRows().find((row) => row.startsWith(`| ${failure} |`));

/** Writes the row down where that is asked for. Returns whether it was. */
export function writeDown(seen: Seen): boolean {
  const file = process.env.DRYDOCK_FAILURES_SEEN;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(seen)}\n`);
  return file !== undefined;
}
