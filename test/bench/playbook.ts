/** The other side of overhead and wall: an Ansible playbook that rolls the same hosts, one after the other, with the same checks. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoFleet } from '../../demo/fleet.ts';
import { databaseUnit } from '../../demo/layout.ts';
import { type PlaybookTarget, rollByAnsible } from './ansible-roll.ts';
import type { Rolled } from './rolls.ts';

/** Rolls every node; standbys first, the primary (the first node) last. Removes the previous release in the end. */
export function rollByPlaybook(fleet: DemoFleet, bin: string, stash: string, target: PlaybookTarget): Promise<Rolled> {
  return rollByAnsible({ playbook: 'roll.yaml', hosts: hostsOf(fleet, stash, target), bin, stash, runDir: fleet.dir });
}

function hostsOf(fleet: DemoFleet, stash: string, target: PlaybookTarget): Readonly<Record<string, unknown>> {
  const { version: to, release, previous } = target;
  const { nodes: addresses, user, password, database } = fleet.layout.clientsAddress;
  const members = fleet.layout.nodes.map((node, at) => {
    const data = join(node.dir, 'data');
    const hostfile = join(stash, `${node.name}.json`);
    // A standby is also looked at from its primary, the primary from a standby.
    const peer = { port: addresses[at === 0 ? 1 : 0]?.port };
    const access = { port: addresses[at]?.port, user, password, database, socket: node.socket, unit: databaseUnit(node.name), data };
    writeFileSync(hostfile, JSON.stringify({ ...access, standbys: addresses.length - 1, to, peer }), { mode: 0o600 });
    return [
      node.name,
      { ansible_connection: 'local', hostfile, releases: join(node.dir, 'releases'), release, previous, to, data },
    ] as const;
  });
  return Object.fromEntries([...members.slice(1), ...members.slice(0, 1)]);
}
