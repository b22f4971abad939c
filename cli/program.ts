/** Every command with its arguments. What a command does is loaded only when it runs: `--help` needs none of it. */
import { Argument, type Command, Option } from 'commander';
import { snapshotVerifications } from '../common/orders.ts';
import { parseCount, parseDigest, parseDurationMs, parseOs, parseTrait } from './arguments.ts';
import type { BundleOptions } from './commands/bundle.ts';
import type { AbortOptions } from './commands/control.ts';
import type { AdoptOptions, ClusterListOptions } from './commands/fleet.ts';
import type { PathOptions } from './commands/path.ts';
import type { ApproveOptions, PlanOptions, RestoreOptions } from './commands/plan.ts';
import type { ReleaseAddOptions, ReleaseRemoveOptions } from './commands/release.ts';
import type { SnapshotListOptions } from './commands/snapshot.ts';
import { type Shell, shells } from './completion/scripts.ts';
import type { ExitCode } from './exit-codes.ts';
import { type ListOptions, selectorOption, watchOption, withListOptions } from './list-options.ts';
import type { GlobalOptions, Session } from './session.ts';
import type { WatchedOption } from './watch/watch-list.ts';
import type { WatchOptions } from './watch/watch-run.ts';

/** What a command does; no exit code means that it went well. */
export type Work = (session: Session) => Promise<ExitCode | undefined> | Promise<void>;
export type Carry = (options: GlobalOptions, work: Work) => Promise<void>;

export function addCommands(program: Command, carry: Carry): void {
  const go = (command: Command, work: Work) => carry(command.optsWithGlobals<GlobalOptions>(), work);
  addPath(program, go);
  addFleet(program, go);
  addReleases(program, go);
  addSnapshots(program, go);
  addRules(program, go);
  addPlans(program, go);
  addRuns(program, go);
  addControls(program, go);
  addRecords(program, go);
  addController(program, go);
  addContexts(program, go);
  addCompletion(program, go);
}

type Go = (command: Command, work: Work) => Promise<void>;

const architectures = ['x64', 'arm64'];

function addPath(program: Command, go: Go): void {
  program
    .command('path')
    .description('which upgrades lead from one version to another')
    .argument('<engine>')
    .argument('<from>')
    .argument('<to>', 'a version, or a series for its newest release')
    .option('--os <id:version>', 'operating system of the hosts: debian:12', parseOs)
    .addOption(new Option('--arch <arch>', 'architecture of the hosts').choices(architectures))
    .option('--trait <name=value>', 'a trait of the cluster, any number of times: omHa=true', parseTrait)
    .option('--explain', 'also tell what was not taken, and why')
    .option('--offline', 'use the built-in rule packs even when a controller is configured')
    .action((engine: string, from: string, to: string, options: PathOptions, command: Command) =>
      go(command, async (session) => (await import('./commands/path.ts')).showPath(session, { engine, from, to }, options)),
    );
}

