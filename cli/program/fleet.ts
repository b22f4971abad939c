/** Clusters, hosts and the controller. */
import type { Command } from 'commander';
import { parseCount } from '../arguments.ts';
import type { AdoptOptions, ClusterListOptions, HostListOptions } from '../commands/fleet.ts';
import { engineOption, selectorOption, watchOption } from '../list-options.ts';
import type { Go } from './go.ts';

export function addFleet(program: Command, go: Go): void {
  const fleet = () => import('../commands/fleet.ts');
  const cluster = program.command('cluster').description('clusters: list, show, adopt, label, nodes, forget');
  cluster
    .command('list')
    .description('all clusters that agents announced')
    .option(...selectorOption)
    .option(...engineOption)
    .option('--running <version>', 'only clusters with a node that runs this version')
    .option('--state <state>', 'only clusters in this state: healthy, unhealthy, not-adopted')
    .option(...watchOption)
    .action((options: ClusterListOptions, command: Command) =>
      go(command, async (session) => (await fleet()).clusterList(session, options)),
    );
  cluster
    .command('show')
    .description('one cluster: its nodes, and what prevents a plan')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await fleet()).clusterShow(session, name)),
    );
  cluster
    .command('adopt')
    .description('let Drydock upgrade a cluster, and declare how many members it has')
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
    .description('set labels of a cluster (key=value) and remove labels (key-); lists select by them with -l')
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
    .option(...selectorOption)
    .option(...engineOption)
    .option('--agent <version>', 'only hosts whose agent has this version')
    .option('--state <state>', 'only hosts in this state: connected, disconnected')
    .option(...watchOption)
    .action((options: HostListOptions, command: Command) => go(command, async (session) => (await fleet()).hostList(session, options)));
  host
    .command('show')
    .description('one host and its instances')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) => go(command, async (session) => (await fleet()).hostShow(session, name)));
  host
    .command('forget')
    .description('drop a disconnected host and its claim on instances; refused while it is connected or in an active run')
    .argument('<name>')
    .option('--reason <text>', 'why; it is kept in the audit log')
    .action((name: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await fleet()).hostForget(session, name, options)),
    );
}

export function addController(program: Command, go: Go): void {
  const controller = program.command('controller').description('the controller itself: backup, adopt');
  controller
    .command('backup')
    .description("copy the running controller's store to a new file; drydock-controller restore reads such a file")
    .argument('<to>', 'file that does not exist yet')
    .action((to: string, _options: object, command: Command) =>
      go(command, async (session) => (await import('../commands/controller.ts')).backUpStore(session, to)),
    );
  controller
    .command('adopt')
    .description('let a store that is older than the fleet record what it missed, and send orders again')
    .requiredOption('--reason <text>', 'why; it is kept in the audit log')
    .action((options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await import('../commands/controller.ts')).adoptFleet(session, options)),
    );
}
