/** etcdctl and etcdutl of a cluster that is nowhere: they answer in the form of the real ones, out of what a test says of each member. */
import { systemClock } from '../../common/clock.ts';
import type { CommandResult, DriverContext, DriverHost } from '../../common/driver.ts';
import { unpriced } from '../contract/unpriced.ts';

export interface MemberTwin {
  readonly url: string;
  readonly revision: number;
  /** Of its data, whatever the revision. */
  readonly hash: number;
  readonly compactRevision: number;
  /** Its place in the log. */
  readonly appliedIndex: number;
  /** Number of the member that it follows, 0: none; left out: the leader. */
  readonly follows?: number;
  readonly isLearner?: boolean;
  /** Left out: 3.6.16. */
  readonly version?: string;
  /** Does not answer. */
  readonly down?: boolean;
}

/** Ids of neighbours, beyond what a number tells apart. */
const idOf = (number: number): string => String(2n ** 63n + BigInt(number));

export function memberTwin(number: number, change: Partial<MemberTwin> = {}): MemberTwin {
  return { url: `http://etcd-${number}:2379`, revision: 7, hash: 4711, compactRevision: -1, appliedIndex: 100, ...change };
}

const pid = 42;
/** As the kernel shows them: each ends with a zero. */
const vector = (words: readonly string[]): string => words.map((word) => `${word}\0`).join('');

