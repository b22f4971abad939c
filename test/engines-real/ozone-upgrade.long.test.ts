/**
 * A real Ozone cluster is upgraded, goes back, is upgraded again and finalized, under clients that put and get keys and compare their digests. Its releases
 * know one layout, so its metadata begin at an older one, and rules are imported that ask for the finalization (demo/ozone).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { HoldDocument, RunDocument } from '../../common/documents/runs.ts';
import type { OzoneClients } from '../../demo/ozone/clients/clients.ts';
import { type OzoneFleet, startOzoneFleet } from '../../demo/ozone/fleet.ts';
import { hostOf, ozoneUnit } from '../../demo/ozone/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { endOf, expectLeftClean, holding, type Started, startRun } from './etcd-stage.ts';

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

/** The processes start slowly while everything of them is on one machine. */
const patient = () => ({ ...fleet, waitHealthy: () => fleet.waitHealthy(10 * minutes) });

/** Starts an upgrade and consents to its downtime; resolves when it rests. `meanwhile`: done once a person has consented. */
async function upgraded(asked: readonly string[], meanwhile: (started: Started) => Promise<void>): Promise<Started> {
  const started = await startRun(patient(), ['--to', '2.2.1', ...asked], { settle: '1s', soak: '0s' });
  await seenOf(started, 'the question for consent', 10 * minutes, ({ holds }) => holds.some(({ kind }) => kind === 'awaiting-consent'));
  await told(['confirm', started.runId, `h1.consent.${fleet.cluster}.consent`, '--reason', 'announced']);
  await meanwhile(started);
  await seenOf(started, 'the rest', 25 * minutes, ({ rest }) => rest !== null);
  return started;
}

async function told(words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await fleet.cli(words);
  expect(exitCode, stderr).toBe(0);
}

/** The agent that was told to prepare the managers dies before it can answer. */
async function interruptPrepare({ log }: Started): Promise<void> {
  const asked = await waitFor('the order to prepare', 10 * minutes, never, async () => {
    const told = log.events.find((event) => event.type === 'order-dispatched' && event.step.includes('prepare'));
    return told?.type === 'order-dispatched' ? { seen: told.instance } : { notYet: JSON.stringify(log.events.at(-1)) };
  });
  const host = hostOf(fleet.layout.processes.find(({ name }) => name === asked)?.name ?? 'om1');
  await fleet.killAgent(host);
  await fleet.startAgent(host);
}

/** The stream tells it: a command that is asked again and again takes the cores that the servers start with. */
async function seenOf({ log }: Started, what: string, limitMs: number, is: (status: RunDocument) => boolean): Promise<void> {
  await waitFor(what, limitMs, never, async () => {
    const last = log.statuses.at(-1);
    if (last !== undefined && is(last)) return { seen: true };
    return { notYet: last?.holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || JSON.stringify(log.events.at(-1)) };
  });
}

const versions = async () =>
  new Set(((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).members.map(({ version }) => version));

const logOf = (name: (typeof oms)[number]) => readFile(join(fleet.dir, hostOf(name), `${name}.log`), 'utf8');

/** All was proven to be stopped before a release was switched on any host. */
function expectStoppedFirst({ log }: Started): void {
  const places = (type: 'order-dispatched' | 'order-ended', steps: RegExp) =>
    log.events.flatMap((event, at) => (event.type === type && steps.test(event.step) ? [at] : []));
  const [stops, switches] = [places('order-ended', /^h1\.stop\..*\.stop$/), places('order-dispatched', /^h1\.activate\./)];
  expect(stops.length).toBeGreaterThanOrEqual(fleet.layout.processes.length);
  expect(Math.max(...stops)).toBeLessThan(Math.min(...switches));
}

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
  it('M35 to M40 goes there, back with what was written meanwhile, there again, and is finalized, with no key lost', {
    timeout: 120 * minutes,
  }, async () => {
    const first = await upgraded([], async () => {});
    expect(await versions()).toEqual(new Set(['2.2.1']));
    const before = await expectAllReadable('pre-finalized');
    // Keys are taken in the pre-finalized state.
    await waitFor('a key of the pre-finalized cluster', 5 * minutes, never, async () =>
      (await clients.report()).newest > before ? { seen: true } : { notYet: `the newest is ${before}` },
    );

    await told(['rollback', first.runId, '--reason', 'rehearsed']);
    expect((await endOf(first, 25 * minutes)).state).toBe('rolled-back');
    expect(await versions()).toEqual(new Set(['2.2.0']));
    await expectAllReadable('after the downgrade');

    // It was rolled back once, so a person has to say that it is meant.
    const second = await upgraded(['--again'], interruptPrepare);
    await fleet.host(hostOf('dn3')).stop(ozoneUnit('dn3'));
    await told(['finalize', second.runId, '--yes', '--reason', 'it has rested long enough']);
    const asksFor = ({ detail }: HoldDocument) => /dn3|datanodes/.test(detail);
    await holding(second, 'a hold for the datanode that is away', asksFor);
    await fleet.host(hostOf('dn3')).start(ozoneUnit('dn3'));
    expect((await endOf(second, 25 * minutes)).state).toBe('done');
    for (const { name, component, dataDir } of fleet.layout.processes) {
      const file = { om: 'om/current/VERSION', scm: 'scm/current/VERSION', datanode: 'dnlayoutversion/VERSION', recon: null, s3g: null }[
        component
      ];
      if (file !== null)
        expect(await readFile(join(dataDir, file), 'utf8'), name).toContain(`layoutVersion=${component === 'om' ? 9 : 10}\n`);
    }
    await expectAllReadable('finalized');
    for (const started of [first, second]) {
      expectStoppedFirst(started);
      await expectLeftClean(fleet, started.runId);
    }

    for (const name of oms) {
      const starts = [...(await logOf(name)).matchAll(/STARTUP_MSG: +args = \[(.*?)\]/g)].map(([, args]) => args);
      expect(starts, name).toEqual(['', '--upgrade', '--downgrade', '--upgrade']);
    }
  });
});
