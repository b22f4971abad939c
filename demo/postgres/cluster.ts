/**
 * Lays out a real PostgreSQL cluster on loopback: a primary and its streaming standbys, ready to be started by a supervisor.
 * The bundled server has no pg_basebackup; a standby is made by copying the primary's data directory while it is shut down.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail } from '../../common/failure.ts';

/** Who the servers run as: the server refuses root, so root lends it an account without rights. */
export interface ServerAccount {
  /** null: as ourselves. */
  readonly uid: number | null;
  readonly gid: number | null;
}

export interface MemberLayout {
  /** Member id: application_name of this server. */
  readonly name: string;
  readonly port: number;
  /** Made here, empty or absent before. */
  readonly dataDir: string;
  /** Holds the release folders and the link `current`; made by the caller. */
  readonly releasesDir: string;
}

export interface ClusterLayout {
  /** Below a folder of makeRunDir, so that the server's account can reach it. */
  readonly runDir: string;
  /** Release that initdb is taken from. */
  readonly releaseDir: string;
  /** The first one is the primary. */
  readonly members: readonly [MemberLayout, ...MemberLayout[]];
  /** Names with a hyphen need double quotes: `ANY 1 ("pg-2", "pg-3")`. */
  readonly synchronousStandbyNames?: string;
  /** Lines added to every member's postgresql.conf: `max_wal_size = 256MB`. */
  readonly settings?: readonly string[];
}

/** One server of the cluster, as supervisor, agent and clients need it. */
export interface ClusterMember {
  readonly name: string;
  readonly role: 'primary' | 'standby';
  readonly dataDir: string;
  readonly releasesDir: string;
  readonly socketDir: string;
  /** Runs the server in the foreground; stop it with SIGINT (fast shutdown). */
  readonly argv: readonly [string, ...string[]];
  /** `connection` of the instance in the agent's settings. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    readonly passwordFile: string;
    readonly memberId: string;
    /** Every member can follow every other one, the first primary too. */
    readonly replication: { readonly user: string; readonly passfile: string };
  };
}

export interface PostgresCluster {
  readonly account: ServerAccount;
  readonly user: string;
  readonly database: string;
  readonly passwordFile: string;
  readonly members: readonly ClusterMember[];
}

const user = 'drydock';
const database = 'postgres';

/** The account for servers: ourselves, or `nobody` of this machine when we are root. */
export async function serverAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { uid: null, gid: null };
  for (const line of (await readFile('/etc/passwd', 'utf8')).split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === 'nobody') return { uid: Number(uid), gid: Number(gid) };
  }
  throw fail(
    'failed',
    'no-server-account',
    '/etc/passwd has no account `nobody`: PostgreSQL refuses to run as root, start this as an ordinary user',
  );
}

/**
 * A fresh folder (0711) that the server's account can pass through: under the temporary folder, or /var/tmp when that one is
 * private to us. The caller removes it.
 */
export async function makeRunDir(prefix: string): Promise<string> {
  for (const parent of [tmpdir(), '/var/tmp', '/tmp']) {
    const resolved = await realpath(parent).catch(() => null);
    if (resolved === null || !(await isOpenToAll(resolved))) continue;
    const runDir = await mkdtemp(join(resolved, prefix));
    await chmod(runDir, 0o711);
    return runDir;
  }
  throw fail('failed', 'no-run-folder', `neither ${tmpdir()} nor /var/tmp can be entered by every user; set TMPDIR to a folder that can`);
}

async function isOpenToAll(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Makes the data directories of all members. Nothing runs afterwards: start the primary first, or the standbys wait for it. */
export async function layOutCluster(layout: ClusterLayout): Promise<PostgresCluster> {
  const account = await serverAccount();
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(layout.runDir, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });

  const [primary, ...standbys] = layout.members;
  for (const member of layout.members) await makeFolder(member.dataDir, account, 0o700);
  await initialise(layout.releaseDir, primary.dataDir, password, account);
  for (const standby of standbys) {
    // initdb leaves a cleanly shut down cluster, so a plain copy is a valid base for a standby.
    await copyTree(primary.dataDir, standby.dataDir, account);
  }

  const members: ClusterMember[] = [];
  for (const member of layout.members) members.push(await configure(layout, member, { account, password, passwordFile }));
  return { account, user, database, passwordFile, members };
}

interface Access {
  readonly account: ServerAccount;
  readonly password: string;
  readonly passwordFile: string;
}

