/**
 * Failures and what `drydock status` says of each: the tables of docs/engines/*.md. Tests hold what they see against the committed table; with
 * DRYDOCK_FAILURES_SEEN=FILE they write it there instead, and scripts/render-failures.ts makes the table of it.
 */
import { strictEqual } from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../cli/render/run-text.ts';
import type { HoldDocument, RunDocument } from '../../common/documents/runs.ts';
import { runStateText } from '../../common/run-state.ts';
import { root } from '../../demo/programs.ts';

/** By engine: where its table stands, what provokes the failures, and these in the order of the table. */
export const tables = {
  postgresql: {
    document: join(root, 'docs/engines/postgresql.md'),
    project: 'slow',
    suites: ['unrelated-failures', 'run-failures', 'postgresql-config'],
    failures: [
      'the new release does not start on the canary',
      'the server does not start with the new configuration',
      'the agent of a node is killed in its downtime',
      'the disk has no room for a snapshot any more',
      'the controller dies between the stop of the primary and the promotion',
      'the controller is back after that',
      'the standby that takes over dies before it is promoted',
      'the agent of the standby that takes over dies in its promotion',
      'the agent of that standby is back after that',
      'somebody promotes a former primary by hand',
      'a former primary that was promoted by hand is made a standby again',
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
      'the new release does not start on the canary',
      'another member dies in the middle',
      'a member that had its turn dies and stays down',
      'the leader moves in the middle',
      'the database reaches its quota in the middle',
      'a member starts with a flag that the new minor does not know',
    ],
  },
  cassandra: {
    document: join(root, 'docs/engines/cassandra.md'),
    project: 'engines',
    suites: ['cassandra-failures'],
    failures: [
      'the new release does not start on the canary',
      'a node serves clients and its peers see it down: somebody ran nodetool disablegossip',
      'another node is lost with its data, and replaced while the run holds (`replace_address_first_boot`)',
      'another node dies in the middle',
      'a node that had its turn dies and stays down',
      'somebody changes the schema while versions are mixed',
      'the agent of a node, and the controller, are killed in downtimes',
      'a node dies while its files are rewritten',
      'the machine of another node stays away',
    ],
  },
  ozone: {
    document: join(root, 'docs/engines/ozone.md'),
    project: 'engines',
    suites: ['ozone-upgrade'],
    failures: [
      'the agent that prepares the managers dies',
      'the agent of a host dies while everything is stopped',
      'a manager does not start with the new release',
      'the controller dies while everything is stopped, and Recon does not start with the new release',
      'a datanode is down when the run is to be finalized',
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

/**
 * What `drydock status RUN` says of it, without what is different each time; of the commands those that the hold offers, or if it offers none
 * those about the run as a whole.
 */
function seenIn(failure: FailureName, run: RunDocument): Seen {
  const ofHolds = run.holds.flatMap(({ commands }) => commands);
  const offered = ofHolds.length > 0 ? ofHolds : run.legalCommands.filter((command) => !/^(watch|pause|retry|resolve)\b/.test(command));
  return {
    failure,
    state: runStateText(run).toUpperCase(),
    why: lasting(run.holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || (run.endReason ?? '')),
    goesOn: [
      ...new Set(
        run.holds.map(({ releasedBy, until }) => `${releasedBy === 'automatic' ? 'automatically' : 'after operator action'}: ${until}`),
      ),
    ].join('; '),
    youCan: [...new Set(offered)].map((command) => lasting(commandLine(command, run.run))),
  };
}

/** Every run has an id of its own, a release is named by the digest of its programs, and sizes, ports, places and timelines are others each time. */
const lasting = (text: string): string =>
  text
    .replaceAll(/\br-\d+-[0-9a-f]{10}\b/g, 'RUN')
    .replaceAll(/(?<=\d)-[0-9a-f]{12}\b/g, '')
    .replaceAll(/\d{4}-\d\d-\d\d [\d:.]+ UTC \[\d+\]/g, 'TIME [N]')
    .replaceAll(/\d{4}-\d\d-\d\d(?:T[\d:]+Z| [\d:]+,\d{3})/g, 'TIME')
    .replaceAll(/\b127\.0\.0\.1:\d+\b/g, 'HOST:PORT')
    .replaceAll(/(?<=[\s"(])\/\S*\/(?=(?:pg|etcd|cass|oz)-\d\/)/g, '/…/')
    .replaceAll(/\b\d+(?= inodes\b)|\d{5,}|(?<=\b(?:timeline|leads on) )\d+/g, 'N');

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

/** The same where no status can be told: what the command said instead, and what the plan had said of it before. */
export function compareAnswerWithTable<Table extends TableName>(
  table: Table,
  failure: FailureName<Table>,
  { exitCode, stderr }: { readonly exitCode: number; readonly stderr: string },
  foretold: string,
): void {
  compareSeen(table, {
    failure,
    state: `exit ${exitCode}`,
    why: lasting(stderr.trim()),
    goesOn: `as the plan said: ${foretold}`,
    youCan: [],
  });
}

/** What the admin sees now is what the document says; where that is to be written, it is written down. `about`: of several holds those of the row. */
export function compareWithTable<Table extends TableName>(
  table: Table,
  failure: FailureName<Table>,
  run: RunDocument,
  about: (hold: HoldDocument) => boolean = () => true,
): void {
  compareSeen(table, seenIn(failure, { ...run, holds: run.holds.filter(about) }));
}

function compareSeen(table: TableName, seen: Seen): void {
  const file = process.env.DRYDOCK_FAILURES_SEEN;
  if (file === undefined)
    strictEqual(
      rowOf(seen),
      committedRows(table).find((row) => row.startsWith(`| ${seen.failure} |`)),
    );
  else appendFileSync(file, `${JSON.stringify(seen)}\n`);
}
