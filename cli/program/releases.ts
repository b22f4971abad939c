/** Releases, snapshots and rules. */
import { type Command, Option } from 'commander';
import { architectures } from '../arguments.ts';
import type { ReleaseAddOptions, ReleaseRemoveOptions } from '../commands/release.ts';
import type { SnapshotListOptions } from '../commands/snapshot.ts';
import { engineOption, selectorOption, watchOption } from '../list-options.ts';
import type { WatchedOption } from '../watch/watch-list.ts';
import type { Go } from './go.ts';

export function addReleases(program: Command, go: Go): void {
  const releases = () => import('../commands/release.ts');
  const release = program.command('release').description('releases: add, list, remove, verify');
  release
    .command('add')
    .description('upload a release to the controller')
    .argument('<engine>')
    .argument('<version>')
    .requiredOption('--artifact <file>', 'archive to upload')
    .addOption(new Option('--arch <arch>', 'architecture of the archive').choices(architectures).default(process.arch, "this machine's"))
    .addOption(new Option('--role <role>', 'content of the archive').choices(['server', 'runtime', 'extensions']).default('server'))
    .action((engine: string, version: string, options: ReleaseAddOptions, command: Command) =>
      go(command, async (session) => (await releases()).releaseAdd(session, engine, version, options)),
    );
  release
    .command('list')
    .description('list releases, of all engines or of one')
    .argument('[engine]')
    .option(...watchOption)
    .action((engine: string | undefined, options: WatchedOption, command: Command) =>
      go(command, async (session) => (await releases()).releaseList(session, engine, options)),
    );
  release
    .command('remove')
    .description('remove a release from the controller; refused while a plan or a node uses it')
    .argument('<engine>')
    .argument('<release>', 'version, or a unique prefix of its id')
    .addOption(new Option('--arch <arch>', 'architecture, if the version is stored for several').choices(architectures))
    .option('--reason <text>', 'reason, recorded in the audit log')
    .action((engine: string, named: string, options: ReleaseRemoveOptions, command: Command) =>
      go(command, async (session) => (await releases()).releaseRemove(session, engine, named, options)),
    );
  release
    .command('verify')
    .description('read every stored artifact and verify its digest')
    .argument('[engine]')
    .action((engine: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await releases()).releaseVerify(session, engine)),
    );
}

export function addSnapshots(program: Command, go: Go): void {
  const snapshot = program.command('snapshot').description('snapshots on the hosts: list, remove');
  snapshot
    .command('list')
    .description('list snapshots, newest first, with the time until which each is kept')
    .option('--cluster <name>', 'only snapshots of this cluster')
    .option(...selectorOption('snapshots of clusters'))
    .option(...engineOption('snapshots'))
    .option('--of <version>', 'only snapshots of a database of this version')
    .option(...watchOption)
    .action((options: SnapshotListOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/snapshot.ts')).snapshotList(session, options)),
    );
  snapshot
    .command('remove')
    .description('remove a snapshot before it expires; refused while an active run or an approved plan needs it')
    .argument('<snapshot>', 'id, or a unique prefix of it')
    .option('--reason <text>', 'reason, recorded in the audit log')
    .action((named: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await import('../commands/snapshot.ts')).snapshotRemove(session, named, options)),
    );
}

export function addRules(program: Command, go: Go): void {
  const rules = () => import('../commands/rules.ts');
  const group = program.command('rules').description('rule packs: list, show, diff, lint, import, revert');
  group
    .command('list')
    .description('list rule packs, and which are active')
    .argument('[engine]')
    .action((engine: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).listRules(session, engine)),
    );
  group
    .command('show')
    .description('print a rule pack, by default the active one')
    .argument('<engine>')
    .argument('[pack]', 'built-in, or a unique prefix of a digest')
    .action((engine: string, pack: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).showRules(session, engine, pack)),
    );
  group
    .command('diff')
    .description('show the differences between two rule packs; the second is by default the active one')
    .argument('<engine>')
    .argument('<a>', 'built-in, or a unique prefix of a digest')
    .argument('[b]')
    .action((engine: string, a: string, b: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).diffRules(session, engine, a, b)),
    );
  group
    .command('lint')
    .description('check rule packs for mistakes; works offline')
    .argument('[files...]', 'rule packs (default: the built-in ones)')
    .action((files: readonly string[], _options: object, command: Command) =>
      go(command, async (session) => (await rules()).lintRules(session, files)),
    );
  group
    .command('import')
    .description('check, store and activate a rule pack')
    .argument('<file>')
    .action((file: string, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).importRules(session, file)),
    );
  group
    .command('revert')
    .description('reactivate an earlier rule pack')
    .argument('<engine>')
    .argument('<pack>', 'built-in, or a unique prefix of a digest')
    .action((engine: string, pack: string, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).revertRules(session, engine, pack)),
    );
}
