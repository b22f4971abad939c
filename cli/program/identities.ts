/** Who belongs to the fleet, and what people may do. */
import { type Command, Option } from 'commander';
import { parseDurationMs } from '../arguments.ts';
import type { BindOptions, IdentityListOptions, TokenOptions } from '../commands/identity.ts';
import type { LoginOptions } from '../commands/login.ts';
import type { Go } from './go.ts';

const roleNames = ['viewer', 'operator', 'approver', 'admin'];
const overOption = ['-l, --selector <labels>', 'limit the role to clusters with these labels, for example env=prod'] as const;
const hourMs = 3_600_000;

export function addIdentities(program: Command, go: Go): void {
  const identities = () => import('../commands/identity.ts');
  program
    .command('login')
    .description('log in to a controller with a token, typed or piped; the identity is stored with the context')
    .argument('<context>', 'your name for this controller')
    .argument('[address]', 'HOST:PORT or unix:/PATH; default: the address of the context')
    .option('--token-file <file>', 'read the token from this file')
    .action((context: string, address: string | undefined, options: LoginOptions, command: Command) =>
      go(command, async (session) => (await import('../commands/login.ts')).login(session, context, address, options)),
    );
  const token = program.command('token').description('tokens that let hosts and people join the fleet: create');
  token
    .command('create')
    .description('create a single-use token; it is printed once and never stored')
    .option('--host <host>', 'for the agent of this host')
    .option('--person <name>', 'for this person')
    .addOption(new Option('--ttl <duration>', 'how long the token is valid').argParser(parseDurationMs).default(hourMs, '1h'))
    .addOption(new Option('--role <role>', 'role of the person').choices(roleNames))
    .option(...overOption)
    .action((options: TokenOptions, command: Command) =>
      go(command, async (session) => (await identities()).tokenCreate(session, options)),
    );
  const identity = program.command('identity').description('identities of hosts and people: list, bind, unbind, revoke');
  identity
    .command('list')
    .description('list hosts and people with their roles and certificates')
    .addOption(new Option('--class <class>', 'only hosts (agent), or only people (human)').choices(['agent', 'human']))
    .action((options: IdentityListOptions, command: Command) =>
      go(command, async (session) => (await identities()).identityList(session, options)),
    );
  for (const [verb, description] of [
    ['bind', 'give a person a role'],
    ['unbind', 'remove a role from a person'],
  ] as const)
    identity
      .command(verb)
      .description(description)
      .argument('<name>')
      .addOption(new Option('--role <role>', 'the role').choices(roleNames).makeOptionMandatory())
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
    .description('revoke the certificates and tokens of a host or a person, and close its connections at once')
    .argument('<identity>', 'agent:HOST or human:NAME')
    .requiredOption('--reason <text>', 'reason, recorded in the audit log')
    .action((name: string, options: { readonly reason: string }, command: Command) =>
      go(command, async (session) => (await identities()).identityRevoke(session, name, options)),
    );
}
