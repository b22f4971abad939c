/** A person at the command line of a hop of quay: gives the words that the run asks for, tells the truth, and follows what a hold offers. */
import type { RunDocument } from '../../../common/documents/runs.ts';
import { FailureError } from '../../../common/failure.ts';
import { turnsOf } from '../../../common/plan.ts';
import { planIndex } from '../../../controller/sequencer/run/run-index.ts';
import { seededRandom } from '../kernel.ts';
import { exclude } from '../operator.ts';
import type { QuayPlay } from './play.ts';

export const person = 'ann';
const pollEveryMs = 3_000;
const usualRestMs = 5_000;
/** In a long rest there is nothing to be said before its end. */
const restPollMs = 60_000;

/** From now on, every few seconds: what the run asks for is given, and of what a hold offers one thing is done. */
export function attend(play: QuayPlay): void {
  const random = seededRandom(play.world.options.seed * 7_121);
  const { kernel, options } = play.world;
  const { restMs = usualRestMs } = options;
  let restsSinceMs: number | null = null;
  let isOver = false;
  const leftMs = (): number => (restsSinceMs === null ? 0 : restsSinceMs + restMs - kernel.nowMs);
  const poll = (): void =>
    play.world.later(Math.max(pollEveryMs, Math.min(restPollMs, leftMs())), async () => {
      if (isOver) return;
      poll();
      ask(play, (run) => {
        isOver = run.endReason !== null;
        restsSinceMs = run.state === 'unfinalized' ? (restsSinceMs ?? kernel.nowMs) : null;
        const ending = restsSinceMs !== null && leftMs() <= 0 ? (options.endsRest ?? 'finalize') : null;
        const word = nextWord(run, { ending, isPatient: options.restMs !== undefined }, random());
        if (word !== null) say(play, word.split(' '));
      });
    });
  poll();
}

interface Manner {
  /** What a rest is ended by, once it has lasted long enough. */
  readonly ending: string | null;
  /** Tries again what failed, as long as that is offered. */
  readonly isPatient: boolean;
}

/** null: there is nothing to be said. */
function nextWord(run: RunDocument, { ending, isPatient }: Manner, choice: number): string | null {
  const { legalCommands, holds, state, paused } = run;
  const offered = (verb: string) => legalCommands.find((command) => command.split(' ')[0] === verb) ?? null;
  if (paused) return offered('resume');
  const confirm = offered('confirm');
  if (confirm !== null) return confirm;
  if (state === 'unfinalized') return ending === null ? null : offered(ending);
  // Who says that a step of the rollback failed for good ends the run with it: not done as long as it can be tried again.
  const isTrue = (command: string) => !command.includes(' --as ') || command.includes(' --as done');
  const retry = offered('retry');
  if (isPatient && retry !== null) return retry;
  const helpful = holds.filter(({ releasedBy }) => releasedBy === 'person').flatMap(({ commands }) => commands.filter(isTrue));
  return helpful[Math.floor(choice * helpful.length)] ?? null;
}

/** Any step of the plan. */
export function stepOf({ plan }: QuayPlay, random: () => number): string {
  const steps = [...turnsOf(plan)].flatMap(({ turn }) => turn.variants.flatMap((variant) => variant.steps));
  return steps[Math.floor(random() * steps.length)]?.id ?? '';
}

/** Without an answer there is nothing to say. */
function ask({ world, runId }: QuayPlay, hear: (run: RunDocument) => void): void {
  if (!world.controller.alive) return;
  world.controller.controller.operations.runs
    .getRun(runId)
    .then(hear)
    .catch(() => undefined);
}

/** Puts a word to the run, about its own plan. Refused is an answer, too; after a death of the controller it is said once more. */
export function say(play: QuayPlay, words: readonly string[], digest?: string): void {
  const { world, runId } = play;
  world.soon(async () => {
    if (!world.controller.alive) return world.later(pollEveryMs, async () => say(play, words, digest));
    spoken(play, words, digest).catch((thrown: unknown) => {
      if (!(thrown instanceof FailureError)) world.broke(`${words.join(' ')} of ${runId} ended in ${String(thrown)}`);
    });
  });
}

async function spoken(play: QuayPlay, [verb, , step = '']: readonly string[], otherDigest?: string): Promise<void> {
  const { world, runId } = play;
  const { runs } = world.controller.controller.operations;
  const digest = otherDigest ?? (await runs.getRun(runId)).digest;
  switch (verb) {
    case 'pause':
      return runs.pauseRun(runId, 'for a moment', person);
    case 'resume':
      return runs.resumeRun(runId, person);
    case 'abort':
      return runs.abortRun(runId, 'enough', person);
    case 'rollback':
      return runs.rollbackRun(runId, 'not this time', person);
    case 'retry':
      return void (await runs.retryStep(runId, step, person));
    case 'confirm':
      return runs.confirmStep(runId, { step, digest, reason: 'go', actor: person });
    case 'finalize':
      return runs.finalizeRun(runId, { digest, reason: 'all is well', actor: person });
    case 'resolve':
      return resolveTruthfully(play, step);
    case 'exclude':
      return exclude(play, step);
  }
}

/** What failed for good is looked at on the host: what was to stop is stopped or not, what was to start serves or does not. */
async function resolveTruthfully({ world, runId, plan }: QuayPlay, step: string): Promise<void> {
  const { runs } = world.controller.controller.operations;
  const { turns, holds } = await runs.getRun(runId);
  const found = planIndex(plan).step(step)?.step;
  if (found === undefined) return;
  const outcome = turns.flatMap(({ steps }) => steps).find((each) => each.step === step)?.outcome;
  const isReported = outcome === 'failed' && holds.some(({ subject, releasedBy }) => subject === step && releasedBy === 'person');
  if (!isReported) return;
  const { body, executor } = found;
  const server = executor.kind === 'instance' ? world.server(executor.instance) : null;
  const isStop = body.kind === 'downtime' && body.parts.every((part) => part === 'quiesce' || part === 'stop');
  const as = isStop && server?.isUp === false ? 'done' : 'failed';
  await runs.resolveStep(runId, step, as, 'seen on the host', person);
}
