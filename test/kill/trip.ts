/** One journey of the cluster on real servers with a few blows on its way, and everything that must be so afterwards. */
import type { OperatorLink } from '../../cli/client.ts';
import { documentOf } from '../../cli/documents.ts';
import { followRun } from '../../cli/watch/follow.ts';
import { pause, systemClock } from '../../common/clock.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { HoldDocument, ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { toFailure } from '../../common/failure.ts';
import type { Plan, Step } from '../../common/plan.ts';
import { waitFor } from '../../demo/wait.ts';
import { linkTo } from '../operator-link.ts';
import {
  type Cast,
  type Cell,
  castName,
  cellName,
  type Point,
  type PrimaryTurn,
  pointsAt,
  pointsOf,
  type Route,
  stepsOf,
  strikesDatabase,
  type Way,
  wayOf,
} from './cells.ts';
import { type Deed, nameOf, release } from './person.ts';
import { breachesOf } from './promises.ts';
import { askServers, castNow, halfSnapshots, highVersion, lockedUnits, lowVersion, type Stage } from './stage.ts';
import { freezeMsOf, momentComes, strike } from './strike.ts';
import { overlaps } from './writable.ts';

/** What is struck of these points, which the journey comes by now while nothing else is away; null: nothing. */
export type ChanceAt = (points: readonly Point[]) => Cell | null;

export interface Trip {
  readonly primary: PrimaryTurn;
  /** Struck whatever else happens, or missed. */
  readonly cells: readonly Cell[];
  readonly chanceAt: ChanceAt;
  /** `home`: down to where it began, without blows. */
  readonly kind: Route['kind'] | 'home';
  /** Run whose snapshots `put-back` uses. */
  readonly snapshotsOf: string;
  /** 0 to 1: how long a killed victim of this cell stays away. */
  awayOf(cell: Cell): number;
}

export interface TripEnded {
  readonly runId: string;
  readonly state: string;
  readonly points: readonly Point[];
  readonly delivered: readonly Cell[];
  readonly deeds: readonly Deed[];
  /** One sentence each; empty: every promise was kept. */
  readonly breaches: readonly string[];
  readonly log: readonly string[];
}

const clock = systemClock;
const never = new AbortController().signal;
const tripLimitMs = 360_000;
const healthyLimitMs = 90_000;
const probeEveryMs = 400;
const longestAwayMs = 2_500;
const mostDeeds = 20;
/** More would leave a failure with too many causes to look through. */
const mostBlows = 10;
/** Long enough for the word to go back to arrive before the run is over. */
const soak = '3s';

/** Never throws for what the fleet does wrong; throws when the stage itself does not obey. */
export async function playTrip(stage: Stage, trip: Trip): Promise<TripEnded> {
  const { fleet, prober } = stage;
  await fleet.waitHealthy(healthyLimitMs);
  const [cast, before, firstProbe] = [await castNow(fleet), await askServers(fleet), prober.accepted.length];
  const { runId, plan } = await beginRun(stage, trip, cast);
  const journey = new Journey(stage, trip, cast, runId, plan);
  await journey.goToItsEnd();

  const { events, state } = journey;
  const breaches = [...journey.troubles, ...breachesOf({ plan, events, alone: !journey.delivered.some(strikesDatabase) })];
  const wanted = versionAfter(trip, state);
  await fleet
    .waitHealthy(healthyLimitMs)
    .catch((thrown: unknown) => breaches.push(`the cluster is not well: ${toFailure(thrown).message}`));
  const servers = await askServers(fleet);
  for (const [name, server] of servers) {
    if (server?.version.split(' ')[0] !== wanted)
      breaches.push(`P15 ${name} runs ${server?.version ?? 'nothing'} after ${state}, not ${wanted}`);
    if (server !== null && server.names !== before.get(name)?.names)
      breaches.push(`P19 synchronous_standby_names of ${name} is '${server.names}', was '${before.get(name)?.names}'`);
  }
  const primaries = [...servers].filter(([, server]) => server?.recovery === false).map(([name]) => name);
  if (primaries.length !== 1) breaches.push(`there are ${primaries.length} primaries: ${primaries.join(', ')}`);
  if (state === 'rolled-back' && primaries[0] !== cast.primary)
    breaches.push(`P11 rolled back, and the primary is ${primaries[0]}, not ${cast.primary}`);
  breaches.push(...overlaps(prober.accepted.slice(firstProbe)));
  breaches.push(...lockedUnits(fleet).map((unit) => `P16 ${unit} is still held`));
  breaches.push(...halfSnapshots(fleet).map((name) => `P8 ${name} of a snapshot was left behind`));
  const reported = await stage.clients.report().catch((thrown: unknown) => toFailure(thrown).message);
  if (typeof reported === 'string') breaches.push(`nobody can count the acknowledged rows: ${reported}`);
  else if (reported.lost > 0) breaches.push(`${reported.lost} acknowledged rows are lost`);
  const report = (await fleet.cliJson(['report', runId])) as ReportDocument;
  if (!report.audit.ok) breaches.push('P14 the audit log of the run does not verify');
  return {
    runId,
    state,
    points: pointsOf(plan, events, cast),
    delivered: journey.delivered,
    deeds: journey.deeds,
    breaches,
    log: journey.log,
  };
}

