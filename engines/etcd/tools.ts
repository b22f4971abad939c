/** How this driver's probes ask, and what each call costs. PURE. Measured at one member of 3.5.35: etcdctl, a program of 20 MB that starts anew, takes 12 ms. */
import type { Tools } from '../kit/pure/tools.ts';
import * as read from './probe.ts';

const http = (get: string, database: number) => ({ get, costMs: { tool: 2, database }, turnEveryMs: 2, timeoutMs: 5_000 });
/** By etcdctl, or with a password over the member's gateway, which may have to log in first. */
const etcdctl = (...args: readonly string[]) =>
  ({ argv: ['etcdctl', ...args, '-w', 'json'], costMs: { tool: 15, database: 1 }, turnEveryMs: 20, timeoutMs: 15_000 }) as const;
const status = { ...etcdctl('endpoint', 'status'), parse: read.parseEndpointStatus, recorded: 'endpoint-status' };
const members = { ...etcdctl('member', 'list'), parse: read.parseMemberList, recorded: 'member-list' };
const peerHealth = { ...etcdctl('endpoint', 'health'), parse: read.parseEndpointHealth, recorded: 'endpoint-health' };
const hash = { ...etcdctl('endpoint', 'hashkv'), parse: read.parseHashKv, recorded: 'endpoint-hashkv' };
const program = { argv: ['etcd', '--version'], parse: read.parseProgramVersion, recorded: 'version' } as const;

export const tools = {
  // A read that a quorum agrees to. The sign of life, too.
  health: { ...http('/health', 1), parse: read.parseHealth, recorded: 'http-health', idleEveryMs: 5_000 },
  versions: { ...http('/version', 0.5), parse: read.parseVersions, recorded: 'http-version', idleEveryMs: 60_000 },
  status: { ...status, idleEveryMs: 60_000 },
  members: { ...members, idleEveryMs: 60_000 },
  // Of one other member. With every member asking all others, this is what grows with the cluster.
  'peer-status': { ...status, idleEveryMs: 120_000 },
  'peer-health': { ...peerHealth, idleEveryMs: null },
  // Each member reads all that it holds.
  hash: { ...hash, costMs: { tool: 15, database: 1_000 }, idleEveryMs: null, turnEveryMs: 1_000, timeoutMs: 600_000 },
  // Until it answered once for a release.
  program: { ...program, costMs: { tool: 15, database: 0 }, idleEveryMs: 60_000, turnEveryMs: 100, timeoutMs: 15_000 },
} satisfies Tools;
