/** The Operator service: parse, call the use case, answer. Nothing is decided here. */
import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { z } from 'zod';
import type { OperatorHandlers } from '../../proto/generated/drydock/v1/Operator.ts';
import type { Operations } from '../operations/operations.ts';
import { askedBy } from '../store/asker.ts';
import { DocumentShelf, documentOf, type OperatorParts, serviceError } from './answering.ts';
import { actorOf } from './gate.ts';
import { addReleaseHandler, backUpStoreHandler, readDocumentHandler, watchRunHandler } from './operator-streams.ts';
import { listQuery, parseRequest, requests } from './requests.ts';

type Methods = {
  [Name in keyof OperatorHandlers as string extends Name ? never : number extends Name ? never : Name]: OperatorHandlers[Name];
};
type Unary = Exclude<keyof Methods & keyof typeof requests, 'ReadDocument' | 'WatchRun'>;
type Asked<Name extends Unary> = z.output<(typeof requests)[Name]>;
type Reported<Name extends Unary> = Methods[Name] extends handleUnaryCall<infer _Request, infer Response> ? Response : never;
/** One answer per method; `actor` is who asks, as the transport proved it. */
type Answers = { readonly [Name in Unary]: (asked: Asked<Name>, actor: string) => Reported<Name> | Promise<Reported<Name>> };

export function operatorHandlers(parts: OperatorParts): Methods {
  const answers = answersOf(parts.operations);
  const shelf = new DocumentShelf();
  const unary = Object.fromEntries(
    (Object.keys(answers) as Unary[]).map((method) => [
      method,
      unaryHandler(parts, shelf, method, answers[method] as (asked: unknown, actor: string) => unknown),
    ]),
  ) as unknown as Omit<Methods, 'AddRelease' | 'BackUpStore' | 'ReadDocument' | 'WatchRun'>;
  return {
    ...unary,
    AddRelease: addReleaseHandler(parts),
    BackUpStore: backUpStoreHandler(parts),
    ReadDocument: readDocumentHandler(parts, shelf),
    WatchRun: watchRunHandler(parts),
  };
}

