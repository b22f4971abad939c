/** How this driver's probes ask, and what each call costs. PURE. Measured over two minutes of three small servers on 2 busy cores, probes excluded. */
import type { Tools } from '../kit/pure/tools.ts';

export const tools = {
  // postmaster.pid, a file.
  life: { costMs: { tool: 0.3, database: 0 }, idleEveryMs: 5_000, turnEveryMs: 0, timeoutMs: 5_000 },
  // One statement, in a session that is opened for it; the server forks for each.
  probe: { costMs: { tool: 8, database: 12 }, idleEveryMs: 60_000, turnEveryMs: 5, timeoutMs: 5_000 },
  // What the account may do.
  rights: { costMs: { tool: 6, database: 8 }, idleEveryMs: 60_000, turnEveryMs: 5, timeoutMs: 5_000 },
  // What one check asks beyond the probe: a statement, files, a program of the release.
  check: { costMs: { tool: 5, database: 5 }, idleEveryMs: null, turnEveryMs: 5, timeoutMs: 30_000 },
  // The catalogs of every database.
  inquiry: { costMs: { tool: 20, database: 100 }, idleEveryMs: null, turnEveryMs: 1_000, timeoutMs: 30_000 },
  // Whether a server that was started takes sessions; whether one that was stopped takes none. What lasts is the downtime.
  ready: { costMs: { tool: 6, database: 8 }, idleEveryMs: null, turnEveryMs: 2, timeoutMs: 5_000 },
  stopped: { costMs: { tool: 6, database: 0 }, idleEveryMs: null, turnEveryMs: 2, timeoutMs: 5_000 },
  // `postgres --version`, until it answered once for a release.
  version: { costMs: { tool: 20, database: 0 }, idleEveryMs: 60_000, turnEveryMs: 100, timeoutMs: 10_000 },
} as const satisfies Tools;
