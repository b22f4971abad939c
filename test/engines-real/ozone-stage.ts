/** Upgrades of a real Ozone fleet, as far as its stories have them in common. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { OzoneComponent, OzoneMemberName } from '../../demo/ozone/cluster.ts';
import type { OzoneFleet } from '../../demo/ozone/fleet.ts';
import { hostOf } from '../../demo/ozone/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { type Started, startRun } from './etcd-stage.ts';
import { told } from './strikes.ts';

const minutes = 60_000;
const never = new AbortController().signal;

/** The stream tells it: a command that is asked again and again takes the cores that the servers start with. */
export async function seenOf({ log }: Started, what: string, limitMs: number, is: (status: RunDocument) => boolean): Promise<RunDocument> {
  return waitFor(what, limitMs, never, async () => {
    const last = log.statuses.at(-1);
    if (last !== undefined && is(last)) return { seen: last };
    return { notYet: last?.holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || JSON.stringify(log.events.at(-1)) };
  });
}

/** Starts an upgrade and consents to its downtime; resolves when it rests. `meanwhile`: done once a person has consented. */
export async function upgradedTo(
  fleet: OzoneFleet,
  asked: readonly string[],
  meanwhile: (started: Started) => Promise<void> = async () => {},
): Promise<Started> {
  // The processes start slowly while everything of them is on one machine.
  const patient = { ...fleet, waitHealthy: () => fleet.waitHealthy(10 * minutes) };
  const started = await startRun(patient, asked, { settle: '1s', soak: '0s' });
  await seenOf(started, 'the question for consent', 10 * minutes, ({ holds }) => holds.some(({ kind }) => kind === 'awaiting-consent'));
  await told(fleet, ['confirm', started.runId, `h1.consent.${fleet.cluster}.consent`, '--reason', 'announced']);
  await meanwhile(started);
  await seenOf(started, 'the rest', 25 * minutes, ({ rest }) => rest !== null);
  return started;
}

/** All was proven to be stopped before a release was switched on any host. */
export function expectStoppedFirst({ layout }: OzoneFleet, { log }: Started): void {
  const places = (type: 'order-dispatched' | 'order-ended', steps: RegExp) =>
    log.events.flatMap((event, at) => (event.type === type && steps.test(event.step) ? [at] : []));
  const [stops, switches] = [places('order-ended', /^h1\.stop\..*\.stop$/), places('order-dispatched', /^h1\.activate\./)];
  expect(stops.length).toBeGreaterThanOrEqual(layout.processes.length);
  expect(Math.max(...stops)).toBeLessThan(Math.min(...switches));
}

/** The layouts that the metadata of managers, and of the rest, were finalized to. */
const newest: Partial<Readonly<Record<OzoneComponent, readonly [file: string, layout: number]>>> = {
  om: ['om/current/VERSION', 9],
  scm: ['scm/current/VERSION', 10],
  datanode: ['dnlayoutversion/VERSION', 10],
};

export async function expectNewestLayouts({ layout: { processes } }: OzoneFleet): Promise<void> {
  for (const { name, component, dataDir } of processes) {
    const [file, layout] = newest[component] ?? [];
    if (file !== undefined) expect(await readFile(join(dataDir, file), 'utf8'), name).toContain(`layoutVersion=${layout}\n`);
  }
}

/** What the process was given at each start, without repetitions: a start that failed is repeated with its flag. */
export async function waysOf({ dir }: OzoneFleet, name: OzoneMemberName): Promise<readonly string[]> {
  const log = await readFile(join(dir, hostOf(name), `${name}.log`), 'utf8');
  const starts = [...log.matchAll(/STARTUP_MSG: +args = \[(.*?)\]/g)].map(([, args = '']) => args);
  return starts.filter((args, at) => args !== starts[at - 1]);
}
