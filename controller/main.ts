/** `drydock-controller`: what was typed, to an exit code. */
import { Command, CommanderError, Option } from 'commander';
import { type FailureClass, printFailure } from '../common/failure.ts';
import { startFailure } from '../common/file-obstacle.ts';
import { jsonText, printableLine } from '../common/printable.ts';
import type { LoadedSettings } from '../common/settings.ts';
import { yamlText } from '../common/yaml-text.ts';
import type { ControllerSettings } from './settings.ts';
import type { Printed, ProgramIo } from './store-commands.ts';
import type { InitOptions, TrustAnswer } from './trust-commands.ts';

const defaultSettings = '/etc/drydock/controller.yaml';

/** Carries out one command line (without the program's name) and resolves with the exit code; `leave` ends a running controller. */
export async function main(argv: readonly string[], leave: AbortSignal, io: ProgramIo = process): Promise<number> {
  let exitCode = 0;
  const program = programFor(leave, io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitCodes.usage;
    const why = startFailure(thrown);
    io.stderr.write(`drydock-controller: ${printFailure(why)}\n`);
    return exitCodes[why.class];
  }
}

/** The commands as they are typed; scripts make the manual pages from them. */
export function programFor(leave: AbortSignal, io: ProgramIo, exit: (code: number) => void): Command {
  const program = new Command('drydock-controller')
    .description('The Drydock controller: makes upgrade plans from the rule packs and carries them out, one node at a time.')
    .version(process.env.DRYDOCK_VERSION ?? 'from source', '-V, --version')
    .option('--settings <file>', 'settings file; drop-ins are read from the folder with the same name plus .d', defaultSettings)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json']).default('table'))
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  const settings = async () => {
    const { loadControllerSettings } = await import('./settings.ts');
    return loadControllerSettings(program.opts<{ settings: string }>().settings);
  };
  program
    .command('run', { isDefault: true })
    .description('run the controller in the foreground (default)')
    .option('--print-settings', 'print the settings with the source of each, and exit')
    .action(async (options: { printSettings?: true }) => {
      const loaded = await settings();
      if (options.printSettings === true) await printSettings(loaded, io);
      else await serve(loaded.value, leave);
    });
  program
    .command('check')
    .description(
      'validate settings, keys, certificates, folders and addresses without starting or changing anything; prints one line per fault, and exits with 3 if there are any',
    )
    .action(async () => {
      const [{ checkController }, { checkExitCode, checkLines }, { value }] = await Promise.all([
        import('./check.ts'),
        import('../common/check-report.ts'),
        settings(),
      ]);
      const document = await checkController(value, Date.now());
      const json = program.opts<{ output: string }>().output === 'json';
      io.stdout.write(`${json ? jsonText(document) : checkLines(document).map(printableLine).join('\n')}\n`);
      exit(checkExitCode(document));
    });
  const onStore = async (work: (commands: typeof import('./store-commands.ts'), stateDir: string) => Promise<Printed>) => {
    const [commands, { value }] = await Promise.all([import('./store-commands.ts'), settings()]);
    const { document, lines } = await work(commands, value.stateDir);
    const json = program.opts<{ output: string }>().output === 'json';
    io.stdout.write(`${json ? jsonText(document) : lines.map(printableLine).join('\n')}\n`);
  };
  program
    .command('backup')
    .description('back up the store of a stopped controller to a new file; for a running one: drydock controller backup')
    .argument('<to>', 'path of the new file')
    .action((to: string) => onStore((commands, stateDir) => commands.backUp(stateDir, to)));
  program
    .command('restore')
    .description('replace the store by a backup; the controller must be stopped, and the previous store is kept')
    .argument('<from>', 'backup file')
    .action((from: string) => onStore((commands, stateDir) => commands.restore(stateDir, from)));
  const onTrust = async (work: (commands: typeof import('./trust-commands.ts'), value: ControllerSettings) => Promise<TrustAnswer>) => {
    const [commands, { value }] = await Promise.all([import('./trust-commands.ts'), settings()]);
    const { document, lines } = await work(commands, value);
    const json = program.opts<{ output: string }>().output === 'json';
    io.stdout.write(`${json ? jsonText(document) : lines.map(printableLine).join('\n')}\n`);
  };
  program
    .command('init')
    .description(
      "create the fleet's certificate authority, the controller's identity and a token for the first admin; run once, before the first start",
    )
    .option('--name <name>', 'name of this controller', 'main')
    .option('--admin <name>', 'name of the first admin', 'admin')
    .option('--identity <file>', 'with an external authority: private key and certificate of the controller; requires --roots')
    .option('--roots <file>', 'with an external authority: the root certificates of the fleet; requires --identity')
    .action((options: InitOptions, command: Command) => {
      if ((options.identity === undefined) !== (options.roots === undefined))
        return command.error('error: --identity and --roots require each other');
      return onTrust((commands, value) => commands.init(value, options));
    });
  program
    .command('admin-token')
    .description('create a token for an admin when no admin can log in; the controller must be stopped')
    .argument('<name>')
    .action((name: string) => onTrust((commands, value) => commands.adminToken(value, name)));
  const authority = program.command('authority').description("the fleet's certificate authority: roll, retire");
  authority
    .command('roll')
    .description('replace the root that signs certificates, without downtime')
    .action(() => onTrust((commands, value) => commands.rollOver(value)));
  authority
    .command('retire')
    .description('stop trusting the earlier root, once all of its certificates have expired')
    .action(() => onTrust((commands, value) => commands.retire(value)));
  return program;
}

async function serve(settings: ControllerSettings, leave: AbortSignal): Promise<void> {
  const [{ runController, version }, { stdoutLog }] = await Promise.all([import('./run-controller.ts'), import('../common/log.ts')]);
  const log = stdoutLog(settings.logLevel);
  const running = await runController(settings, log);
  log.info({ address: running.address, metrics: running.metricsAddress, version }, 'controller started');
  if (!leave.aborted) await new Promise((resolve) => leave.addEventListener('abort', resolve, { once: true }));
  log.info({}, 'controller is shutting down');
  await running.stop();
}

async function printSettings({ value, origins }: LoadedSettings<ControllerSettings>, io: ProgramIo): Promise<void> {
  const from = Object.fromEntries([...origins].map(([path, { file, line }]) => [path, `${file}:${line}`]));
  io.stdout.write(yamlText({ settings: value, from }));
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
