/** A fleet that stays: how to drive it, printed so that every line can be pasted. */
import { join, relative } from 'node:path';
import { root } from './programs.ts';
import type { PlayedFleet } from './stage-upgrade.ts';
import { personIdentityDir } from './trust.ts';
import { unitsOn } from './units-by-hand.ts';

export interface Kept {
  /** The hosts. */
  readonly nodes: readonly [string, string, string];
  /** One database process of each host: names its pid file. */
  readonly programs: readonly [string, string, string];
  readonly running: string;
  /** A version that the cluster can go to, and what else the plan to it and the one back again are asked for; null when there is none. */
  readonly other: { readonly version: string; readonly there: readonly string[]; readonly back: readonly string[] } | null;
}

/** Ready to paste into a shell that stands in the clone. */
export function howToDrive(fleet: PlayedFleet, { nodes, programs, running, other }: Kept): string {
  const { dir } = fleet;
  const planning = (to: string, words: readonly string[]) =>
    `npx drydock plan ${[fleet.cluster, '--to', to, ...words, '--settle 3s --soak 2s'].join(' ')}`;
  const planned = other === null ? `npx drydock plan ${fleet.cluster} --restart --settle 3s` : planning(other.version, other.there);
  const running3 = nodes.map((name, at) => `-e ${join(dir, name, `${programs[at]}.pid`)}`).join(' -a ');
  const here = relative(process.cwd(), root) === '' ? '' : `cd ${root}\n  `;
  return `
The fleet stays up, on ${running}. All its files are in ${dir}

  ${here}export DRYDOCK_CONTROLLER=${fleet.controllerAddress} DRYDOCK_IDENTITY=${personIdentityDir(dir)}
  npx drydock cluster show ${fleet.cluster}
  ${planned}
  npx drydock approve PLAN --yes
  npx drydock run PLAN
  npx drydock status RUN
  npx drydock watch RUN
  npx drydock report RUN
  npx drydock-agent --settings ${join(dir, nodes[1], 'agent.yaml')} status

${other === null ? '' : `To go back: ${planning(running, other.back)}\n\n`}Kill the controller while a downtime is under way. Start this in a second terminal before \`drydock run\`; it waits until a
database has been stopped, and then kills. The downtime ends without the controller:

  while [ ${running3} ]; do sleep 0.01; done; kill -9 $(cat ${join(dir, 'controller', 'controller.pid')})

Start it again. The run continues, and \`drydock watch RUN\` follows it to its end:

  npm run --silent demo -- --start-controller ${dir}

Stop a database or an agent, and start it again:

${nodes.flatMap((name) => unitsOn(dir, name).map((unit) => unitLines(join(dir, name, unit)))).join('\n')}
${howToEnd(dir)}`;
}

const unitLines = (path: string): string => ['stop', 'start'].map((verb) => `  npm run --silent demo -- --${verb} ${path}`).join('\n');

/** The one command that leaves nothing behind. */
export function howToEnd(dir: string): string {
  return `
End everything and remove the folder:

  npm run --silent demo -- --end ${dir}
`;
}
