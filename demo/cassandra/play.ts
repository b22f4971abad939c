/** The play: a Cassandra cluster under load goes up a minor node by node, then the brake is tried. */
import type { BootOptions } from '../base-fleet.ts';
import { type DemoReport, demoReport, type Verdict, verdictsOn } from '../demo-report.ts';
import { howToDrive } from '../keep.ts';
import { durationText, type Narrator } from '../narrator.ts';
import { offerBroken } from '../stage-brake.ts';
import { travel } from '../stage-upgrade.ts';
import type { Staged } from '../staged.ts';
import type { CassandraClientsReport } from './clients/clients.ts';
import { type CassandraFleet, startCassandraFleet } from './fleet.ts';
import { installCassandra } from './install.ts';

const oldVersion = '4.0.15';
const newVersion = '4.1.7';
const patchBefore = '4.1.6';
const brokenVersion = '4.1.8';
const engine = 'cassandra';
const names = ['cass-1', 'cass-2', 'cass-3'] as const;
/** Of each client after every row: a load, and not what the machine can do. */
const clientPauseMs = 30;
/** Each node writes out what it holds, starts Java and is watched by the others; then its files are written again. */
const limit = '40m';

export async function stageCassandra(boot: BootOptions): Promise<Staged> {
  const say = boot.say ?? (() => {});
  await installCassandra([oldVersion, patchBefore, newVersion], say, boot.signal);
  say('the play takes about ten minutes from here on: every node starts Java twice, three nodes on one machine');
  const fleet = await startCassandraFleet({ ...boot, version: oldVersion });
  return {
    fleet,
    logs: ['agent', 'cassandra'].flatMap((program) => names.map((name) => `${name}/${program}`)),
    async play(narrator) {
      const report = await play(fleet, narrator);
      return { report, verdicts: [...verdictsOn(report), staleVerdict(report.clients)] };
    },
    async keep() {
      await fleet.addRelease(patchBefore);
      return howToDrive(fleet, {
        nodes: names,
        programs: ['cassandra', 'cassandra', 'cassandra'],
        running: newVersion,
        other: { version: patchBefore, there: ['--downgrade'], back: [] },
      });
    },
  };
}

async function play(fleet: CassandraFleet, narrator: Narrator): Promise<DemoReport<CassandraClientsReport>> {
  narrator.heading(`The cluster ${fleet.cluster}: three racks with a node each on Cassandra ${oldVersion}`);
  await fleet.adopt();
  await fleet.addRelease(newVersion);
  narrator.command(['cluster', 'show', fleet.cluster]);
  await fleet.cliOnTerminal(['cluster', 'show', fleet.cluster]);
  const clients = await fleet.startClients(clientPauseMs);
  try {
    narrator.say('clients write and read rows at QUORUM from now on, at any node that answers');

    narrator.heading(
      `To ${newVersion}, rack by rack: snapshot, clients sent elsewhere, drain, stop, start, then the files in the new format`,
    );
    const upgrade = await travel(fleet, narrator, { engine, from: oldVersion, to: newVersion, asked: [], endsWith: 0, limit });
    sayClients(narrator, await clients.report());

    narrator.heading(`The brake: ${brokenVersion} passes staging and cannot start`);
    await fleet.addBrokenRelease(newVersion, brokenVersion);
    const brake = await offerBroken(fleet, narrator, { engine, from: newVersion, to: brokenVersion, asked: [], limit });

    const figures = await clients.end();
    narrator.heading('The clients, from first to last');
    sayClients(narrator, figures);
    return demoReport(upgrade, figures, brake);
  } finally {
    await clients.kill();
  }
}

function sayClients(narrator: Narrator, report: CassandraClientsReport): void {
  const { acknowledged, lost, failed, retried, stale, longestWriteGapMs, longestReadGapMs } = report;
  narrator.say(`clients: longest write gap ${durationText(longestWriteGapMs)}, longest read gap ${durationText(longestReadGapMs)}`);
  narrator.say(`clients: ${acknowledged} rows acknowledged, ${failed} tries failed, ${retried} retried`);
  narrator.say(`clients: every acknowledged row was read back; lost: ${lost}, reads that missed an acknowledged row: ${stale}`);
}

const staleVerdict = ({ stale }: CassandraClientsReport): Verdict => ({
  good: stale === 0,
  text: `reads at QUORUM that missed an acknowledged row: ${stale}`,
});
