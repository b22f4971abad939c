/** What a plan for etcd is made of, for a healthy cluster as real servers told of it. */
import type { Bundle } from '../../common/orders.ts';
import { membershipProblems } from '../../controller/fleet/membership.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { packFor } from '../../controller/rules/path.ts';
import { limitsOf } from '../../controller/rules/rules-met.ts';
import { etcdProcedure } from '../../engines/etcd/procedure.ts';
import { etcdScheme } from '../../engines/etcd/scheme.ts';
import { clusterOf, type Recorded, releaseOf } from '../engines/etcd-fixtures.ts';
import { ask, builtin } from '../rules/builtin.ts';

function bundleOf(version: string): Bundle {
  return {
    engine: 'etcd',
    version,
    arch: 'x64',
    artifacts: [{ role: 'server', digest: `sha256:${version}`, sizeBytes: 22_000_000, unpackedBytes: 68_000_000, unpackedInodes: 20 }],
    release: releaseOf(version),
  };
}

export function etcdInputOf(from: Recorded, to: string, downgrade = false): PlanInput {
  const view = clusterOf(3, from);
  const path = ask('etcd', from, to, { os: 'debian:12', arch: 'x64' });
  return {
    view,
    path,
    limits: path.hops.map((hop) => limitsOf(packFor('etcd', builtin), hop)),
    membership: membershipProblems({
      cluster: view.cluster,
      expectedMembers: view.expectedMembers,
      adopted: view.nodes.map((node) => node.instance),
      enrolled: view.nodes,
      seen: etcdProcedure.membersSeen(view),
      refused: [],
    }),
    releases: path.hops.map((hop) => bundleOf(hop.to)),
    procedure: etcdProcedure,
    affected: new Map(),
    keepsReleases: false,
    external: [],
    scheme: etcdScheme,
    goal: { kind: 'release' },
    options: {
      canary: null,
      settleMs: 60_000,
      soakMs: null,
      finalize: 'on-command',
      finalizeWithinMs: null,
      downgrade,
      leader: 'restart',
      approval: 'plan',
      snapshot: null,
    },
  };
}
