/** PURE. What speaks against changes of postgresql.conf by their form alone, which of several files has the last word, and who is changed first. */
import { dirname, resolve } from 'node:path';
import type { ClusterView } from '../../../common/facts.ts';
import type { ConfigChange } from '../../../common/orders.ts';
import type { Direction } from '../../../common/plan.ts';
import { keysNamed } from '../../kit/config/config-format.ts';
import { active, isSettingName, nameOf, parseConf } from '../../kit/config/postgresql-conf-format.ts';
import { membersOf } from '../../kit/pure/scene.ts';
import { guardedSettings, serverFactsOf } from '../facts.ts';
import { primariesOf } from '../topology.ts';

/** They say which instance and member this is, or how its agent finds it. */
const fixedKeys: readonly string[] = ['application_name', 'cluster_name', 'config_file', 'data_directory', 'port'];

/** Code that the server loads comes from its release, which was verified; a path would lead elsewhere. */
const libraryKeys: readonly string[] = [
  'archive_library',
  'jit_provider',
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
];

/** No order brings a command line or foreign code onto a host (P13). */
function bringsCode(key: string, value: string | null): boolean {
  const name = nameOf(key);
  return (
    name.endsWith('_command') || name === 'dynamic_library_path' || (libraryKeys.includes(name) && (value === null || value.includes('/')))
  );
}

/** One sentence each. With any of them the changes must not even be carried out on a text. */
export function formProblems(changes: readonly ConfigChange[]): readonly string[] {
  const named = keysNamed(changes);
  const keys = named.map(nameOf);
  const twice = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  const set = changes.filter((change) => change.op === 'set');
  const brought = changes.flatMap((change) => {
    return change.op === 'remove' ? [] : [change.op === 'set' ? change : { key: change.to, value: null }];
  });
  const code = brought.filter(({ key, value }) => bringsCode(key, value)).map(({ key }) => key);
  const valuesLike = (form: RegExp) => set.filter(({ value }) => form.test(value)).map(({ key }) => `the value of ${key}`);
  const found: readonly (readonly [what: readonly string[], sentence: string])[] = [
    [named.filter((key) => !isSettingName(key)), 'is not a setting name: correct it'],
    [
      named.filter((key) => fixedKeys.includes(nameOf(key))),
      "identifies the member or its address: change it by hand, together with the agent's settings",
    ],
    [[...twice], 'is changed twice: give its final value once'],
    [code, 'makes the server run code outside its release: change it on the host by hand'],
    [valuesLike(/passw(?:or)?d\s*=/i), 'contains a password, which plans must not contain: use a passfile'],
    [valuesLike(/\p{Cc}/u), 'is not one line'],
  ];
  return found.flatMap(([what, sentence]) => what.map((each) => `${each} ${sentence}`));
}

/** A name that is given to a key while another line sets it already: one of the two would be lost. */
export function clashes(text: string, changes: readonly ConfigChange[]): readonly string[] {
  const present = parseConf(text);
  return changes.flatMap((change) => {
    if (change.op !== 'rename' || active(present, nameOf(change.key)) === undefined) return [];
    const other = active(present, nameOf(change.to));
    return other === undefined ? [] : [`line ${other.line + 1} already sets ${change.to}: remove ${change.key} instead of renaming it`];
  });
}

/**
 * Whether what `other` sets counts more than a line of this file: the later one wins. A file that only an included one includes is taken for
 * later if any include comes after the line.
 * @param line 0 for the first
 * @param file this file's path; relative includes start from its folder
 */
export function isReadLater(text: string, line: number, file: string, other: string): boolean {
  const { includes } = parseConf(text);
  const leadsThere = includes.findLast(({ name, value }) => {
    const path = resolve(dirname(file), value);
    return name === 'include_dir' ? path === dirname(other) : path === other;
  });
  if (leadsThere !== undefined) return leadsThere.line > line;
  return other.endsWith('/postgresql.auto.conf') || includes.some((include) => include.line > line);
}

/** What the server takes when its file says nothing. Source: chapter Server Configuration. */
const defaults: Readonly<Record<(typeof guardedSettings)[number], number>> = {
  max_connections: 100,
  max_worker_processes: 8,
  max_wal_senders: 10,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
};

/**
 * Limits that a standby must not have lower than its primary rise on the standbys first and fall on the primary first.
 * Source: chapter Hot Standby, Administrator's Overview.
 */
export function configOrder(changes: readonly ConfigChange[], view: ClusterView): Direction {
  const present = primariesOf(membersOf(view, serverFactsOf))[0]?.server.settings;
  const falls = guardedSettings.some((name) => {
    const next = valueAfter(changes, name);
    return next !== null && next < (present?.[name] ?? defaults[name]);
  });
  return falls ? 'downgrade' : 'upgrade';
}

/** null: the changes do not touch it. */
function valueAfter(changes: readonly ConfigChange[], name: (typeof guardedSettings)[number]): number | null {
  const last = changes.findLast((change) => keysNamed([change]).includes(name));
  if (last === undefined || (last.op === 'rename' && last.to === name)) return null;
  return last.op === 'set' ? Number(last.value) : defaults[name];
}
