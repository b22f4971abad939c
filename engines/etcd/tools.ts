/** How this driver's looks ask, and what each call costs. PURE. Measured at one member of 3.5.35: etcdctl, a program of 20 MB that starts anew, takes 12 ms. */
import type { Tools } from '../kit/pure/tools.ts';
import * as read from './probe.ts';

const http = { turnEveryMs: 2, timeoutMs: 5_000 } as const;
const health = { get: '/health', parse: read.parseHealth, recorded: 'http-health', ...http } as const;
const versions = { get: '/version', parse: read.parseVersions, recorded: 'http-version', ...http } as const;

/** By etcdctl, or with a password over the member's gateway, which may have to log in first. */
const etcdctl = { costMs: { tool: 15, database: 1 }, turnEveryMs: 20, timeoutMs: 15_000 } as const;
const status = {
  argv: ['etcdctl', 'endpoint', 'status', '-w', 'json'],
  parse: read.parseEndpointStatus,
  recorded: 'endpoint-status',
} as const;
const members = { argv: ['etcdctl', 'member', 'list', '-w', 'json'], parse: read.parseMemberList, recorded: 'member-list' } as const;
const peerHealth = {
  argv: ['etcdctl', 'endpoint', 'health', '-w', 'json'],
  parse: read.parseEndpointHealth,
  recorded: 'endpoint-health',
} as const;
const hash = { argv: ['etcdctl', 'endpoint', 'hashkv', '-w', 'json'], parse: read.parseHashKv, recorded: 'endpoint-hashkv' } as const;
const program = { argv: ['etcd', '--version'], parse: read.parseProgramVersion, recorded: 'version' } as const;

export const tools = {
  // A read that a quorum agrees to. The sign of life, too.
  health: { ...health, costMs: { tool: 2, database: 1 }, idleEveryMs: 5_000 },
  versions: { ...versions, costMs: { tool: 2, database: 0.5 }, idleEveryMs: 60_000 },
  status: { ...status, ...etcdctl, idleEveryMs: 60_000 },
  members: { ...members, ...etcdctl, idleEveryMs: 60_000 },
  // Of one other member. With every member asking all others, this is what grows with the cluster.
  'peer-status': { ...status, ...etcdctl, idleEveryMs: 120_000 },
  'peer-health': { ...peerHealth, ...etcdctl, idleEveryMs: null },
  // Each member reads all that it holds.
  hash: { ...hash, costMs: { tool: 15, database: 1_000 }, idleEveryMs: null, turnEveryMs: 1_000, timeoutMs: 600_000 },
  // Until it answered once for a release.
  program: { ...program, costMs: { tool: 15, database: 0 }, idleEveryMs: 60_000, turnEveryMs: 100, timeoutMs: 15_000 },
} satisfies Tools;
