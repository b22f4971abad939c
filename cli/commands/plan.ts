/** plan and approve: what would be done, printed before anything is, and the word that lets it be done. */
import type { PlanDiffDocument, PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import type { SnapshotVerification } from '../../common/orders.ts';
import { printable, printableLine } from '../../common/printable.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { stateText } from '../../common/run-state.ts';
import type { GetPlanResponse__Output } from '../../proto/generated/drydock/v1/GetPlanResponse.ts';
import { changesToWire } from '../../proto/wire/config.ts';
import { canAsk, confirmed } from '../ask.ts';
import type { OperatorLink } from '../client.ts';
import { readConfigFile } from '../config-file.ts';
import { documentOf, planOf } from '../documents.ts';
import { movedText } from '../render/run-text.ts';
import { forPeople, print, printLines, type Session, say, withController } from '../session.ts';

export interface PlanOptions {
  /** Left out: the version stays, and config or restart says what is wanted. */
  readonly to?: string;
  /** Versions to stop at on the way. */
  readonly via?: readonly string[];
  readonly primary?: 'switchover' | 'restart';
  /** File with the changes. */
  readonly config?: string;
  /** By key. */
  readonly configSet?: Readonly<Record<string, string>>;
  readonly configOptional?: boolean;
  readonly restart?: boolean;
  readonly snapshot?: SnapshotVerification;
  readonly keepSnapshots?: number;
  readonly canary?: number;
  readonly settle?: number;
  readonly soak?: number;
  readonly finalize?: 'on-command' | 'auto';
  readonly finalizeWithin?: number;
  readonly downgrade?: boolean;
  readonly again?: boolean;
  readonly approve?: 'plan' | 'hop';
  readonly trait?: Readonly<Record<string, string>>;
}

/** What is not asked for is left to the planner. */
export async function makePlan(session: Session, cluster: string, options: PlanOptions): Promise<void> {
  const inFile = options.config === undefined ? [] : await readConfigFile(options.config);
  const given = Object.entries(options.configSet ?? {}).map(([key, value]) => ({ op: 'set', key, value }) as const);
  const config = changesToWire([...inFile, ...given]);
  const made = await withController(session, (link) =>
    link.ask('MakePlan', {
      cluster,
      toVersion: options.to ?? '',
      via: [...(options.via ?? [])],
      primary: options.primary ?? '',
      config,
      configOptional: options.configOptional ?? false,
      restart: options.restart ?? false,
      again: options.again ?? false,
      approval: options.approve ?? '',
      traits: options.trait ?? {},
      snapshot: options.snapshot ?? '',
      ...(options.keepSnapshots === undefined ? {} : { snapshotKeepMs: options.keepSnapshots }),
      ...(options.canary === undefined ? {} : { canary: options.canary }),
      ...(options.settle === undefined ? {} : { settleMs: options.settle }),
      ...(options.soak === undefined ? {} : { soakMs: options.soak }),
      finalize: options.finalize ?? '',
      ...(options.finalizeWithin === undefined ? {} : { finalizeWithinMs: options.finalizeWithin }),
      downgrade: options.downgrade ?? false,
    }),
  );
  await printPlan(session, shownFrom({ ...made, runId: '', state: 'draft', moved: [] }));
}

export interface RestoreOptions {
  /** Left out: the whole cluster. */
  readonly node?: string;
  readonly settle?: number;
}

/** Plans to restore what a run's snapshots hold: printed with what is lost, carried out only once it was approved. */
export async function planRestore(session: Session, runId: string, options: RestoreOptions): Promise<void> {
  const made = await withController(session, async (link) => {
    const { status } = await link.ask('GetRun', { runId });
    const { cluster } = documentOf<RunDocument>(status, `status of ${runId}`);
    return link.ask('MakePlan', {
      cluster,
      toVersion: '',
      restoreRun: runId,
      restoreInstance: options.node ?? '',
      ...(options.settle === undefined ? {} : { settleMs: options.settle }),
    });
  });
  await printPlan(session, shownFrom({ ...made, runId: '', state: 'draft', moved: [] }));
}

export async function showPlan(session: Session, planId: string): Promise<void> {
  await printPlan(session, await fetchPlan(session, planId));
}

export async function diffPlans(session: Session, planA: string, planB: string): Promise<void> {
  const { diff } = await withController(session, (link) => link.ask('DiffPlans', { planA, planB }));
  await print(session, documentOf<PlanDiffDocument>(diff, `diff of ${planA} and ${planB}`), (document, view) => {
    if (document.same) return [`no differences between ${document.a} and ${document.b}`];
    return document.lines.map((line) =>
      line.startsWith('+') ? view.paint('good', line) : line.startsWith('-') ? view.paint('bad', line) : line,
    );
  });
}

export async function discardPlan(session: Session, named: string, { reason = '' }: { readonly reason?: string }): Promise<void> {
  const { planId } = await withController(session, (link) => link.ask('DiscardPlan', { planId: named, reason }));
  say(session, `discarded ${planId}`);
  await print(session, { apiVersion: 'drydock/v1', plan: planId, accepted: 'discarded' }, () => []);
}

export interface ApproveOptions {
  readonly yes?: boolean;
  /** What the person saw before; another digest is refused. */
  readonly digest?: string;
}

/** Approves exactly the bytes that were fetched and shown here, never what the controller has by the time it is asked. */
export async function approvePlan(session: Session, planId: string, options: ApproveOptions): Promise<void> {
  const asks = options.yes !== true && options.digest === undefined;
  if (asks && !canAsk(session)) {
    throw fail(
      'usage',
      'approval-needs-word',
      `approve ${planId}: not a terminal, so give --digest sha256:… of the plan that you reviewed, or --yes`,
    );
  }
  await withController(session, async (link) => {
    const shown = shownFrom(await link.ask('GetPlan', { planId }));
    if (options.digest !== undefined && options.digest !== shown.digest) {
      throw fail(
        'refused',
        'digest-mismatch',
        `plan ${planId} has the digest ${shown.digest}, not ${options.digest}; review it again: drydock plan show ${planId}`,
      );
    }
    if (asks && !isOver(shown.state)) await confirm(session, shown);
    await sendApproval(session, link, shown);
  });
}

/** No person is asked about a plan that the controller will refuse, with what to do. */
const isOver = (state: string): boolean => !['draft', 'approved', 'active', 'unfinalized'].includes(state);

async function sendApproval(session: Session, link: OperatorLink, shown: PlanShownDocument): Promise<void> {
  const { runId, digest } = await link.ask('ApprovePlan', { planId: shown.planId, digest: shown.digest });
  const next = shown.state === 'active' ? `follow: drydock watch ${runId}` : `run: drydock run ${shown.planId}`;
  say(session, `approved ${shown.planId}  ${digest}`, next);
  await print(session, { apiVersion: 'drydock/v1', planId: shown.planId, runId, digest }, () => []);
}

async function confirm(session: Session, shown: PlanShownDocument): Promise<void> {
  // Even with -q: a person approves what they see.
  session.io.stderr.write(`${treeOf(shown).map(printableLine).join('\n')}\n`);
  if (await confirmed(session, `approve ${shown.planId}, digest ${shown.digest}?`)) return;
  throw fail('failed', 'not-approved', `${shown.planId} was not approved`);
}

/** `plan` in today's shape, and as it was stored. */
interface PlanShown extends PlanShownDocument {
  readonly stored: Versioned;
}

async function fetchPlan(session: Session, planId: string): Promise<PlanShown> {
  return shownFrom(await withController(session, (link) => link.ask('GetPlan', { planId })));
}

function shownFrom({ planId, runId, plan: sent, state, moved }: GetPlanResponse__Output): PlanShown {
  const { plan, stored, digest } = planOf(sent, planId);
  return {
    apiVersion: 'drydock/v1',
    planId,
    runId: runId === '' ? null : runId,
    digest,
    state,
    plan,
    stored,
    moved: moved.map(({ instance, planned, now }) => ({ instance, planned, now })),
  };
}

async function printPlan(session: Session, { stored, ...shown }: PlanShown): Promise<void> {
  if (!forPeople(session)) return print(session, { ...shown, plan: stored }, () => []);
  printLines(session, treeOf(shown));
  say(session, ...nextCommand(shown));
}

const treeOf = (shown: PlanShownDocument): readonly string[] => [
  ...renderPlan(printable(shown.plan), printable(shown.planId), printable(shown.digest)).split('\n'),
  ...(shown.moved.length === 0
    ? []
    : [`Roles moved since this plan was made: ${movedText(printable(shown.moved))}. Each node takes its turn in its role at that time.`]),
];

function nextCommand({ planId, runId, digest, state }: PlanShownDocument): readonly string[] {
  if (state === 'draft')
    return [`digest:  ${digest}`, `approve: drydock approve ${planId}        compare: drydock plan diff ${planId} p-…`];
  if (state === 'approved') return [`approved; run: drydock run ${planId}`];
  return [`${runId} is ${stateText(state)}: drydock status ${runId}`];
}
