/** The play: a cluster under load goes to a newer minor, then the brake is tried. */
import type { BootOptions } from './base-fleet.ts';
import type { ClientsReport } from './clients/ledger.ts';
import { type DemoReport, demoReport, verdictsOn } from './demo-report.ts';
import { type DemoFleet, startFleet } from './fleet.ts';
import { howToDrive } from './keep.ts';
import { nodeNames } from './layout.ts';
import { durationText, type Narrator } from './narrator.ts';
import { offerBroken } from './stage-brake.ts';
import { travel } from './stage-upgrade.ts';
import type { Staged } from './staged.ts';

const oldVersion = '16.4';
const newVersion = '16.14';
const brokenVersion = '16.15';
const engine = 'postgresql';

/** What becomes of the primary in its turn. */
export type PrimaryTurn = 'switchover' | 'restart';

const askedFor = (primary: PrimaryTurn): readonly string[] => ['--primary', primary];

/** On the way down a primary goes first and is restarted where it is; a plan that is asked for anything else is refused. */
export const keptAsks = (primary: PrimaryTurn) => ({ there: ['--downgrade', ...askedFor('restart')], back: askedFor(primary) });

export async function stagePostgres(boot: BootOptions, primary: PrimaryTurn): Promise<Staged> {
  const fleet = await startFleet({ ...boot, version: oldVersion });
  return {
    fleet,
    logs: ['agent', 'postgres'].flatMap((program) => nodeNames.map((name) => `${name}/${program}`)),
    async play(narrator) {
      const report = await play(fleet, narrator, primary);
      return { report, verdicts: verdictsOn(report) };
    },
    async keep() {
      await fleet.addRelease(oldVersion);
      return howToDrive(fleet, {
        nodes: nodeNames,
        programs: ['postgres', 'postgres', 'postgres'],
        running: newVersion,
        other: { version: oldVersion, ...keptAsks(primary) },
      });
    },
  };
}

/** Plays it on a fleet that was just started; throws when an act does not end as it should. */
async function play(fleet: DemoFleet, narrator: Narrator, primary: PrimaryTurn): Promise<DemoReport> {
  narrator.heading(`The cluster ${fleet.cluster}: a primary and two streaming standbys on PostgreSQL ${oldVersion}`);
  await fleet.adopt();
  await fleet.addRelease(newVersion);
  narrator.command(['cluster', 'show', fleet.cluster]);
  await fleet.cliOnTerminal(['cluster', 'show', fleet.cluster]);
  const clients = await fleet.startClients();
  const asked = askedFor(primary);
  try {
    narrator.say('clients write and read without pause from now on, through an address list with all three nodes');

    narrator.heading(
      `To ${newVersion}, one node at a time; the primary ${primary === 'switchover' ? 'hands over to a standby' : 'is restarted in place'}`,
    );
    const upgrade = await travel(fleet, narrator, { engine, from: oldVersion, to: newVersion, asked, endsWith: 0 });
    sayClients(narrator, await clients.report());

    narrator.heading(`The brake: ${brokenVersion} passes staging and cannot start`);
    await fleet.addBrokenRelease(newVersion, brokenVersion);
    const brake = await offerBroken(fleet, narrator, { engine, from: newVersion, to: brokenVersion, asked });

    const figures = await clients.end();
    narrator.heading('The clients, from first to last');
    sayClients(narrator, figures);
    return demoReport(upgrade, figures, brake);
  } finally {
    await clients.kill();
  }
}

function sayClients(narrator: Narrator, report: ClientsReport): void {
  const { acknowledged, lost, failed, retried, longestWriteGapMs, longestReadGapMs } = report;
  narrator.say(`clients: longest write gap ${durationText(longestWriteGapMs)}, longest read gap ${durationText(longestReadGapMs)}`);
  narrator.say(`clients: ${acknowledged} writes acknowledged, ${failed} failed, ${retried} retried`);
  narrator.say(`clients: every acknowledged row was read back from the primary; acknowledged writes lost: ${lost}`);
}
