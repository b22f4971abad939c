/**
 * How this driver's probes ask, and what each call costs. PURE. Each start of nodetool is a start of Java, one second of a core and more, so what can be
 * asked over the native protocol is: there a call costs a few milliseconds on either side. nodetool's price is measured (docs/benchmarks.md), the
 * others are estimates on the dear side.
 */
import type { Tools } from '../kit/pure/tools.ts';
import { parseNetStats, parseProgramVersion, parseStatus } from './probe.ts';

const nodetool = { costMs: { tool: 1_400, database: 20 }, turnEveryMs: 4_000, timeoutMs: 60_000 } as const;

export const tools = {
  // One row of system.local, by a connection of its own. The sign of life. A start takes ten seconds and more, of both cores: probes are not to share them.
  life: { costMs: { tool: 3, database: 3 }, idleEveryMs: 10_000, turnEveryMs: 200, timeoutMs: 6_000 },
  // What a node has stored of itself and of others, and what it works on.
  server: { costMs: { tool: 8, database: 12 }, idleEveryMs: 60_000, turnEveryMs: 50, timeoutMs: 8_000 },
  // What its failure detector makes of the others, which no table tells. Idle only for people: plans and stops ask it anew.
  ring: { argv: ['nodetool', 'status'], parse: parseStatus, recorded: 'status', ...nodetool, idleEveryMs: 3_600_000 },
  streams: { argv: ['nodetool', 'netstats'], parse: parseNetStats, recorded: 'netstats', ...nodetool, idleEveryMs: null },
  // The names of all data files.
  files: { costMs: { tool: 20, database: 0 }, idleEveryMs: 300_000, turnEveryMs: 1_000, timeoutMs: 30_000 },
  // Tables, columns, types and indexes of users' keyspaces.
  schema: { costMs: { tool: 20, database: 50 }, idleEveryMs: 900_000, turnEveryMs: 500, timeoutMs: 30_000 },
  // Until it answered once for a release.
  program: {
    argv: ['cassandra', '-v'],
    parse: parseProgramVersion,
    recorded: 'version',
    costMs: { tool: 700, database: 0 },
    idleEveryMs: 3_600_000,
    turnEveryMs: 1_000,
    timeoutMs: 60_000,
  },
} as const satisfies Tools;
