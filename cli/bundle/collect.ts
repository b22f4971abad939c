/** What a colleague needs to understand a run from afar, asked of the controller part by part: what one part refuses does not hide the others. */
import type { AuditListDocument, AuditVerificationDocument } from '../../common/documents/administration.ts';
import type { ClusterDocument, HostDocument } from '../../common/documents/fleet.ts';
import type { ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { FailureError, printFailure } from '../../common/failure.ts';
import type { OperatorLink } from '../client.ts';
import { allAudit } from '../commands/audit.ts';
import { versionOf } from '../commands/personal.ts';
import { documentOf, planOf } from '../documents.ts';

/** null: it could not be had; `missing` says why. */
export interface Collected {
  readonly run: RunDocument;
  /** As it was digested. */
  readonly plan: { readonly plan: Versioned; readonly digest: string; readonly state: string } | null;
  readonly report: ReportDocument | null;
  readonly events: AuditListDocument['events'] | null;
  /** Administration that concerns the cluster. */
  readonly fleetEvents: AuditListDocument['events'] | null;
  readonly cluster: ClusterDocument | null;
  readonly hosts: readonly (HostDocument & Versioned)[] | null;
  readonly audit: AuditVerificationDocument | null;
  readonly controllerVersion: string | null;
  readonly missing: readonly string[];
}

/** FailureError when there is no such run or no controller. */
export async function collect(link: OperatorLink, runId: string): Promise<Collected> {
  const run = documentOf<RunDocument>((await link.ask('GetRun', { runId })).status, `run ${runId}`);
  const missing: string[] = [];
  const part = async <T>(what: string, ask: () => Promise<T>): Promise<T | null> => {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      missing.push(`${what}: ${printFailure(thrown.failure)}`);
      return null;
    }
  };
  const cluster = await part('the cluster', async () =>
    documentOf<ClusterDocument>((await link.ask('GetCluster', { cluster: run.cluster })).cluster, `cluster ${run.cluster}`),
  );
  return {
    run,
    cluster,
    plan: await part('the plan', async () => {
      const shown = await link.ask('GetPlan', { planId: run.plan });
      const { stored: plan, digest } = planOf(shown.plan, run.plan);
      return { plan, digest, state: shown.state };
    }),
    report: await part('the report', async () =>
      documentOf<ReportDocument>((await link.ask('GetReport', { runId: run.run })).report, `report of ${run.run}`),
    ),
    events: await part('the events', () => allAudit(link, run.run)),
    fleetEvents: await part('the events of the fleet', async () =>
      (await allAudit(link, 'fleet')).filter(({ body }) => concerns(body, run.cluster)),
    ),
    hosts: cluster === null ? null : await part('the hosts', () => hostsOf(link, cluster)),
    audit: await part('the verification of the audit log', async () => {
      const all = documentOf<AuditVerificationDocument>((await link.ask('VerifyAudit', {})).verification, 'verification of the audit log');
      const chains = all.chains.filter(({ chain }) => chain === run.run || chain === 'fleet');
      return { ...all, chains, ok: chains.every(({ ok }) => ok) };
    }),
    controllerVersion: await part('the version of the controller', async () => (await versionOf(link)).version),
    missing,
  };
}

/** What names no cluster may matter to all. */
const concerns = (body: unknown, cluster: string): boolean =>
  typeof body !== 'object' || body === null || !('cluster' in body) || body.cluster === cluster;

async function hostsOf(link: OperatorLink, { members }: ClusterDocument): Promise<readonly (HostDocument & Versioned)[]> {
  const names = [...new Set(members.map(({ host }) => host))];
  return Promise.all(
    names.map(async (host) => documentOf<HostDocument & Versioned>((await link.ask('GetHost', { host })).host, `host ${host}`)),
  );
}
