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
    .description('which upgrades lead from one version to another')
    .argument('<engine>')
    .argument('<from>')
    .argument('<to>', 'a version, or a series for its newest release')
    .option('--os <id:version>', 'operating system of the hosts: debian:12', parseOs)
    .addOption(new Option('--arch <arch>', 'architecture of the hosts').choices(architectures))
    .option('--trait <name=value>', 'a trait of the cluster, any number of times: omHa=true', parseTrait)
    .option('--via <version>', 'a version to stop at on the way, any number of times', parseVia)
    .option('--explain', 'also print what each task asks for, and what was not taken and why')
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
    .option('--to <version>', 'version to go to')
    .option('--via <version>', 'a version to stop at on the way, any number of times', parseVia)
    .option(
      '--config <file>',
      'change the configuration of every node as this file says (YAML: set, rename, remove; or .conf); rollback restores the old files',
    )
    .option(
      '--config-set <key=value>',
      'a value for a setting that a version on the way needs, any number of times; without --to: change it on every node',
      parseSetting,
    )
    .option('--config-optional', 'also change what no version on the way needs: old names and units')
    .option('--restart', 'restart every node, one at a time')
    .addOption(
      new Option(
        '--primary <how>',
        'what becomes of the primary: another node takes over, or it is restarted where it is (default)',
      ).choices(['switchover', 'restart']),
    )
    .addOption(
      new Option('--snapshot [verify]', 'snapshot each node first, verified by: none, list (default), restore-compare')
        .choices([...snapshotVerifications])
        .preset('list'),
    )
    .option('--keep-snapshots <duration>', 'how long snapshots stay after the run (default 168h)', parseDurationMs)
    .option('--canary <count>', 'nodes to go first; a failure there is rolled back automatically', parseCount)
    .option('--settle <duration>', 'how long each node must stay healthy: 60s', parseDurationMs)
    .option('--soak <duration>', 'how long the cluster must stay healthy at the end: 10m', parseDurationMs)
    .addOption(
      new Option(
        '--finalize <when>',
        'who finalizes, where the rules leave the choice: on-command, a person by drydock finalize (default); auto, the run itself after the soak, as the approval of the plan is the consent',
      ).choices(['on-command', 'auto']),
    )
    .option('--finalize-within <duration>', 'how long the run may rest until drydock finalize: 10d', parseDurationMs)
    .option('--downgrade', 'allow a lower version')
    .addOption(new Option('--approve <what>', 'approve the whole plan once (default), or hop by hop').choices(['plan', 'hop']))
    .option('--trait <name=value>', 'a trait of the cluster that its agents cannot observe, any number of times', parseTrait)
    .option('--again', 'allow a version that this cluster was rolled back from')
    .action((cluster: string, options: PlanOptions, command: Command) => {
      if (options.to === undefined && options.config === undefined && options.configSet === undefined && options.restart !== true)
        return command.error('error: say what for: --to VERSION, --config FILE or --restart');
      const idle = idleOption(options);
      if (idle !== null) return command.error(`error: ${idle}`);
      return go(command, async (session) => (await plans()).makePlan(session, cluster, options));
    });
  program
    .command('restore')
    .description('plan to restore the snapshots of a run; the plan lists what is lost and needs approval like any other')
    .argument('<run>')
    .option('--node <instance>', 'only this node; what was written since comes from its peers')
    .option('--settle <duration>', 'how long each node must stay healthy: 60s', parseDurationMs)
    .action((runId: string, options: RestoreOptions, command: Command) =>
      go(command, async (session) => (await plans()).planRestore(session, runId, options)),
    );
  withListOptions(plan.command('list').description('all plans, newest first, including those carried out'), 'plans').action(
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
  if (keepSnapshots !== undefined && (snapshot === undefined || snapshot === 'none'))
    return '--keep-snapshots needs --snapshot: without it none is kept';
  if (finalize === 'auto' && finalizeWithin !== undefined)
    return '--finalize-within is for a run that rests, and with --finalize auto it does not: say one of them';
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
  return ofVersions.length === 0 ? null : `${ofVersions.join(' and ')}: only with --to VERSION, for the version stays as it is`;
}
