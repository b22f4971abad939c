/** What a plan for etcd is made of, for a healthy cluster as real servers told of it. */
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { etcdProcedure } from '../../engines/etcd/procedure.ts';
import { etcdScheme } from '../../engines/etcd/scheme.ts';
import { clusterOf, type Recorded, releaseOf } from '../engines/etcd-fixtures.ts';
import { ask } from '../rules/builtin.ts';
import { bundleFor, inputAlong } from './input-along.ts';

const sizes = { sizeBytes: 22_000_000, unpackedBytes: 68_000_000, unpackedInodes: 20 };

export function etcdInputOf(from: Recorded, to: string, downgrade = false): PlanInput {
  const view = clusterOf(3, from);
  const path = ask('etcd', from, to, { os: 'debian:12', arch: 'x64' });
  return {
    ...inputAlong({ view, path, engine: 'etcd', procedure: etcdProcedure, scheme: etcdScheme, options: { downgrade } }),
    releases: path.hops.map((hop) => bundleFor('etcd', hop.to, releaseOf(hop.to), sizes)),
  };
}
