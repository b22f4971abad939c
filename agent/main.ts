/** `drydock-agent`: what was typed, to an exit code. */
import { userInfo } from 'node:os';
import { Command, CommanderError } from 'commander';
import { type FailureClass, printFailure, toFailure } from '../common/failure.ts';
import { silentLog } from '../common/log.ts';
import { yamlText } from '../common/yaml-text.ts';
import type { LocalVerbName } from './local-door.ts';
import type { AgentSettings } from './settings.ts';

const defaultSettings = '/etc/drydock/agent.yaml';

/** Carries out one command line (without the program's name) and resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = programFor((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const why = toFailure(thrown);
    process.stderr.write(`drydock-agent: ${printFailure(why)}\n`);
    return exitCodes[why.class];
  }
}

function programFor(exit: (code: number) => void): Command {
  const program = new Command('drydock-agent')
    .description('Lives on a database host and carries out orders; without a controller it ends what was begun.')
    .version(process.env.DRYDOCK_VERSION ?? 'from source', '-V, --version')
    .option('--settings <file>', 'settings file; drop-ins are read from the folder of the same name with .d', defaultSettings)
    .exitOverride();
  const settings = async () => {
    const { loadAgentSettings } = await import('./settings.ts');
    return loadAgentSettings(program.opts<{ settings: string }>().settings);
  };
  program
    .command('run', { isDefault: true })
    .description('run the agent in the foreground (default)')
    .option('--print-settings', 'print the settings and where each comes from, and leave')
    .action(async (options: { printSettings?: true }) => {
      const loaded = await settings();
      if (options.printSettings === true) return printSettings(loaded);
      const [{ runAgent }, { stdoutLog }] = await Promise.all([import('./run-agent.ts'), import('./log.ts')]);
      exit(await runAgent(loaded.value, stdoutLog()));
    });
  const local = async (verb: LocalVerbName, subject: string) => exit(await askLocally((await settings()).value, verb, subject));
  program
    .command('status')
    .description('what runs here, which orders are open')
    .action(() => local('status', ''));
  program
    .command('finish <order>')
    .description('carry a begun order to its end, and wait for it')
    .action((order: string) => local('finish', order));
  program
    .command('revert <instance>')
    .description('take an instance back to its previous release')
    .action((instance: string) => local('revert', instance));
  program
    .command('release <order>')
    .description('give a begun order up; the database stays as it is')
    .action((order: string) => local('release', order));
  program
    .command('facts')
    .description('print what kind of host this is')
    .action(async () => {
      const { printHostFacts } = await import('./host/facts-child.ts');
      await printHostFacts((line) => process.stdout.write(`${line}\n`));
    });
  return program;
}

/** Asks the running agent, or does it without one. The answer is JSON on stdout. */
async function askLocally(settings: AgentSettings, verb: LocalVerbName, subject: string): Promise<number> {
  const { answerWithoutAgent, doorPath } = await import('./run-agent.ts');
  const { askRunningAgent } = await import('./local-door.ts');
  const request = { verb, subject, actor: userInfo().username };
  const answered = await askRunningAgent(doorPath(settings), request);
  const result = answered === null ? await answerWithoutAgent(settings, request, silentLog) : answered.result;
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  return isReceipt(result) && result.outcome !== 'done' && verb !== 'release' ? 1 : 0;
}

function isReceipt(result: unknown): result is { readonly outcome: string } {
  return typeof result === 'object' && result !== null && 'outcome' in result;
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
