/**
 * Carries a downtime from wherever it stands to its end: probe, ask the machine what is next, do it, journal it. The same loop lives
 * through a first attempt, a restart of the agent and a reboot of the host; the controller is not needed for any of it (P20).
 */
import { pause } from '../../common/clock.ts';
import { downtimeTakenBack, type Failure, failure, toFailure } from '../../common/failure.ts';
import { contextOf, throwing } from '../facts/facts.ts';
import { partOf } from '../journal/agent-machine.ts';
import { AgentStopped } from '../lifetime.ts';
import { deadlinePassed, type Ending, leftMs, type OrderRun } from '../orders/order-run.ts';
import { configStageOf } from './config.ts';
import {
  actBegun,
  type DowntimeBody,
  type DowntimeSight,
  downtimeBegun,
  leftStopped,
  letsGo,
  nextMove,
  notBroughtBack,
} from './machine.ts';
import { doPart } from './parts.ts';
import { broughtAlong, dropBeside, restoreStageOf } from './restore.ts';
import { type DowntimeRun, proveReady } from './start.ts';
import { failedAlike, startFailureText, stillStopping } from './stop-and-start.ts';

const retryMs = 200;

/** Never throws for the world's faults: they turn the downtime back or end it. */
export async function carryOutDowntime(run: OrderRun, body: DowntimeBody): Promise<Ending> {
  const downtime: DowntimeRun = { run, body, findings: [], leftMs: () => leftOfWay(run) };
  const ending = await carryToEnd(downtime);
  if (!downtimeBegun(run.state())) await dropBeside(run);
  return letsGo(run.state(), body, ending.outcome) ? letGo(run, ending) : ending;
}

async function carryToEnd(downtime: DowntimeRun): Promise<Ending> {
  const { run } = downtime;
  if (!downtimeBegun(run.state())) {
    const settled = await beforeDowntime(downtime);
    if (settled !== null) return settled;
  }
  for (;;) {
    const trouble = await step(downtime);
    if (trouble === 'on') continue;
    if (trouble.ending !== undefined) return { ...trouble.ending, findings: downtime.findings };
    const state = run.state();
    if (state.phase === 'reverting')
      return { outcome: 'failed', failure: stuck(downtime, trouble.failure), reverted: false, findings: downtime.findings };
    if (!downtimeBegun(state))
      return { outcome: trouble.failure.class === 'refused' ? 'refused' : 'failed', failure: trouble.failure, findings: downtime.findings };
    run.record({ type: 'reverting', at: run.now(), failure: trouble.failure });
  }
}

type Trouble = { readonly failure: Failure; readonly ending?: undefined };
type Over = { readonly ending: Omit<Ending, 'findings'> };

/** One probe, one decision, one part. */
async function step(downtime: DowntimeRun): Promise<'on' | Trouble | Over> {
  const { run, body } = downtime;
  try {
    if (downtime.leftMs() <= 0) throw deadlinePassed(run, run.state().phase === 'reverting' ? 'rolling the downtime back' : 'the downtime');
    const sight = await probe(run);
    const move = nextMove(run.state(), body, sight);
    if (move.do === 'part') {
      await doPart(downtime, move.part, move.way, sight);
      return 'on';
    }
    if (move.outcome === 'done') {
      const token = partOf(run.state(), 'act', 'forward')?.token;
      return { ending: { outcome: 'done', effects: await broughtAlong(run), ...(token === undefined ? {} : { token }) } };
    }
    return { ending: { outcome: 'failed', failure: whyFailed(downtime, move.reverted), reverted: move.reverted } };
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    const trouble = toFailure(thrown);
    if (trouble.class === 'refused' || trouble.remedy !== 'retry' || downtime.leftMs() <= 0) return { failure: trouble };
    // What runs the units is away for a moment (a reboot, a restart): the way goes on when it is back, or its time ends.
    await pause(run.clock, retryMs, run.signal);
    return 'on';
  }
}

/** Before the receipt: an agent that ends for good right after it must not leave a database that no boot starts. */
async function letGo(run: OrderRun, ending: Ending): Promise<Ending> {
  const { unit } = run.instance.settings;
  try {
    await run.host.unlockUnit(unit);
    return ending;
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    const detail = `the start lock of unit ${unit} could not be removed: ${toFailure(thrown).message}; restart the agent to remove it`;
    return { ...ending, findings: [...ending.findings, { check: 'start-lock', ok: false, detail }] };
  }
}

