/**
 * `job`: long work that runs beside the agent and outlives it. The agent journals each start before it makes it, watches, and tells how it ended;
 * after a restart it goes on watching. A job that was cut short is started again from its cursor where its order is convergent.
 */
import { pause } from '../../common/clock.ts';
import type { DriverJobs, JobCall, JobProgress } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { type Failure, failure, toFailure } from '../../common/failure.ts';
import { printable } from '../../common/printable.ts';
import { contextOf } from '../facts/facts.ts';
import type { JobRecord } from '../journal/agent-machine.ts';
import { AgentStopped } from '../lifetime.ts';
import { jobIdOf } from './leftovers.ts';
import { type BodyOf, type Ending, type OrderRun, unknownWord } from './order-run.ts';

const shortestPollMs = 50;
const longestPollMs = 1_000;
/** Of what it wrote, in its receipt. */
const keptChars = 2_000;

export async function carryOutJob(run: OrderRun, body: BodyOf<'job'>): Promise<Ending> {
  const { jobs } = run.instance.driver;
  if (jobs === undefined) return unknownWord(run, `the job ${body.name}`);
  for (;;) {
    const record = run.state().job;
    if (record === undefined) {
      if (run.cancelled.aborted) return { outcome: 'interrupted', failure: cancelled(run, body), findings: [], ...tokenOf(body.cursor) };
      run.record({ type: 'job-begun', at: run.now(), generation: 1, cursor: body.cursor });
      continue;
    }
    const job: Watched = { run, jobs, id: jobIdOf(run.order.orderId, record.generation), record, call: { ...body, cursor: record.cursor } };
    if (record.ending !== null) return endEarly(job, record.ending);
    if (!record.started) await start(job);
    const ending = await watch(job);
    if (ending !== null) return ending;
  }
}

interface Watched {
  readonly run: OrderRun;
  readonly jobs: DriverJobs;
  readonly id: string;
  readonly record: JobRecord;
  readonly call: JobCall;
}

/** Asked again after a kill in between, the host starts it only if it never was. */
async function start({ run, jobs, id, call }: Watched): Promise<void> {
  const command = await jobs.command(await contextOf(run, run.instance), call);
  await run.host.startJob(id, command);
  run.record({ type: 'job-started', at: run.now() });
}

/** Until it ends, or has to be ended. null: there is another state to go on from. */
async function watch(job: Watched): Promise<Ending | null> {
  const { run, jobs, id, call } = job;
  for (let pollMs = shortestPollMs; ; pollMs = Math.min(2 * pollMs, longestPollMs)) {
    const state = await run.host.jobState(id);
    if (state.kind === 'ended') return concluded(job, state.exitCode);
    if (state.kind !== 'running') return cutShort(job);
    const why = leftMs(run) <= 0 ? tooLong(run, call) : run.cancelled.aborted ? cancelled(run, call) : null;
    if (why !== null) {
      run.record({ type: 'job-ending', at: run.now(), failure: why });
      return null;
    }
    const progress = jobs.progress(call, await run.host.jobOutput(id)) ?? (await seenOf(job));
    if (progress !== null) run.progress(call.name, progress.fraction, progress.note);
    await pause(run.clock, Math.min(pollMs, leftMs(run)), AbortSignal.any([run.signal, run.cancelled]));
  }
}

/** A probe that fails shows nothing, and is no failure of the job. */
async function seenOf({ run, jobs, call }: Watched): Promise<JobProgress | null> {
  if (jobs.seen === undefined) return null;
  try {
    return await jobs.seen(await contextOf(run, run.instance), call);
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return null;
  }
}