async function initialise(releaseDir: string, dataDir: string, password: string, account: ServerAccount): Promise<void> {
  // initdb reads the password from a file that its own account can read, and only for as long as it takes.
  const secretDir = `${dataDir}.initdb`;
  const secret = join(secretDir, 'password');
  await makeFolder(secretDir, account, 0o700);
  await makeFile(secret, `${password}\n`, account);
  const options = [`--username=${user}`, `--pwfile=${secret}`, '--auth-local=scram-sha-256', '--auth-host=scram-sha-256'];
  await runAs(account, [
    join(releaseDir, 'bin', 'initdb'),
    '-D',
    dataDir,
    ...options,
    '--encoding=UTF8',
    '--no-locale',
    '--data-checksums',
    // A cluster here does not outlive a power cut; its servers sync by themselves.
    '--no-sync',
  ]);
  await rm(secretDir, { recursive: true });
}

async function configure(layout: ClusterLayout, member: MemberLayout, access: Access): Promise<ClusterMember> {
  const [primary] = layout.members;
  const isStandby = member !== primary;
  const socketDir = `${member.dataDir}.sockets`;
  await makeFolder(socketDir, access.account, 0o711);
  const major = (await readFile(join(member.dataDir, 'PG_VERSION'), 'utf8')).trim();
  const lines = [
    `listen_addresses = '127.0.0.1'`,
    `port = ${member.port}`,
    `unix_socket_directories = ${quoted(socketDir)}`,
    `cluster_name = ${quoted(member.name)}`,
    `application_name = ${quoted(member.name)}`,
    'wal_level = replica',
    'hot_standby = on',
    // Never below what initdb wrote into the control file (10): a standby refuses to start with less than that.
    `max_wal_senders = ${Math.max(10, layout.members.length + 5)}`,
    // The setting of before 13 counts segments of 16 MB.
    major === '12' ? 'wal_keep_segments = 16' : 'wal_keep_size = 256MB',
    'shared_buffers = 32MB',
    // A standby that lost its primary tries again this soon after the primary is back.
    'wal_retrieve_retry_interval = 200ms',
    `synchronous_standby_names = ${quoted(isStandby ? '' : (layout.synchronousStandbyNames ?? ''))}`,
    ...(layout.settings ?? []),
  ];
  const passFile = `${member.dataDir}.pgpass`;
  await makeFile(passFile, `127.0.0.1:*:*:${user}:${access.password}\n`, access.account);
  if (isStandby) {
    lines.push(
      `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=${user} application_name=${member.name} passfile=${passFile}'`,
      `recovery_target_timeline = 'latest'`,
    );
    await makeFile(join(member.dataDir, 'standby.signal'), '', access.account);
  }
  await appendFile(join(member.dataDir, 'postgresql.conf'), `\n# demo cluster\n${lines.join('\n')}\n`);
  return {
    name: member.name,
    role: isStandby ? 'standby' : 'primary',
    dataDir: member.dataDir,
    releasesDir: member.releasesDir,
    socketDir,
    argv: [join(member.releasesDir, 'current', 'bin', 'postgres'), '-D', member.dataDir],
    connection: {
      host: '127.0.0.1',
      port: member.port,
      user,
      database,
      passwordFile: access.passwordFile,
      memberId: member.name,
      replication: { user, passfile: passFile },
    },
  };
}

/** A value for postgresql.conf. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function makeFolder(path: string, account: ServerAccount, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await own(path, account, mode);
}

async function makeFile(path: string, content: string, account: ServerAccount): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  await own(path, account, 0o600);
}

async function own(path: string, account: ServerAccount, mode: number): Promise<void> {
  await chmod(path, mode);
  if (account.uid !== null && account.gid !== null) await chown(path, account.uid, account.gid);
}

/** Copies by `cp -a`, which keeps owner and mode. */
async function copyTree(from: string, to: string, account: ServerAccount): Promise<void> {
  await runAs(account, ['cp', '-a', `${from}/.`, to]);
}

/** Runs a program to its end as the account; FailureError(failed) with the tail of what it said. */
async function runAs(account: ServerAccount, argv: readonly [string, ...string[]]): Promise<void> {
  const [program, ...rest] = argv;
  const identity = account.uid === null || account.gid === null ? {} : { uid: account.uid, gid: account.gid };
  const child = spawn(program, rest, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    ...identity,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000)));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (exitCode !== 0) throw fail('failed', 'cluster-layout-failed', `${program} ended with ${exitCode}: ${output.trim()}`);
}