/** What must be so before anything is touched; an ending when there is nothing to do or it must not be done. */
async function beforeDowntime({ run, body, findings }: DowntimeRun): Promise<Ending | null> {
  const { settings } = run.instance;
  const { current, installed } = await run.host.releasesSeen(settings.releasesDir);
  const refuse = (code: string, what: string): Ending => ({
    outcome: 'refused',
    failure: failure('refused', code, `${settings.instance}: ${what}`),
    findings,
  });
  if (current !== body.fromRelease && current !== body.toRelease)
    return refuse(
      'facts-changed',
      `release ${current ?? '(none)'} is current, but the order is from ${body.fromRelease} to ${body.toRelease}; plan again`,
    );
  const missing = [body.toRelease, body.fromRelease].find((release) => !installed.includes(release));
  const lacking = missing === undefined ? null : refuse('release-missing', missingText(missing, body, settings.releasesDir));
  // Without a start nothing has to run afterwards; with a restore what runs now is not what is wanted.
  if (!body.parts.includes('start') || body.parts.includes('restore')) return lacking;
  const runsAlready = !body.parts.includes('stop') && (await run.host.unitState(settings.unit)).active;
  const config = await configStageOf(run);
  const isWanted = current === body.toRelease && (config === 'none' || (config === 'new' && runsAlready));
  if (isWanted && (runsAlready || body.mode !== 'normal')) {
    // Wanted is that this release runs. If it does, a downtime would only hurt.
    const ready = await proveReady(run, await contextOf(run, run.instance), body.expectVersion, leftMs(run));
    if (ready?.ok === true) return { outcome: 'done', findings: [ready] };
  }
  if (lacking !== null) return lacking;
  return runsAlready ? refuse('still-running', `unit ${settings.unit} is already running, but the order starts a stopped unit`) : null;
}

/** A host that was set up anew has what it was set up with. A release is copied with its mark, which says that it is whole. */
function missingText(release: string, { toRelease }: DowntimeBody, releasesDir: string): string {
  const what = `release ${release} is not complete in ${releasesDir}`;
  const wayOut = 'copy that folder from a host that has it, including hidden files, and retry';
  return release === toRelease
    ? `${what}, and nothing was stopped for it; ${wayOut}`
    : `${what}, and without it the downtime could not be rolled back; ${wayOut}`;
}

async function probe(run: OrderRun): Promise<DowntimeSight> {
  const { unit, releasesDir } = run.instance.settings;
  // Side by side: the database may be down meanwhile.
  const [{ active, invocationId }, { current }, restore, config] = await Promise.all([
    throwing(() => run.host.unitState(unit)),
    throwing(() => run.host.releasesSeen(releasesDir)),
    throwing(() => restoreStageOf(run)),
    throwing(() => configStageOf(run)),
  ]);
  return { unit: { active, invocationId }, currentRelease: current, restore, config };
}

function leftOfWay(run: OrderRun): number {
  const { turned } = run.state();
  return turned === null ? leftMs(run) : leftMs(run) + turned.ranMs;
}

function whyFailed({ run, body }: DowntimeRun, reverted: boolean): Failure {
  const cause = run.state().turned?.failure;
  const { instance } = run.instance.settings;
  const sentence = reverted
    ? (notStarted(run, body, cause) ?? `${instance}: the downtime failed and was rolled back: release ${body.fromRelease} runs again`)
    : body.act !== undefined && actBegun(run.state())
      ? `${instance}: stopped, but ${body.act.verb} failed; it stays stopped with its start lock until the step is retried or rolled back`
      : `${instance}: the downtime failed; the database was left stopped, as the order requires`;
  return failure('failed', reverted ? downtimeTakenBack : leftStopped, sentence, cause === undefined ? {} : { cause });
}

/** The cause first, then what runs now; null: no start failed. */
function notStarted(run: OrderRun, { expectVersion, config }: DowntimeBody, cause: Failure | undefined): string | null {
  const { instance } = run.instance.settings;
  const { versionBefore } = run.state();
  const what = config === undefined ? expectVersion : `${expectVersion} with the new configuration`;
  const isSame = versionBefore === expectVersion;
  const former = isSame && config !== undefined ? `${versionBefore} with the former configuration` : null;
  const now = former ?? (versionBefore === null || isSame ? 'its previous release' : versionBefore);
  const failed = startFailureText(cause?.code, what, instance);
  return failed === null ? null : `${failed}; ${instance} runs ${now} again`;
}

function stuck({ run, body }: DowntimeRun, trouble: Failure): Failure {
  const first = run.state().turned?.failure;
  const { instance, unit } = run.instance.settings;
  const at = `unit ${unit} on ${run.order.target.host}`;
  return failure(
    'failed',
    notBroughtBack,
    trouble.code === stillStopping
      ? `${instance}: not in service, still shutting down; end what it waits for, and once it is down, start ${at}`
      : `${instance}: the downtime failed and could not be rolled back to ${body.fromRelease}; check ${at}`,
    { cause: { ...trouble, ...(first === undefined || failedAlike(first, trouble) ? {} : { cause: first }) } },
  );
}
