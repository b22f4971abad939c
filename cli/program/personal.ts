/** What is about this program alone: contexts, versions, completion. */
import { Argument, type Command } from 'commander';
import { type Shell, shells } from '../completion/scripts.ts';
import type { Go } from './go.ts';

export function addContexts(program: Command, go: Go): void {
  program
    .command('version')
    .description('print the versions of this program and of the controller')
    .action((_options: object, command: Command) =>
      go(command, async (session) => (await import('../commands/personal.ts')).showVersion(session)),
    );
  const contexts = () => import('../commands/personal.ts');
  const context = program.command('context').description('named controllers: list, use, set, remove');
  context
    .command('list')
    .description('list contexts, which one is current, and which controller commands use')
    .action((_options: object, command: Command) => go(command, async (session) => (await contexts()).contextList(session)));
  context
    .command('use')
    .description('switch to a context')
    .argument('<context>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await contexts()).contextUse(session, name)),
    );
  context
    .command('set')
    .description('add a context, or change its address; stored in drydock/config.yaml under XDG_CONFIG_HOME')
    .argument('<context>')
    .argument('<address>', 'HOST:PORT or unix:/PATH')
    .option('--use', 'switch to it')
    .action((name: string, address: string, options: { readonly use?: boolean }, command: Command) =>
      go(command, async (session) => (await contexts()).contextSet(session, name, address, options)),
    );
  context
    .command('remove')
    .description('remove a context')
    .argument('<context>')
    .action((name: string, _options: object, command: Command) =>
      go(command, async (session) => (await contexts()).contextRemove(session, name)),
    );
}

const loading = `
Load it:
  bash   source <(drydock completion bash)               in ~/.bashrc
  zsh    source <(drydock completion zsh)                in ~/.zshrc, after compinit
  fish   drydock completion fish | source                in ~/.config/fish/config.fish`;

export function addCompletion(program: Command, go: Go): void {
  program
    .command('completion')
    .description('print the completion script of a shell; it completes commands, options and the names in the fleet')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', loading)
    .action((shell: Shell, _options: object, command: Command) =>
      go(command, async (session) => (await import('../completion/complete.ts')).showScript(session, shell)),
    );
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[], _options: object, command: Command) =>
      go(command, async (session) => (await import('../completion/complete.ts')).complete(session, program, words)),
    );
}