type Command = readonly [string, ...string[]];
const ended = (exitCode: number, stdout: string, stderr = ''): CommandResult => ({ exitCode, stdout, stderr });
const refused = (sentence: string): CommandResult => ended(1, '', `Error: ${sentence}\n`);
const flagOf = (argv: readonly string[], flag: string): string =>
  argv.find((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3) ?? '';

export class ToolsTwin {
  members: readonly MemberTwin[];
  /** Of a restored copy of the database; null: etcdutl has no command for it, as before 3.6. */
  copy: { readonly hash: number; readonly compactRevision: number } | null = { hash: 4711, compactRevision: -1 };
  /** What etcdutl says of the file and of the copy that was restored. */
  sealed = { hash: 99, revision: 7 };
  restoredRevision = 7;
  /** Revisions at which hashes were asked for. */
  readonly asked: number[] = [];
  /** How the server of this host was started; null: it does not run. */
  started: { readonly argv: readonly string[]; readonly environment: readonly string[] | null } | null = null;
  /** By path. */
  readonly files = new Map<string, string>();
  /** Files of the write-ahead log, by path. */
  readonly log = new Map<string, Uint8Array>();
  /** Flags that each release knows, by its folder's name. */
  readonly known = new Map<string, readonly string[]>();
  /** Number of the member that leads. */
  leader = 1;
  /** What the cluster goes down to; null: no downgrade is under way. */
  downgrade: string | null = null;
  /** Of downgrades, as they were carried out. */
  readonly reported: string[] = [];
  /** Release folders of this host, the activated one first. */
  releases: readonly string[] = ['3.6.16-aaaaaaaaaaaa'];
  /** What etcdutl says of the v2 store: its complaint, or nothing. */
  v2Complaint = '';
  /** Called before the leader is told to move. */
  beforeMove: () => void = () => {};
  /** Called before each status that is asked for. */
  beforeStatus: () => void = () => {};
  /** Called before each hash that is asked for. */
  beforeHash: (times: number) => void = () => {};

  constructor(members: readonly MemberTwin[]) {
    this.members = members;
  }

  context(): DriverContext {
    const unused = async (): Promise<never> => {
      throw new Error('the twin has tools only');
    };
    const host: DriverHost = {
      run: async (argv) => this.#run(argv),
      readText: async (path) => (path === `/proc/${pid}/cmdline` ? vector(this.started?.argv ?? []) : (this.files.get(path) ?? null)),
      readBytes: async (path, fromByte, maxBytes) => this.log.get(path)?.subarray(fromByte, fromByte + maxBytes) ?? null,
      listDir: async (path) =>
        path === '/opt/etcd' ? ['.staging', 'current', ...this.releases] : [...this.log.keys()].map((file) => file.slice(path.length + 1)),
      unitState: async () => ({ active: this.started !== null, invocationId: null, pid: this.started === null ? null : pid }),
      writeObstacle: unused,
      writeText: unused,
      replaceText: unused,
      removeFile: unused,
    };
    const settings = {
      instance: 'etcd-1',
      cluster: 'etcd-main',
      engine: 'etcd',
      dataDir: '/srv/etcd',
      releasesDir: '/opt/etcd',
      unit: 'etcd.service',
      snapshotsDir: '/srv/snapshots',
      connection: { endpoint: 'http://etcd-1:2379' },
    };
    const currentRelease = `/opt/etcd/${this.releases[0]}`;
    return unpriced({ settings, host, clock: systemClock, signal: new AbortController().signal, currentRelease });
  }

  #run(argv: Command): CommandResult {
    const [program, ...args] = argv;
    const release = program.split('/').at(-3) ?? '';
    const command = `${program.split('/').at(-1)} ${args.slice(0, 2).join(' ')}`;
    if (program === 'cat') return this.#environment();
    if (program.endsWith('/etcd')) return this.#server(release, args);
    if (command.startsWith('etcdctl version')) return ended(0, `etcdctl version: ${release.split('-')[0]}\nAPI version: 3.6\n`);
    if (command === 'etcdctl endpoint status') this.beforeStatus();
    const endpoints = this.members.filter(({ url, down }) => flagOf(args, 'endpoints').split(',').includes(url) && down !== true);
    if (command === 'etcdctl member list') return this.#memberList();
    if (command === 'etcdctl endpoint status') return answers(endpoints.map((member) => this.#statusOf(member)));
    if (command.startsWith('etcdctl downgrade') && !release.startsWith('3.5')) return this.#downgrade(args, endpoints);
    if (command.startsWith('etcdctl move-leader')) return this.#moveLeader(args[1] ?? '');
    if (command === 'etcdctl endpoint hashkv') return this.#hashes(endpoints, Number(flagOf(args, 'rev')));
    if (command === 'etcdutl snapshot status') return this.#snapshotStatus(args[2] ?? '');
    if (command === 'etcdutl check v2store')
      return this.v2Complaint === '' ? ended(0, 'No custom content found in v2store.\n') : refused(this.v2Complaint);
    if (command === 'etcdutl snapshot restore') return ended(0, '');
    if (command.startsWith('etcdutl hashkv')) return this.#copyHash();
    return refused(`unknown command "${args[0]}"`);
  }

  #memberList(): CommandResult {
    const members = this.members.map(({ url, isLearner = false }, at) => ({
      ID: idOf(at + 1),
      name: `etcd-${at + 1}`,
      clientURLs: [url],
      isLearner,
    }));
    return ended(0, withBareIds({ header: { cluster_id: idOf(0) }, members }));
  }

  #downgrade([, verb, target = '']: readonly string[], [asked]: readonly MemberTwin[]): CommandResult {
    if (asked === undefined || asked.version?.startsWith('3.5')) return refused('etcdserver: not supported');
    if (target === '3.4') return refused('etcdserver: invalid downgrade target version');
    this.reported.push(verb === 'cancel' ? 'cancel' : `${verb} ${target}`);
    if (verb !== 'validate') this.downgrade = verb === 'cancel' ? null : target;
    return ended(0, `Downgrade ${verb} success, cluster version 3.6\n`);
  }

  #environment(): CommandResult {
    const variables = this.started?.environment ?? null;
    return variables === null ? ended(1, '', 'cat: Permission denied') : ended(0, vector(variables));
  }

  #server(release: string, args: readonly string[]): CommandResult {
    const known = this.known.get(release) ?? [];
    if (args.length === 1 && args[0] === '--version') return ended(0, `etcd Version: ${release.split('-')[0]}\n`);
    if (args.includes('--help')) return ended(0, '', known.map((flag) => `  --${flag} ''\n    What it is for.\n`).join(''));
    const unknown = args.find((arg) => arg !== '--version' && !known.some((flag) => arg.startsWith(`--${flag}=`)));
    if (unknown === undefined) return ended(0, 'etcd Version: 3.6.16\n');
    return ended(2, '', `flag provided but not defined: ${unknown.slice(1).split('=')[0]}\nUsage:\n`);
  }

  /** Refused by a member that does not lead, as by the real one. */
  #moveLeader(id: string): CommandResult {
    this.beforeMove();
    const target = this.members.findIndex((_, at) => BigInt(idOf(at + 1)).toString(16) === id) + 1;
    if (this.leader !== 1) return refused('no leader endpoint given at [http://etcd-1:2379]');
    this.leader = target;
    return ended(0, `Leadership transferred from ${idOf(1)} to ${id}\n`);
  }

  #statusOf({ url, revision, appliedIndex, follows = this.leader, isLearner = false, version = '3.6.16' }: MemberTwin): object {
    const number = this.members.findIndex((member) => member.url === url) + 1;
    const under = this.downgrade !== null && !version.startsWith('3.5');
    const downgrade = under ? { downgradeInfo: { targetVersion: `${this.downgrade}.0`, enabled: true } } : {};
    const header = { cluster_id: idOf(0), member_id: idOf(number), revision };
    return {
      Endpoint: url,
      Status: { header, version, ...downgrade, leader: follows === 0 ? 0 : idOf(follows), isLearner, raftAppliedIndex: appliedIndex },
    };
  }

  #hashes(endpoints: readonly MemberTwin[], revision: number): CommandResult {
    this.asked.push(revision);
    this.beforeHash(this.asked.length);
    const able = this.members.filter(
      (member) => endpoints.some(({ url }) => url === member.url) && member.revision >= revision && member.compactRevision <= revision,
    );
    return answers(able.map(({ url, hash, compactRevision }) => ({ Endpoint: url, HashKV: { hash, compact_revision: compactRevision } })));
  }

  #snapshotStatus(path: string): CommandResult {
    const { hash, revision } = this.sealed;
    const reported = path.includes('restored') ? { hash: 1, revision: this.restoredRevision } : { hash, revision };
    return ended(0, JSON.stringify({ ...reported, totalKey: 3, totalSize: 20480 }));
  }

  #copyHash(): CommandResult {
    if (this.copy === null) return refused('unknown command "hashkv" for "etcdutl"');
    return ended(0, JSON.stringify({ hash: this.copy.hash, hashRevision: 7, compactRevision: this.copy.compactRevision }));
  }
}

/** Who cannot answer is left out of the list, and complained about. */
function answers(list: readonly object[]): CommandResult {
  return ended(0, withBareIds(list), 'Failed to get it from somebody (etcdserver: mvcc: required revision is a future revision)\n');
}

/** As etcd prints them: integers of 64 bits, without quotes. */
function withBareIds(answer: object): string {
  return JSON.stringify(answer).replaceAll(/"(\d{19})"/g, '$1');
}
