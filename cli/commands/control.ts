/** What a person says to a run that is under way. */
import type { RunDocument } from '../../common/documents/runs.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import { printable } from '../../common/printable.ts';
import { canAsk, confirmed } from '../ask.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { releaseText } from '../render/run-text.ts';
import { print, type Session, say, withController } from '../session.ts';

interface Reason {
  readonly reason?: string;
}

export async function pauseRun(session: Session, named: string, { reason }: Reason): Promise<void> {
  const { runId } = await withController(session, (link) => link.ask('PauseRun', { runId: named, reason: reason ?? '' }));
  await reported(
    session,
    runId,
    'paused',
    `${runId} is pausing: steps in progress finish, no new turn starts. Resume: drydock resume ${runId}`,
  );
}

export async function resumeRun(session: Session, named: string): Promise<void> {
  const run = await withController(session, async (link) => {
    const { runId } = await link.ask('ResumeRun', { runId: named });
    return runShown(link, runId);
  });
  const runId = run.run;
  const [hold] = run.holds;
  const sentence =
    hold === undefined
      ? `${runId} is resuming. Follow: drydock watch ${runId}`
      : `${runId} still holds, ${hold.kind}: ${hold.detail}; it resumes ${releaseText(hold)}. See: drydock status ${runId}`;
  await reported(session, runId, 'resumed', sentence);
}

export interface AbortOptions extends Reason {
  readonly yes?: boolean;
}

/** Of a rollback only after a person has said so: what it gives up does not come back. */
export async function abortRun(session: Session, named: string, { reason, yes }: AbortOptions): Promise<void> {
  const { runId } = await withController(session, async (link) => {
    if (yes !== true) await confirmAbort(session, await runShown(link, named));
    return link.ask('AbortRun', { runId: named, reason: reason ?? '' });
  });
  const sentence = `${runId} is aborting: steps in progress finish, nodes then stay as they are. Follow: drydock watch ${runId}`;
  await reported(session, runId, 'abort-started', sentence);
}

async function confirmAbort(session: Session, run: RunDocument): Promise<void> {
  if (run.state !== 'active' || run.way !== 'back' || run.aborting) return;
  const loss = `${run.run} is rolling back. Aborting it ends the rollback for good: ${run.meaning}, and nodes stay as they are`;
  if (!canAsk(session)) throw fail('usage', 'abort-needs-word', `${loss}; this is not a terminal, so confirm with --yes`);
  if (await confirmed(session, `${loss}. Abort it?`)) return;
  throw fail('failed', 'not-confirmed', `${run.run} was not aborted; it continues to roll back`);
}

async function runShown(link: OperatorLink, runId: string): Promise<RunDocument> {
  const { status } = await link.ask('GetRun', { runId });
  return printable(documentOf<RunDocument>(status, `run ${runId}`));
}

export async function rollbackRun(session: Session, named: string, { reason }: Reason): Promise<void> {
  const { runId } = await withController(session, (link) => link.ask('RollbackRun', { runId: named, reason: reason ?? '' }));
  await reported(session, runId, 'rollback-started', `${runId} is rolling back the nodes that it changed. Follow: drydock watch ${runId}`);
}

export async function retryStep(session: Session, named: string, step: string): Promise<void> {
  const { runId, attempt } = await withController(session, (link) => link.ask('RetryStep', { runId: named, step }));
  await reported(session, runId, 'retried', `${step} is retried, attempt ${attempt}. Follow: drydock watch ${runId}`, { step, attempt });
}

export async function resolveStep(
  session: Session,
  named: string,
  step: string,
  { as, reason }: { readonly as: string; readonly reason: string },
): Promise<void> {
  const { runId } = await withController(session, (link) => link.ask('ResolveStep', { runId: named, step, as, reason }));
  await reported(session, runId, 'resolved', `${step} is recorded as ${as}. Follow: drydock watch ${runId}`, { step, as });
}

export interface WordOptions extends Reason {
  /** Of the plan that the person read; left out: the one that they are shown now. */
  readonly digest?: string;
  readonly yes?: boolean;
}

export async function confirmStep(session: Session, named: string, step: string, { reason, digest }: WordOptions): Promise<void> {
  const { runId } = await withController(session, async (link) => {
    const run = await runShown(link, named);
    return link.ask('ConfirmStep', { runId: named, step, digest: digest ?? run.digest, reason: reason ?? '' });
  });
  await reported(session, runId, 'confirmed', `${step} is confirmed. Follow: drydock watch ${runId}`, { step });
}

export async function excludeNode(session: Session, named: string, instance: string, { reason }: Required<Reason>): Promise<void> {
  const { runId } = await withController(session, (link) => link.ask('ExcludeNode', { runId: named, instance, reason }));
  const sentence = `${instance} is excluded from the rest of ${runId} and stays as it is; a later plan can upgrade it. Follow: drydock watch ${runId}`;
  await reported(session, runId, 'excluded', sentence, { instance });
}

/** What it gives up does not come back: a person is asked, or says so beforehand. */
export async function finalizeRun(session: Session, named: string, { reason, digest, yes }: WordOptions): Promise<void> {
  const { runId } = await withController(session, async (link) => {
    const run = await runShown(link, named);
    if (run.rest !== null && yes !== true) await confirmFinalize(session, run, run.rest.thing);
    return link.ask('FinalizeRun', { runId: named, digest: digest ?? run.digest, reason: reason ?? '' });
  });
  await reported(session, runId, 'finalized', `${runId} is finalizing. Follow: drydock watch ${runId}`);
}

async function confirmFinalize(session: Session, { run, cluster }: RunDocument, thing: string): Promise<void> {
  const loss = `${run} is about to ${thing}`;
  if (!canAsk(session)) throw fail('usage', 'finalize-needs-word', `${loss}; this is not a terminal, so confirm with --yes`);
  if (await confirmed(session, `${loss}. Finalize ${cluster}?`)) return;
  throw fail('failed', 'not-confirmed', `${run} was not finalized; it stays unfinalized`);
}

/** Talk for people; for programs a small document that says what was accepted. */
async function reported(
  session: Session,
  run: string,
  accepted: string,
  sentence: string,
  more: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  say(session, sentence);
  const document: Versioned & { readonly run: string; readonly accepted: string } = { apiVersion: 'drydock/v1', run, accepted, ...more };
  await print(session, document, () => []);
}