function addFleet(program: Command, go: Go): void {
  const fleet = () => import('./commands/fleet.ts');
  const cluster = program.command('cluster').description('clusters: list, show, adopt, label, nodes, forget');
  cluster
    .command('list')
    .description('all clusters that agents announced')
    .option(...selectorOption)
    .option(...watchOption)
    .action((options: ClusterListOptions, command: Command) =>
      go(command, async (session) => (await fleet()).clusterList(session, options)),
    );
  cluster
    .command('show')
    .description('one cluster: its nodes, and what stands against a plan')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await fleet()).clusterShow(session, name)),
    );
  cluster
    .command('adopt')
    .description('say that a cluster is to be upgraded by Drydock, and how many members it has')
    .argument('<name>')
    .requiredOption('--members <count>', 'members that the cluster has', parseCount)
    .option('--reason <text>', 'why it is adopted again, or with fewer members than the database sees')
    .option('-y, --yes', 'do not ask when the database sees more members; needs --reason')
    .action((name: string, options: AdoptOptions, command: Command) => {
      if (options.yes === true && options.reason === undefined) return command.error('error: --yes needs --reason TEXT');
      return go(command, async (session) => (await fleet()).clusterAdopt(session, name, options));
    });
  cluster
    .command('label')
    .description('set labels of a cluster (key=value) and take labels away (key-); lists select by them with -l')
    .argument('<name>')
    .argument('<labels...>')
    .action((name: string, changes: readonly string[], _options: object, command: Command) =>
      go(command, async (session) => (await fleet()).clusterLabel(session, name, changes)),
    );
  cluster
    .command('forget')
    .description('end the adoption of a cluster; refused while a run of it is active')
    .argument('<name>')
    .requiredOption('--reason <text>', 'why; it is kept in the audit log')
    .action((name: string, options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await fleet()).clusterForget(session, name, options)),
    );
  cluster
    .command('nodes')
    .description('the nodes of one cluster')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await fleet()).clusterNodes(session, name)),
    );

  const host = program.command('host').description('hosts: list, show, forget');
  host
    .command('list')
    .description('all hosts whose agents connected, also those that are disconnected now')
    .option(...watchOption)
    .action((options: WatchedOption, command: Command) => go(command, async (session) => (await fleet()).hostList(session, options)));
  host
    .command('show')
    .description('one host and its instances')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) => go(command, async (session) => (await fleet()).hostShow(session, name)));
  host
    .command('forget')
    .description('end what a disconnected host claims and take it off the lists; refused while it is connected or in an active run')
    .argument('<name>')
    .option('--reason <text>', 'why; it is kept in the audit log')
    .action((name: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await fleet()).hostForget(session, name, options)),
    );
}

function addReleases(program: Command, go: Go): void {
  const releases = () => import('./commands/release.ts');
  const release = program.command('release').description('releases: add, list, remove, verify');
  release
    .command('add')
    .description('bring a release to the controller')
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
    .addOption(new Option('--arch <arch>', 'if it is there for several architectures').choices(architectures))
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

function addSnapshots(program: Command, go: Go): void {
  const snapshot = program.command('snapshot').description('snapshots on the hosts: list');
  snapshot
    .command('list')
    .description('all snapshots, newest first, with the time until which each is kept')
    .option('--cluster <name>', 'only snapshots of this cluster')
    .option(...watchOption)
    .action((options: SnapshotListOptions, command: Command) =>
      go(command, async (session) => (await import('./commands/snapshot.ts')).snapshotList(session, options)),
    );
}

function addRules(program: Command, go: Go): void {
  const rules = () => import('./commands/rules.ts');
  const group = program.command('rules').description('rules of which versions lead where: list, show, diff, lint, import, revert');
  group
    .command('list')
    .description('all rule packs, and which are in force')
    .argument('[engine]')
    .action((engine: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).listRules(session, engine)),
    );
  group
    .command('show')
    .description('the text of a pack; of the one in force if none is named')
    .argument('<engine>')
    .argument('[pack]', 'built-in, or the beginning of a digest')
    .action((engine: string, pack: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).showRules(session, engine, pack)),
    );
  group
    .command('diff')
    .description('what two packs say differently; the second is the one in force if none is named')
    .argument('<engine>')
    .argument('<a>', 'built-in, or the beginning of a digest')
    .argument('[b]')
    .action((engine: string, a: string, b: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).diffRules(session, engine, a, b)),
    );
  group
    .command('lint')
    .description('what is wrong with packs although they can be read; offline')
    .argument('[files...]', 'packs; left out: the built-in ones')
    .action((files: readonly string[], _options: object, command: Command) =>
      go(command, async (session) => (await rules()).lintRules(session, files)),
    );
  group
    .command('import')
    .description('check a pack, keep it and put it in force')
    .argument('<file>')
    .action((file: string, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).importRules(session, file)),
    );
  group
    .command('revert')
    .description('put an earlier pack in force again')
    .argument('<engine>')
    .argument('<pack>', 'built-in, or the beginning of a digest')
    .action((engine: string, pack: string, _options: object, command: Command) =>
      go(command, async (session) => (await rules()).revertRules(session, engine, pack)),
    );
}

