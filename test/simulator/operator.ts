/** A person with the command line: says what is legal at that moment, tells the truth, and says it again when no answer came. */
import type { RunDocument } from '../../common/documents/runs.ts';
import { FailureError } from '../../common/failure.ts';
import type { Step } from '../../common/plan.ts';
import { planIndex } from '../../controller/sequencer/run/run-index.ts';
import { seededRandom } from './kernel.ts';
import { type Death, pointsOfARun } from './kill.ts';
import type { Play } from './play.ts';
import { unit } from './postgres.ts';
import type { SimWorld } from './sim-world.ts';
import { names } from './world.ts';

const person = 'ann';

/** From the moment when it is said nothing is asked of the node any more; where it is refused, all is as before. */
export async function exclude({ world, runId }: Pick<Play<SimWorld>, 'world' | 'runId'>, instance: string): Promise<void> {
  const isNew = !world.excluded.has(instance);
  world.excluded.add(instance);
  try {
    await world.controller.controller.operations.runs.excludeNode(runId, instance, 'it is repaired later', person);
  } catch (thrown) {
    if (isNew && thrown instanceof FailureError) world.excluded.delete(instance);
    throw thrown;
  }
}

const sayAgainMs = 3_000;

/** Puts a word to the run; after a death of the controller it is said once more. */
export function say(play: Play, words: readonly string[]): void {
  const { world, runId } = play;
  world.soon(async () => {
    if (!world.controller.alive) return world.later(sayAgainMs, async () => say(play, words));
    const [verb, , step = ''] = words;
    const { runs } = world.controller.controller.operations;
    const output = async () => {
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
        case 'resolve':
          return resolveTruthfully(play, step);
        case 'exclude':
          return exclude(play, step);
        default:
          return undefined;
      }
    };
    // Refused is an answer, too: what was legal when it was looked up need not be so any more.
    output().catch((thrown: unknown) => {
      if (!(thrown instanceof FailureError)) world.broke(`${words.join(' ')} ended in ${String(thrown)}`);
    });
  });
}

/** A failure that waits for a person is one. Else looks at the host; as long as something goes on there, nothing is said. */
async function resolveTruthfully({ world, runId, plan }: Play, step: string): Promise<void> {
  const { runs } = world.controller.controller.operations;
  const place = planIndex(plan).step(step);
  const executor = place?.step.executor;
  if (place === null || executor?.kind !== 'instance') return;
  const { turns, holds } = await runs.getRun(runId);
  const outcome = turns.flatMap(({ steps }) => steps).find((each) => each.step === step)?.outcome;
  const isReported = outcome === 'failed' && holds.some(({ subject, releasedBy }) => subject === step && releasedBy === 'person');
  const { journal } = world.agent(executor.instance);
  const isAtWork = journal === null || journal.openOrders().length + journal.pendingReports().length > 0;
  const seen = isAtWork ? null : cameTo(world.postgres.server(executor.instance), place.step.body);
  const truth = isReported ? 'failed' : seen;
  if (truth !== null) await runs.resolveStep(runId, step, truth, 'seen on the host', person);
}

/** null: it cannot be seen, or it is not over. */
function cameTo(server: Play['world']['postgres']['servers'][number], body: Step['body']): 'done' | 'failed' | null {
  const isServing = server.host.serves(unit) !== null;
  if (body.kind !== 'act' || body.verb !== 'promote' || !isServing || server.lifetime.promoting) return null;
  return server.lifetime.inRecovery ? 'failed' : 'done';
}

/** Somebody who says at random moments whatever the run offers, and in the end lets it go on. */
export function meddle(play: Play, random: () => number, times: number): void {
  const { world } = play;
  if (times === 0) {
    say(play, ['resume']);
    return;
  }
  world.later(50 + random() * 2_500, async () => {
    meddle(play, random, times - 1);
    const choice = random();
    ask(play, ({ legalCommands }) => {
      const words = legalCommands.map((command) => command.split(' ')).filter(([verb]) => verb !== 'watch' && verb !== 'report');
      const chosen = words[Math.floor(choice * words.length)];
      if (chosen !== undefined) say(play, chosen);
    });
  });
}

/** Without an answer there is nothing to say. */
function ask({ world, runId }: Play, hear: (run: RunDocument) => void): void {
  if (!world.controller.alive) return;
  world.controller.controller.operations.runs
    .getRun(runId)
    .then(hear)
    .catch(() => undefined);
}

/** What a person says how often; of all that, what is possible at that moment. Words that end everything are rare, or nothing would follow them. */
const inclination: Readonly<Record<string, number>> = { pause: 12, resume: 12, retry: 12, resolve: 12, exclude: 6, rollback: 1, abort: 1 };

/** Says one of the words that the run offers just now. */
function interject(play: Play, random: () => number): void {
  const choice = random();
  ask(play, ({ legalCommands }) => {
    const anyNode = names[Math.floor(choice * 7_919) % names.length] ?? '';
    const words = [...legalCommands.map((command) => command.split(' ')), ['exclude', play.runId, anyNode]];
    const tickets = words.flatMap((each) => Array.from({ length: inclination[each[0] ?? ''] ?? 0 }, () => each));
    const chosen = tickets[Math.floor(choice * tickets.length)];
    if (chosen !== undefined) say(play, chosen);
  });
}

/** Words at random moments of the whole run, among deaths that strike it anyway. */
export function interjections(seed: number, times: number): readonly Death[] {
  const random = seededRandom(seed * 104_729);
  return Array.from({ length: times }, () => ({
    point: Math.floor(random() * pointsOfARun),
    how: 'nobody' as const,
    also: (play: Play) => interject(play, random),
  }));
}

const tendEveryMs = 5_000;

/** Somebody who, whenever the run waits for a person, says one of the words that its holds offer, or lets it go on. */
export function tend(play: Play, random: () => number): void {
  const choice = random();
  play.world.later(tendEveryMs, async () => {
    tend(play, random);
    ask(play, ({ paused, holds, legalCommands }) => {
      const waits = holds.filter(({ releasedBy }) => releasedBy === 'person');
      const offered = paused ? legalCommands.filter((word) => word.startsWith('resume')) : waits.flatMap(({ commands }) => commands);
      const chosen = offered[Math.floor(choice * offered.length)];
      if (chosen !== undefined) say(play, chosen.split(' '));
    });
  });
}
