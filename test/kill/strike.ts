/** What is done to a process of the fleet, and how it comes back: as its own supervision would bring it back, never as Drydock would. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pause, systemClock } from '../../common/clock.ts';
import { toFailure } from '../../common/failure.ts';
import { dial, hangUp } from '../../demo/clients/dial.ts';
import type { DemoFleet } from '../../demo/fleet.ts';
import type { DemoHost } from '../../demo/hosts.ts';
import { agentUnit, controllerUnit, databaseUnit, type NodeName, nodeNames } from '../../demo/layout.ts';
import { descendantsOf, signal } from '../../demo/supervisor/processes.ts';
import { waitFor } from '../../demo/wait.ts';
import { linkTo } from '../operator-link.ts';
import type { Blow, Cast, Cell, Moment, Part, Victim } from './cells.ts';
import { snapshotsDirOf } from './stage.ts';

const never = new AbortController().signal;
const backLimitMs = 120_000;

type Process = 'controller' | 'agent' | 'database';

interface Place {
  readonly host: DemoHost;
  readonly unit: string;
  readonly kind: Process;
  readonly node: NodeName | null;
}

export function nodeOf(part: Part, cast: Cast): NodeName {
  const found = nodeNames.find((name) => name === cast[part]);
  if (found === undefined) throw new Error(`${part} is ${cast[part]}, which is no node of the fleet`);
  return found;
}

function placeOf(fleet: DemoFleet, kind: Process, node: NodeName | null): Place {
  if (node === null) return { host: fleet.controllerHost, unit: controllerUnit, kind, node };
  return { host: fleet.host(node), unit: kind === 'agent' ? agentUnit : databaseUnit(node), kind, node };
}

/** Longer than an agent may be silent and a link may be gone, where the order of that very node is under way; else a few seconds. */
export function freezeMsOf({ victim, point }: Pick<Cell, 'victim' | 'point'>): number {
  const [, part = ''] = victim.split(' of ');
  const isItsTurn = point.what.split('.')[2] === part;
  if (victim.startsWith('agent')) return isItsTurn && point.moment !== null ? 20_000 : 4_000;
  return victim === 'controller' && point.moment === null ? 4_000 : 8_000;
}

/** Resolves when the victim is back and answers. `awayMs`: how long a killed one stays away. */
export async function strike(fleet: DemoFleet, cast: Cast, victim: Victim, blow: Blow, awayMs: number): Promise<void> {
  const [kind, part] = victim.split(' of ') as [Process | 'host', Part | undefined];
  const node = part === undefined ? null : nodeOf(part, cast);
  if (kind === 'host') return rebootHost(fleet, node);
  const place = placeOf(fleet, kind, node);
  const { pid } = await place.host.state(place.unit);
  if (pid !== null && blow === 'freeze') await freeze(place, pid, awayMs);
  if (pid !== null && blow === 'kill') {
    signal(pid, 'SIGKILL');
    await pause(systemClock, awayMs);
    // As long as its supervisor has not seen the end, the dead one counts as running.
    await waitFor(`end of ${place.unit}`, backLimitMs, never, async () => {
      const seen = await place.host.state(place.unit);
      return seen.pid === pid ? { notYet: `process ${pid} still counts as running` } : { seen: true };
    });
  }
  await bringBack(fleet, place);
}

async function rebootHost(fleet: DemoFleet, node: NodeName | null): Promise<void> {
  const [agent, database] = [placeOf(fleet, 'agent', node), placeOf(fleet, 'database', node)];
  await agent.host.reboot();
  await bringBack(fleet, agent);
  await bringBack(fleet, database);
}

/** A server is frozen as a whole: one whose children go on would still take writes. */
async function freeze({ kind }: Place, pid: number, forMs: number): Promise<void> {
  const family = kind === 'database' ? [pid, ...descendantsOf(pid)] : [pid];
  for (const each of family) signal(each, 'SIGSTOP');
  await pause(systemClock, forMs);
  for (const each of family) signal(each, 'SIGCONT');
}

/** As `Restart=always`: tried until it runs. A database that is locked is its agent's to start, and no other start gets through (P16). */
async function bringBack(fleet: DemoFleet, { host, unit, kind, node }: Place): Promise<void> {
  await waitFor(`return of ${unit} on ${host.name}`, backLimitMs, never, async () => {
    const { active } = await host.state(unit);
    const refused = active
      ? null
      : await host.start(unit).then(
          () => null,
          (thrown: unknown) => toFailure(thrown),
        );
    if (refused !== null && refused.code !== 'held') throw new Error(`${unit}: ${refused.message}`);
    if (refused !== null) return { notYet: refused.message };
    const answers = kind === 'controller' ? await controllerAnswers(fleet) : kind === 'agent' || (await databaseAnswers(fleet, node));
    return answers ? { seen: true } : { notYet: 'it does not answer yet' };
  });
}

async function controllerAnswers(fleet: DemoFleet): Promise<boolean> {
  const link = await linkTo(fleet).catch(() => null);
  link?.close();
  return link !== null;
}

async function databaseAnswers(fleet: DemoFleet, node: NodeName | null): Promise<boolean> {
  const { clientsAddress, nodes } = fleet.layout;
  const address = clientsAddress.nodes[nodes.findIndex(({ name }) => name === node)];
  const client = address === undefined ? null : await dial(clientsAddress, address).catch(() => null);
  await hangUp(client);
  return client !== null;
}

const probeEveryMs = 1;
const momentLimitMs = 60_000;

/** Resolves with true when the moment is there, with false when the order ended before it was seen. */
export async function momentComes(fleet: DemoFleet, instance: string, moment: Moment, over: AbortSignal): Promise<boolean> {
  const layout = fleet.layout.nodes.find(({ name }) => name === instance);
  if (layout === undefined) throw new Error(`there is no node ${instance}`);
  const hold = join(layout.dir, 'agent-state', 'locks', databaseUnit(layout.name));
  const pidFile = join(layout.dir, 'postgres.pid');
  const current = join(layout.member.releasesDir, 'current');
  const snapshots = snapshotsDirOf(layout);
  const movedAside = () => countOf(dirname(layout.member.dataDir), /\.drydock-[^.]*$/);
  const movedBefore = movedAside();
  const standbySignal = join(layout.member.dataDir, 'standby.signal');
  const before = linkOf(current);
  let wasDown = false;
  const isMoment: Record<Moment, () => boolean> = {
    held: () => existsSync(hold),
    stopped: () => existsSync(hold) && !existsSync(pidFile),
    exchanged: () => movedAside() > movedBefore,
    activated: () => linkOf(current) !== before,
    started() {
      const runs = existsSync(pidFile);
      wasDown ||= !runs;
      return wasDown && runs;
    },
    fenced: () => existsSync(standbySignal),
    promoted: () => !existsSync(standbySignal),
    copying: () => countOf(snapshots, /\.partial$/) > 0,
    proving: () => countOf(snapshots, /\.scratch$/) > 0,
  };
  const endMs = systemClock.monotonicMs() + momentLimitMs;
  while (!over.aborted && systemClock.monotonicMs() < endMs) {
    if (isMoment[moment]()) return true;
    await pause(systemClock, probeEveryMs, over);
  }
  return isMoment[moment]();
}

function countOf(folder: string, name: RegExp): number {
  return existsSync(folder) ? readdirSync(folder).filter((each) => name.test(each)).length : 0;
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
