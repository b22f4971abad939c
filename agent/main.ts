/** `drydock-agent`: what was typed, to an exit code. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { Command, CommanderError, Option } from 'commander';
import { type FailureClass, fail, printFailure } from '../common/failure.ts';
import { startFailure, systemReason } from '../common/file-obstacle.ts';
import { jsonText, printableLine } from '../common/printable.ts';
import { yamlText } from '../common/yaml-text.ts';
import type { LocalIo, LocalOptions } from './local/cli.ts';
import type { AgentSettings } from './settings.ts';

const defaultSettings = '/etc/drydock/agent.yaml';

/** Carries out one command line (without the program's name) and resolves with the exit code. */
export async function main(argv: readonly string[], io: LocalIo = process): Promise<number> {
  let exitCode = 0;
  const program = programFor(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const why = startFailure(thrown);
    io.stderr.write(`drydock-agent: ${printFailure(why)}\n`);
    return exitCodes[why.class];
  }
}

/** The commands as they are typed; scripts make the manual pages from them. */
export function programFor(io: LocalIo, exit: (code: number) => void): Command {
  const program = new Command('drydock-agent')
    .description(
      'The Drydock agent: runs on a database host, carries out the orders of the controller, and finishes an order in progress without it.',
    )
    .version(process.env.DRYDOCK_VERSION ?? 'from source', '-V, --version')
    .option('--settings <file>', 'settings file; drop-ins are read from the folder with the same name plus .d', defaultSettings)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json', 'yaml']).default('table'))
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  const settings = async () => {
    const { loadAgentSettings } = await import('./settings.ts');
    return loadAgentSettings(program.opts<{ settings: string }>().settings);
  };
  program
    .command('run', { isDefault: true })
    .description('run the agent in the foreground (default)')
    .option('--print-settings', 'print the settings with the source of each, and exit')
    .action(async (options: { printSettings?: true }) => {
      const loaded = await settings();
      if (options.printSettings === true) return printSettings(loaded);
      const [{ runAgent }, { stdoutLog }] = await Promise.all([import('./run-agent.ts'), import('../common/log.ts')]);
      exit(await runAgent(loaded.value, stdoutLog('info')));
    });
  const local = async () => {
    const { settings: file, output } = program.opts<{ settings: string; output: LocalOptions['output'] }>();
    const { localCommands } = await import('./local/cli.ts');
    const commandName = file === defaultSettings ? 'drydock-agent' : `drydock-agent --settings ${file}`;
    return localCommands((await settings()).value, io, { output, commandName });
  };
  program
    .command('status')
    .description('show the instances, the open orders, and which units have a start lock and why')
    .action(async () => exit(await (await local()).status()));
  program
    .command('finish')
    .description('finish an order in progress, and wait for its end')
    .argument('<order>', 'order id as shown by status')
    .action(async (order: string) => exit(await (await local()).finish(order)));
  program
    .command('revert')
    .description('roll back an instance to its previous release; asks for confirmation')
    .argument('<instance>')
    .option('-y, --yes', 'do not ask for confirmation')
    .action(async (instance: string, { yes }: { readonly yes?: true }) => exit(await (await local()).revert(instance, yes === true)));
  program
    .command('release')
    .description('cancel an order, or remove the start lock that an ended order left; the database stays as it is and can be started again')
    .argument('<order>', 'order id as shown by status, or the instance that has the start lock')
    .action(async (order: string) => exit(await (await local()).release(order)));
  program
    .command('enroll')
    .description('join the fleet with a token (piped, or from a file): creates a key on this host, which the controller certifies')
    .option('--token-file <file>', 'read the token from this file')
    .action(async ({ tokenFile }: { readonly tokenFile?: string }) => {
      const { value } = await settings();
      const { enrollHost } = await import('./identity.ts');
      const { identity, notAfterMs } = await enrollHost(value, await tokenText(io, tokenFile));
      await redial(value);
      io.stdout.write(
        `enrolled as ${identity.name}; the certificate is valid until ${new Date(notAfterMs).toISOString()} and renewed by the running agent\n`,
      );
    });
  program
    .command('check')
    .description(
      'validate settings, key, certificate, folders and the connection to the controller without starting or changing anything; prints one line per fault, and exits with 3 if there are any',
    )
    .action(async () => {
      const [{ checkAgent }, { checkExitCode, checkLines }, { value }] = await Promise.all([
        import('./check.ts'),
        import('../common/check-report.ts'),
        settings(),
      ]);
      const document = await checkAgent(value, Date.now());
      const written = {
        json: () => `${jsonText(document)}\n`,
        yaml: () => yamlText(document),
        table: () => `${checkLines(document).map(printableLine).join('\n')}\n`,
      };
      io.stdout.write(written[program.opts<{ output: LocalOptions['output'] }>().output]());
      exit(checkExitCode(document));
    });
  program
    .command('facts')
    .description('print the facts of this host')
    .action(async () => {
      const { printHostFacts } = await import('./host/facts-child.ts');
      await printHostFacts((line) => io.stdout.write(`${line}\n`));
    });
  program
    .command('job', { hidden: true })
    .description('keep a job of the agent (internal, started by the agent only)')
    .argument('<folder>')
    .action(async (folder: string) => {
      const { keepJob } = await import('./host/job-keeper.ts');
      await keepJob(folder);
    });
  return program;
}

/** The running agent takes the identity up at once; one that cannot be asked, or is of an earlier release, does so at its next try. */
async function redial(settings: AgentSettings): Promise<void> {
  const { askRunningAgent, doorPath } = await import('./local/door.ts');
  await askRunningAgent(doorPath(settings), { verb: 'redial', subject: '', actor: userInfo().username }).catch(() => null);
}

/** Never from the command line, which others on the machine can read. */
async function tokenText({ stdin }: LocalIo, tokenFile: string | undefined): Promise<string> {
  if (tokenFile === undefined) return text(stdin);
  return readFile(tokenFile, 'utf8').catch((error: unknown) => {
    throw fail('usage', 'bad-token', `${tokenFile} cannot be read: ${systemReason(error)}`);
  });
}

async function printSettings(loaded: {
  readonly value: AgentSettings;
  readonly origins: ReadonlyMap<string, { file: string; line: number }>;
}) {
  const origins = Object.fromEntries([...loaded.origins].map(([path, { file, line }]) => [path, `${file}:${line}`]));
  // Connection settings may name files with secrets, never the secrets themselves.
  process.stdout.write(yamlText({ settings: loaded.value, from: origins }));
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
