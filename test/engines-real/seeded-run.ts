/**
 * Runs of a real fleet in which what a seed chooses is killed at points that it chooses. Who is killed comes back as its own supervision would bring it
 * back, never as Drydock would.
 */
import { expect } from 'vitest';
import { pause, systemClock } from '../../common/clock.ts';
import type { HoldDocument, RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { toFailure } from '../../common/failure.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import type { BaseFleet } from '../../demo/base-fleet.ts';
import { agentUnit, controllerUnit } from '../../demo/host-layout.ts';
import type { DemoHost } from '../../demo/hosts.ts';
import { waitFor } from '../../demo/wait.ts';
import { seededRandom } from '../simulator/kernel.ts';
import type { ClusterAtHand, Started } from './etcd-stage.ts';

export type SeededFleet = ClusterAtHand & Pick<BaseFleet, 'controllerHost' | 'host'>;

export interface Victim {
  readonly kind: 'controller' | 'agent' | 'database' | 'host';
  /** Of the controller: any. */
  readonly host: string;
  /** Of the database; else left out. */
  readonly unit?: string;
}

export interface Blow {
  readonly victim: Victim;
  /** It falls after so many orders of the run, or downtimes, and so long after the last of them. */
  readonly of: 'orders' | 'downtimes';
  readonly after: number;
  readonly lateMs: number;
  readonly awayMs: number;
}

/** How an engine's blows fall, and how long what they hit may take. */
export interface Weather {
  /** Steps in which a node is down. */
  isDowntime(step: string): boolean;
  /** About a downtime on a machine with little else to do. */
  readonly longestLateMs: number;
  readonly longestAwayMs: number;
  readonly runLimitMs: number;
  /** Of what was killed, until it is back. */
  readonly backLimitMs: number;
}

const probeEveryMs = 400;
const mostDeeds = 6;
const never = new AbortController().signal;

/** An integer from 0 to limit - 1. */
export type Below = (limit: number) => number;

/** One blow for each of the victims that `victims` draws. */
export function drawBlows(
  seed: number,
  plan: Plan,
  downtimes: number,
  victims: (below: Below) => readonly Victim[],
  { longestLateMs, longestAwayMs }: Weather,
): readonly Blow[] {
  const random = seededRandom(seed);
  const below: Below = (limit) => Math.floor(random() * limit);
  const orders = [...turnsOf(plan)].reduce((count, { turn }) => count + (turn.variants[0]?.steps.length ?? 0), 0);
  // Downtimes are few among the orders, and most is at stake there.
  const anyPoint = () =>
    below(2) === 0 ? { of: 'downtimes' as const, after: 1 + below(downtimes) } : { of: 'orders' as const, after: 1 + below(orders) };
  return victims(below).map((victim) => ({ victim, ...anyPoint(), lateMs: below(longestLateMs), awayMs: below(longestAwayMs) }));
}

const nameOf = ({ kind, host, unit }: Victim): string => (kind === 'controller' ? kind : `${kind} ${unit ?? host}`);

export class SeededRun {
  readonly #notes: string[] = [];
  readonly #fleet: SeededFleet;
  readonly #run: Started;
  readonly #blows: readonly Blow[];
  readonly #weather: Weather;
  readonly #over = new AbortController();
  #blowsLanded = 0;
  #striking = 0;
  #deeds = 0;

  constructor(fleet: SeededFleet, run: Started, blows: readonly Blow[], weather: Weather) {
    this.#fleet = fleet;
    this.#run = run;
    this.#blows = blows;
    this.#weather = weather;
  }

  /** Resolves when `end` does and every blow that fell is over; a person does meanwhile what holds ask for. */
  async goToItsEnd(end: () => Promise<unknown>): Promise<void> {
    const beside = Promise.all([this.#bePerson(), ...this.#blows.map((blow) => this.#deliver(blow))]);
    const ended = end();
    ended.catch(() => {}); // where what is beside it fails, that is told
    try {
      await Promise.race([ended, beside]);
      await ended;
    } finally {
      this.#over.abort();
      await beside;
    }
  }

  /** What `judge` found of the end is printed; where it throws, so is all that befell the run and all that it did, with how it is played again. */
  async judged(engine: string, seed: number, judge: () => Promise<string>): Promise<void> {
    try {
      const found = await judge();
      expect(this.#blowsLanded, 'no blow fell').toBeGreaterThan(0);
      console.log(`seed ${seed}: ${found}; ${this.#notes.join('; ')}`);
    } catch (thrown) {
      const output = thrown instanceof Error ? thrown.message : String(thrown);
      const again = `DRYDOCK_${engine.toUpperCase()}_SEED=${seed} npm run test:engines -- ${engine}-seeds`;
      const story = [...this.#notes, ...this.#run.log.events.map(textOf)];
      throw new Error([`seed ${seed}: ${output}`, `again: ${again}`, ...story].join('\n  '), { cause: thrown });
    } finally {
      await this.#run.log.close();
    }
  }

  async #deliver({ victim, of, after, lateMs, awayMs }: Blow): Promise<void> {
    const step = await waitFor(`${after} ${of}`, this.#weather.runLimitMs, this.#over.signal, async () => {
      const ordered = this.#run.log.events.flatMap((event) => (event.type === 'order-dispatched' ? [event.step] : []));
      const found = (of === 'orders' ? ordered : ordered.filter((id) => this.#weather.isDowntime(id)))[after - 1];
      return found === undefined ? { notYet: `${ordered.length} orders` } : { seen: found };
    }).catch(() => null);
    if (step === null) {
      this.#notes.push(`${nameOf(victim)}: the run was over before ${after} ${of}`);
      return;
    }
    await pause(systemClock, lateMs);
    this.#notes.push(`${nameOf(victim)} killed ${lateMs} ms after ${step}, away ${awayMs} ms`);
    this.#blowsLanded += 1;
    this.#striking += 1;
    await strike(this.#fleet, victim, awayMs, this.#weather.backLimitMs);
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
      this.#notes.push(`${hold.kind} ${hold.subject}: drydock ${verb} ${step}: ${exitCode} ${stderr.trim()}`);
    }
  }

  async #holdForPerson(): Promise<HoldDocument | undefined> {
    // Consents are a matter of the story, and not of its troubles.
    const held = ({ holds }: RunDocument) => holds.find(({ kind, releasedBy }) => releasedBy === 'person' && kind !== 'awaiting-consent');
    const last = this.#run.log.statuses.at(-1);
    if (last === undefined || held(last) === undefined) return undefined;
    return this.#fleet.cliJson(['status', this.#run.runId]).then(
      (status) => held(status as RunDocument),
      () => undefined, // the controller is away
    );
  }
}

/** kill -9; resolves when the victim is back. */
async function strike(fleet: SeededFleet, { kind, host: name, unit: database }: Victim, awayMs: number, limitMs: number): Promise<void> {
  if (kind === 'host') {
    await fleet.host(name).reboot();
    return;
  }
  const host = kind === 'controller' ? fleet.controllerHost : fleet.host(name);
  const unit = kind === 'controller' ? controllerUnit : (database ?? agentUnit);
  await host.kill(unit);
  await pause(systemClock, awayMs);
  await bringBack(host, unit, limitMs);
  if (kind !== 'controller') return;
  // It runs before it listens, and the run may have ended meanwhile.
  await waitFor('the controller', limitMs, never, async () => {
    const { exitCode, stderr } = await fleet.cli(['cluster', 'show', fleet.cluster]);
    return exitCode === 0 ? { seen: true } : { notYet: stderr };
  });
}

/** As `Restart=always`. A database that is locked is its agent's to start, and no other start gets through (P16). */
async function bringBack(host: DemoHost, unit: string, limitMs: number): Promise<void> {
  await waitFor(`return of ${unit} on ${host.name}`, limitMs, never, async () => {
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
