/**
 * Lays out a real Ozone cluster on loopback, ready to be started by supervisors: one storage container manager, three managers that elect a leader (each
 * at an address of its own, as they share one port), three datanodes, Recon, the S3 gateway and HttpFS, or some of these.
 *
 * Its metadata begin at the layout of 1.4, by the product's own keys for tests: both releases that are to be had know the same layout, and so there is
 * something to finalize.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { pause, systemClock } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import { freePorts } from '../ports.ts';
import { runToEnd } from '../spawned.ts';
import { type Spawned, spawnServer } from './spawn-server.ts';

export const ozoneComponents = ['scm', 'om', 'datanode', 'recon', 's3g', 'httpfs'] as const;
export type OzoneComponent = (typeof ozoneComponents)[number];

/** What each process that a cluster can have is, in the order in which they are numbered. */
export const ozoneMembers = [
  ['om1', 'om'],
  ['om2', 'om'],
  ['om3', 'om'],
  ['scm1', 'scm'],
  ['dn1', 'datanode'],
  ['dn2', 'datanode'],
  ['dn3', 'datanode'],
  ['recon1', 'recon'],
  ['s3g1', 's3g'],
  ['httpfs1', 'httpfs'],
] as const satisfies readonly (readonly [name: string, component: OzoneComponent])[];
export type OzoneMemberName = (typeof ozoneMembers)[number][0];

export interface OzoneMember {
  readonly name: OzoneMemberName;
  readonly component: OzoneComponent;
  readonly dataDir: string;
  readonly confDir: string;
  /** Holds the release folders and the link `current`; processes of one host share it. */
  readonly releasesDir: string;
}

/** One process of the cluster, as supervisor and agent need it. */
export interface OzoneNode extends OzoneMember {
  readonly address: string;
  readonly httpPort: number;
  readonly configFile: string;
  /** Runs the server in the foreground; SIGTERM stops it in order. */
  readonly argv: readonly [string, ...string[]];
  /** `connection` of the instance in the agent's settings. */
  readonly connection: Readonly<Record<string, unknown>>;
}

export interface OzoneCluster {
  readonly nodes: readonly OzoneNode[];
  /** Where clients send S3 requests, and those of WebHDFS. */
  readonly s3Endpoint: string;
  readonly httpfsEndpoint: string;
}

export const omServiceId = 'oms';
/** Of metadata that are written at first: as 1.4 has them. */
const firstLayout = { om: 6, hdds: 7 };
/** The only one at which `ozone admin om prepare` finds managers again. */
const omPort = 9862;
const upLimitMs = 180_000;
const heap = '320m';
const javaOptions = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -XX:CICompilerCount=1';
/** Managers and datanodes are told apart by their hosts. */
const addressOf = (name: OzoneMemberName): string => `127.0.0.${/^(?:om|dn)(\d)$/.exec(name)?.[1] ?? '1'}`;

/** Every port that some process of the cluster listens on, by its purpose. */
type Ports = ReadonlyMap<string, number>;

const portNames = [
  ...['om.http', 'om1.ratis', 'om2.ratis', 'om3.ratis'],
  ...['scm.client', 'scm.block', 'scm.datanode', 'scm.security', 'scm.ratis', 'scm.grpc', 'scm.http'],
  ...['dn1', 'dn2', 'dn3'].flatMap((name) =>
    ['http', 'ipc', 'ratis', 'admin', 'server', 'client', 'replication'].map((port) => `${name}.${port}`),
  ),
  ...['recon.datanode', 'recon.http', 's3g.http', 's3g.admin', 'httpfs.http'],
];

/** Makes data and configuration of all processes, for which some of them run for a while; nothing runs afterwards. */
export async function layOutOzoneCluster(members: readonly OzoneMember[], signal: AbortSignal): Promise<OzoneCluster> {
  const numbers = await freePorts(portNames.length);
  const ports: Ports = new Map(portNames.map((name, at) => [name, numbers[at] ?? 0]));
  const nodes = await Promise.all(members.map((member) => layOutMember(member, members, ports)));
  await initialize(nodes, signal);
  const at = (port: string) => `http://127.0.0.1:${ports.get(port)}`;
  return { nodes, s3Endpoint: at('s3g.http'), httpfsEndpoint: at('httpfs.http') };
}