function addPlans(program: Command, go: Go): void {
  const plans = () => import('./commands/plan.ts');
  const plan = program
    .command('plan')
    .description('make a plan for a cluster; or: plan list, show, diff, discard')
    .argument('<cluster>')
    .option('--to <version>', 'version to go to')
    .option(
      '--config <file>',
      'change the configuration of every node as this file says (YAML: set, rename, remove; or .conf); old files come back on rollback',
    )
    .option('--restart', 'restart every node, one at a time')
    .addOption(
      new Option(
        '--primary <how>',
        'what becomes of the primary: another node takes over, or it is restarted where it is (default)',
      ).choices(['switchover', 'restart']),
    )
    .addOption(
      new Option('--snapshot [proof]', 'snapshot each node first, proven by: none, list (default), restore-compare')
        .choices([...snapshotVerifications])
        .preset('list'),
    )
    .option('--keep-snapshots <duration>', 'how long snapshots stay after the run (default 168h)', parseDurationMs)
    .option('--canary <count>', 'nodes to go first; a failure there is rolled back by itself', parseCount)
    .option('--settle <duration>', 'how long each node must stay healthy: 60s', parseDurationMs)
    .option('--soak <duration>', 'how long the cluster must stay healthy at the end: 10m', parseDurationMs)
    .option('--downgrade', 'the version may be a lower one')
    .addOption(new Option('--approve <what>', 'approve the plan at once (default), or hop by hop').choices(['plan', 'hop']))
    .option('--again', 'the version may be one that this cluster was rolled back from')
    .action((cluster: string, options: PlanOptions, command: Command) => {
      if (options.to === undefined && options.config === undefined && options.restart !== true)
        return command.error('error: say what for: --to VERSION, --config FILE or --restart');
      const idle = idleOption(options);
      if (idle !== null) return command.error(`error: ${idle}`);
      return go(command, async (session) => (await plans()).makePlan(session, cluster, options));
    });
  program
    .command('restore')
    .description('plan to put back the snapshots of a run; says what is lost, and waits for approval like any plan')
    .argument('<run>')
    .option('--node <instance>', 'only this node; what was written since comes from its peers')
    .option('--settle <duration>', 'how long each node must stay healthy: 60s', parseDurationMs)
    .action((runId: string, options: RestoreOptions, command: Command) =>
      go(command, async (session) => (await plans()).planRestore(session, runId, options)),
    );
  withListOptions(plan.command('list').description('all plans, newest first; also those that were carried out'), 'plans').action(
    (options: ListOptions, command: Command) =>
      go(command, async (session) => (await import('./commands/history.ts')).planList(session, options)),
  );
  plan
    .command('show')
    .description('print a plan')
    .argument('<plan>')
    .action((planId: string, _options: object, command: Command) =>
      go(command, async (session) => (await plans()).showPlan(session, planId)),
    );
  plan
    .command('discard')
    .description('throw away a plan that was not started')
    .argument('<plan>')
    .option('--reason <text>', 'why; it is kept in the audit log')
    .action((planId: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await plans()).discardPlan(session, planId, options)),
    );
  plan
    .command('diff')
    .description('what two plans do differently')
    .argument('<a>')
    .argument('<b>')
    .action((a: string, b: string, _options: object, command: Command) =>
      go(command, async (session) => (await plans()).diffPlans(session, a, b)),
    );
  program
    .command('approve')
    .description('approve a plan as it is shown')
    .argument('<plan>')
    .option('-y, --yes', 'do not ask')
    .option('--digest <digest>', 'approve only if the plan has this digest', parseDigest)
    .action((planId: string, options: ApproveOptions, command: Command) =>
      go(command, async (session) => (await plans()).approvePlan(session, planId, options)),
    );
}

