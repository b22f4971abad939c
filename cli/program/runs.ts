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
      .option('--wait', 'for scripts: lines instead of a live view, and exit code 8 as soon as a person is needed')
      .option('--timeout <duration>', 'stop waiting after this time with exit code 6; the run goes on: 10m', parseDurationMs);
  const run = program.command('run').description('run an approved plan and follow it; or: run list').argument('<plan>');
  withListOptions(run.command('list').description('all runs, newest first, including those that have ended'), 'runs').action(
    (options: ListOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/history.ts')).runList(session, options)),
  );
  waiting(run)
    .option('--detach', 'start it and do not follow')
    .action((planId: string, options: WatchOptions & { readonly detach?: boolean }, command: Command) =>
      go(command, async (session) => (await runs()).startRun(session, planId, options)),
    );
  program
    .command('status')
    .description('open runs and clusters; or what one run does or waits for, and why')
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
  const reason = ['--reason <text>', 'why; it is kept in the audit log'] as const;
  program
    .command('pause')
    .description('start no new turn; what has begun finishes')
    .argument('<run>')
    .option(...reason)
    .action((runId: string, options: { readonly reason?: string }, command: Command) =>
      go(command, async (session) => (await controls()).pauseRun(session, runId, options)),
    );
  program
    .command('resume')
    .description('continue a run after a pause')
    .argument('<run>')
    .action((runId: string, _options: object, command: Command) =>
      go(command, async (session) => (await controls()).resumeRun(session, runId)),
    );
  program
    .command('abort')
    .description('end a run once what has begun has finished; nodes stay as they are then, and this run can neither continue nor roll back')
    .argument('<run>')
    .option(...reason)
    .option('-y, --yes', 'do not ask when it is rolling back: the nodes not rolled back by then keep what the run brought')
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
    .description('record what a step resulted in, after looking at the host')
    .argument('<run>')
    .argument('<step>')
    .addOption(new Option('--as <end>', 'what it resulted in').choices(['done', 'failed']).makeOptionMandatory())
    .requiredOption(...reason)
    .action((runId: string, step: string, options: { readonly as: string; readonly reason: string }, command: Command) =>
      go(command, async (session) => (await controls()).resolveStep(session, runId, step, options)),
    );
  program
    .command('confirm')
    .description('agree to a step that waits for a person, or record that something was done elsewhere')
    .argument('<run>')
    .argument('<step>')
    .requiredOption(...reason)
    .option('--digest <digest>', 'refuse unless the plan is exactly this one')
    .action((runId: string, step: string, options: WordOptions, command: Command) =>
      go(command, async (session) => (await controls()).confirmStep(session, runId, step, options)),
    );
  program
    .command('exclude')
    .description('leave a node out of the rest of a run: nothing more is done with it, there or back, and nothing waits for it')
    .argument('<run>')
    .argument('<instance>')
    .requiredOption(...reason)
    .action((runId: string, instance: string, options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await controls()).excludeNode(session, runId, instance, options)),
    );
  program
    .command('finalize')
    .description('finalize a run that rests: afterwards the version before can no longer run on this data')
    .argument('<run>')
    .option(...reason)
    .option('--digest <digest>', 'refuse unless the plan is exactly this one')
    .option('-y, --yes', 'do not ask')
    .action((runId: string, options: WordOptions, command: Command) =>
      go(command, async (session) => (await controls()).finalizeRun(session, runId, options)),
    );
}

export function addRecords(program: Command, go: Go): void {
  program
    .command('report')
    .description('what a run did, node by node')
    .argument('<run>')
    .action((runId: string, _options: object, command: Command) =>
      go(command, async (session) => (await import('../commands/run.ts')).showReport(session, runId)),
    );
  program
    .command('bundle')
    .description('write all that is known about a run to one tar.gz for a colleague: plan, events, logs, facts, audit; secrets removed')
    .argument('<run>')
    .option('--out <file>', 'file to write (default: drydock-RUN.tar.gz here); refuses to overwrite')
    .action((runId: string, options: BundleOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/bundle.ts')).bundleRun(session, runId, options)),
    );
  program
    .command('audit')
    .description('what was done, by whom')
    .argument('[chain]', 'a run, or "fleet" for administration; default: all')
    .option('--verify', 'recompute the hash chains; exit code 1 when one is broken')
    .option('--export', 'one JSON document a line, for other systems: who did what, when, why, to which plan')
    .action((chain: string | undefined, options: { readonly verify?: boolean; readonly export?: boolean }, command: Command) =>
      go(command, async (session) => {
        const { exportAudit, showAudit, verifyAudit } = await import('../commands/audit.ts');
        if (options.verify === true) return verifyAudit(session, chain ?? '');
        await (options.export === true ? exportAudit : showAudit)(session, chain ?? '');
        return undefined;
      }),
    );
}
