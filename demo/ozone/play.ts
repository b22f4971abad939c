/** The play: Ozone under load is stopped as a whole, upgraded and rolled back; then upgraded again and finalized. */
import type { ReportDocument } from '../../common/documents/runs.ts';
import type { BootOptions } from '../base-fleet.ts';
import { type BrakeReport, type DemoReport, demoReport, type Verdict, verdictsOn } from '../demo-report.ts';
import { howToDrive } from '../keep.ts';
import { durationText, type Narrator } from '../narrator.ts';
import { brakeReport } from '../stage-brake.ts';
import { approvedPlan, reported, show, showOf } from '../stage-upgrade.ts';
import type { Staged } from '../staged.ts';
import type { OzoneClientsReport } from './clients/clients.ts';
import { type OzoneFleet, startOzoneFleet } from './fleet.ts';
import { installOzone } from './install.ts';
import { hostOf, ozoneHosts } from './layout.ts';

const oldVersion = '2.2.0';
const newVersion = '2.2.1';
const engine = 'ozone';
/** Nine processes stop and start Java together. */
const limit = ['--timeout', '40m'];
const exitCodes = { done: 0, rolledBack: 7, needsPerson: 8 } as const;

export async function stageOzone(boot: BootOptions): Promise<Staged> {
  const say = boot.say ?? (() => {});
  await installOzone([oldVersion, newVersion], say, boot.signal);
  say('the play takes about fifteen minutes from here on: nine Java processes start four times on one machine');
  const fleet = await startOzoneFleet({ ...boot, version: oldVersion });
  return {
    fleet,
    logs: [
      ...Object.keys(ozoneHosts).map((host) => `${host}/agent`),
      ...fleet.layout.processes.map(({ name }) => `${hostOf(name)}/${name}`),
    ],
    async play(narrator) {
      const report = await play(fleet, narrator);
      return { report, verdicts: [...verdictsOn(report), damageVerdict(report.clients)] };
    },
    keep: async () =>
      howToDrive(fleet, { nodes: ['oz-1', 'oz-2', 'oz-3'], programs: ['om1', 'om2', 'om3'], running: newVersion, other: null }),
  };
}

async function play(fleet: OzoneFleet, narrator: Narrator): Promise<DemoReport<OzoneClientsReport>> {
  narrator.heading(
    `The cluster ${fleet.cluster}: three Ozone Managers, one SCM, three datanodes, Recon and S3 gateway on Ozone ${oldVersion}`,
  );
  narrator.say(
    `${oldVersion} and ${newVersion} write one metadata layout: this cluster starts at an older one, so that the upgrade has to be finalized`,
  );
  await fleet.importRules();
  await fleet.adopt();
  await fleet.addRelease(newVersion);
  await show(fleet, narrator, ['cluster', 'show', fleet.cluster], exitCodes.done);
  const clients = await fleet.startClients();
  try {
    narrator.say('clients put keys over the S3 gateway, get them and compare their digests from now on');

    narrator.heading(`To ${newVersion}: everything stops once, after an operator has consented`);
    const first = await restAt(fleet, narrator, []);
    sayClients(narrator, await clients.report());

    narrator.heading(`Back: before it is finalized, the cluster rolls back to ${oldVersion} and keeps the keys that were put meanwhile`);
    const brake = await rolledBackFrom(fleet, narrator, first);
    sayClients(narrator, await clients.report());

    narrator.heading(`To ${newVersion} again, and finalized: from then on there is no rollback`);
    const second = await restAt(fleet, narrator, ['--again']);
    const upgrade = await finalized(fleet, narrator, second);

    const figures = await clients.end();
    narrator.heading('The clients, from first to last');
    sayClients(narrator, figures);
    return demoReport(upgrade, figures, brake);
  } finally {
    await clients.kill();
  }
}

/** Plans, approves, runs and consents; resolves with the run when it rests before its finalization. */
async function restAt(fleet: OzoneFleet, narrator: Narrator, asked: readonly string[]): Promise<string> {
  const { planId, runId } = await approvedPlan(fleet, narrator, { engine, from: oldVersion, to: newVersion, asked });
  await showOf(fleet, narrator, runId, ['run', planId, '--wait', ...limit], exitCodes.needsPerson);
  const consent = `h1.consent.${fleet.cluster}.consent`;
  await show(fleet, narrator, ['confirm', runId, consent, '--reason', 'the downtime is announced'], exitCodes.done);
  await follow(fleet, narrator, runId, exitCodes.needsPerson);
  await show(fleet, narrator, ['status', runId], exitCodes.done);
  return runId;
}

async function rolledBackFrom(fleet: OzoneFleet, narrator: Narrator, runId: string): Promise<BrakeReport> {
  await show(fleet, narrator, ['rollback', runId, '--reason', 'rehearsed'], exitCodes.done);
  await follow(fleet, narrator, runId, exitCodes.rolledBack);
  const { run } = await reported(fleet, narrator, runId);
  return brakeReport('the rollback before the finalization', fleet, run, oldVersion);
}

async function finalized(fleet: OzoneFleet, narrator: Narrator, runId: string): Promise<ReportDocument> {
  await show(fleet, narrator, ['finalize', runId, '--yes', '--reason', 'it has rested'], exitCodes.done);
  await follow(fleet, narrator, runId, exitCodes.done);
  return reported(fleet, narrator, runId);
}

const follow = (fleet: OzoneFleet, narrator: Narrator, runId: string, expected: number): Promise<void> =>
  showOf(fleet, narrator, runId, ['watch', runId, '--wait', ...limit], expected);

function sayClients(narrator: Narrator, report: OzoneClientsReport): void {
  const { acknowledged, lost, failed, damaged, longestWriteGapMs, longestReadGapMs } = report;
  narrator.say(`clients: longest write gap ${durationText(longestWriteGapMs)}, longest read gap ${durationText(longestReadGapMs)}`);
  narrator.say(`clients: ${acknowledged} keys acknowledged, ${failed} tries failed`);
  narrator.say(`clients: every acknowledged key was read back; lost: ${lost}, of another content: ${damaged}`);
}

const damageVerdict = ({ damaged }: OzoneClientsReport): Verdict => ({
  good: damaged === 0,
  text: `keys of another content than was put: ${damaged}`,
});