/** An option that would change nothing beside the others is a slip, and nobody should find out later; null: there is none. */
function idleOption({ to, snapshot, keepSnapshots, downgrade, again, approve }: PlanOptions): string | null {
  if (keepSnapshots !== undefined && (snapshot === undefined || snapshot === 'none'))
    return '--keep-snapshots needs --snapshot: without it none is kept';
  if (to !== undefined) return null;
  const ofVersions = [
    ...(downgrade === true ? ['--downgrade'] : []),
    ...(again === true ? ['--again'] : []),
    ...(approve === 'hop' ? ['--approve hop'] : []),
  ];
  return ofVersions.length === 0 ? null : `${ofVersions.join(' and ')}: only with --to VERSION, for the version stays as it is`;
}

function addRuns(program: Command, go: Go): void {
  const runs = () => import('./commands/run.ts');
  const waiting = (command: Command) =>
    command
      .option('--wait', 'for scripts: lines instead of a live view, and exit code 8 as soon as a person is needed')
      .option('--timeout <duration>', 'stop waiting after this time with exit code 6; the run goes on: 10m', parseDurationMs);
  const run = program.command('run').description('run an approved plan and follow it; or: run list').argument('<plan>');
  withListOptions(run.command('list').description('all runs, newest first; also those that have ended'), 'runs').action(
    (options: ListOptions, command: Command) =>
      go(command, async (session) => (await import('./commands/history.ts')).runList(session, options)),
  );
  waiting(run)
    .option('--detach', 'start it and do not follow')
    .action((planId: string, options: WatchOptions & { readonly detach?: boolean }, command: Command) =>
      go(command, async (session) => (await runs()).startRun(session, planId, options)),
    );
  program
    .command('status')
    .description('open runs and clusters; or why one run stands where it stands')
    .argument('[run]')
    .action((runId: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => {
        const { showOverview, showStatus } = await runs();
        await (runId === undefined ? showOverview(session) : showStatus(session, runId));
      }),
    );
  waiting(program.command('watch').description('follow a run; Ctrl-C leaves it running').argument('<run>')).action(
    (runId: string, options: WatchOptions, command: Command) =>
      go(command, async (session) => (await import('./watch/watch-run.ts')).watchRun(session, runId, options)),
  );
}

function addControls(program: Command, go: Go): void {
  const controls = () => import('./commands/control.ts');
  const reason = ['--reason <text>', 'why; it is kept in the audit log'] as const;
  program
    .command('pause')
    .description('start no new turn; what has begun ends')
    .argument('<run>')
    .option(...reason)
    .action((runId: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await controls()).pauseRun(session, runId, options)),
    );
  program
    .command('resume')
    .description('go on after a pause')
    .argument('<run>')
    .action((runId: string, _options: object, command: Command) =>
      go(command, async (session) => (await controls()).resumeRun(session, runId)),
    );
  program
    .command('abort')
    .description('end a run once what has begun has ended; nodes stay as they are then, and this run can neither go on nor roll back')
    .argument('<run>')
    .option(...reason)
    .option('-y, --yes', 'do not ask when it is rolling back: the nodes not rolled back by then keep what the run brought')
    .action((runId: string, options: AbortOptions, command: Command) =>
      go(command, async (session) => (await controls()).abortRun(session, runId, options)),
    );
  program
    .command('rollback')
    .description('take the nodes that a run touched back to the version before')
    .argument('<run>')
    .option(...reason)
    .action((runId: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await controls()).rollbackRun(session, runId, options)),
    );
  program
    .command('retry')
    .description('try a step of a run once more')
    .argument('<run>')
    .argument('<step>')
    .action((runId: string, step: string, _options: object, command: Command) =>
      go(command, async (session) => (await controls()).retryStep(session, runId, step)),
    );
  program
    .command('resolve')
    .description('say what a step came to, after looking at the host')
    .argument('<run>')
    .argument('<step>')
    .addOption(new Option('--as <end>', 'what it came to').choices(['done', 'failed']).makeOptionMandatory())
    .requiredOption(...reason)
    .action((runId: string, step: string, options: { readonly as: string; readonly reason: string }, command: Command) =>
      go(command, async (session) => (await controls()).resolveStep(session, runId, step, options)),
    );
}

