/** The play: an etcd cluster under load goes up patch, minor and minor in one plan, then the brake is tried. */
import type { BootOptions } from '../base-fleet.ts';
import { type DemoReport, demoReport, type Verdict, verdictsOn } from '../demo-report.ts';
import { howToDrive } from '../keep.ts';
import { durationText, type Narrator } from '../narrator.ts';
import { offerBroken } from '../stage-brake.ts';
import { travel } from '../stage-upgrade.ts';
import type { Staged } from '../staged.ts';
import { buildEtcd } from './build.ts';
import type { EtcdClientsReport } from './clients/clients.ts';
import { type EtcdFleet, startEtcdFleet } from './fleet.ts';
import { etcdNames } from './layout.ts';
import { etcdVersions } from './releases.ts';

const oldVersion = '3.5.21';
const between = ['3.5.35', '3.6.16'] as const;
const newVersion = '3.7.3';
const brokenVersion = '3.7.4';
const engine = 'etcd';
/** Between two increments of one writer: a load, and not what the machine can do. */
const clientPauseMs = 10;
/** Entries between two snapshots of a member's state: into 3.7 each must have made one since it left 3.5, in minutes here instead of days. */
const snapshotCount = 1_000;

export async function stageEtcd(boot: BootOptions): Promise<Staged> {
  await buildEtcd(etcdVersions, boot.say ?? (() => {}), boot.signal);
  const fleet = await startEtcdFleet({ ...boot, version: oldVersion, flags: [`--snapshot-count=${snapshotCount}`] });
  return {
    fleet,
    logs: ['agent', 'etcd'].flatMap((program) => etcdNames.map((name) => `${name}/${program}`)),
    async play(narrator) {
      const report = await play(fleet, narrator);
      return { report, verdicts: [...verdictsOn(report), ...quorumVerdicts(report.clients)] };
    },
    keep: async () =>
      howToDrive(fleet, {
        nodes: etcdNames,
        programs: ['etcd', 'etcd', 'etcd'],
        running: newVersion,
        other: { version: between[1], there: ['--downgrade'], back: [] },
      }),
  };
}

async function play(fleet: EtcdFleet, narrator: Narrator): Promise<DemoReport<EtcdClientsReport>> {
  narrator.heading(`The cluster ${fleet.cluster}: three members on etcd ${oldVersion}`);
  await fleet.adopt();
  for (const version of [...between, newVersion] as const) await fleet.addRelease(version);
  narrator.command(['cluster', 'show', fleet.cluster]);
  await fleet.cliOnTerminal(['cluster', 'show', fleet.cluster]);
  const clients = await fleet.startClients(clientPauseMs);
  try {
    narrator.say('clients raise a counter by compare-and-swap, read and watch it all the time from now on, at all three members');

    narrator.heading(`To ${newVersion} in one plan, one member at a time; the leader of the moment goes last`);
    const upgrade = await travel(fleet, narrator, { engine, from: oldVersion, to: newVersion, asked: [], endsWith: 0 });
    sayClients(narrator, await clients.report());

    narrator.heading(`The brake: ${brokenVersion} passes staging and cannot start`);
    await fleet.addBrokenRelease(brokenVersion);
    const brake = await offerBroken(fleet, narrator, { engine, from: newVersion, to: brokenVersion, asked: [] });

    const figures = await clients.end();
    narrator.heading('The clients, from first to last');
    sayClients(narrator, figures);
    return demoReport(upgrade, figures, brake);
  } finally {
    await clients.kill();
  }
}

function sayClients(narrator: Narrator, report: EtcdClientsReport): void {
  const gaps = [report.longestWriteGapMs, report.longestReadGapMs, report.longestWatchGapMs].map(durationText);
  narrator.say(`clients: longest write gap ${gaps[0]}, longest read gap ${gaps[1]}, longest gap of the watch ${gaps[2]}`);
  narrator.say(`clients: ${report.acknowledged} increments acknowledged, ${report.failed} failed, ${report.retried} retried`);
  narrator.say(`clients: every acknowledged increment was read back; lost: ${report.lost}, counter off by ${report.miscounted}`);
  narrator.say(
    `clients: reads older than what was acknowledged: ${report.stale}; the watch saw ${report.watched} values and missed ${report.missed}`,
  );
}

function quorumVerdicts({ miscounted, stale, watched, missed }: EtcdClientsReport): readonly Verdict[] {
  return [
    { good: miscounted === 0, text: `the counter is as high as there are increments: off by ${miscounted}` },
    { good: stale === 0, text: `reads older than what had been acknowledged: ${stale}` },
    { good: missed === 0 && watched > 0, text: `the watch saw ${watched} values one by one, missed: ${missed}` },
  ];
}
