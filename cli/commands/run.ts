/** run, watch, status and report: a run from its start to its end. */
import type { ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import { documentOf } from '../documents.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { clusterListLines } from '../render/fleet.ts';
import { reportLines } from '../render/report.ts';
import { runListLines, statusLines } from '../render/status.ts';
import { forPeople, print, type Session, say, withController } from '../session.ts';
import { type WatchOptions, watchRun } from '../watch/watch-run.ts';
import { listedClusters } from './fleet.ts';
import { openRuns } from './history.ts';

export async function startRun(session: Session, named: string, options: WatchOptions & { readonly detach?: boolean }): Promise<ExitCode> {
  const { runId, planId } = await withController(session, (link) => link.ask('StartRun', { planId: named }));
  say(session, `started ${runId}`);
  if (options.detach !== true) return watchRun(session, runId, options);
  await print(session, { apiVersion: 'drydock/v1', run: runId, plan: planId }, ({ run }) => [run]);
  say(session, `follow: drydock watch ${runId}`);
  return exitCodes.ok;
}

export async function showStatus(session: Session, runId: string): Promise<void> {
  const { status } = await withController(session, (link) => link.ask('GetRun', { runId }));
  await print(session, documentOf<RunDocument>(status, `run ${runId}`), statusLines);
}

/** Open runs and clusters: what is going on at all. */
export async function showOverview(session: Session): Promise<void> {
  const [runs, clusters] = await withController(session, (link) => Promise.all([openRuns(link), listedClusters(link)]));
  await print(session, { apiVersion: 'drydock/v1', holds: runs.holds, runs: runs.runs, clusters: clusters.clusters }, (document, view) => [
    ...runListLines(document, view),
    '',
    ...clusterListLines(document, view),
  ]);
}

export async function showReport(session: Session, runId: string): Promise<void> {
  const { report } = await withController(session, (link) => link.ask('GetReport', { runId }));
  const document = documentOf<ReportDocument>(report, `report of ${runId}`);
  await print(session, document, reportLines);
  if (forPeople(session) && document.run.endedAt === null) say(session, `${document.run.id} has not ended; this report is up to now`);
}
