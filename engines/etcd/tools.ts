/** How this driver's looks ask, and what each call costs. PURE. Measured at one member of 3.5.35: etcdctl, a program of 20 MB that starts anew, takes 12 ms. */
import type { Tools } from '../kit/pure/tools.ts';
import {
  parseEndpointHealth,
  parseEndpointStatus,
  parseHashKv,
  parseHealth,
  parseMemberList,
  parseProgramVersion,
  parseVersions,
} from './probe.ts';

/** Of a member, asked by etcdctl, or with a password over its gateway, which may have to log in first. */
const status = { argv: ['etcdctl', 'endpoint', 'status', '-w', 'json'], parse: parseEndpointStatus, recorded: 'endpoint-status' } as const;
const etcdctl = { costMs: { tool: 15, database: 1 }, turnEveryMs: 20, timeoutMs: 15_000 } as const;
const http = { turnEveryMs: 2, timeoutMs: 5_000 } as const;

export const tools = {
  // A read that a quorum agrees to. The sign of life, too.
  health: { get: '/health', parse: parseHealth, recorded: 'http-health', costMs: { tool: 2, database: 1 }, idleEveryMs: 5_000, ...http },
  versions: {
    get: '/version',
    parse: parseVersions,
    recorded: 'http-version',
    costMs: { tool: 2, database: 0.5 },
    idleEveryMs: 60_000,
    ...http,
  },
  status: { ...status, ...etcdctl, idleEveryMs: 60_000 },
  members: {
    argv: ['etcdctl', 'member', 'list', '-w', 'json'],
    parse: parseMemberList,
    recorded: 'member-list',
    ...etcdctl,
    idleEveryMs: 60_000,
  },
  // Of one other member. With every member asking all others, this is what grows with the cluster.
  'peer-status': { ...status, ...etcdctl, idleEveryMs: 120_000 },
  'peer-health': {
    argv: ['etcdctl', 'endpoint', 'health', '-w', 'json'],
    parse: parseEndpointHealth,
    recorded: 'endpoint-health',
    ...etcdctl,
    idleEveryMs: null,
  },
  // Each member reads all that it holds.
  hash: {
    argv: ['etcdctl', 'endpoint', 'hashkv', '-w', 'json'],
    parse: parseHashKv,
    recorded: 'endpoint-hashkv',
    costMs: { tool: 15, database: 1_000 },
    idleEveryMs: null,
    turnEveryMs: 1_000,
    timeoutMs: 600_000,
  },
  // Until it answered once for a release.
  program: {
    argv: ['etcd', '--version'],
    parse: parseProgramVersion,
    recorded: 'version',
    costMs: { tool: 15, database: 0 },
    idleEveryMs: 60_000,
    turnEveryMs: 100,
    timeoutMs: 15_000,
  },
} as const satisfies Tools;
