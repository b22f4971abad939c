/** Paths, plans and restores. */
import { type Command, Option } from 'commander';
import { snapshotVerifications } from '../../common/orders.ts';
import { architectures, parseCount, parseDigest, parseDurationMs, parseOs, parseSetting, parseTrait, parseVia } from '../arguments.ts';
import type { PathOptions } from '../commands/path.ts';
import type { ApproveOptions, PlanOptions, RestoreOptions } from '../commands/plan.ts';
import { type ListOptions, withListOptions } from '../list-options.ts';
import type { Go } from './go.ts';

export function addPath(program: Command, go: Go): void {
  program
    .command('path')
    .description('show the upgrade path from one version to another')
    .argument('<engine>')
    .argument('<from>')
    .argument('<to>', 'a version, or a series for its newest release')
    .option('--os <id:version>', 'operating system of the hosts, for example debian:12', parseOs)
    .addOption(new Option('--arch <arch>', 'architecture of the hosts').choices(architectures))
    .option('--trait <name=value>', 'trait of the cluster, for example omHa=true (repeatable)', parseTrait)
    .option('--via <version>', 'intermediate version to stop at (repeatable)', parseVia)
    .option('--explain', 'also print the details of each task, and which hops were rejected and why')
    .option('--offline', 'use the built-in rule packs even when a controller is configured')
    .action((engine: string, from: string, to: string, options: PathOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/path.ts')).showPath(session, { engine, from, to }, options)),
    );
}

export function addPlans(program: Command, go: Go): void {
  const plans = () => import('../commands/plan.ts');
  const plan = program
    .command('plan')
    .description('make a plan for a cluster; or: plan list, show, diff, discard')
    .argument('<cluster>')
    .option('--to <version>', 'target version')
    .option('--via <version>', 'intermediate version to stop at (repeatable)', parseVia)
    .option(
      '--config <file>',
      'change the configuration of every node with this file (YAML with set, rename, remove; or .conf); a rollback restores the old files',
    )
    .option(
      '--config-set <key=value>',
      'value for a setting that a version on the path requires; without --to, set it on every node (repeatable)',
      parseSetting,
    )
    .option('--config-optional', 'also apply changes that no version on the path requires, such as deprecated names and units')
    .option('--restart', 'restart every node, one at a time')
    .addOption(
      new Option('--primary <how>', 'how to treat the primary: hand over to another node, or restart it in place (default)').choices([
        'switchover',
        'restart',
      ]),
    )
    .addOption(
      new Option('--snapshot [verify]', 'snapshot each node first, and verify the snapshot by none, list (default) or restore-compare')
        .choices([...snapshotVerifications])
        .preset('list'),
    )
    .option('--keep-snapshots <duration>', 'how long to keep the snapshots after the run (default 168h)', parseDurationMs)
    .option('--canary <count>', 'number of nodes that go first; a failure there is rolled back automatically', parseCount)
    .option('--settle <duration>', 'how long each node must stay healthy before the next one, for example 60s', parseDurationMs)
    .option('--soak <duration>', 'how long the cluster must stay healthy at the end, for example 10m', parseDurationMs)
    .addOption(
      new Option(
        '--finalize <when>',
        'when to finalize, if the rules allow a choice: on-command waits for drydock finalize (default); auto finalizes after the soak without asking again, as the approval of the plan is the consent',
      ).choices(['on-command', 'auto']),
    )
    .option(
      '--finalize-within <duration>',
      'how long the run may stay unfinalized before drydock finalize, for example 10d',
      parseDurationMs,
    )
    .option('--downgrade', 'allow a target version lower than the current one')
    .addOption(new Option('--approve <what>', 'approve the whole plan once (default), or hop by hop').choices(['plan', 'hop']))
    .option('--trait <name=value>', 'trait of the cluster that its agents cannot observe (repeatable)', parseTrait)
    .option('--again', 'allow a version that this cluster was rolled back from')
    .action((cluster: string, options: PlanOptions, command: Command) => {
      if (options.to === undefined && options.config === undefined && options.configSet === undefined && options.restart !== true)
        return command.error('error: nothing to plan; give --to VERSION, --config FILE, --config-set KEY=VALUE or --restart');
      const idle = idleOption(options);
      if (idle !== null) return command.error(`error: ${idle}`);
      return go(command, async (session) => (await plans()).makePlan(session, cluster, options));
    });
  program
    .command('restore')
    .description('make a plan that restores the snapshots of a run; it lists what is lost and needs approval')
    .argument('<run>')
    .option('--node <instance>', 'restore only this node; it gets later writes from its peers')
    .option('--settle <duration>', 'how long each node must stay healthy before the next one, for example 60s', parseDurationMs)
    .action((runId: string, options: RestoreOptions, command: Command) =>
      go(command, async (session) => (await plans()).planRestore(session, runId, options)),
    );
  withListOptions(plan.command('list').description('list plans, newest first, including those that were run'), 'plans').action(
    (options: ListOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/history.ts')).planList(session, options)),
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
    .description('discard a plan that was not started')
    .argument('<plan>')
    .option('--reason <text>', 'reason, recorded in the audit log')
    .action((planId: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await plans()).discardPlan(session, planId, options)),
    );
  plan
    .command('diff')
    .description('show the differences between two plans')
    .argument('<a>')
    .argument('<b>')
    .action((a: string, b: string, _options: object, command: Command) =>
      go(command, async (session) => (await plans()).diffPlans(session, a, b)),
    );
  program
    .command('approve')
    .description('show a plan and approve it')
    .argument('<plan>')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--digest <digest>', 'approve only if the plan has this digest', parseDigest)
    .action((planId: string, options: ApproveOptions, command: Command) =>
      go(command, async (session) => (await plans()).approvePlan(session, planId, options)),
    );
}

/** An option that would change nothing beside the others is a slip, to be found at once; null: there is none. */
function idleOption({
  to,
  via,
  configOptional,
  snapshot,
  keepSnapshots,
  downgrade,
  again,
  approve,
  trait,
  finalize,
  finalizeWithin,
}: PlanOptions): string | null {
  if (keepSnapshots !== undefined && (snapshot === undefined || snapshot === 'none')) return '--keep-snapshots requires --snapshot';
  if (finalize === 'auto' && finalizeWithin !== undefined)
    return '--finalize-within cannot be combined with --finalize auto, which finalizes without waiting';
  if (to !== undefined) return null;
  const ofVersions = [
    ...(via === undefined ? [] : ['--via']),
    ...(downgrade === true ? ['--downgrade'] : []),
    ...(again === true ? ['--again'] : []),
    ...(approve === 'hop' ? ['--approve hop'] : []),
    ...(trait === undefined ? [] : ['--trait']),
    ...(configOptional === true ? ['--config-optional'] : []),
    ...(finalize === 'auto' ? ['--finalize auto'] : []),
    ...(finalizeWithin === undefined ? [] : ['--finalize-within']),
  ];
  return ofVersions.length === 0 ? null : `${ofVersions.join(' and ')}: only valid with --to VERSION`;
}
