/** How this driver's looks ask, and what each call costs. PURE. Measured at one member of 3.5.35: etcdctl, a program of 20 MB that starts anew, takes 12 ms. */
import type { ToolCall } from '../../common/driver.ts';

export const tools = [
  // GET /health: a read that a quorum agrees to. The sign of life, too.
  { id: 'health', costMs: { tool: 2, database: 1 }, idleEveryMs: 5_000, turnEveryMs: 2, timeoutMs: 5_000 },
  // GET /version.
  { id: 'versions', costMs: { tool: 2, database: 0.5 }, idleEveryMs: 60_000, turnEveryMs: 2, timeoutMs: 5_000 },
  // Status of this member, and its list of members: etcdctl, or with a password the gateway, which may have to log in first.
  { id: 'status', costMs: { tool: 15, database: 1 }, idleEveryMs: 60_000, turnEveryMs: 20, timeoutMs: 15_000 },
  { id: 'members', costMs: { tool: 15, database: 1 }, idleEveryMs: 60_000, turnEveryMs: 20, timeoutMs: 15_000 },
  // Status of one other member. With every member asking all others, this is what grows with the cluster.
  { id: 'peer-status', costMs: { tool: 15, database: 1 }, idleEveryMs: 120_000, turnEveryMs: 20, timeoutMs: 15_000 },
  { id: 'peer-health', costMs: { tool: 15, database: 1 }, idleEveryMs: null, turnEveryMs: 20, timeoutMs: 15_000 },
  // Each member reads all that it holds.
  { id: 'hash', costMs: { tool: 15, database: 1_000 }, idleEveryMs: null, turnEveryMs: 1_000, timeoutMs: 600_000 },
  // `etcd --version`, until it answered once for a release.
  { id: 'program', costMs: { tool: 15, database: 0 }, idleEveryMs: 60_000, turnEveryMs: 100, timeoutMs: 15_000 },
] as const satisfies readonly ToolCall[];
