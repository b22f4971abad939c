/** PURE. What a receipt means for the run. Done is what was observed to be done (P15); a time-out never is (P9). */
import type { RunEvent, Verdict } from '../../../common/events.ts';
import { downtimeTakenBack, fitUnknown, unnamed } from '../../../common/failure.ts';
import { type Hold, type HoldKind, holdKinds } from '../../../common/holds.ts';
import type { Receipt } from '../../../common/orders.ts';
import type { Plan, Step, Turn } from '../../../common/plan.ts';
import type { Procedure } from '../../../common/procedure.ts';
import { isEffectOf, type RunStatus } from '../run/run-status.ts';

export interface ReceiptQuestion {
  readonly runId: string;
  readonly plan: Plan;
  readonly turn: Turn;
  readonly step: Step;
  readonly attempt: number;
  /** What the node must run after this step. */
  readonly version: string;
  /** The step is of the rollback. */
  readonly isUndo: boolean;
  /** What the database calls the turn's node; empty: the turn is of no single node. */
  readonly member: string;
  readonly receipt: Receipt;
  readonly procedure: Procedure;
}

/** Interrupted convergent orders, refusals and failures that may pass are tried again by themselves, for about two minutes; then a person decides. */
const attemptsByItself = 8;

export function verdictOf(question: ReceiptQuestion): Verdict {
  const { receipt, step, turn } = question;
  switch (receipt.outcome) {
    case 'interrupted':
      if (step.repeat === 'once') return cutShort(question);
      return bad(question, 'order-interrupted', `${step.title} of ${nodeOf(turn)} was interrupted on its host`, true);
    case 'refused':
      return bad(
        question,
        kindOf(question),
        `${executorOf(question)} refused ${step.title}: ${reasonOf(question)}`,
        receipt.failure?.remedy === 'retry',
      );
    case 'failed':
      if (receipt.failure?.code === fitUnknown) return waiting(question);
      return bad(question, kindOf(question), reasonOf(question), mayPass(question) || servesAsBefore(question));
    case 'done':
      break;
  }
  if (step.body.kind === 'downtime')
    return step.body.parts.includes('start') ? downtimeVerdict(question, step.body.expectVersion) : stopVerdict(question);
  if (step.healthCheck === null) return { ok: true };
  if (receipt.facts === null) return bad(question, 'health-check-failed', `${step.title} of ${nodeOf(turn)} returned no facts`, false);
  const verdict = question.procedure.judge(step.healthCheck, receipt.facts, {
    version: question.version,
    instance: turn.instance ?? receipt.facts.instance,
    member: question.member,
  });
  if (verdict.ok) return verdict;
  // A probe shows one moment and changes nothing: what it came upon may pass, as when another host comes up again.
  const again = bad(question, verdict.hold.kind, verdict.hold.detail, ['observe', 'await'].includes(step.body.kind));
  return !again.ok && again.hold.releasedBy === 'automatic' ? again : { ok: false, hold: withCommands(question, verdict.hold) };
}

/** What may be done only once is not ordered twice: a person has to look. */
function cutShort(question: ReceiptQuestion): Verdict {
  const at = executorOf(question);
  const detail = `"${question.step.title}" was interrupted on ${at}, and it is unknown whether it took effect`;
  return bad(question, 'order-interrupted', detail, false, `check ${at}, then record whether it took effect`);
}

/** What is done again whole where it failed. */
const changesWhole: readonly string[] = ['act', 'job', 'instance', 'configure', 'cleanup', 'set', 'unset'];

/** A database that did not answer just then does not keep what may be done twice from being ordered again, there or during the rollback. */
function mayPass({ step, receipt }: ReceiptQuestion): boolean {
  return step.repeat === 'convergent' && changesWhole.includes(step.body.kind) && receipt.failure?.remedy === 'retry';
}

/** Starts during the rollback that are broken from outside are made again; a release that ran there before does not fail three times for that. */
const backAttemptsByItself = 3;

/** The agent put the node back to where it was before this attempt: another one takes nothing away. */
function servesAsBefore({ isUndo, receipt, attempt }: ReceiptQuestion): boolean {
  return isUndo && receipt.reverted && attempt < backAttemptsByItself;
}

