/**
 * How this driver's probes ask, and what each call costs. PURE. Each command of `ozone` is a start of Java, two to four seconds of a core, so that probes ask
 * the HTTP port that every process has; commands are for changes alone. The costs are estimates: at 2.2.0 forty answers of /jmx in a row did not stand out from what
 * a process uses without them (10 ms an answer at most for an OM with all that it did beside).
 */
import type { Tools } from '../kit/pure/tools.ts';
import * as read from './probe.ts';

const jmx = (query: string): string => `/jmx?qry=${encodeURIComponent(query)}`;
const bean = { costMs: { tool: 3, database: 5 }, turnEveryMs: 100, timeoutMs: 8_000, idleEveryMs: 120_000 } as const;
const command = { costMs: { tool: 4_000, database: 20 }, idleEveryMs: null, turnEveryMs: 4_000, timeoutMs: 600_000 } as const;

export const tools = {
  // When the process was started. The sign of life.
  life: { get: '/jmx?get=java.lang:type%3DRuntime::StartTime', ...bean, costMs: { tool: 2, database: 3 }, idleEveryMs: 10_000 },
  om: { get: jmx('Hadoop:service=OzoneManager,name=OzoneManagerInfo,*'), parse: read.parseOm, recorded: 'jmx-om', ...bean },
  scm: {
    get: jmx('Hadoop:service=StorageContainerManager,name=StorageContainerManagerInfo,*'),
    parse: read.parseScm,
    recorded: 'jmx-scm',
    ...bean,
  },
  // Grows with the datanodes.
  nodes: {
    get: jmx('Hadoop:service=SCMNodeManager,name=SCMNodeManagerInfo'),
    parse: read.parseNodes,
    recorded: 'jmx-nodes',
    ...bean,
    costMs: { tool: 8, database: 20 },
  },
  datanode: {
    get: jmx('Hadoop:service=HddsDatanodeService,name=HddsDatanodeServiceInfo,*'),
    parse: read.parseDatanode,
    recorded: 'jmx-datanode',
    ...bean,
  },
  connections: {
    get: jmx('Hadoop:service=HddsDatanode,name=SCMConnectionManager'),
    parse: read.parseConnections,
    recorded: 'jmx-connections',
    ...bean,
  },
  layout: { get: jmx('Hadoop:service=LayoutVersionManager,*'), parse: read.parseLayout, recorded: 'jmx-layout', ...bean },
  runtime: {
    get: '/jmx?get=java.lang:type%3DRuntime::ClassPath',
    parse: read.parseRuntime,
    recorded: 'jmx-runtime',
    ...bean,
  },
  // Names of files.
  files: { costMs: { tool: 3, database: 0 }, idleEveryMs: 60_000, turnEveryMs: 100, timeoutMs: 15_000 },
  prepare: { argv: ['ozone', 'admin', 'om', 'prepare'], ...command },
  'cancel-prepare': {
    argv: ['ozone', 'admin', 'om', 'cancelprepare'],
    ...command,
  },
  'finalize-scm': {
    argv: ['ozone', 'admin', 'scm', 'finalizeupgrade'],
    ...command,
  },
  'finalize-om': {
    argv: ['ozone', 'admin', 'om', 'finalizeupgrade'],
    ...command,
  },
  // Until it answered once for a release.
  program: {
    argv: ['ozone', 'version'],
    parse: read.parseProgramVersion,
    recorded: 'version',
    costMs: { tool: 1_500, database: 0 },
    idleEveryMs: 3_600_000,
    turnEveryMs: 1_000,
    timeoutMs: 60_000,
  },
} as const satisfies Tools;
