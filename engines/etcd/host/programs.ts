/** etcd, etcdctl and etcdutl of a release folder: how this driver asks for what the server does not answer over HTTP. */
import { join } from 'node:path';
import type { CommandResult, DriverContext } from '../../../common/driver.ts';
import { passwordIn } from '../../kit/host/connection.ts';
import { complaintOf, currentReleaseOf, onDiskVersionOf, programIn, type ReleaseForm } from '../../kit/host/release.ts';
import { flagsKnownBy, type StartFlags } from '../../kit/host/start-flags.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { isSince } from '../../kit/pure/series.ts';
import { connectionOf } from '../connection.ts';
import { parseProgramVersion, parseUnknownFlag } from '../probe.ts';
import { etcdScheme } from '../scheme.ts';

/** How long one member may take to answer; a connection that is refused is known at once. */
const answerMs = 3_000;
const dialMs = 1_500;
/** With a password each command logs in while it dials, and the member hashes the password for it. */
const dialAndLogInMs = 6_000;

/** Client URLs, left out: this member's own; and how long the command may take, left out: as long as one answer may. */
type Limits = { readonly endpoints?: readonly string[]; readonly timeoutMs?: number };

/** Runs etcdctl of the activated release. Throws FailureError when it cannot be run; an exit code other than 0 is a result. */
export async function etcdctl(context: DriverContext, args: readonly string[], limits: Limits = {}): Promise<CommandResult> {
  const connection = connectionOf(context.settings);
  const { user, passwordFile } = connection;
  const { endpoints = [connection.endpoint], timeoutMs: commandMs = answerMs } = limits;
  const dialedMs = user === undefined ? dialMs : dialAndLogInMs;
  const flags = [
    `--endpoints=${endpoints.join(',')}`,
    `--dial-timeout=${dialedMs}ms`,
    `--command-timeout=${commandMs}ms`,
    ...(['cacert', 'cert', 'key'] as const).flatMap((name) => (connection[name] === undefined ? [] : [`--${name}=${connection[name]}`])),
  ];
  // By the environment: arguments can be read by everybody on the host.
  const login = user === undefined ? {} : { ETCDCTL_USER: user, ETCDCTL_PASSWORD: await passwordIn(context, passwordFile) };
  return context.host.run([programIn(currentReleaseOf(context), 'etcdctl'), ...args, ...flags], {
    // Endpoints are asked one after the other.
    timeoutMs: (commandMs + dialedMs) * endpoints.length + 2_000,
    env: { ETCDCTL_API: '3', ...login },
  });
}

/** Runs etcdutl of the activated release, which reads files alone. */
export function etcdutl(context: DriverContext, args: readonly string[], timeoutMs: number): Promise<CommandResult> {
  return context.host.run([programIn(currentReleaseOf(context), 'etcdutl'), ...args], { timeoutMs });
}

export const start: StartFlags = {
  program: 'etcd',
  prefix: 'ETCD_',
  fileFlag: 'config-file',
  // With it added a server reads its flags, prints its version and ends.
  dryRun: '--version',
  parseUnknown: parseUnknownFlag,
};

export const release: ReleaseForm = {
  programs: { etcd: ['--version'], etcdctl: ['version'], etcdutl: ['version'] },
  tool: 'program',
  parse: parseProgramVersion,
  fits: (context, releaseDir, version, config) => ({
    'flags-known': () => flagsKnownBy(context, start, releaseDir, config?.toDigest ?? null),
    ...(isSince(etcdScheme, version, firstWithoutV2Store) ? { 'no-v2-content': () => v2Content(context) } : {}),
  }),
};

/** Content of the v2 store is not carried on from here: a server that finds some does not start. Nor have releases from here on a command to look into it. */
const firstWithoutV2Store = '3.6';
const v2StoreMs = 60_000;

/** By etcdutl of the release that runs, which only reads snapshots and log: the server may run meanwhile. */
export async function v2Content(context: DriverContext): Promise<Answer> {
  const version = await onDiskVersionOf(context, release);
  if (version === null) return [null, 'the activated version is unknown'];
  const series = etcdScheme.series(version);
  if (isSince(etcdScheme, version, firstWithoutV2Store)) return [true, `${series} has no v2 store`];
  const { walDir } = connectionOf(context.settings);
  const folders = [`--data-dir=${context.settings.dataDir}`, ...(walDir === undefined ? [] : [`--wal-dir=${walDir}`])];
  const result = await etcdutl(context, ['check', 'v2store', ...folders], v2StoreMs);
  if (result.exitCode === 0) return [true, 'the v2 store is empty'];
  const complaint = complaintOf(result);
  // A patch that is too old to be asked is too old to be left behind, too: the rules ask for a newer one first.
  if (complaint.startsWith('unknown command'))
    return [null, `${version} cannot check its v2 store: upgrade to a newer patch of ${series} first`];
  return [false, `the v2 store has content that the next minor drops: ${complaint}; remove it first`];
}

/** Where a running server keeps its key space, and its lock on it. */
export const databaseFile = (dataDir: string): string => join(dataDir, 'member', 'snap', 'db');
