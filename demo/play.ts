/** The play: a cluster under load goes to a newer minor, then the brake is tried. */
import type { ClientsReport } from './clients/ledger.ts';
import { type DemoReport, demoReport } from './demo-report.ts';
import type { DemoFleet } from './fleet.ts';
import { durationText, type Narrator } from './narrator.ts';
import { offerBroken } from './stage-brake.ts';
import { type PrimaryTurn, travel } from './stage-upgrade.ts';

export const oldVersion = '16.4';
export const newVersion = '16.14';
export const brokenVersion = '16.15';

/** Plays it on a fleet that was just started; throws when an act does not end as it should. */
export async function play(fleet: DemoFleet, narrator: Narrator, primary: PrimaryTurn): Promise<DemoReport> {
  narrator.heading(`The cluster ${fleet.cluster}: a primary and two streaming standbys on PostgreSQL ${oldVersion}`);
  await fleet.adopt();
  await fleet.addRelease(newVersion);
  narrator.command(['cluster', 'show', fleet.cluster]);
  await fleet.cliOnTerminal(['cluster', 'show', fleet.cluster]);
  const clients = await fleet.startClients();
  try {
    narrator.say('clients write and read without pause from now on, through an address list with all three nodes');

    narrator.heading(
      `To ${newVersion}, one node at a time; the primary ${primary === 'switchover' ? 'hands over to a standby' : 'is restarted where it is'}`,
    );
    const upgrade = await travel(fleet, narrator, { from: oldVersion, to: newVersion, primary, endsWith: 0 });
    sayClients(narrator, await clients.report());

    narrator.heading(`The brake: ${brokenVersion} passes staging and cannot start`);
    await fleet.addBrokenRelease(newVersion, brokenVersion);
    const brake = await offerBroken(fleet, narrator, { running: newVersion, broken: brokenVersion, primary });

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
