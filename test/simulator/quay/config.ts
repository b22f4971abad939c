/** The configuration file of a simulated server of quay: what each version reads, and what its driver makes of changes. */
import type { DriverConfig } from '../../../common/driver.ts';
import { yamlFormat } from '../../../engines/kit/config/yaml-format.ts';
import { configAtStart } from '../../../engines/kit/host/config-file.ts';
import type { Kind } from './kinds.ts';

export const configFile = '/etc/quay/quay.yaml';

export const oldConfig = '# quay\ncache_in_mb: 64   # of memory\nlegacy_port: 9160\nroutes:\n  - a\n';
export const newConfig = '# quay\ncache: 64MB   # of memory\n# legacy_port: 9160\nroutes:\n  - a\nregion: eu\n';

/** What a person gives: only they know it. A database made anew beside the old one has a file of its own. */
export const givenFor = ({ hop }: Kind): Readonly<Record<string, string>> => (hop === 'side-by-side' ? {} : { region: 'eu' });

/** What a server of this version can be started with. */
export const configOf = ({ hop, to }: Kind, version: string): string => (version === to && hop !== 'side-by-side' ? newConfig : oldConfig);

export const quayConfig: DriverConfig = configAtStart({ format: yamlFormat, path: () => configFile, refuses: () => [] });
