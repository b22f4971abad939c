/** What ozone-site.xml says of one process: where it answers, where its metadata lie, and who else there is. */
import { dirname, join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { hadoopXmlFormat } from '../../kit/config/hadoop-xml-format.ts';
import { connectionOf } from '../connection.ts';
import type { Component } from '../facts.ts';

export interface Site {
  readonly component: Component;
  /** `http://host:port`. */
  readonly httpEndpoint: string;
  /** Of some storage container manager. */
  readonly scmEndpoint: string;
  /** Of the managers; null: they are one without a service id. */
  readonly omServiceId: string | null;
  /** Names of its own kind, where the configuration names them. */
  readonly declared: readonly string[];
  /** Its own among them; null: not said. */
  readonly ownName: string | null;
  readonly omHa: boolean;
  readonly unreachable: readonly string[];
  /** Folders of metadata outside the data directory. */
  readonly elsewhere: readonly string[];
  /** Of ozone.metadata.dirs. */
  readonly metadataDir: string;
  /** The VERSION file of its metadata; null: this component has none. */
  readonly versionFile: string | null;
  readonly datanodeIdFile: string;
}

type Read = (key: string) => string | null;

const defaultPorts: Readonly<Record<Component, number>> = { om: 9874, scm: 9876, datanode: 9882, recon: 9888, s3g: 19878, httpfs: 14000 };
const addressKeys: Readonly<Record<Exclude<Component, 'httpfs'>, string>> = {
  om: 'ozone.om.http-address',
  scm: 'ozone.scm.http-address',
  datanode: 'hdds.datanode.http-address',
  recon: 'ozone.recon.http-address',
  s3g: 'ozone.s3g.webadmin.http-address',
};
/** Where metadata lie that are not in ozone.metadata.dirs. */
const folderKeys: Readonly<Partial<Record<Component, readonly string[]>>> = {
  om: ['ozone.om.db.dirs', 'ozone.om.ratis.storage.dir', 'ozone.om.snapshot.ratis.storage.dir'],
  scm: ['ozone.scm.db.dirs', 'ozone.scm.ha.ratis.storage.dir'],
};

/** Throws FailureError: `no-config`. */
export async function siteOf({ host, settings }: DriverContext): Promise<Site> {
  const connection = connectionOf(settings);
  const { component } = connection;
  const read = await readerOf(host, settings, { component, isOptional: connection.httpEndpoint !== undefined });
  const service = component === 'om' ? 'om' : 'scm';
  const ownName = connection.memberName ?? read(`ozone.${service}.node.id`);
  const omServiceId = read('ozone.om.internal.service.id') ?? namesIn(read('ozone.om.service.ids'))[0] ?? null;
  const httpEndpoint = connection.httpEndpoint ?? endpointOf(read, component, ownName);
  const metadataDir = namesIn(read('ozone.metadata.dirs'))[0] ?? settings.dataDir;
  const folders = (folderKeys[component] ?? []).flatMap((key) => namesIn(read(key)));
  return {
    component,
    httpEndpoint,
    scmEndpoint: component === 'scm' ? httpEndpoint : endpointOf(read, 'scm', null),
    omServiceId,
    declared: component === 'om' || component === 'scm' ? nodesOf(read, component) : [],
    ownName,
    omHa: nodesOf(read, 'om').length > 1,
    unreachable: nodesOf(read, 'om').filter((node) => !/^[^:]+(:9862)?$/.test(read(`ozone.om.address.${omServiceId}.${node}`) ?? '')),
    elsewhere: [...folders, metadataDir].filter((folder) => folder !== settings.dataDir && !folder.startsWith(`${settings.dataDir}/`)),
    metadataDir,
    versionFile: versionFileOf(read, component, metadataDir),
    datanodeIdFile: join(read('ozone.scm.datanode.id.dir') ?? metadataDir, 'datanode.id'),
  };
}

/** Settings that say themselves where it answers need no file: all else is then as it is by default. */
async function readerOf(
  host: DriverContext['host'],
  { instance, configFile }: DriverContext['settings'],
  { component, isOptional }: { readonly component: Component; readonly isOptional: boolean },
): Promise<Read> {
  if (configFile === undefined && isOptional) return () => null;
  const text = configFile === undefined ? null : await host.readText(configFile);
  const reading = text === null ? null : hadoopXmlFormat.read(text);
  if (reading === null || reading.problems.length > 0) {
    const why = reading?.problems[0]?.detail ?? 'it does not exist';
    const what = `${configFile ?? 'ozone-site.xml'} cannot be read: ${why}; set configFile in the agent's settings`;
    throw fail('refused', 'no-config', `${instance}: ${what}`);
  }
  // HttpFS has a file of its own beside it, which counts less.
  const own = component === 'httpfs' && configFile !== undefined ? await host.readText(join(dirname(configFile), 'httpfs-site.xml')) : null;
  const settled = [...(own === null ? [] : hadoopXmlFormat.read(own).settings), ...reading.settings];
  const values = new Map(settled.filter(({ shadowed }) => shadowed !== true).map(({ key, value }) => [key, value ?? '']));
  return (key) => values.get(key) ?? null;
}

const namesIn = (text: string | null): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function serviceOf(read: Read, service: 'om' | 'scm'): string | null {
  const own = service === 'om' ? read('ozone.om.internal.service.id') : null;
  return own ?? namesIn(read(`ozone.${service}.service.ids`))[0] ?? null;
}

function nodesOf(read: Read, service: 'om' | 'scm'): readonly string[] {
  const id = serviceOf(read, service);
  return id === null ? [] : namesIn(read(`ozone.${service}.nodes.${id}`));
}

/** By the process's own key, else that of its node in its service, else the port by default. */
function endpointOf(read: Read, component: Component, ownName: string | null): string {
  if (component === 'httpfs') return urlOf(read('httpfs.http.hostname'), read('httpfs.http.port') ?? String(defaultPorts.httpfs));
  const key = addressKeys[component];
  const service = component === 'om' || component === 'scm' ? component : null;
  const id = service === null ? null : serviceOf(read, service);
  const node = service === null ? null : (ownName ?? nodesOf(read, service)[0] ?? null);
  const ofNode = id === null || node === null ? null : read(`${key}.${id}.${node}`);
  const address = ofNode ?? read(key) ?? (id === null || node === null ? null : hostOf(read(`ozone.${component}.address.${id}.${node}`)));
  const [, host = '', port = String(defaultPorts[component])] = /^(.*?)(?::(\d+))?$/.exec(address ?? '') ?? [];
  return urlOf(host, port);
}

/** One that listens at every address is asked at this host's own. */
const urlOf = (host: string | null, port: string): string =>
  `http://${host === null || host === '' || host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;

const hostOf = (address: string | null): string | null => address?.replace(/:\d+$/, '') ?? null;

function versionFileOf(read: Read, component: Component, metadataDir: string): string | null {
  if (component === 'datanode') return join(metadataDir, 'dnlayoutversion', 'VERSION');
  if (component !== 'om' && component !== 'scm') return null;
  return join(namesIn(read(`ozone.${component}.db.dirs`))[0] ?? metadataDir, component, 'current', 'VERSION');
}
