/**
 * The smallest real Ozone cluster that shows the whole procedure, in the time that CI has for it: three managers that are prepared, three datanodes,
 * without which nothing is finalized, one SCM, and HttpFS, by which keys come and go. Failures, the downgrade and the other gateways: ozone-upgrade.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { OzoneClients } from '../../demo/ozone/clients/clients.ts';
import { type OzoneFleet, startOzoneFleet } from '../../demo/ozone/fleet.ts';
import { endOf, expectLeftClean } from './etcd-stage.ts';
import { expectNewestLayouts, expectStoppedFirst, upgradedTo, waysOf } from './ozone-stage.ts';
import { told } from './strikes.ts';

const minutes = 60_000;
let fleet: OzoneFleet;
let clients: OzoneClients;
const begunMs = performance.now();
/** Told by the log: CI has eight minutes for all of it. */
const at = (what: string) => console.log(`${Math.round((performance.now() - begunMs) / 1000)} s: ${what}`);

beforeAll(async () => {
  fleet = await startOzoneFleet({
    version: '2.2.0',
    members: ['om1', 'om2', 'om3', 'scm1', 'dn1', 'dn2', 'dn3', 'httpfs1'],
    say: at,
  });
  await fleet.importRules();
  await fleet.addRelease('2.2.1');
  at('2.2.1 is with the controller');
  await fleet.adopt();
  at('the cluster is adopted');
  clients = await fleet.startClients();
  at('a key is acknowledged');
}, 15 * minutes);

afterAll(async () => {
  await clients?.kill();
  await fleet?.stop();
});

describe('the smallest cluster of Ozone', () => {
  it('M35 to M40 is upgraded, rests and is finalized, with no key lost that came through HttpFS', { timeout: 30 * minutes }, async () => {
    const run = await upgradedTo(fleet, ['--to', '2.2.1']);
    at('it rests');
    const { acknowledged, longestWriteGapMs, longestReadGapMs } = await clients.report();
    at(`${acknowledged} keys; longest gap of writes ${longestWriteGapMs} ms, of reads ${longestReadGapMs} ms`);
    await told(fleet, ['finalize', run.runId, '--yes', '--reason', 'it has rested long enough']);
    expect((await endOf(run, 10 * minutes)).state).toBe('done');
    at('it is finalized');
    const report = await clients.end();
    at(`${report.acknowledged} keys acknowledged and read back; longest gap of writes ${report.longestWriteGapMs} ms`);
    expect(report).toMatchObject({ lost: 0, damaged: 0 });
    expect(report.acknowledged).toBeGreaterThan(acknowledged);
    const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
    expect(members.map(({ version }) => version)).toEqual(members.map(() => '2.2.1'));
    await expectNewestLayouts(fleet);
    expectStoppedFirst(fleet, run);
    for (const name of ['om1', 'om2', 'om3'] as const) expect(await waysOf(fleet, name), name).toEqual(['', '--upgrade']);
    await expectLeftClean(fleet, run.runId);
  });
});
