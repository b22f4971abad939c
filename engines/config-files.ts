/**
 * The configuration files that rule packs may speak of, each with how it is read. The first one of an engine is what its agents change
 * (`configFile` in their settings); what is asked of others is a task of a person. PURE.
 */
import type { ConfigFormat } from './kit/config/config-format.ts';
import { hadoopXmlFormat } from './kit/config/hadoop-xml-format.ts';
import { iniFormat } from './kit/config/ini-format.ts';
import { propertiesFormat } from './kit/config/properties-format.ts';
import { yamlFormat } from './kit/config/yaml-format.ts';

export type ConfigFiles = Readonly<Record<string, ConfigFormat>>;

const files: Readonly<Record<string, ConfigFiles>> = {
  cassandra: { 'cassandra.yaml': yamlFormat, 'cassandra-rackdc.properties': propertiesFormat },
  dse: { 'cassandra.yaml': yamlFormat, 'dse.yaml': yamlFormat, 'cassandra-rackdc.properties': propertiesFormat },
  dss: { 'install.ini': iniFormat },
  etcd: { 'etcd.conf.yml': yamlFormat },
  ozone: { 'ozone-site.xml': hadoopXmlFormat },
};

/** By engine. */
export const configFiles: ReadonlyMap<string, ConfigFiles> = new Map(Object.entries(files));

/** Their names alone, as the lint takes them. */
export const configFileNames: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(files).map(([engine, named]) => [engine, Object.keys(named)]),
);
