/**
 * Who may call what (PURE): one row for each method of each service, and nothing for what has no row. Transport and handlers ask this table and no
 * other; a test calls every method with every class and role.
 */
import type { Role } from '../store/trust-store.ts';

/** `anyone`: also without a certificate. `enrolled`: with any certificate of the fleet. A role: people who have it, or one above it. */
export type Caller = 'anyone' | 'enrolled' | 'agents' | 'agents-and-people' | Role;

/**
 * What a role must cover: nothing in particular (any binding will do), everything, one cluster, the cluster of a run, of a plan or of both plans that
 * are compared, or the clusters that a list selects.
 */
export type Scope = 'anything' | 'fleet' | 'cluster' | 'run' | 'plan' | 'plans' | 'list';

export interface MethodAccess {
  readonly caller: Caller;
  readonly scope: Scope;
}

const to = (caller: Caller, scope: Scope = 'anything'): MethodAccess => ({ caller, scope });

const operator: Readonly<Record<string, MethodAccess>> = {
  ListClusters: to('viewer', 'list'),
  GetCluster: to('viewer', 'cluster'),
  ListHosts: to('viewer', 'list'),
  GetHost: to('viewer', 'fleet'),
  ListSnapshots: to('viewer', 'list'),
  ListReleases: to('viewer'),
  FindPath: to('viewer'),
  ListRules: to('viewer'),
  ShowRules: to('viewer'),
  DiffRules: to('viewer'),
  ListPlans: to('viewer', 'list'),
  GetPlan: to('viewer', 'plan'),
  DiffPlans: to('viewer', 'plans'),
  ListRuns: to('viewer', 'list'),
  GetRun: to('viewer', 'run'),
  WatchRun: to('viewer', 'run'),
  GetReport: to('viewer', 'run'),
  // By a mark that only its asker was given, with the beginning of an answer that was permitted.
  ReadDocument: to('viewer'),
  GetVersion: to('viewer'),
  ListAudit: to('viewer', 'fleet'),
  VerifyAudit: to('viewer', 'fleet'),

  MakePlan: to('operator', 'cluster'),
  DiscardPlan: to('operator', 'plan'),
  StartRun: to('operator', 'plan'),
  PauseRun: to('operator', 'run'),
  ResumeRun: to('operator', 'run'),
  AbortRun: to('operator', 'run'),
  RollbackRun: to('operator', 'run'),
  RetryStep: to('operator', 'run'),
  ResolveStep: to('operator', 'run'),
  ExcludeNode: to('operator', 'run'),
  RemoveSnapshot: to('operator', 'fleet'),
  VerifyReleases: to('operator', 'fleet'),

  // A person's word that something may not be undone afterwards.
  ApprovePlan: to('approver', 'plan'),
  ConfirmStep: to('approver', 'run'),
  FinalizeRun: to('approver', 'run'),

  // What is trusted, what runs on hosts, and what other rows are decided by.
  AdoptCluster: to('admin', 'cluster'),
  ForgetCluster: to('admin', 'cluster'),
  LabelCluster: to('admin', 'fleet'),
  ForgetHost: to('admin', 'fleet'),
  AddRelease: to('admin', 'fleet'),
  RemoveRelease: to('admin', 'fleet'),
  ImportRules: to('admin', 'fleet'),
  RevertRules: to('admin', 'fleet'),
  AdoptFleet: to('admin', 'fleet'),
  BackUpStore: to('admin', 'fleet'),
  CreateToken: to('admin', 'fleet'),
  ListIdentities: to('admin', 'fleet'),
  BindRole: to('admin', 'fleet'),
  UnbindRole: to('admin', 'fleet'),
  RevokeIdentity: to('admin', 'fleet'),
};

const underService = (service: string, rows: Readonly<Record<string, MethodAccess>>) =>
  Object.entries(rows).map(([method, row]) => [`/${service}/${method}`, row] as const);

/** By the method's path: `/drydock.v1.Operator/GetRun`. */
export const methodAccess: ReadonlyMap<string, MethodAccess> = new Map([
  ...underService('drydock.v1.Operator', operator),
  ...underService('drydock.v1.AgentLink', { Connect: to('agents') }),
  ...underService('drydock.v1.Artifacts', { Read: to('agents') }),
  ...underService('drydock.v1.Enrolment', { GetRoots: to('anyone'), Enroll: to('anyone'), Renew: to('agents-and-people') }),
  ...underService('grpc.health.v1.Health', { Check: to('enrolled'), Watch: to('enrolled'), List: to('enrolled') }),
]);