/** P15: the running version is read back from the database itself, in a life that the receipt names. */
function downtimeVerdict(question: ReceiptQuestion, expectVersion: string): Verdict {
  const { receipt, turn } = question;
  const running = receipt.facts?.version.running ?? null;
  if (running !== expectVersion) {
    const seen = running === null ? 'no running version was read back' : `it runs ${running}`;
    // The agent saw it ready, and it stopped answering before it was read back: asked again, the order finds what it wants, or brings it about.
    const mayCome = running === null;
    return bad(question, 'order-failed', `the downtime of ${nodeOf(turn)} ended, but ${seen}; ${expectVersion} is expected`, mayCome);
  }
  if (receipt.after === null)
    return bad(question, 'order-failed', `the downtime of ${nodeOf(turn)} ended without naming the incarnation that it started`, false);
  return { ok: true };
}

/** Stopped is what was seen to be stopped: no life, and nothing that answers. */
function stopVerdict(question: ReceiptQuestion): Verdict {
  const { receipt, turn } = question;
  if (receipt.after === null && (receipt.facts?.version.running ?? null) === null) return { ok: true };
  return bad(question, 'order-failed', `${nodeOf(turn)} was stopped and must stay stopped, but something runs there`, false);
}

const nodeOf = (turn: Turn): string => turn.instance ?? turn.id;

/** Not always the node whose turn it is: another one is promoted. */
const executorOf = ({ step, turn }: ReceiptQuestion): string => (step.executor.kind === 'instance' ? step.executor.instance : nodeOf(turn));

/** The whole chain in one sentence, which names the node once: what came of it, and why. */
function reasonOf(question: ReceiptQuestion): string {
  const { receipt, step, turn } = question;
  const texts: string[] = [];
  for (let each = receipt.failure; each !== undefined; each = each.cause) texts.push(each.message);
  const [first = 'no reason given', ...causes] = texts;
  const bare = (text: string) => [nodeOf(turn), executorOf(question)].reduce(unnamed, text);
  if (receipt.outcome === 'refused') return [bare(first), ...causes.map(bare)].join('; cause: ');
  const namesNode = first.startsWith(`${nodeOf(turn)}:`) || receipt.failure?.code === downtimeTakenBack;
  return [namesNode ? first : `${nodeOf(turn)}: ${step.title} failed: ${first}`, ...causes.map(bare)].join('; cause: ');
}

/** A failure's own code where it names a hold; else a proof that did not come, or an order that failed. */
function kindOf({ receipt, step }: ReceiptQuestion): HoldKind {
  const code = receipt.failure?.code;
  const named = holdKinds.find((kind) => kind === code);
  if (named !== undefined) return named;
  return step.body.kind === 'await' || step.healthCheck !== null ? 'health-check-failed' : 'order-failed';
}

const whatAPersonDoes = 'retry or resolve the step, or end the run';

/** However long the database stays away: it takes no person to ask again, and nothing was changed. */
function waiting(question: ReceiptQuestion): Verdict {
  const hold: Hold = {
    kind: kindOf(question),
    subject: question.step.id,
    detail: reasonOf(question),
    releasedBy: 'automatic',
    until: `once the database of ${nodeOf(question.turn)} answers; the step is retried until then`,
    commands: [],
  };
  return { ok: false, hold };
}

function bad(question: ReceiptQuestion, kind: HoldKind, detail: string, again: boolean, until = whatAPersonDoes): Verdict {
  // Room comes when somebody makes it, however long that takes, and until then nothing was done.
  const isAutomatic = again && (kind === 'journal-unwritable' || question.attempt < attemptsByItself);
  const hold: Hold = {
    kind,
    subject: question.step.id,
    detail,
    releasedBy: isAutomatic ? 'automatic' : 'person',
    until: isAutomatic ? 'once a retry succeeds' : until,
    commands: [],
  };
  return { ok: false, hold: isAutomatic ? hold : withCommands(question, hold) };
}

function withCommands({ runId, step, receipt }: ReceiptQuestion, hold: Hold): Hold {
  const [again, back] = [`retry ${runId} ${step.id}`, `rollback ${runId}`];
  // Who was to take over and refused did nothing, and as long as it is waited for no member leads: the former leader can be up again at once.
  const leaderless = step.repeat === 'once' && receipt.outcome === 'refused';
  return { ...hold, commands: [...(leaderless ? [back, again] : [again, back]), `abort ${runId}`] };
}

/** Effects that a receipt opened, or closed by restoring what was there before. */
export function effectEvents(status: RunStatus, instance: string, receipt: Receipt): readonly RunEvent[] {
  return receipt.effects.map((effect): RunEvent => {
    const open = status.effects.find((each) => isEffectOf(each, instance, effect.key));
    if (open !== undefined && open.prior === effect.set) return { type: 'effect-closed', instance, key: effect.key };
    return { type: 'effect-opened', instance, effect: { ...effect, prior: open === undefined ? effect.prior : open.prior } };
  });
}