/** The step, with parts for nodes, at whose begin the word to go back is said. */
function turnsRound(kind: Trip['kind']): RegExp | null {
  if (kind === 'cut-short') return /^h1\.roll\.primary\.primary\.(handover\.stop|downtime)$/;
  if (kind === 'kept') return /^h1\.canary\./;
  return kind === 'there-and-back' ? /^h1\.soak\./ : null;
}

function versionAfter({ kind }: Trip, state: string): string {
  const [from, to] = kind === 'home' ? [highVersion, lowVersion] : [lowVersion, kind === 'restored' ? lowVersion : highVersion];
  return state === 'done' ? to : from;
}

function askedFor({ fleet }: Stage, { kind, primary, snapshotsOf }: Trip, cast: Cast): readonly string[] {
  const common = ['--settle', '100ms', ...(turnsRound(kind) === null ? [] : ['--soak', soak])];
  if (kind === 'restored') return ['restore', snapshotsOf, '--node', cast['standby-1'], ...common];
  if (kind === 'home') return ['plan', fleet.cluster, '--to', lowVersion, '--downgrade', '--again', ...common];
  const snapshots = kind === 'kept' ? ['--snapshot', 'restore-compare'] : [];
  return ['plan', fleet.cluster, '--to', highVersion, '--primary', primary, '--again', ...snapshots, ...common];
}

async function beginRun(stage: Stage, trip: Trip, cast: Cast): Promise<{ readonly runId: string; readonly plan: Plan }> {
  const { fleet } = stage;
  const { planId, digest, plan } = (await fleet.cliJson(askedFor(stage, trip, cast))) as PlanShownDocument;
  const link = await linkTo(fleet);
  try {
    await link.ask('ApprovePlan', { planId, digest });
    const { runId } = await link.ask('StartRun', { planId });
    return { runId, plan };
  } finally {
    link.close();
  }
}

/** A run from its start to its end, with blows at their points and a person for the holds that call for one. */
class Journey {
  readonly events: RunEvent[] = [];
  readonly log: string[] = [];
  readonly troubles: string[] = [];
  readonly delivered: Cell[] = [];
  readonly deeds: Deed[] = [];
  readonly #stage: Stage;
  readonly #trip: Trip;
  readonly #cast: Cast;
  readonly #runId: string;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #begunMs = clock.monotonicMs();
  readonly #leave = new AbortController();
  readonly #blows: Promise<void>[] = [];
  readonly #ended = new Map<string, AbortController>();
  #striking = 0;
  #way: Way;
  #wentBack = false;
  #refusedBack: string | null = null;

