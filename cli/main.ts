/** `drydock`: what was typed, to an exit code. */
import { Command, CommanderError, Option } from 'commander';
import { printFailure, toFailure } from '../common/failure.ts';
import { defaultAddress } from '../proto/channel.ts';
import { type ExitCode, exitCodeOfFailure, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import type { Carry } from './program/go.ts';
import { addCommands } from './program.ts';

const examples = `
Examples:
  drydock cluster list
  drydock path ENGINE 16.4 16.14 --explain
  drydock plan CLUSTER --to 16.14      then: drydock approve PLAN, drydock run PLAN
  drydock status                       and: drydock status RUN, drydock watch RUN

Exit codes: 0 ok · 1 failure · 2 usage · 3 refused by a rule or check · 4 not found ·
  5 controller unreachable · 6 wait timed out (the run continues) · 7 rolled back ·
  8 the run holds or is unfinalized until an operator acts`;

/**
 * Carries out one command line (without the program's name). Data goes to io.stdout, talk and errors to io.stderr.
 * Never throws for the world's faults: the exit code says what became of it.
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const carry: Carry = async (options, work) => {
    exitCode = (await work({ io, options })) ?? exitCodes.ok;
  };
  try {
    await programFor(io, carry).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already written what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return failed(error, io);
  }
}

/** The commands as they are typed; scripts make the manual pages from them. */
export function programFor(io: Io, carry: Carry): Command {
  const program = new Command('drydock')
    .description('Upgrades fleets of databases, one node at a time.')
    .version(process.env.DRYDOCK_VERSION ?? 'from source', '-V, --version')
    .addOption(
      new Option(
        '--controller <address>',
        `controller address, HOST:PORT or unix:/PATH (default: DRYDOCK_CONTROLLER, the current context, the settings files, ${defaultAddress})`,
      ).conflicts('context'),
    )
    .option('--context <context>', 'use the controller of this context, see drydock context list (default: DRYDOCK_CONTEXT)')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'wide', 'json', 'yaml']).default('table'))
    .option('--no-color', 'print without colours, like NO_COLOR=1')
    .option('-q, --quiet', 'print only errors to standard error')
    .addHelpText('after', examples)
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: ownGlobalOptions })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'drydock: ')),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(drydock --help lists all commands)')
    .exitOverride();
  addCommands(program, carry);
  return program;
}

/** What holds for every command: the options of a command that only groups others (`plan`, `run`) are not options of those. */
function ownGlobalOptions(command: Command): Option[] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root === command ? [] : root.options.filter(({ hidden }) => !hidden);
}

const withoutController =
  '; check drydock-controller on its host, or give another address with --controller. Until it answers, agents finish the steps in progress and no new step starts';

async function failed(error: unknown, io: Io): Promise<ExitCode> {
  const failure = toFailure(error);
  io.stderr.write(`drydock: ${printFailure(failure)}${failure.code === 'controller-unreachable' ? withoutController : ''}\n`);
  return exitCodeOfFailure(failure.class);
}
