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
    .requiredOption('--artifact <file>', 'the archive')
    .addOption(new Option('--arch <arch>', 'architecture that it is for').choices(architectures).default(process.arch, "this machine's"))
    .addOption(new Option('--role <role>', 'what the archive holds').choices(['server', 'runtime', 'extensions']).default('server'))
    .action((engine: string, version: string, options: ReleaseAddOptions, command: Command) =>
      go(command, async (session) => (await releases()).releaseAdd(session, engine, version, options)),
    );
  release
    .command('list')
    .description('all releases, or those of one engine')
    .argument('[engine]')
    .option(...watchOption)
    .action((engine: string | undefined, options: WatchedOption, command: Command) =>
      go(command, async (session) => (await releases()).releaseList(session, engine, options)),
    );
  release
    .command('remove')
    .description('remove a release from the controller; refused while a plan or a node uses it')
    .argument('<engine>')
    .argument('<release>', 'its version, or the beginning of its id')
    .addOption(new Option('--arch <arch>', 'which one, if there are several architectures').choices(architectures))
    .option('--reason <text>', 'why; it is kept in the audit log')
    .action((engine: string, named: string, options: ReleaseRemoveOptions, command: Command) =>
      go(command, async (session) => (await releases()).releaseRemove(session, engine, named, options)),
    );
  release
    .command('verify')
    .description('read every stored artifact again and compare digests')
    .argument('[engine]')
    .action((engine: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await releases()).releaseVerify(session, engine)),
    );
}

export function addSnapshots(program: Command, go: Go): void {
  const snapshot = program.command('snapshot').description('snapshots on the hosts: list, remove');
  snapshot
    .command('list')
    .description('all snapshots, newest first, with the time until which each is kept')
    .option('--cluster <name>', 'only snapshots of this cluster')
    .option(...selectorOption)
    .option(...engineOption)
    .option('--of <version>', 'only snapshots of a database of this version')
    .option(...watchOption)
    .action((options: SnapshotListOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/snapshot.ts')).snapshotList(session, options)),
    );
  snapshot
    .command('remove')
    .description('remove a snapshot before it expires; refused while an active run or an approved plan needs it')
    .argument('<snapshot>', 'its id, or the beginning of it')
    .option('--reason <text>', 'why; it is kept in the audit log')
    .action((named: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await import('../commands/snapshot.ts')).snapshotRemove(session, named, options)),
    );
}

export function addRules(program: Command, go: Go): void {
  const rules = () => import('../commands/rules.ts');
  const group = program.command('rules').description('rule packs: list, show, diff, lint, import, revert');
  group
    .command('list')
    .description('all rule packs, and which are active')
    .argument('[engine]')
    .action((engine: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).listRules(session, engine)),
    );
  group
    .command('show')
    .description('print a pack; default: the active one')
    .argument('<engine>')
    .argument('[pack]', 'built-in, or the beginning of a digest')
    .action((engine: string, pack: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).showRules(session, engine, pack)),
    );
  group
    .command('diff')
    .description('how two packs differ; the second is by default the active one')
    .argument('<engine>')
    .argument('<a>', 'built-in, or the beginning of a digest')
    .argument('[b]')
    .action((engine: string, a: string, b: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).diffRules(session, engine, a, b)),
    );
  group
    .command('lint')
    .description('mistakes in packs that can be read; works offline')
    .argument('[files...]', 'packs; default: the built-in ones')
    .action((files: readonly string[], _options: object, command: Command) =>
      go(command, async (session) => (await rules()).lintRules(session, files)),
    );
  group
    .command('import')
    .description('check a pack, keep it and activate it')
    .argument('<file>')
    .action((file: string, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).importRules(session, file)),
    );
  group
    .command('revert')
    .description('activate an earlier pack again')
    .argument('<engine>')
    .argument('<pack>', 'built-in, or the beginning of a digest')
    .action((engine: string, pack: string, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).revertRules(session, engine, pack)),
    );
}
