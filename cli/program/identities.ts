/** Who belongs to the fleet, and what people may do. */
import { type Command, Option } from 'commander';
import { parseDurationMs } from '../arguments.ts';
import type { BindOptions, IdentityListOptions, TokenOptions } from '../commands/identity.ts';
import type { LoginOptions } from '../commands/login.ts';
import type { Go } from './go.ts';

const roleNames = ['viewer', 'operator', 'approver', 'admin'];
const overOption = ['-l, --selector <labels>', 'of clusters with these labels alone: env=prod'] as const;
const hourMs = 3_600_000;

export function addIdentities(program: Command, go: Go): void {
  const identities = () => import('../commands/identity.ts');
  program
    .command('login')
    .description('log in to a controller by a token, which is asked for or piped; kept with the context')
    .argument('<context>', 'the name that this controller has for you')
    .argument('[address]', 'HOST:PORT or unix:/PATH; of a context that is there: its own')
    .option('--token-file <file>', 'read the token from there')
    .action((context: string, address: string | undefined, options: LoginOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/login.ts')).login(session, context, address, options)),
    );
  const token = program.command('token').description('tokens by which hosts and people join the fleet: create');
  token
    .command('create')
    .description('a token of one use; it is printed once and kept nowhere')
    .option('--host <host>', 'for the agent of this host')
    .option('--person <name>', 'for this person')
    .option('--ttl <duration>', 'how long it may be used', parseDurationMs, hourMs)
    .addOption(new Option('--role <role>', 'what the person becomes').choices(roleNames))
    .option(...overOption)
    .action((options: TokenOptions, command: Command) =>
      go(command, async (session) => (await identities()).tokenCreate(session, options)),
    );
  const identity = program.command('identity').description('who joined the fleet: list, bind, unbind, revoke');
  identity
    .command('list')
    .description('hosts and people with their roles and certificates')
    .addOption(new Option('--class <class>', 'only these').choices(['agent', 'human']))
    .action((options: IdentityListOptions, command: Command) =>
      go(command, async (session) => (await identities()).identityList(session, options)),
    );
  for (const [verb, description] of [
    ['bind', 'give a person a role'],
    ['unbind', 'take a role from a person'],
  ] as const)
    identity
      .command(verb)
      .description(description)
      .argument('<name>')
      .addOption(new Option('--role <role>', 'which').choices(roleNames).makeOptionMandatory())
      .option(...overOption)
      .action((name: string, options: BindOptions, command: Command) =>
        go(command, async (session) =>
          verb === 'bind'
            ? (await identities()).identityBind(session, name, options)
            : (await identities()).identityUnbind(session, name, options),
        ),
      );
  identity
    .command('revoke')
    .description('end the certificates, tokens and connections of a host or a person at once')
    .argument('<identity>', 'agent:HOST or human:NAME')
    .requiredOption('--reason <text>', 'why; it is kept in the audit log')
    .action((name: string, options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await identities()).identityRevoke(session, name, options)),
    );
}