function answersOf({
  adoption,
  clusters,
  hosts,
  identities,
  releases,
  rules,
  plans,
  runs,
  audit,
  snapshots,
  version,
}: Operations): Answers {
  return {
    ListClusters: async (asked) => {
      const page = await clusters.listClusters(asked);
      return { clusters: documentOf(page.clusters), nextAfter: page.nextAfter };
    },
    LabelCluster: async (asked, actor) => ({ labels: documentOf(await clusters.labelCluster(asked, actor)) }),
    GetCluster: async ({ cluster }) => ({ cluster: documentOf(await clusters.getCluster(cluster)) }),
    AdoptCluster: async (asked, actor) => ({ cluster: documentOf(await clusters.adoptCluster(asked, actor)) }),
    AdoptFleet: async ({ reason }, actor) => ({ adoption: documentOf(await adoption.adoptFleet(reason, actor)) }),
    ForgetCluster: ({ cluster, reason }, actor) => clusters.forgetCluster(cluster, reason, actor).then(nothing),
    ListSnapshots: async (asked) => {
      const page = await snapshots.listSnapshots(asked);
      return { snapshots: documentOf(page.snapshots), nextAfter: page.nextAfter };
    },
    RemoveSnapshot: async ({ snapshot, reason }, actor) => ({
      snapshot: documentOf(await snapshots.removeSnapshot(snapshot, reason, actor)),
    }),
    ListHosts: async (asked) => {
      const page = await hosts.listHosts(asked);
      return { hosts: documentOf(page.hosts), nextAfter: page.nextAfter };
    },
    GetHost: ({ host }) => ({ host: documentOf(hosts.getHost(host)) }),
    ForgetHost: ({ host, reason }, actor) => hosts.forgetHost(host, reason, actor).then(nothing),
    ListReleases: async (asked) => {
      const page = await releases.listReleases(asked);
      return { releases: documentOf(page.releases), nextAfter: page.nextAfter };
    },
    RemoveRelease: async (asked, actor) => ({ release: documentOf(await releases.removeRelease(asked, actor)) }),
    VerifyReleases: async ({ engine }) => ({ verification: documentOf(await releases.verifyReleases(engine)) }),
    ListRules: async ({ engine }) => ({ rules: documentOf(await rules.listRules(engine)) }),
    ShowRules: async ({ engine, pack }) => ({ rules: documentOf(await rules.showRules(engine, pack)) }),
    DiffRules: async ({ engine, packA, packB }) => ({ diff: documentOf(await rules.diffRules(engine, packA, packB)) }),
    ImportRules: async ({ fileName: file, text }, actor) => ({ imported: documentOf(await rules.importRules(file, text, actor)) }),
    RevertRules: async ({ engine, pack }, actor) => ({ imported: documentOf(await rules.revertRules(engine, pack, actor)) }),
    FindPath: (asked) => ({ path: documentOf(plans.findPath(asked)) }),
    MakePlan: async (asked, actor) => {
      const { planId, json, digest } = await plans.makePlan(asked, actor);
      return { planId, plan: { json: Buffer.from(json), digest } };
    },
    ListPlans: async (asked) => {
      const page = await plans.listPlans(listQuery(asked));
      return { plans: documentOf(page.plans), nextAfter: page.nextAfter };
    },
    GetPlan: async (asked) => {
      const { planId, runId, json, digest, state, moved } = await plans.getPlan(asked.planId);
      return { planId, runId: runId ?? '', plan: { json: Buffer.from(json), digest }, state, moved: [...moved] };
    },
    DiffPlans: async ({ planA, planB }) => ({ diff: documentOf(await plans.diffPlans(planA, planB)) }),
    ApprovePlan: ({ planId, digest }, actor) => plans.approvePlan(planId, digest, actor),
    DiscardPlan: ({ planId, reason }, actor) => plans.discardPlan(planId, actor, reason).then(() => ({ planId })),
    StartRun: async ({ planId }, actor) => ({ planId, runId: await runs.startRun(planId, actor) }),
    ListRuns: async ({ openOnly, ...asked }) => {
      const page = await runs.listRuns(listQuery(openOnly ? { ...asked, state: 'open' } : asked));
      return { runs: documentOf(page.runs), nextAfter: page.nextAfter };
    },
    GetRun: async ({ runId }) => ({ status: documentOf(await runs.getRun(runId)) }),
    PauseRun: ({ runId, reason }, actor) => runs.pauseRun(runId, reason, actor).then(() => ({ runId })),
    ResumeRun: ({ runId }, actor) => runs.resumeRun(runId, actor).then(() => ({ runId })),
    AbortRun: ({ runId, reason }, actor) => runs.abortRun(runId, reason, actor).then(() => ({ runId })),
    RollbackRun: ({ runId, reason }, actor) => runs.rollbackRun(runId, reason, actor).then(() => ({ runId })),
    RetryStep: async ({ runId, step }, actor) => ({ runId, ...(await runs.retryStep(runId, step, actor)) }),
    ResolveStep: ({ runId, step, as, reason }, actor) => runs.resolveStep(runId, step, as, reason, actor).then(() => ({ runId })),
    ConfirmStep: ({ runId, ...word }, actor) => runs.confirmStep(runId, { ...word, actor }).then(() => ({ runId })),
    ExcludeNode: ({ runId, instance, reason }, actor) => runs.excludeNode(runId, instance, reason, actor).then(() => ({ runId })),
    FinalizeRun: ({ runId, ...word }, actor) => runs.finalizeRun(runId, { ...word, actor }).then(() => ({ runId })),
    GetReport: async ({ runId }) => ({ report: documentOf(await runs.getReport(runId)) }),
    ListAudit: async ({ chain, afterSeq, pageSize }) => {
      const page = await audit.listAudit(chain, afterSeq, pageSize);
      return { audit: documentOf(page.audit), nextAfterSeq: page.nextAfterSeq };
    },
    VerifyAudit: async () => ({ verification: documentOf(await audit.verifyAudit()) }),
    CreateToken: ({ identity, ttlMs, role, selector }, actor) =>
      identities.createToken({ identity, ttlMs, binding: role === null ? null : { role, selector } }, actor),
    ListIdentities: async ({ class: of, after }) => {
      const page = await identities.listIdentities(of, after);
      return { identities: documentOf(page.identities), nextAfter: page.nextAfter };
    },
    BindRole: (binding, actor) => identities.bindRole(binding, actor).then(nothing),
    UnbindRole: (binding, actor) => identities.unbindRole(binding, actor).then(nothing),
    RevokeIdentity: ({ identity, reason }, actor) => identities.revokeIdentity(identity, actor, reason).then(nothing),
    GetVersion: () => ({ version, node: process.versions.node }),
  };
}

const nothing = () => ({});

function unaryHandler(parts: OperatorParts, shelf: DocumentShelf, method: Unary, answer: (asked: unknown, actor: string) => unknown) {
  return (call: ServerUnaryCall<unknown, object>, callback: sendUnaryData<object>): void => {
    const answered = async () => {
      const peer = parts.gate.peer(call);
      const actor = actorOf(peer);
      const asked = await parts.operations.wholeIds(parseRequest(requests[method], call.request));
      await parts.gate.requireSubject(call, `/drydock.v1.Operator/${method}`, asked as object);
      const answered = await askedBy({ actor, address: peer.address }, () => answer(asked, actor));
      return shelf.fitted(answered as object, actor);
    };
    answered().then(
      (response) => callback(null, response),
      (error: unknown) => callback(serviceError(error, method, parts.log)),
    );
  };
}
