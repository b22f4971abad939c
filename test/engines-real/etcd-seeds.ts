/**
 * Runs of a real etcd fleet in which controller, one agent and one member are killed at points that a seed chooses. Who is killed comes back as
 * its own supervision would bring it back, never as Drydock would.
 */
import { expect } from 'vitest';
import { pause, systemClock } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { toFailure } from '../../common/failure.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import type { EtcdFleet } from '../../demo/etcd/fleet.ts';
import { etcdNames, etcdUnit } from '../../demo/etcd/layout.ts';
import type { EtcdVersion } from '../../demo/etcd/releases.ts';
import { agentUnit, controllerUnit } from '../../demo/host-layout.ts';
import type { DemoHost } from '../../demo/hosts.ts';
import { waitFor } from '../../demo/wait.ts';
import { seededRandom } from '../simulator/kernel.ts';
import { endOf, expectPromisesKept, type Started, startRun, versionsOf } from './etcd-stage.ts';

export interface Journey {
  readonly from: EtcdVersion;
  readonly to: EtcdVersion;
}

/** One after the other they go round: a patch up, a minor up, a minor down, a patch down. */
const journeys: readonly Journey[] = [
  { from: '3.5.21', to: '3.5.35' },
  { from: '3.5.35', to: '3.6.16' },
  { from: '3.6.16', to: '3.5.35' },
  { from: '3.5.35', to: '3.5.21' },
];

export interface Blow {
  readonly victim: string;
  /** It falls after so many orders of the run, or downtimes, and so long after the last of them. */
  readonly of: 'orders' | 'downtimes';
  readonly after: number;
  readonly lateMs: number;
  readonly awayMs: number;
}

const runLimitMs = 300_000;
const backLimitMs = 120_000;
/** About a downtime on a machine with little else to do. */
const longestLateMs = 1_500;
const longestAwayMs = 2_000;
const probeEveryMs = 400;
const mostDeeds = 6;
const never = new AbortController().signal;

/** Seeds count from 1. */
export function journeyOf(seed: number): Journey {
  const journey = journeys[(seed - 1) % journeys.length];
  if (journey === undefined) throw new RangeError(`${seed} is no seed: they count from 1`);
  return journey;
}

export function blowsOf(seed: number, plan: Plan): readonly Blow[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const orders = [...turnsOf(plan)].reduce((count, { turn }) => count + (turn.variants[0]?.steps.length ?? 0), 0);
  // Downtimes are few among the orders, and most is at stake there.
  const anyPoint = () =>
    below(2) === 0 ? { of: 'downtimes' as const, after: 1 + below(etcdNames.length) } : { of: 'orders' as const, after: 1 + below(orders) };
  const anyName = () => etcdNames[below(etcdNames.length)] ?? etcdNames[0];
  return ['controller', `agent of ${anyName()}`, `member ${anyName()}`].map((victim) => ({
    victim,
    ...anyPoint(),
    lateMs: below(longestLateMs),
    awayMs: below(longestAwayMs),
  }));
}

/** Goes there without blows; nothing is done when it is there. */
export async function bring(fleet: EtcdFleet, to: EtcdVersion): Promise<void> {
  if ((await versionsOf(fleet)).every((version) => version === to)) return;
  const run = await startRun(fleet, ['--to', to, ...downwards({ from: (await versionsOf(fleet))[0] ?? '', to }), '--again'], quick);
  const { state } = await endOf(run, runLimitMs);
  await run.log.close();
  expect(state).toBe('done');
}

const quick = { settle: '200ms', soak: '100ms' };

function downwards({ from, to }: { readonly from: string; readonly to: string }): readonly string[] {
  return from > to ? ['--downgrade'] : [];
}

/** One run with its blows; throws with the seed, the blows and the log when a promise was broken. */
export async function playSeed(fleet: EtcdFleet, seed: number): Promise<void> {
  const journey = journeyOf(seed);
  const run = await startRun(fleet, ['--to', journey.to, ...downwards(journey), '--again'], quick);
  const play = new SeededRun(fleet, run, blowsOf(seed, run.plan.plan));
  try {
    await play.goToItsEnd();
    const { state = 'unknown' } = run.log.statuses.at(-1) ?? {};
    // A canary whose member was killed in its own start is rolled back by itself.
    expect(['done', 'rolled-back']).toContain(state);
    await fleet.waitHealthy(backLimitMs);
    const version = state === 'done' ? journey.to : journey.from;
    expect(await versionsOf(fleet)).toEqual([version, version, version]);
    await expectPromisesKept(fleet, run, false);
    expect(play.blowsLanded, 'nobody was killed').toBeGreaterThan(0);
    console.log(`seed ${seed}: ${journey.from} to ${journey.to}: ${state}; ${play.notes.join('; ')}`);
  } catch (thrown) {
    const output = thrown instanceof Error ? thrown.message : String(thrown);
    const again = `DRYDOCK_ETCD_SEED=${seed} npm run test:engines -- etcd-seeds`;
    const log = run.log.events.map(textOf);
    throw new Error([`seed ${seed}: ${output}`, `again: ${again}`, ...play.notes, ...log].join('\n  '), { cause: thrown });
  } finally {
    await run.log.close();
  }
}

