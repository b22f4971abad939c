/**
 * A real Ozone fleet that is upgraded, and then rolled back or finalized, while controller, an agent, a process and sometimes a whole host are killed at
 * points that a seed chooses. `DRYDOCK_OZONE_SEED=7 npm run test:engines -- ozone-seeds` plays that one alone; `7,9` those two.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { Plan } from '../../common/plan.ts';
import type { OzoneClients } from '../../demo/ozone/clients/clients.ts';
import { type OzoneFleet, startOzoneFleet } from '../../demo/ozone/fleet.ts';
import { hostOf, ozoneHosts, ozoneUnit } from '../../demo/ozone/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { expectLeftClean, type Started, startRun } from './etcd-stage.ts';
import { seenOf } from './ozone-stage.ts';
import { type Blow, drawBlows, SeededRun, type Weather } from './seeded-run.ts';

const minutes = 60_000;
const { DRYDOCK_OZONE_SEED: only } = process.env;
const seeds = only === undefined ? [1, 2, 3] : only.split(',').map(Number);
const never = new AbortController().signal;
const weather: Weather = {
  isDowntime: (step) => /\.(stop|start)$/.test(step),
  longestLateMs: 30_000,
  longestAwayMs: 20_000,
  runLimitMs: 40 * minutes,
  backLimitMs: 6 * minutes,
};
let fleet: OzoneFleet | null = null;
let clients: OzoneClients | null = null;

afterAll(stop);

async function stop(): Promise<void> {
  await clients?.kill();
  await fleet?.stop();
  [clients, fleet] = [null, null];
}

async function versionsOf(here: OzoneFleet): Promise<ReadonlySet<string | null>> {
  return new Set(((await here.cliJson(['cluster', 'show', here.cluster])) as ClusterDocument).members.map(({ version }) => version));
}

/** The one that is there, if it was rolled back; else a fresh one. */
async function stageSet(): Promise<{ readonly here: OzoneFleet; readonly load: OzoneClients }> {
  if (fleet !== null && clients !== null && [...(await versionsOf(fleet))].join() === '2.2.0') return { here: fleet, load: clients };
  await stop();
  const here = await startOzoneFleet({ version: '2.2.0' });
  fleet = here;
  await here.importRules();
  await here.adopt();
  await here.addRelease('2.2.1');
  const load = await here.startClients();
  clients = load;
  return { here, load };
}

function blowsOf({ layout }: OzoneFleet, seed: number, plan: Plan): readonly Blow[] {
  const hosts = Object.keys(ozoneHosts);
  return drawBlows(
    seed,
    plan,
    2 * layout.processes.length,
    (below) => {
      const anyHost = () => hosts[below(hosts.length)] ?? '';
      const process = layout.processes[below(layout.processes.length)]?.name ?? 'om1';
      return [
        { kind: 'controller', host: '' },
        { kind: 'agent', host: anyHost() },
        { kind: 'database', host: hostOf(process), unit: ozoneUnit(process) },
        ...(below(2) === 0 ? [{ kind: 'host' as const, host: anyHost() }] : []),
      ];
    },
    weather,
  );
}

/** Says it until it is taken: the controller may be away. Resolves with the status by which it was. */
async function say(here: OzoneFleet, { log }: Started, words: readonly string[], isTaken: (run: RunDocument) => boolean): Promise<void> {
  await waitFor(`drydock ${words.join(' ')}`, weather.backLimitMs, never, async () => {
    const last = log.statuses.at(-1);
    if (last !== undefined && isTaken(last)) return { seen: true };
    const { stderr } = await here.cli(words);
    return { notYet: stderr };
  });
}

/** Consents to the downtime, and says at rest how it is to end. */
async function decided(here: OzoneFleet, run: Started, word: 'finalize' | 'rollback'): Promise<RunDocument> {
  const isAsked = ({ holds }: RunDocument) => holds.some(({ kind }) => kind === 'awaiting-consent');
  await seenOf(run, 'the question for consent', weather.runLimitMs, isAsked);
  const confirm = ['confirm', run.runId, `h1.consent.${here.cluster}.consent`, '--reason', 'announced'];
  await say(here, run, confirm, (status) => !isAsked(status));
  const rested = await seenOf(run, 'the rest', weather.runLimitMs, ({ rest, endedAt }) => rest !== null || endedAt !== null);
  if (rested.endedAt !== null) return rested;
  const words = [word, run.runId, ...(word === 'finalize' ? ['--yes'] : []), '--reason', 'rehearsed'];
  await say(here, run, words, ({ rest }) => rest === null);
  return seenOf(run, 'the end', weather.runLimitMs, ({ endedAt }) => endedAt !== null);
}

async function playSeed(here: OzoneFleet, load: OzoneClients, seed: number): Promise<void> {
  await here.waitHealthy(10 * minutes);
  const patient = { ...here, waitHealthy: () => here.waitHealthy(10 * minutes) };
  const run = await startRun(patient, ['--to', '2.2.1', '--again'], { settle: '1s', soak: '0s' });
  const play = new SeededRun(patient, run, blowsOf(here, seed, run.plan.plan), weather);
  const word = seed % 2 === 0 ? 'finalize' : 'rollback';
  await play.judged('ozone', seed, async () => {
    await play.goToItsEnd(() => decided(here, run, word));
    const { state = 'unknown' } = run.log.statuses.at(-1) ?? {};
    expect(word === 'finalize' ? ['done', 'rolled-back'] : ['rolled-back']).toContain(state);
    await here.waitHealthy(10 * minutes);
    expect(await versionsOf(here)).toEqual(new Set([state === 'done' ? '2.2.1' : '2.2.0']));
    const report = await load.report();
    expect(report).toMatchObject({ lost: 0, damaged: 0 });
    await expectLeftClean(here, run.runId);
    return `${state}, ${report.acknowledged} keys acknowledged`;
  });
}

describe('a real Ozone cluster of whose fleet controller, agent, process and host are killed', () => {
  it.each(seeds)('M35 M36 P3 P4 P15 P16 P17 P18 P19 comes to an end with no key lost, seed %i', { timeout: 90 * minutes }, async (seed) => {
    const { here, load } = await stageSet();
    try {
      await playSeed(here, load, seed);
    } catch (thrown) {
      await stop();
      throw thrown;
    }
  });
});
