/**
 * The configuration file of a member (--config-file), which it reads at a start; started with one it passes over its other flags and its environment.
 * Source: guide Configuration options; etcd.conf.yml.sample.
 */
import { join } from 'node:path';
import { keysNamed } from '../kit/config/config-format.ts';
import { yamlFormat } from '../kit/config/yaml-format.ts';
import { configAtStart } from '../kit/host/config-file.ts';
import { beganWith } from '../kit/host/start-flags.ts';
import { start } from './host/programs.ts';

/** Say which member this is, where its data lie and who belongs to its cluster; or make a new cluster of it. */
const ownKeys =
  /^(name|data-dir|wal-dir|listen-.*|advertise-client-urls|initial-(advertise-peer-urls|cluster.*)|discovery.*|force-new-cluster.*|proxy.*)$/;

export const etcdConfig = configAtStart({
  format: yamlFormat,
  path: ({ settings }) => settings.configFile ?? join(settings.dataDir, 'etcd.conf.yml'),
  refuses: (changes) =>
    keysNamed(changes)
      .filter((key) => ownKeys.test(key.split('.')[0] ?? ''))
      .map((key) => `${key} identifies the member or its cluster: change it by hand`),
  readBy: (context) => beganWith(context, start),
});