async function layOutMember(member: OzoneMember, all: readonly OzoneMember[], ports: Ports): Promise<OzoneNode> {
  const { name, component, dataDir, confDir, releasesDir } = member;
  for (const folder of [dataDir, confDir]) await mkdir(folder, { recursive: true });
  const configFile = join(confDir, 'ozone-site.xml');
  await writeFile(configFile, siteXml({ ...shared(all, ports), ...own(member, ports) }));
  if (component === 'httpfs') await writeFile(join(confDir, 'core-site.xml'), siteXml({ 'fs.defaultFS': `ofs://${omServiceId}` }));
  return {
    ...member,
    address: addressOf(name),
    httpPort: ports.get(httpPortOf(member)) ?? 0,
    configFile,
    argv: [
      '/usr/bin/env',
      `OZONE_HEAPSIZE_MAX=${heap}`,
      `OZONE_SERVER_OPTS=${javaOptions}`,
      ...(component === 'httpfs' ? [`OZONE_LOG_DIR=${dataDir}`, `HTTPFS_TEMP=${dataDir}`] : []),
      join(releasesDir, 'current', 'bin', 'ozone'),
      '--config',
      confDir,
      component,
    ],
    connection: { component },
  };
}

/** Where a process tells of itself: S3G serves clients at its other port. */
function httpPortOf({ name, component }: OzoneMember): string {
  if (component === 's3g') return 's3g.admin';
  return `${component === 'datanode' ? name : component}.http`;
}

const siteXml = (settings: Readonly<Record<string, string | number>>): string =>
  `<?xml version="1.0"?>\n<configuration>\n${Object.entries(settings)
    .map(([name, value]) => `  <property><name>${name}</name><value>${value}</value></property>\n`)
    .join('')}</configuration>\n`;

/** What all of them must agree on. */
function shared(all: readonly OzoneMember[], ports: Ports): Readonly<Record<string, string | number>> {
  const at = (name: string) => ports.get(name) ?? 0;
  const oms = all.filter(({ component }) => component === 'om').map(({ name }) => name);
  const ofOms = oms.flatMap((name) => [
    [`ozone.om.address.${omServiceId}.${name}`, `${addressOf(name)}:${omPort}`],
    [`ozone.om.http-address.${omServiceId}.${name}`, `${addressOf(name)}:${at('om.http')}`],
    [`ozone.om.ratis.port.${omServiceId}.${name}`, at(`${name}.ratis`)],
  ]);
  const scmPorts = {
    client: 'client',
    'block.client': 'block',
    datanode: 'datanode',
    'security.service': 'security',
    ratis: 'ratis',
    grpc: 'grpc',
  };
  return {
    'ozone.scm.service.ids': 'scms',
    'ozone.scm.nodes.scms': 'scm1',
    'ozone.scm.address.scms.scm1': '127.0.0.1',
    'ozone.scm.primordial.node.id': 'scm1',
    ...Object.fromEntries(Object.entries(scmPorts).map(([key, port]) => [`ozone.scm.${key}.port.scms.scm1`, at(`scm.${port}`)])),
    'ozone.scm.http-address.scms.scm1': `127.0.0.1:${at('scm.http')}`,
    'ozone.om.service.ids': omServiceId,
    'ozone.om.internal.service.id': omServiceId,
    [`ozone.om.nodes.${omServiceId}`]: oms.join(','),
    ...Object.fromEntries(ofOms),
    'ozone.om.s3.grpc.server_enabled': 'false',
    'testing.ozone.om.init.layout.version': firstLayout.om,
    'testing.hdds.scm.init.layout.version': firstLayout.hdds,
    'hdds.scm.safemode.min.datanode': 1,
    'ozone.replication': 1,
    'ozone.server.default.replication': 1,
    'ozone.scm.pipeline.creation.interval': '5s',
    'hdds.scm.wait.time.after.safemode.exit': '5s',
    // Finalization waits for it, 150 s else.
    'ozone.scm.close.container.wait.duration': '5s',
    'hdds.heartbeat.interval': '3s',
    'ozone.scm.stale.node.interval': '30s',
    'ozone.scm.dead.node.interval': '60s',
    'hdds.datanode.volume.min.free.space': '100MB',
    'ozone.scm.datanode.ratis.volume.free-space.min': '100MB',
    'hdds.container.ratis.log.appender.queue.byte-limit': '8MB',
    // HttpFS acts for those who ask it.
    [`hadoop.proxyuser.${userInfo().username}.hosts`]: '*',
    [`hadoop.proxyuser.${userInfo().username}.groups`]: '*',
    'ozone.recon.address': `127.0.0.1:${at('recon.datanode')}`,
    'ozone.recon.http-address': `127.0.0.1:${at('recon.http')}`,
    'ozone.s3g.http-address': `127.0.0.1:${at('s3g.http')}`,
    'ozone.s3g.webadmin.http-address': `127.0.0.1:${at('s3g.admin')}`,
  };
}

