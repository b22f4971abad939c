/**
 * Blows against the controller's store, on real servers: in the middle of a run the controller is killed, and another store lies there when it
 * comes back. The person then has it adopt the fleet and plans again; what was promised must hold as after any other blow.
 */
import { copyFile, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import { toFailure } from '../../common/failure.ts';
import { approve } from '../../demo/base-fleet.ts';
import { dial, hangUp } from '../../demo/clients/dial.ts';
import { controllerUnit, databaseUnit, type NodeName, nodeNames } from '../../demo/layout.ts';
import { programArgv } from '../../demo/programs.ts';
import { runToEnd } from '../../demo/spawned.ts';
import { waitFor } from '../../demo/wait.ts';
import type { Moment } from './cells.ts';
import { askServers, castNow, lockedUnits, type Stage } from './stage.ts';
import { momentComes, nodeOf } from './strike.ts';
import { overlaps } from './writable.ts';

/**
 * `restored`: a copy of before the run lies there; `truncated`, `removed`: the same store, its write-ahead log cut in half or gone; `forked`: the
 * copy goes on for a run, and then the store itself comes back, in the middle of its own.
 */
export const storeBlows = ['restored', 'truncated', 'removed', 'forked'] as const;

export interface StoreCell {
  readonly blow: (typeof storeBlows)[number];
  readonly primary: 'restart' | 'switchover';
  /** Whose downtime the controller is killed in; of a primary that hands over: when it is stopped and fenced. */
  readonly during: 'standby-1' | 'primary';
}

/** What the agents have begun they end alone, but for a primary that was stopped to hand over: it stays stopped, fenced and held. */
export const storeCells: readonly StoreCell[] = storeBlows.flatMap((blow) =>
  (['restart', 'switchover'] as const).flatMap((primary) =>
    (['standby-1', 'primary'] as const).map((during) => ({ blow, primary, during })),
  ),
);

/** In a handover: no member leads, and the next order is to be the promotion. */
const momentOf = ({ primary, during }: StoreCell): Moment => (primary === 'switchover' && during === 'primary' ? 'fenced' : 'held');

export const storeCellName = ({ blow, primary, during }: StoreCell): string => `store/${primary} downtime of ${during}/${blow}`;

type Approved = PlanShownDocument & { readonly runId: string };

const never = new AbortController().signal;
const limitMs = 120_000;
const storeName = 'controller.db';

/** One sentence per breach; empty: every promise was kept. Throws when the stage itself does not obey. */
export async function playStoreBlow(stage: Stage, cell: StoreCell): Promise<readonly string[]> {
  const { fleet, prober } = stage;
  await fleet.waitHealthy(limitMs);
  const [cast, firstProbe, saved] = [await castNow(fleet), prober.accepted.length, await mkdtemp(join(fleet.dir, 'stores-'))];
  const backup = await mkdtemp(join(fleet.dir, 'copies-'));
  // Closed and opened: what is known now is in the file, and what comes in its log.
  await fleet.controllerHost.stop(controllerUnit);
  await copyFile(join(stateDir(stage), storeName), join(backup, storeName));
  await fleet.startController();
  await agentsAreBack(stage);
  const struck = await planned(stage, cell.primary);
  await ok(stage, ['run', struck.planId, '--detach']);
  await momentComes(fleet, nodeOf(cell.during, cast), momentOf(cell), never);
  await fleet.killController();
  await strike(stage, cell, backup, saved);
  await fleet.startController();
  const breaches = [...(await wayOut(stage, cell, struck))];
  if (cell.blow === 'forked') {
    await fleet.killController();
    await layThere(stage, saved);
    await fleet.startController();
    breaches.push(...(await wayOut(stage, cell, struck)));
  }
  breaches.push(...overlaps(prober.accepted.slice(firstProbe)), ...lockedUnits(fleet).map((unit) => `P16 ${unit} is still held`));
  return [...breaches, ...(await lostRows(stage))];
}

/** What a person does of it, and what must be so on the way. */
async function wayOut(stage: Stage, cell: StoreCell, struck: Approved): Promise<readonly string[]> {
  const powerful = await powerless(stage, struck);
  await ok(stage, ['controller', 'adopt', '--reason', `the store was ${cell.blow}`]);
  await startHeld(stage);
  await stage.fleet.waitHealthy(limitMs);
  return [...powerful, ...(await nothingUndoneIsDone(stage, struck)), ...(await restartsEveryNode(stage))];
}

/** What a handover left stopped a person starts again, and where no member leads it leads as before: no other member has more than it. */
async function startHeld(stage: Stage): Promise<void> {
  const { fleet } = stage;
  for (const name of nodeNames) {
    if ((await fleet.host(name).state(databaseUnit(name))).active) continue;
    await onHost(fleet.dir, name, 'release', name);
    await fleet.host(name).start(databaseUnit(name));
    await waitFor(`an answer of ${name}`, limitMs, never, async () =>
      (await askServers(fleet)).get(name) == null ? { notYet: 'it does not answer' } : { seen: true },
    );
    const leads = [...(await askServers(fleet)).values()].some((server) => server?.recovery === false);
    if (!leads) await promote(stage, name);
  }
}

async function promote({ fleet }: Stage, name: NodeName): Promise<void> {
  const { clientsAddress, nodes } = fleet.layout;
  const address = clientsAddress.nodes[nodes.findIndex((node) => node.name === name)];
  if (address === undefined) throw new Error(`there is no address of ${name}`);
  const client = await dial(clientsAddress, address);
  try {
    await client.query('SELECT pg_promote(false)');
  } finally {
    await hangUp(client);
  }
}

const stateDir = ({ fleet }: Stage): string => join(fleet.controllerHost.dir, 'state');
const shown = async ({ fleet }: Stage) => (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;

async function ok({ fleet }: Stage, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await fleet.cli(args);
  if (exitCode !== 0) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
  return stdout;
}

async function planned(stage: Stage, primary: string): Promise<Approved> {
  const { fleet } = stage;
  const asked = ['plan', fleet.cluster, '--restart', '--primary', primary, '--settle', '100ms'];
  const made = (await fleet.cliJson(asked)) as PlanShownDocument;
  return approve(fleet, made);
}

/** The controller is not there. What lay there is in `saved` afterwards. */
async function strike(stage: Stage, { blow }: StoreCell, backup: string, saved: string): Promise<void> {
  const log = join(stateDir(stage), `${storeName}-wal`);
  if (blow === 'truncated') return truncate(log, Math.floor((await stat(log)).size / 2));
  if (blow === 'removed') return rm(log);
  for (const name of await storeFiles(stateDir(stage))) await copyFile(join(stateDir(stage), name), join(saved, name));
  await layThere(stage, backup);
}

async function layThere(stage: Stage, folder: string): Promise<void> {
  for (const name of await storeFiles(stateDir(stage))) await rm(join(stateDir(stage), name));
  for (const name of await storeFiles(folder)) await copyFile(join(folder, name), join(stateDir(stage), name));
}

const storeFiles = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith(storeName));

async function agentsAreBack(stage: Stage): Promise<void> {
  await waitFor('the agents', limitMs, never, async () => {
    const { members } = await shown(stage);
    const away = members.filter(({ connected }) => !connected);
    return members.length === nodeNames.length && away.length === 0 ? { seen: true } : { notYet: `${away.length} are away` };
  });
}

/** A store that is behind says so, starts and plans nothing; a truncated one may have kept all that agents hold, and goes on to its end. */
async function powerless(stage: Stage, struck: Approved): Promise<readonly string[]> {
  const { fleet } = stage;
  await agentsAreBack(stage);
  const behind = await waitFor('store-behind-fleet', limitMs, never, async () => {
    if ((await shown(stage)).behind !== null) return { seen: true };
    const state = await stateOf(stage, struck.runId);
    return state === null || ['approved', 'active'].includes(state) ? { notYet: `the run is ${state}` } : { seen: false };
  });
  if (!behind) return [];
  const before = await settledLives(stage);
  const run = await fleet.cli(['run', struck.planId, '--wait', '--timeout', '10s']);
  const plan = await fleet.cli(['plan', fleet.cluster, '--restart']);
  const after = await settledLives(stage);
  return [
    // 4: it does not even know the plan.
    ...([3, 4].includes(run.exitCode) ? [] : [`P5 a store that is behind runs ${struck.planId}: ${run.exitCode} ${run.stderr}`]),
    ...(plan.exitCode === 3 ? [] : [`P5 a store that is behind makes plans: ${plan.exitCode} ${plan.stdout}`]),
    ...nodeNames.filter((_, at) => before[at] !== after[at]).map((name) => `P5 ${name} was touched for a store that is behind`),
  ];
}

/** One entry per life of each database, once the agents have ended what they began (P20); one that was to stay down is held. */
async function settledLives({ fleet }: Stage): Promise<readonly (string | null)[]> {
  return Promise.all(
    nodeNames.map((name) =>
      waitFor(`end of what was begun on ${name}`, limitMs, never, async () => {
        const [{ active, invocationId }, status] = [
          await fleet.host(name).state(databaseUnit(name)),
          await onHost(fleet.dir, name, 'status'),
        ];
        const open = (JSON.parse(status) as { readonly orders: readonly unknown[] }).orders.length;
        return open > 0 ? { notYet: `${open} orders are open` } : { seen: active ? invocationId : null };
      }),
    ),
  );
}

async function onHost(dir: string, name: string, ...words: readonly string[]): Promise<string> {
  const argv = [...programArgv('drydock-agent'), '--settings', join(dir, name, 'agent.yaml'), '-o', 'json', ...words] as const;
  const { exitCode, stdout, stderr } = await runToEnd([...argv], { env: process.env, terminal: 'collect', signal: never });
  if (exitCode > 1) throw new Error(`drydock-agent ${words.join(' ')} on ${name} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

async function stateOf({ fleet }: Stage, runId: string): Promise<string | null> {
  const { exitCode, stdout } = await fleet.cli(['status', runId, '-o', 'json']);
  return exitCode === 4 ? null : (JSON.parse(stdout) as RunDocument).state;
}

/** The run was cut off in the middle: whatever a store remembers of it, all of it was not done, unless it went on to its end. */
async function nothingUndoneIsDone(stage: Stage, { runId }: Approved): Promise<readonly string[]> {
  const state = await stateOf(stage, runId);
  if (state !== 'done') return state === 'active' ? [`P17 ${runId} is still active after controller adopt`] : [];
  const report = (await stage.fleet.cliJson(['report', runId])) as ReportDocument;
  const undone = report.nodes.filter(({ downtimeMs }) => downtimeMs === null).map(({ instance }) => instance);
  return undone.map((instance) => `P15 ${runId} is done, and ${instance} was not restarted by it`);
}

async function restartsEveryNode(stage: Stage): Promise<readonly string[]> {
  const before = await settledLives(stage);
  const { planId, runId } = await planned(stage, 'restart');
  await ok(stage, ['run', planId, '--wait', '--timeout', '2m']);
  const after = await settledLives(stage);
  const report = (await stage.fleet.cliJson(['report', runId])) as ReportDocument;
  const servers = [...(await askServers(stage.fleet)).values()];
  const primaries = servers.filter((server) => server?.recovery === false).length;
  return [
    ...nodeNames.filter((_, at) => before[at] === after[at]).map((name) => `P15 ${runId} is done, and ${name} was not restarted`),
    ...(primaries === 1 ? [] : [`there are ${primaries} primaries`]),
    ...(report.audit.ok ? [] : [`P14 the audit log of ${runId} does not verify`]),
  ];
}

async function lostRows({ clients }: Stage): Promise<readonly string[]> {
  const reported = await clients.report().catch((thrown: unknown) => toFailure(thrown).message);
  if (typeof reported === 'string') return [`nobody can count the acknowledged rows: ${reported}`];
  return reported.lost > 0 ? [`${reported.lost} acknowledged rows are lost`] : [];
}
