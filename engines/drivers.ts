/** Every driver there is; the agent takes those that its settings name. */
import type { Driver } from '../common/driver.ts';
import { cassandraDriver } from './cassandra/driver.ts';
import { etcdDriver } from './etcd/driver.ts';
import { ozoneDriver } from './ozone/driver.ts';
import { postgresqlDriver } from './postgresql/driver.ts';

export const drivers: readonly Driver[] = [cassandraDriver, etcdDriver, ozoneDriver, postgresqlDriver];
