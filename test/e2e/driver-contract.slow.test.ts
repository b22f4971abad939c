/** The driver contract on a real primary and its standby. */
import { postgresVersions } from '../../demo/postgres/releases.ts';
import { liveContract } from '../contract/driver-contract.ts';
import { postgresqlLive } from '../contract/postgresql-live.ts';

liveContract(postgresqlLive(postgresVersions));
