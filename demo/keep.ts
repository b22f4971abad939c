/** A fleet that stays: how to drive it, printed so that every line can be pasted. */
import { join, relative } from 'node:path';
import { root } from './programs.ts';
import type { PlayedFleet } from './stage-upgrade.ts';
import { personIdentityDir } from './trust.ts';
import { unitsOn } from './units-by-hand.ts';

export interface Kept {
  readonly nodes: readonly [string, string, string];
  /** Of the database: names its pid file. */
  readonly program: string;
  readonly running: string;
  /** A version that the cluster can go to. */
  readonly other: string;
  /** What else the plan to the other version is asked for, and the one back again. */
  readonly asked: { readonly there: readonly string[]; readonly back: readonly string[] };
}

/** Ready to paste into a shell that stands in the clone. */
export function howToDrive(fleet: PlayedFleet, { nodes, program, running, other, asked }: Kept): string {
  const { dir } = fleet;
  const asking = (words: readonly string[]) => ['', ...words].join(' ');
  const running3 = nodes.map((name) => `-e ${join(dir, name, `${program}.pid`)}`).join(' -a ');
  const here = relative(process.cwd(), root) === '' ? '' : `cd ${root}\n  `;
  return `
The fleet stays up, on ${running}. Everything of it is in ${dir}

  ${here}export DRYDOCK_CONTROLLER=${fleet.controllerAddress} DRYDOCK_IDENTITY=${personIdentityDir(dir)}
  npx drydock cluster show ${fleet.cluster}
  npx drydock plan ${fleet.cluster} --to ${other} --downgrade${asking(asked.there)} --settle 3s --soak 2s
  npx drydock approve PLAN --yes
  npx drydock run PLAN
  npx drydock status RUN
  npx drydock watch RUN
  npx drydock report RUN
  npx drydock-agent --settings ${join(dir, nodes[1], 'agent.yaml')} status

Back again: npx drydock plan ${fleet.cluster} --to ${running}${asking(asked.back)} --settle 3s --soak 2s

Kill the controller while a downtime is under way. Start this in a second terminal before \`drydock run\`; it waits until a
database has been stopped, and then kills. The downtime ends without the controller:

  while [ ${running3} ]; do sleep 0.01; done; kill -9 $(cat ${join(dir, 'controller', 'controller.pid')})

Start it again; the run goes on, and \`drydock watch RUN\` shows it to its end:

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
