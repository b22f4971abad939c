/**
 * A real Ozone cluster is upgraded, goes back, is upgraded again and finalized, under clients that put and get keys and compare their digests, and what
 * befalls it meanwhile: the table of docs/engines/ozone.md. Its releases know one layout, so its metadata begin at an older one, and rules are imported
 * that ask for the finalization (demo/ozone).
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { OzoneClients } from '../../demo/ozone/clients/clients.ts';
import type { OzoneMemberName } from '../../demo/ozone/cluster.ts';
import { type OzoneFleet, startOzoneFleet } from '../../demo/ozone/fleet.ts';
import { hostOf, ozoneUnit } from '../../demo/ozone/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { compareWithTable } from '../e2e/failures-seen.ts';
import { endOf, expectLeftClean, type Started } from './etcd-stage.ts';
import { expectNewestLayouts, expectStoppedFirst, seenOf, upgradedTo, waysOf } from './ozone-stage.ts';
import { about, dispatched, ended, heldBy, type IsHold, retryHeld, told } from './strikes.ts';

const minutes = 60_000;
const never = new AbortController().signal;
const oms = ['om1', 'om2', 'om3'] as const;
let fleet: OzoneFleet;
let clients: OzoneClients;

beforeAll(async () => {
  fleet = await startOzoneFleet({ version: '2.2.0' });
  await fleet.importRules();
  await fleet.adopt();
  await fleet.addRelease('2.2.1');
  clients = await fleet.startClients();
}, 30 * minutes);

afterAll(async () => {
  await clients?.kill();
  await fleet?.stop();
});

/** Java refuses to start with it: Hadoop reads it beside ozone-site.xml. */
const brokenSiteOf = (name: OzoneMemberName): string => {
  const found = fleet.layout.processes.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`there is no process ${name}`);
  return join(found.configFile, '..', 'core-site.xml');
};
const breakSiteOf = (name: OzoneMemberName) => writeFile(brokenSiteOf(name), '<configuration><property>');

/** One thing after the other, from prepare to the last start. */
async function beset(run: Started): Promise<void> {
  const { instance: preparer } = await dispatched(run, 'prepare', ({ step }) => step.endsWith('.prepare-om'));
  const host = hostOf(oms.find((name) => name === preparer) ?? 'om1');
  const ofPreparer: IsHold = ({ kind, subject }) => /-lost$/.test(kind) && (subject === preparer || subject.endsWith('.prepare-om'));
  const prepareHeld = await heldBy(run, () => fleet.killAgent(host), ofPreparer);
  compareWithTable('ozone', 'the agent that prepares the managers dies', prepareHeld, ofPreparer);
  await fleet.startAgent(host);

  const stopOf = (name: string) => ended(run, `the stop of ${name}`, 1, ({ step }) => step === `h1.stop.${name}.stop`);
  await Promise.all([stopOf('om2').then(() => breakSiteOf('om2')), stopOf('recon1').then(() => breakSiteOf('recon1'))]);
  await dispatched(run, 'a snapshot of om2', ({ step }) => step.startsWith('h1.snapshot.om2'));
  const away = about('om2', 'dn2');
  const stoppedHeld = await heldBy(run, () => fleet.killAgent(hostOf('om2')), away);
  compareWithTable('ozone', 'the agent of a host dies while everything is stopped', stoppedHeld, away);
  await fleet.killController();
  await fleet.startController();
  await fleet.startAgent(hostOf('om2'));

  const ofOm2: IsHold = ({ subject }) => subject.startsWith('h1.start.om2');
  compareWithTable('ozone', 'a manager does not start with the new release', await heldBy(run, async () => {}, ofOm2), ofOm2);
  await rm(brokenSiteOf('om2'));
  await retryHeld(fleet, run);
  const rest = await seenOf(run, 'the rest', 25 * minutes, (status) => status.rest !== null);
  compareWithTable('ozone', 'the controller dies while everything is stopped, and Recon does not start with the new release', rest);
  await rm(brokenSiteOf('recon1'));
  await fleet.host(hostOf('recon1')).start(ozoneUnit('recon1'));
  await fleet.waitHealthy(5 * minutes);
}

const versions = async () =>
  new Set(((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).members.map(({ version }) => version));

/** Everything that was acknowledged is there and whole. */
async function expectAllReadable(when: string): Promise<number> {
  const report = await clients.report();
  const { acknowledged, failed, longestWriteGapMs, longestReadGapMs } = report;
  console.log(
    `${when}: ${acknowledged} keys acknowledged, ${failed} tries failed; longest gap of writes ${longestWriteGapMs} ms, of reads ${longestReadGapMs} ms`,
  );
  expect(report).toMatchObject({ lost: 0, damaged: 0 });
  return report.newest;
}

describe('an upgrade of Ozone', () => {
  it('M35 to M40 goes there past what befalls it, back with what was written meanwhile, there again, and is finalized, with no key lost', {
    timeout: 120 * minutes,
  }, async () => {
    const first = await upgradedTo(fleet, ['--to', '2.2.1'], beset);
    expect(await versions()).toEqual(new Set(['2.2.1']));
    const before = await expectAllReadable('pre-finalized');
    // Keys are taken in the pre-finalized state.
    await waitFor('a key of the pre-finalized cluster', 5 * minutes, never, async () =>
      (await clients.report()).newest > before ? { seen: true } : { notYet: `the newest is ${before}` },
    );

    await told(fleet, ['rollback', first.runId, '--reason', 'rehearsed']);
    expect((await endOf(first, 25 * minutes)).state).toBe('rolled-back');
    expect(await versions()).toEqual(new Set(['2.2.0']));
    await expectAllReadable('after the downgrade');

    // It was rolled back once, so a person has to say that it is meant.
    const second = await upgradedTo(fleet, ['--to', '2.2.1', '--again']);
    await expectAllReadable('upgraded again');
    const finalize = async () => {
      await fleet.host(hostOf('dn3')).stop(ozoneUnit('dn3'));
      await told(fleet, ['finalize', second.runId, '--yes', '--reason', 'it has rested long enough']);
    };
    const forDatanode: IsHold = ({ subject, detail }) => subject === 'dn3' || /dn3|datanodes/.test(detail);
    compareWithTable(
      'ozone',
      'a datanode is down when the run is to be finalized',
      await heldBy(second, finalize, forDatanode),
      forDatanode,
    );
    await fleet.host(hostOf('dn3')).start(ozoneUnit('dn3'));
    await fleet.waitHealthy(5 * minutes);
    await retryHeld(fleet, second);
    expect((await endOf(second, 25 * minutes)).state).toBe('done');
    await expectNewestLayouts(fleet);
    await expectAllReadable('finalized');
    for (const started of [first, second]) {
      expectStoppedFirst(fleet, started);
      await expectLeftClean(fleet, started.runId);
    }

    for (const name of oms) expect(await waysOf(fleet, name), name).toEqual(['', '--upgrade', '--downgrade', '--upgrade']);
  });
});
