/** What a failure prints: seed, deaths, how it ended, what was broken, the plan, and the one command that plays it again. */
import { renderPlan } from '../../common/render-plan.ts';
import type { Death, Ended } from './game.ts';

const planText = ({ play }: Ended): string => renderPlan(play.plan, 'p-SIMUL', 'sha256:0');

/** `again`: the command that plays it again. */
export function story(ended: Ended, deaths: readonly Death[], again: string): string {
  const { play, outcome, broken } = ended;
  const { seed } = play.world.options;
  const places = deaths.map(({ point, how }) => {
    const { program, label } = play.world.points.passed[point] ?? { program: 'nobody', label: 'not reached' };
    return `  ${how ?? 'kill'} at point ${point}: ${program}, ${label}`;
  });
  return [
    `seed ${seed}; again: ${again}`,
    ...places,
    `the run is ${outcome.status.state}: ${outcome.status.endReason ?? 'not over'}`,
    ...outcome.status.holds.map((hold) => `  holds ${hold.kind} ${hold.subject} (${hold.releasedBy}): ${hold.detail}`),
    ...broken.map((what) => `  broken: ${what}`),
    planText(ended),
  ].join('\n');
}