class SeededRun {
  readonly notes: string[] = [];
  readonly #fleet: EtcdFleet;
  readonly #run: Started;
  readonly #blows: readonly Blow[];
  readonly #over = new AbortController();
  blowsLanded = 0;
  #striking = 0;
  #deeds = 0;

  constructor(fleet: EtcdFleet, run: Started, blows: readonly Blow[]) {
    this.#fleet = fleet;
    this.#run = run;
    this.#blows = blows;
  }

  async goToItsEnd(): Promise<void> {
    const beside = Promise.all([this.#bePerson(), ...this.#blows.map((blow) => this.#deliver(blow))]);
    try {
      await Promise.race([endOf(this.#run, runLimitMs), beside]);
      await endOf(this.#run, runLimitMs);
    } finally {
      this.#over.abort();
      await beside;
    }
  }

  async #deliver({ victim, of, after, lateMs, awayMs }: Blow): Promise<void> {
    const step = await waitFor(`${after} ${of}`, runLimitMs, this.#over.signal, async () => {
      const ordered = this.#run.log.events.flatMap((event) => (event.type === 'order-dispatched' ? [event.step] : []));
      const found = (of === 'orders' ? ordered : ordered.filter((id) => id.endsWith('.downtime')))[after - 1];
      return found === undefined ? { notYet: `${ordered.length} orders` } : { seen: found };
    }).catch(() => null);
    if (step === null) {
      this.notes.push(`${victim}: the run was over before ${after} ${of}`);
      return;
    }
    await pause(systemClock, lateMs);
    this.notes.push(`${victim} killed ${lateMs} ms after ${step}, away ${awayMs} ms`);
    this.blowsLanded += 1;
    this.#striking += 1;
    await strike(this.#fleet, victim, awayMs);
    this.#striking -= 1;
  }

  /** Comes when what was killed is back and the run waits for a person, and tries once more what it holds for. */
  async #bePerson(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await pause(systemClock, probeEveryMs, this.#over.signal);
      const hold = this.#striking > 0 ? undefined : await this.#holdForPerson();
      if (hold === undefined || this.#over.signal.aborted) continue;
      this.#deeds += 1;
      if (this.#deeds > mostDeeds) throw new Error(`P17 ${mostDeeds} times somebody did what was offered, and it holds: ${hold.detail}`);
      const [verb = '', run = '', step = ''] = (hold.commands[0] ?? '').split(' ');
      const { exitCode, stderr } = await this.#fleet.cli([verb, run, step].filter((arg) => arg !== ''));
      this.notes.push(`${hold.kind} ${hold.subject}: drydock ${verb} ${step}: ${exitCode} ${stderr.trim()}`);
    }
  }

  async #holdForPerson() {
    const held = ({ holds }: RunDocument) => holds.find(({ releasedBy }) => releasedBy === 'person');
    const last = this.#run.log.statuses.at(-1);
    if (last === undefined || held(last) === undefined) return undefined;
    return this.#fleet.cliJson(['status', this.#run.runId]).then(
      (status) => held(status as RunDocument),
      () => undefined, // the controller is away
    );
  }
}

/** kill -9; resolves when the victim is back. */
async function strike(fleet: EtcdFleet, victim: string, awayMs: number): Promise<void> {
  const [kind, name = ''] = victim.split(/ of | /);
  const host = kind === 'controller' ? fleet.controllerHost : fleet.host(name);
  const unit = kind === 'controller' ? controllerUnit : kind === 'agent' ? agentUnit : etcdUnit(name);
  await host.kill(unit);
  await pause(systemClock, awayMs);
  await bringBack(host, unit);
  if (kind !== 'controller') return;
  // It runs before it listens, and the run may have ended meanwhile.
  await waitFor('the controller', backLimitMs, never, async () => {
    const { exitCode, stderr } = await fleet.cli(['cluster', 'show', fleet.cluster]);
    return exitCode === 0 ? { seen: true } : { notYet: stderr };
  });
}

/** As `Restart=always`. A member that is locked is its agent's to start, and no other start gets through (P16). */
async function bringBack(host: DemoHost, unit: string): Promise<void> {
  await waitFor(`return of ${unit} on ${host.name}`, backLimitMs, never, async () => {
    if ((await host.state(unit)).active) return { seen: true };
    const refused = await host.start(unit).then(
      () => null,
      (thrown: unknown) => toFailure(thrown),
    );
    if (refused !== null && refused.code !== 'held') throw new Error(`${unit}: ${refused.message}`);
    return refused === null ? { seen: true } : { notYet: refused.message };
  });
}

function textOf(event: RunEvent): string {
  if (event.type === 'order-dispatched') return `${event.step} attempt ${event.attempt}`;
  if (event.type === 'order-ended')
    return `${event.step} ${event.receipt.outcome}${event.verdict.ok ? '' : `, not taken: ${event.verdict.hold.detail}`}`;
  if (event.type === 'hold-raised') return `hold ${event.hold.kind} ${event.hold.subject}: ${event.hold.detail}`;
  if (event.type === 'hold-cleared') return `hold ${event.kind} ${event.subject} is gone`;
  return 'reason' in event ? `${event.type}: ${event.reason}` : event.type;
}
