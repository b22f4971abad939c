/** etcd, etcdctl and etcdutl of a release folder: how this driver asks for what the server does not answer over HTTP. */
import { join } from 'node:path';
import type { CommandResult, DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { connectionOf } from './settings.ts';

/** How long one member may take to answer; a connection that is refused is known at once. */
const answerMs = 3_000;
const dialMs = 1_500;
/** With a password each command logs in while it dials, and the member hashes the password for it. */
const dialAndLogInMs = 6_000;

export interface ToolOptions {
  /** Client URLs; left out: this member's own. */
  readonly endpoints?: readonly string[];
  /** How long the command may take; left out: as long as one answer may. */
  readonly timeoutMs?: number;
}

/** Runs etcdctl of the activated release. Throws FailureError when it cannot be run; an exit code other than 0 is a result. */
export async function etcdctl(context: DriverContext, args: readonly string[], options: ToolOptions = {}): Promise<CommandResult> {
  const connection = connectionOf(context.settings);
  const endpoints = options.endpoints ?? [connection.endpoint];
  const commandMs = options.timeoutMs ?? answerMs;
  const dialedMs = connection.user === undefined ? dialMs : dialAndLogInMs;
  const flags = [
    `--endpoints=${endpoints.join(',')}`,
    `--dial-timeout=${dialedMs}ms`,
    `--command-timeout=${commandMs}ms`,
    ...(['cacert', 'cert', 'key'] as const).flatMap((name) => (connection[name] === undefined ? [] : [`--${name}=${connection[name]}`])),
  ];
  return context.host.run([programOf(currentReleaseOf(context), 'etcdctl'), ...args, ...flags], {
    // Endpoints are asked one after the other.
    timeoutMs: (commandMs + dialedMs) * endpoints.length + 2_000,
    env: { ETCDCTL_API: '3', ...(await credentialsOf(context)) },
  });
}

/** What a check comes to. true: so it is; null: nobody can tell. */
export type Answer = readonly [ok: boolean | null, detail: string];

export type ReleaseProgram = 'etcd' | 'etcdctl' | 'etcdutl';

export function programOf(releaseDir: string, program: ReleaseProgram): string {
  return join(releaseDir, 'bin', program);
}

/** Throws `no-release`: without one there are no tools to ask with. */
export function currentReleaseOf({ currentRelease, settings }: DriverContext): string {
  if (currentRelease !== null) return currentRelease;
  throw fail('failed', 'no-release', `${settings.instance}: no release is activated in ${settings.releasesDir}, so there is no etcdctl`);
}

/** By the environment: arguments can be read by everybody on the host. */
async function credentialsOf({ host, settings }: DriverContext): Promise<Readonly<Record<string, string>>> {
  const { user, passwordFile } = connectionOf(settings);
  if (user === undefined || passwordFile === undefined) return {};
  const text = await host.readText(passwordFile);
  if (text === null) throw fail('failed', 'no-password', `${settings.instance}: the password file ${passwordFile} is not there`);
  return { ETCDCTL_USER: user, ETCDCTL_PASSWORD: text.split('\n')[0] ?? '' };
}

/** What a tool said was wrong, in one line: the last `Error: …`, else its last line without a timestamp. */
export function complaintOf({ stderr, stdout, exitCode }: CommandResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  const error = lines.findLast((line) => line.startsWith('Error: '));
  return error?.slice('Error: '.length) ?? lines.findLast((line) => line !== '') ?? `it ended with ${exitCode} and said nothing`;
}