function addController(program: Command, go: Go): void {
  const controller = program.command('controller').description('the controller itself: backup, adopt');
  controller
    .command('backup')
    .description("copy the running controller's store to a new file; drydock-controller restore puts it back")
    .argument('<to>', 'file that is not there yet')
    .action((to: string, _options: object, command: Command) =>
      go(command, async (session) => (await import('./commands/backup.ts')).backUpStore(session, to)),
    );
  controller
    .command('adopt')
    .description('let a store that is older than the fleet learn what it missed, and command again')
    .requiredOption('--reason <text>', 'why; it is kept in the audit log')
    .action((options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await import('./commands/adoption.ts')).adoptFleet(session, options)),
    );
}

function addRecords(program: Command, go: Go): void {
  program
    .command('report')
    .description('what a run did, node by node')
    .argument('<run>')
    .action((runId: string, _options: object, command: Command) =>
      go(command, async (session) => (await import('./commands/run.ts')).showReport(session, runId)),
    );
  program
    .command('bundle')
    .description('write all that is known of a run to one tar.gz for a colleague: plan, events, logs, facts, audit; secrets removed')
    .argument('<run>')
    .option('--out <file>', 'where to (default: drydock-RUN.tar.gz here); nothing is written over')
    .action((runId: string, options: BundleOptions, command: Command) =>
      go(command, async (session) => (await import('./commands/bundle.ts')).bundleRun(session, runId, options)),
    );
  program
    .command('audit')
    .description('what was done, by whom')
    .argument('[chain]', 'a run, or "fleet" for administration; all without it')
    .option('--verify', 'recompute the hash chains; exit code 1 when one is broken')
    .action((chain: string | undefined, options: { readonly verify?: boolean }, command: Command) =>
      go(command, async (session) => {
        const { showAudit, verifyAudit } = await import('./commands/audit.ts');
        if (options.verify === true) return verifyAudit(session, chain ?? '');
        await showAudit(session, chain ?? '');
        return undefined;
      }),
    );
}

function addContexts(program: Command, go: Go): void {
  program
    .command('version')
    .description('versions of this program and of the controller')
    .action((_options: object, command: Command) =>
      go(command, async (session) => (await import('./commands/version.ts')).showVersion(session)),
    );
  const contexts = () => import('./commands/context.ts');
  const context = program.command('context').description('controllers by name: list, use, set, remove');
  context
    .command('list')
    .description('contexts, which is current, and what commands talk to')
    .action((_options: object, command: Command) => go(command, async (session) => (await contexts()).contextList(session)));
  context
    .command('use')
    .description('make a context the current one')
    .argument('<context>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await contexts()).contextUse(session, name)),
    );
  context
    .command('set')
    .description('add a context, or change its address; kept in drydock/config.yaml of XDG_CONFIG_HOME')
    .argument('<context>')
    .argument('<address>', 'HOST:PORT or unix:/PATH')
    .option('--use', 'make it the current one')
    .action((name: string, address: string, options: { readonly use?: boolean }, command: Command) =>
      go(command, async (session) => (await contexts()).contextSet(session, name, address, options)),
    );
  context
    .command('remove')
    .description('forget a context')
    .argument('<context>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await contexts()).contextRemove(session, name)),
    );
}

const loading = `
Load it:
  bash   source <(drydock completion bash)               in ~/.bashrc
  zsh    source <(drydock completion zsh)                in ~/.zshrc, after compinit
  fish   drydock completion fish | source                in ~/.config/fish/config.fish`;

function addCompletion(program: Command, go: Go): void {
  program
    .command('completion')
    .description('the script that makes a shell complete commands, options and the names of the fleet')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText('after', loading)
    .action((shell: Shell, _options: object, command: Command) =>
      go(command, async (session) => (await import('./completion/complete.ts')).showScript(session, shell)),
    );
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[], _options: object, command: Command) =>
      go(command, async (session) => (await import('./completion/complete.ts')).complete(session, program, words)),
    );
}
