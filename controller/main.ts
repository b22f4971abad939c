/** `drydock-controller`: what was typed, to an exit code. */
import { Command, CommanderError } from 'commander';
import { type FailureClass, printFailure, toFailure } from '../common/failure.ts';
import type { LoadedSettings } from '../common/settings.ts';
import { yamlText } from '../common/yaml-text.ts';
import type { ControllerSettings } from './settings.ts';

const defaultSettings = '/etc/drydock/controller.yaml';

/** Carries out one command line (without the program's name) and resolves with the exit code; `leave` ends a running controller. */
export async function main(argv: readonly string[], leave: AbortSignal): Promise<number> {
  const program = programFor(leave);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitCodes.usage;
    const why = toFailure(thrown);
    process.stderr.write(`drydock-controller: ${printFailure(why)}\n`);
    return exitCodes[why.class];
  }
}

function programFor(leave: AbortSignal): Command {
  const program = new Command('drydock-controller')
    .description('Knows the rules, makes plans and carries them out, one node at a time.')
    .version(process.env.DRYDOCK_VERSION ?? 'from source', '-V, --version')
    .option('--settings <file>', 'settings file; drop-ins are read from the folder of the same name with .d', defaultSettings)
    .exitOverride();
  program
    .command('run', { isDefault: true })
    .description('run the controller in the foreground (default)')
    .option('--print-settings', 'print the settings and where each comes from, and leave')
    .action(async (options: { printSettings?: true }) => {
      const { loadControllerSettings } = await import('./settings.ts');
      const loaded = loadControllerSettings(program.opts<{ settings: string }>().settings);
      if (options.printSettings === true) await printSettings(loaded);
      else await serve(loaded.value, leave);
    });
  return program;
}

async function serve(settings: ControllerSettings, leave: AbortSignal): Promise<void> {
  const [{ runController, version }, { stdoutLog }] = await Promise.all([import('./run-controller.ts'), import('./log.ts')]);
  const log = stdoutLog(settings.logLevel);
  const running = await runController(settings, log);
  log.info({ address: running.address, metrics: running.metricsAddress, version }, 'controller started');
  if (!leave.aborted) await new Promise((resolve) => leave.addEventListener('abort', resolve, { once: true }));
  log.info({}, 'controller stops');
  await running.stop();
}

async function printSettings({ value, origins }: LoadedSettings<ControllerSettings>): Promise<void> {
  const from = Object.fromEntries([...origins].map(([path, { file, line }]) => [path, `${file}:${line}`]));
  process.stdout.write(yamlText({ settings: value, from }));
}

const exitCodes: Readonly<Record<FailureClass, number>> = {
  usage: 2,
  refused: 3,
  'not-found': 4,
  unreachable: 5,
  timeout: 6,
  failed: 1,
  internal: 1,
};
