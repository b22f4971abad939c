/**
 * How the hosts of a fleet on this machine and the person who drives it come by their identities: by the commands of docs/security.md, as an admin
 * types them. All of it lies in the fleet's own folder.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HeldIdentity, readIdentity } from '../common/identity/identity-folder.ts';
import type { ControllerLayout, NodeLayout } from './host-layout.ts';
import { type Program, programArgv } from './programs.ts';
import { type Ended, runToEnd } from './spawned.ts';
import { waitFor } from './wait.ts';

const name = 'demo';
const unreachable = 5;

/** Of the person's: what `DRYDOCK_IDENTITY` names. */
export const personIdentityDir = (dir: string): string => join(dir, 'person', 'identity');

/** What the fleet's admin shows its controller. */
export function personIdentity(dir: string): HeldIdentity {
  const held = readIdentity(personIdentityDir(dir));
  if (held === null) throw new Error(`no login to the fleet of ${dir}`);
  return held;
}

interface FleetAddress {
  readonly dir: string;
  readonly controllerAddress: string;
}

/** Runs `drydock` as the fleet's admin; what is in the home of whom it runs for is left alone. */
export function runDrydock(
  { dir, controllerAddress }: FleetAddress,
  args: readonly string[],
  terminal: 'inherit' | 'collect',
  signal: AbortSignal,
): Promise<Ended> {
  const env = {
    ...process.env,
    DRYDOCK_CONTROLLER: controllerAddress,
    DRYDOCK_IDENTITY: personIdentityDir(dir),
    XDG_CONFIG_HOME: join(dir, 'person'),
  };
  return runToEnd([...programArgv('drydock'), ...args], { env, terminal, signal });
}

/** Makes the fleet's authority, before its controller is started. Resolves with the file of the token for its admin. */
export async function initController({ dir, controllerSettings }: ControllerLayout, signal: AbortSignal): Promise<string> {
  const made = await run('drydock-controller', ['--settings', controllerSettings, '-o', 'json', 'init', '--admin', name], signal);
  return keepToken(join(dir, 'admin.token'), made);
}

interface Patience {
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Throws when the controller has ended. */
  stillRuns(): Promise<void>;
}

/** Uses the token as soon as the controller answers. */
export async function logIn(fleet: FleetAddress, token: string, { limitMs, signal, stillRuns }: Patience): Promise<void> {
  const { controllerAddress } = fleet;
  await waitFor(`login to the controller at ${controllerAddress}`, limitMs, signal, async () => {
    await stillRuns();
    const login = ['login', name, controllerAddress, '--token-file', token];
    const { exitCode, stderr } = await runDrydock(fleet, login, 'collect', signal);
    if (exitCode !== 0 && exitCode !== unreachable) throw new Error(`drydock login ended with ${exitCode}: ${stderr.trim()}`);
    return exitCode === 0 ? { seen: true } : { notYet: stderr.trim() };
  });
  await rm(token);
}

/** For each host a token, used there; agents that run connect at once. Resolves, or rejects, when none is under way any more. */
export async function enrolHosts(
  { nodes, ...fleet }: FleetAddress & { readonly nodes: readonly NodeLayout[] },
  signal: AbortSignal,
): Promise<void> {
  const enrolments = nodes.map((node) => enrolHost(fleet, node, signal));
  await Promise.allSettled(enrolments);
  await Promise.all(enrolments);
}

async function enrolHost(fleet: FleetAddress, { name: host, dir, agentSettings }: NodeLayout, signal: AbortSignal): Promise<void> {
  const made = await runDrydock(fleet, ['token', 'create', '--host', host, '-o', 'json'], 'collect', signal);
  const token = await keepToken(join(dir, 'host.token'), requireOk('drydock token create', made));
  await run('drydock-agent', ['--settings', agentSettings, 'enroll', '--token-file', token], signal);
  await rm(token);
}

/** Only its owner reads it. */
async function keepToken(file: string, { stdout }: Ended): Promise<string> {
  const { token } = JSON.parse(stdout) as { readonly token: string };
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return file;
}

async function run(program: Program, args: readonly string[], signal: AbortSignal): Promise<Ended> {
  const ended = await runToEnd([...programArgv(program), ...args], { env: process.env, terminal: 'collect', signal });
  return requireOk(`${program} ${args.join(' ')}`, ended);
}

function requireOk(what: string, ended: Ended): Ended {
  const { exitCode, stdout, stderr } = ended;
  if (exitCode !== 0) throw new Error(`${what} ended with ${exitCode}: ${(stderr || stdout).trim()}`);
  return ended;
}
