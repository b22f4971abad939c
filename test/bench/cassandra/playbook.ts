/** The other side of overhead: an Ansible playbook that rolls the same Cassandra nodes, one after the other, with the same checks. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CassandraFleet } from '../../../demo/cassandra/fleet.ts';
import { type PlaybookTarget, rollByAnsible } from '../ansible-roll.ts';
import type { Rolled } from '../rolls.ts';

/** Rolls every node in the order of Drydock's turns. Removes the previous release in the end. */
export function rollCassandraByPlaybook(
  fleet: CassandraFleet,
  bin: string,
  stash: string,
  target: PlaybookTarget & { readonly from: string },
): Promise<Rolled> {
  return rollByAnsible({ playbook: 'cassandra.yaml', hosts: hostsOf(fleet, stash, target), bin, stash, runDir: fleet.dir });
}

function hostsOf(
  fleet: CassandraFleet,
  stash: string,
  target: PlaybookTarget & { readonly from: string },
): Readonly<Record<string, unknown>> {
  const { version: to, release, previous, from } = target;
  const { nodes } = fleet.layout;
  return Object.fromEntries(
    nodes.map(({ name, socket, node }, at) => {
      const { address, nativePort, jmxPort, releasesDir, dataDir: data, connection } = node;
      const hostfile = join(stash, `${name}.json`);
      // The seed is looked at from another node, every other one from the seed.
      const peer = { jmxPort: nodes[at === 0 ? 1 : 0]?.node.jmxPort };
      const ports = [
        [address, nativePort],
        [address, connection.storagePort],
        ['127.0.0.1', jmxPort],
      ];
      const place = { address, ports, jmxPort, releasesDir, release, data, socket, unit: `cassandra-${name}` };
      writeFileSync(hostfile, JSON.stringify({ ...place, from, to, members: nodes.length, peer }), { mode: 0o600 });
      return [name, { ansible_connection: 'local', hostfile, releases: releasesDir, release, previous, data }];
    }),
  );
}
