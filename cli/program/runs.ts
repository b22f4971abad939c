/** Runs: what is shown of them, what is said to them, and what they leave. */
import { type Command, Option } from 'commander';
import { parseDurationMs } from '../arguments.ts';
import type { BundleOptions } from '../commands/bundle.ts';
import type { AbortOptions, WordOptions } from '../commands/control.ts';
import { type ListOptions, withListOptions } from '../list-options.ts';
import type { WatchOptions } from '../watch/watch-run.ts';
import type { Go } from './go.ts';

export function addRuns(program: Command, go: Go): void {
  const runs = () => import('../commands/run.ts');
  const waiting = (command: Command) =>
    command
      .option('--wait', 'for scripts: print lines instead of a live view, and exit with code 8 as soon as an operator must act')
      .option(
        '--timeout <duration>',
        'stop waiting after this time, for example 10m, with exit code 6; the run continues',
        parseDurationMs,
      );
  const run = program.command('run').description('run an approved plan and follow it; or: run list').argument('<plan>');
  withListOptions(run.command('list').description('list runs, newest first, including those that have ended'), 'runs').action(
    (options: ListOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/history.ts')).runList(session, options)),
  );
  waiting(run)
    .option('--detach', 'start the run without following it')
    .action((planId: string, options: WatchOptions & { readonly detach?: boolean }, command: Command) =>
      go(command, async (session) => (await runs()).startRun(session, planId, options)),
    );
  program
    .command('status')
    .description('show open runs and clusters; or what a run is doing or waiting for, and why')
    .argument('[run]')
    .action((runId: string | undefined, _options: object, command: Command) =>
      go(command, async (session) => {
        const { showOverview, showStatus } = await runs();
        await (runId === undefined ? showOverview(session) : showStatus(session, runId));
      }),
    );
  waiting(program.command('watch').description('follow a run; Ctrl-C leaves it running').argument('<run>')).action(
    (runId: string, options: WatchOptions, command: Command) =>
      go(command, async (session) => (await import('../watch/watch-run.ts')).watchRun(session, runId, options)),
  );
}

export function addControls(program: Command, go: Go): void {
  const controls = () => import('../commands/control.ts');
  const reason = ['--reason <text>', 'reason, recorded in the audit log'] as const;
  program
    .command('pause')
    .description('pause a run: steps in progress finish, no new turn starts')
    .argument('<run>')
    .option(...reason)
    .action((runId: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await controls()).pauseRun(session, runId, options)),
    );
  program
    .command('resume')
    .description('resume a paused run')
    .argument('<run>')
    .action((runId: string, _options: object, command: Command) =>
      go(command, async (session) => (await controls()).resumeRun(session, runId)),
    );
  program
    .command('abort')
    .description('abort a run: steps in progress finish, nodes then stay as they are, and the run can neither continue nor roll back')
    .argument('<run>')
    .option(...reason)
    .option(
      '-y, --yes',
      'do not ask for confirmation when the run is rolling back; nodes not rolled back by then keep the changes of the run',
    )
    .action((runId: string, options: AbortOptions, command: Command) =>
      go(command, async (session) => (await controls()).abortRun(session, runId, options)),
    );
  program
    .command('rollback')
    .description('roll back the nodes that a run changed')
    .argument('<run>')
    .option(...reason)
    .action((runId: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await controls()).rollbackRun(session, runId, options)),
    );
  program
    .command('retry')
    .description('retry a step of a run')
    .argument('<run>')
    .argument('<step>')
    .action((runId: string, step: string, _options: object, command: Command) =>
      go(command, async (session) => (await controls()).retryStep(session, runId, step)),
    );
  program
    .command('resolve')
    .description('record the result of a step after checking the host')
    .argument('<run>')
    .argument('<step>')
    .addOption(new Option('--as <end>', 'result of the step').choices(['done', 'failed']).makeOptionMandatory())
    .requiredOption(...reason)
    .action((runId: string, step: string, options: { readonly as: string; readonly reason: string }, command: Command) =>
      go(command, async (session) => (await controls()).resolveStep(session, runId, step, options)),
    );
  program
    .command('confirm')
    .description('give the consent that a step waits for, or record that something was done outside Drydock')
    .argument('<run>')
    .argument('<step>')
    .requiredOption(...reason)
    .option('--digest <digest>', 'refuse unless the plan has this digest')
    .action((runId: string, step: string, options: WordOptions, command: Command) =>
      go(command, async (session) => (await controls()).confirmStep(session, runId, step, options)),
    );
  program
    .command('exclude')
    .description('exclude a node from the rest of a run: the run neither changes it, nor rolls it back, nor waits for it')
    .argument('<run>')
    .argument('<instance>')
    .requiredOption(...reason)
    .action((runId: string, instance: string, options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await controls()).excludeNode(session, runId, instance, options)),
    );
  program
    .command('finalize')
    .description('finalize an unfinalized run; afterwards the previous version can no longer run on this data')
    .argument('<run>')
    .option(...reason)
    .option('--digest <digest>', 'refuse unless the plan has this digest')
    .option('-y, --yes', 'do not ask for confirmation')
    .action((runId: string, options: WordOptions, command: Command) =>
      go(command, async (session) => (await controls()).finalizeRun(session, runId, options)),
    );
}

export function addRecords(program: Command, go: Go): void {
  program
    .command('report')
    .description('show what a run did, node by node')
    .argument('<run>')
    .action((runId: string, _options: object, command: Command) =>
      go(command, async (session) => (await import('../commands/run.ts')).showReport(session, runId)),
    );
  program
    .command('bundle')
    .description('collect everything about a run in a tar.gz for a colleague: plan, events, logs, facts, audit; secrets are removed')
    .argument('<run>')
    .option('--out <file>', 'file to write (default: drydock-RUN.tar.gz); an existing file is never overwritten')
    .action((runId: string, options: BundleOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/bundle.ts')).bundleRun(session, runId, options)),
    );
  program
    .command('audit')
    .description('show what was done, and by whom')
    .argument('[chain]', 'a run, or "fleet" for administration; default: all')
    .option('--verify', 'verify the hash chains; exit code 1 if one is broken')
    .option('--export', 'print one JSON document per line for other systems: who did what, when, why, with which plan')
    .action((chain: string | undefined, options: { readonly verify?: boolean; readonly export?: boolean }, command: Command) =>
      go(command, async (session) => {
        const { exportAudit, showAudit, verifyAudit } = await import('../commands/audit.ts');
        if (options.verify === true) return verifyAudit(session, chain ?? '');
        await (options.export === true ? exportAudit : showAudit)(session, chain ?? '');
        return undefined;
      }),
    );
}
