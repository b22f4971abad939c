/** Everything that people and scripts can ask, as typed functions: the gRPC service and any later door go through these. */
import type { ReportDocument, RunDocument, RunListDocument } from '../../common/documents.ts';
import type { StoredEvent } from '../../common/events.ts';
import type { PlanUseCases } from '../planner/use-cases.ts';
import type { AuditUseCases } from './audit.ts';
import type { ClusterUseCases } from './clusters.ts';
import type { ReleaseUseCases } from './releases.ts';

/** One thing that a watcher of a run sees: exactly one of the members. */
export interface RunSeen {
  readonly event?: StoredEvent;
  readonly status?: RunDocument;
  readonly progress?: { readonly step: string; readonly part: string; readonly fraction: number; readonly note: string };
}

/** What the sequencer offers; its own file says what each of them does. */
export interface RunUseCases {
  startRun(planId: string, actor: string): Promise<string>;
  listRuns(openOnly: boolean): Promise<RunListDocument>;
  getRun(runId: string): Promise<RunDocument>;
  watchRun(runId: string, afterSeq: number, signal: AbortSignal): AsyncIterable<RunSeen>;
  pauseRun(runId: string, reason: string, actor: string): Promise<void>;
  resumeRun(runId: string, actor: string): Promise<void>;
  abortRun(runId: string, reason: string, actor: string): Promise<void>;
  rollbackRun(runId: string, reason: string, actor: string): Promise<void>;
  retryStep(runId: string, step: string, actor: string): Promise<{ readonly attempt: number }>;
  resolveStep(runId: string, step: string, as: 'done' | 'failed', reason: string, actor: string): Promise<void>;
  getReport(runId: string): Promise<ReportDocument>;
}

export interface UseCases {
  readonly clusters: ClusterUseCases;
  readonly releases: ReleaseUseCases;
  readonly plans: PlanUseCases;
  readonly runs: RunUseCases;
  readonly audit: AuditUseCases;
}