/** An exit code is what the program claims; that it is done is seen (P15). */
async function concluded(job: Watched, exitCode: number | null): Promise<Ending> {
  const { run, jobs, call } = job;
  const output = await outputOf(job);
  const finding = { check: call.name, ok: exitCode === 0, detail: `${exitText(exitCode)}${output.text === '' ? '' : `: ${output.text}`}` };
  const instance = run.instance.settings.instance;
  if (exitCode !== 0) {
    const why = failure('failed', 'job-failed', `${instance}: ${call.name} ${exitText(exitCode)}${lastLine(output.text)}`);
    return { outcome: 'failed', failure: why, findings: [finding], ...tokenOf(output.cursor) };
  }
  const seen = await finishedOf(job);
  if (seen.ok === true) return { outcome: 'done', findings: [finding, seen], ...tokenOf(output.cursor) };
  const why = failure('failed', 'job-unfinished', `${instance}: ${call.name} ended with exit code 0, but ${seen.detail}`, {
    remedy: seen.ok === null ? 'retry' : 'hold',
  });
  const outcome = seen.ok === null && run.order.repeat === 'once' ? 'interrupted' : 'failed';
  return { outcome, failure: why, findings: [finding, seen], ...tokenOf(output.cursor) };

  async function finishedOf(ended: Watched): Promise<Finding> {
    try {
      return await jobs.finished(await contextOf(ended.run, ended.run.instance), ended.call);
    } catch (thrown) {
      if (thrown instanceof AgentStopped) throw thrown;
      return { check: call.name, ok: null, detail: toFailure(thrown).message };
    }
  }
}

/** Nothing saw how it ended: the host came up again, or the job was killed. Nothing of it may run when it is started again. */
async function cutShort(job: Watched): Promise<Ending | null> {
  const { run, id, record, call } = job;
  await run.host.endJob(id);
  const { cursor, text } = await outputOf(job);
  if (run.order.repeat === 'convergent' && leftMs(run) > 0) {
    run.record({ type: 'job-begun', at: run.now(), generation: record.generation + 1, cursor });
    return null;
  }
  const instance = run.instance.settings.instance;
  const why = failure('failed', 'job-cut-short', `${instance}: ${call.name} was interrupted, and its progress is unknown`);
  return { outcome: 'interrupted', failure: why, findings: [{ check: call.name, ok: null, detail: text }], ...tokenOf(cursor) };
}

async function endEarly(job: Watched, why: Failure): Promise<Ending> {
  const { run, id, call } = job;
  try {
    await run.host.endJob(id);
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return { outcome: 'failed', failure: { ...toFailure(thrown), cause: why }, findings: [] };
  }
  const { cursor, text } = await outputOf(job);
  // Who cancels does not know its result yet.
  const outcome = why.class === 'timeout' && run.order.repeat === 'convergent' ? 'failed' : 'interrupted';
  return { outcome, failure: why, findings: [{ check: call.name, ok: null, detail: text }], ...tokenOf(cursor) };
}

async function outputOf({ run, jobs, id, call }: Watched): Promise<{ readonly text: string; readonly cursor: string | null }> {
  const output = await run.host.jobOutput(id);
  return { text: printable(output.slice(-keptChars)).trim(), cursor: jobs.progress(call, output)?.cursor ?? call.cursor };
}

/** A job goes on while no agent runs, so that time counts as well. */
const leftMs = (run: OrderRun): number => run.order.deadlineMs - run.now().spanMs;

const tokenOf = (cursor: string | null): Pick<Ending, 'token'> => (cursor === null ? {} : { token: cursor });

const exitText = (exitCode: number | null): string => (exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`);

const lastLine = (output: string): string => (output === '' ? '' : `: ${output.slice(-200)}`);

function tooLong(run: OrderRun, { name }: { readonly name: string }): Failure {
  const { instance } = run.instance.settings;
  return failure('timeout', 'deadline-passed', `${instance}: ${name} did not end within ${run.order.deadlineMs} ms and was killed`);
}

function cancelled(run: OrderRun, { name }: { readonly name: string }): Failure {
  return failure('failed', 'cancelled', `${run.instance.settings.instance}: ${name} was cancelled by the controller`);
}