function own({ name, component, dataDir }: OzoneMember, ports: Ports): Readonly<Record<string, string | number>> {
  const at = (port: string) => ports.get(`${name}.${port}`) ?? 0;
  const metadata = { 'ozone.metadata.dirs': dataDir };
  switch (component) {
    case 'om':
      return { ...metadata, 'ozone.om.node.id': name };
    case 'scm':
      return { ...metadata, 'ozone.scm.node.id': name };
    case 'datanode':
      return {
        ...metadata,
        'hdds.datanode.dir': join(dataDir, 'hdds'),
        'ozone.scm.datanode.id.dir': join(dataDir, 'id'),
        'hdds.container.ratis.datanode.storage.dir': join(dataDir, 'ratis'),
        'hdds.datanode.hostname': addressOf(name),
        'hdds.datanode.http-address': `${addressOf(name)}:${at('http')}`,
        'hdds.container.ipc.port': at('ipc'),
        'hdds.container.ratis.ipc.port': at('ratis'),
        'hdds.container.ratis.admin.port': at('admin'),
        'hdds.container.ratis.server.port': at('server'),
        'hdds.datanode.client.port': at('client'),
        'hdds.datanode.replication.port': at('replication'),
      };
    case 'recon':
      return {
        ...metadata,
        'ozone.recon.db.dir': join(dataDir, 'db'),
        'ozone.recon.om.db.dir': join(dataDir, 'om'),
        'ozone.recon.scm.db.dirs': join(dataDir, 'scm'),
        'ozone.recon.sql.db.jdbc.url': `jdbc:derby:${join(dataDir, 'sql')}/recon_derby.db`,
      };
    case 's3g':
      return metadata;
    case 'httpfs':
      return {
        ...metadata,
        'hadoop.tmp.dir': dataDir,
        'httpfs.http.hostname': '127.0.0.1',
        'httpfs.http.port': ports.get('httpfs.http') ?? 0,
      };
    default:
      return component satisfies never;
  }
}

async function initialize(nodes: readonly OzoneNode[], signal: AbortSignal): Promise<void> {
  const of = (component: OzoneComponent) => nodes.filter((node) => node.component === component);
  const [scm] = of('scm');
  if (scm === undefined) throw new RangeError('a cluster has a storage container manager');
  await initialized(scm, signal);
  const clusterId = /^clusterID=(\S+)$/m.exec(await readFile(join(scm.dataDir, 'scm', 'current', 'VERSION'), 'utf8'))?.[1] ?? '';
  for (const datanode of of('datanode')) await layOutLayoutVersion(datanode, clusterId);
  const running = spawnServer(scm.argv, join(scm.dataDir, '..', `${scm.name}-init.log`));
  try {
    await answers(scm, running, signal);
    await Promise.all(of('om').map((om) => initialized(om, signal)));
  } finally {
    await running.stop('SIGTERM');
  }
}

async function initialized({ name, argv }: OzoneNode, signal: AbortSignal): Promise<void> {
  const { exitCode, stdout, stderr } = await runToEnd([...argv, '--init'], {
    env: { PATH: process.env.PATH ?? '' },
    terminal: 'collect',
    signal,
  });
  if (exitCode !== 0)
    throw fail('failed', 'cannot-initialize', `${name} --init ended with ${exitCode}: ${`${stdout}\n${stderr}`.trim().slice(-600)}`);
}

/** A datanode takes its layout from this file where it is there at the first start. */
async function layOutLayoutVersion({ dataDir }: OzoneNode, clusterId: string): Promise<void> {
  const folder = join(dataDir, 'dnlayoutversion');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'VERSION'),
    `cTime=${Date.now()}\nclusterID=${clusterId}\nnodeType=DATANODE\nlayoutVersion=${firstLayout.hdds}\n`,
  );
}

async function answers({ name, address, httpPort }: OzoneNode, running: Spawned, signal: AbortSignal): Promise<void> {
  const endMs = systemClock.monotonicMs() + upLimitMs;
  for (;;) {
    const answer = await fetch(`http://${address}:${httpPort}/`, { signal }).catch(() => null);
    if (answer !== null) return;
    if (!running.isRunning() || systemClock.monotonicMs() > endMs) throw fail('failed', 'cannot-initialize', `${name} does not answer`);
    await pause(systemClock, 300, signal);
  }
}
