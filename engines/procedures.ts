import type { Procedure } from '../common/procedure.ts';
import { cassandraProcedure } from './cassandra/procedure.ts';
import { etcdProcedure } from './etcd/procedure.ts';
import { ozoneProcedure } from './ozone/procedure.ts';
import { postgresqlProcedure } from './postgresql/procedure.ts';

/** Every engine's procedure, by engine name. An engine with rules and no procedure can be asked for paths, not for plans. */
export const procedures: ReadonlyMap<string, Procedure> = new Map(
  [cassandraProcedure, etcdProcedure, ozoneProcedure, postgresqlProcedure].map((procedure) => [procedure.engine, procedure]),
);
