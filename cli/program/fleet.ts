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
    .description('list the clusters that agents announced')
    .option(...selectorOption('clusters'))
    .option(...engineOption('clusters'))
    .option('--running <version>', 'only clusters with a node that runs this version')
    .option('--state <state>', 'only clusters in this state: healthy, unhealthy, not-adopted')
    .option(...watchOption)
    .action((options: ClusterListOptions, command: Command) =>
      go(command, async (session) => (await fleet()).clusterList(session, options)),
    );
  cluster
    .command('show')
    .description('show a cluster: its nodes, and what prevents a plan')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await fleet()).clusterShow(session, name)),
    );
  cluster
    .command('adopt')
    .description('allow Drydock to upgrade a cluster, and declare how many members it has')
    .argument('<name>')
    .requiredOption('--members <count>', 'number of members of the cluster', parseCount)
    .option('--reason <text>', 'reason, required to adopt it again or with fewer members than the database sees')
    .option('-y, --yes', 'do not ask for confirmation when the database sees more members; requires --reason')
    .action((name: string, options: AdoptOptions, command: Command) => {
      if (options.yes === true && options.reason === undefined) return command.error('error: --yes requires --reason TEXT');
      return go(command, async (session) => (await fleet()).clusterAdopt(session, name, options));
    });
  cluster
    .command('label')
    .description('set (key=value) or remove (key-) labels of a cluster; lists select by them with -l')
    .argument('<name>')
    .argument('<labels...>')
    .action((name: string, changes: readonly string[], _options: object, command: Command) =>
      go(command, async (session) => (await fleet()).clusterLabel(session, name, changes)),
    );
  cluster
    .command('forget')
    .description('undo the adoption of a cluster; refused while it has an active run')
    .argument('<name>')
    .requiredOption('--reason <text>', 'reason, recorded in the audit log')
    .action((name: string, options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await fleet()).clusterForget(session, name, options)),
    );
  cluster
    .command('nodes')
    .description('list the nodes of a cluster')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await fleet()).clusterNodes(session, name)),
    );

  const host = program.command('host').description('hosts: list, show, forget');
  host
    .command('list')
    .description('list the hosts whose agents have connected, including those that are disconnected now')
    .option(...selectorOption('hosts of clusters'))
    .option(...engineOption('hosts with an instance'))
    .option('--agent <version>', 'only hosts whose agent is of this version')
    .option('--state <state>', 'only hosts in this state: connected, disconnected')
    .option(...watchOption)
    .action((options: HostListOptions, command: Command) => go(command, async (session) => (await fleet()).hostList(session, options)));
  host
    .command('show')
    .description('show a host and its instances')
    .argument('<name>')
    .action((name: string, _options: object, command: Command) => go(command, async (session) => (await fleet()).hostShow(session, name)));
  host
    .command('forget')
    .description('remove a disconnected host and its claim on instances; refused while it is connected or part of an active run')
    .argument('<name>')
    .option('--reason <text>', 'reason, recorded in the audit log')
    .action((name: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await fleet()).hostForget(session, name, options)),
    );
}

export function addController(program: Command, go: Go): void {
  const controller = program.command('controller').description('the controller itself: backup, adopt');
  controller
    .command('backup')
    .description('back up the store of the running controller to a new file, for drydock-controller restore')
    .argument('<to>', 'path of the new file')
    .action((to: string, _options: object, command: Command) =>
      go(command, async (session) => (await import('../commands/controller.ts')).backUpStore(session, to)),
    );
  controller
    .command('adopt')
    .description('after a restore: record what agents did since the backup, and let the controller send orders again')
    .requiredOption('--reason <text>', 'reason, recorded in the audit log')
    .action((options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await import('../commands/controller.ts')).adoptFleet(session, options)),
    );
}