  constructor(stage: Stage, trip: Trip, cast: Cast, runId: string, plan: Plan) {
    this.#stage = stage;
    this.#trip = trip;
    this.#cast = cast;
    this.#runId = runId;
    this.#steps = stepsOf(plan);
    this.#way = wayOf(plan);
  }

  get state(): string {
    const end = this.events.find((event) => event.type === 'run-ended');
    return end?.state ?? 'active';
  }

  async goToItsEnd(): Promise<void> {
    const timer = clock.after(tripLimitMs, () => this.#leave.abort());
    await Promise.all([this.#follow(), this.#beThePerson()]);
    timer.cancel();
    for (const over of this.#ended.values()) over.abort();
    await Promise.all(this.#blows);
    // Said again because its answer was lost with the controller, it is refused by a run that goes back already.
    const goesBack = this.events.some(({ type }) => type === 'rollback-started');
    if (this.#refusedBack !== null && !goesBack) this.troubles.push(`the word to go back was refused: ${this.#refusedBack}`);
    if (this.state !== 'active') return;
    const { stdout, stderr } = await this.#stage.fleet.cli(['status', this.#runId]);
    this.troubles.push(`P17 not at its end after ${tripLimitMs / 1000} s:\n${stdout}${stderr}`);
  }

  async #follow(): Promise<void> {
    const { fleet } = this.#stage;
    const { signal } = this.#leave;
    const seen = followRun({
      runId: this.#runId,
      connect: () => linkTo(fleet),
      clock,
      signal,
    });
    for await (const each of seen) if (each.kind === 'event') this.#take(each.seen.event);
    this.#leave.abort();
  }

  #note(text: string): void {
    this.log.push(`${((clock.monotonicMs() - this.#begunMs) / 1000).toFixed(2)} ${text}`);
  }

  #take(event: RunEvent): void {
    this.events.push(event);
    this.#note(textOf(event));
    if (event.type === 'order-ended') this.#ended.get(event.step)?.abort();
    if (event.type === 'rollback-started') this.#way = 'rollback';
    if (event.type === 'run-started' || event.type === 'rollback-started') this.#strikeAt(event.type, null);
    // A soak is no order: no agent hears of it.
    if (event.type === 'step-begun' && turnsRound(this.#trip.kind)?.test(event.step) === true) this.#goBack();
    if (event.type !== 'order-dispatched') return;
    this.#ended.set(event.step, new AbortController());
    this.#strikeAt(castName(event.step, this.#cast), event);
    if (turnsRound(this.#trip.kind)?.test(castName(event.step, this.#cast)) === true) this.#goBack();
  }

  #strikeAt(what: string, dispatched: Dispatched | null): void {
    const due = this.#trip.cells.filter(({ point }) => point.what === what);
    for (const cell of due.length > 0 ? due : this.#chanceAt(what, dispatched)) {
      if (this.delivered.includes(cell)) continue;
      this.#striking += 1;
      const blow = this.#strike(cell, dispatched)
        .catch((thrown: unknown) => {
          this.troubles.push(`${cellName(cell)}: ${toFailure(thrown).message}`);
        })
        .finally(() => {
          this.#striking -= 1;
        });
      this.#blows.push(blow);
    }
  }

  /** One that may be struck here now: nothing else is away or on its way, and enough remains to look through. */
  #chanceAt(what: string, dispatched: Dispatched | null): readonly Cell[] {
    if (this.#striking > 0 || this.delivered.length >= mostBlows) return [];
    const step = dispatched === null ? undefined : this.#steps.get(dispatched.step);
    const cell = this.#trip.chanceAt(pointsAt(this.#way, what, step));
    return cell === null || this.delivered.includes(cell) ? [] : [cell];
  }

  async #strike(cell: Cell, dispatched: Dispatched | null): Promise<void> {
    const { fleet } = this.#stage;
    const { moment } = cell.point;
    const over = dispatched === null ? undefined : this.#ended.get(dispatched.step)?.signal;
    if (moment !== null && dispatched !== null && over !== undefined && !(await momentComes(fleet, dispatched.instance, moment, over)))
      return;
    if (this.delivered.includes(cell)) return;
    this.delivered.push(cell);
    const awayMs = cell.blow === 'freeze' ? freezeMsOf(cell) : this.#trip.awayOf(cell) * longestAwayMs;
    this.#note(`*** ${cellName(cell)}, for ${awayMs.toFixed(0)} ms`);
    await strike(fleet, this.#cast, cell.victim, cell.blow, awayMs).finally(() => this.#note(`*** back: ${cell.victim}`));
  }

  /** The command of a person, who repeats it when the controller is not reached. */
  #goBack(): void {
    if (this.#wentBack) return;
    this.#wentBack = true;
    const output = waitFor('the word to go back', 30_000, never, async () => {
      const refused = await this.#ask((link) => link.ask('RollbackRun', { runId: this.#runId, reason: 'the journey goes back here' })).then(
        () => null,
        (thrown: unknown) => toFailure(thrown),
      );
      return refused === null || refused.class !== 'unreachable' ? { seen: refused } : { notYet: refused.message };
    });
    this.#blows.push(
      output.then((refused) => {
        this.#refusedBack = refused?.message ?? null;
      }),
    );
  }

  async #ask<T>(question: (link: OperatorLink) => Promise<T>): Promise<T> {
    const link = await linkTo(this.#stage.fleet);
    try {
      return await question(link);
    } finally {
      link.close();
    }
  }

  /** Comes when everything that was struck is back, and the run still says that it waits for somebody. */
  async #beThePerson(): Promise<void> {
    while (!this.#leave.signal.aborted) {
      await pause(clock, probeEveryMs, this.#leave.signal);
      if (this.#striking > 0) continue;
      const hold = await this.#holdForAPerson();
      if (hold === null || this.#striking > 0 || this.#leave.signal.aborted) continue;
      if (this.deeds.length === mostDeeds) {
        this.troubles.push(`P17 a person did ${mostDeeds} things that the status offered, and it holds by ${hold.kind}: ${hold.detail}`);
        this.#leave.abort();
        return;
      }
      const before = this.deeds.filter((deed) => deed.hold === nameOf(hold)).length;
      const deed = await release(this.#stage.fleet, hold, before);
      this.#note(`>>> ${deed.hold}: drydock ${deed.command}: ${deed.exitCode} ${deed.output}`);
      this.deeds.push(deed);
    }
  }

  async #holdForAPerson(): Promise<HoldDocument | null> {
    const asked = await this.#ask((link) => link.ask('GetRun', { runId: this.#runId })).catch(() => null);
    if (asked === null) return null;
    const { holds } = documentOf<RunDocument>(asked.status, this.#runId);
    return holds.find(({ releasedBy }) => releasedBy === 'person') ?? null;
  }
}

type Dispatched = Extract<RunEvent, { type: 'order-dispatched' }>;

function textOf(event: RunEvent): string {
  const about = 'step' in event ? ` ${event.step}` : 'turn' in event ? ` ${event.turn}` : '';
  if (event.type === 'order-dispatched') return `${event.type}${about} attempt ${event.attempt}`;
  if (event.type === 'order-ended')
    return `${event.type}${about} ${event.receipt.outcome}${event.verdict.ok ? '' : ` not taken: ${event.verdict.hold.kind}: ${event.verdict.hold.detail}`}`;
  if (event.type === 'hold-raised')
    return `${event.type} ${event.hold.kind} ${event.hold.subject} (${event.hold.releasedBy}): ${event.hold.detail}`;
  if (event.type === 'hold-cleared') return `${event.type} ${event.kind} ${event.subject}`;
  if (event.type === 'run-ended') return `${event.type} ${event.state}: ${event.reason}`;
  if (event.type === 'rollback-started') return `${event.type}: ${event.reason}`;
  return `${event.type}${about}`;
}
