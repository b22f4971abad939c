/** What a failure prints: seed, deaths, how it ended, what was broken, the plan, and the one command that plays it again. */
import { expect } from 'vitest';
import { renderPlan } from '../../common/render-plan.ts';
import type { Death, Ended } from './kill.ts';

const planText = ({ play }: Ended): string => renderPlan(play.plan, 'p-SIMUL', 'sha256:0');

const testName = (): string => expect.getState().currentTestName?.split(' > ').at(-1) ?? '';

export function story(ended: Ended, deaths: readonly Death[]): string {
  const { play, outcome, broken } = ended;
  const { seed } = play.world.options;
  const places = deaths.map(({ point, how }) => {
    const { program, label } = play.world.points.passed[point] ?? { program: 'nobody', label: 'not reached' };
    return `  ${how ?? 'kill'} at point ${point}: ${program}, ${label}`;
  });
  return [
    `seed ${seed}; again: SEED=${seed}${deaths.filter(({ how }) => how !== 'nobody').length === 1 ? ` POINT=${deaths.at(-1)?.point}` : ''} npm run test:simulator -- -t '${testName()}'`,
    ...places,
    `the run is ${outcome.status.state}: ${outcome.status.endReason ?? 'not over'}`,
    ...outcome.status.holds.map((hold) => `  holds ${hold.kind} ${hold.subject} (${hold.releasedBy}): ${hold.detail}`),
    ...broken.map((what) => `  broken: ${what}`),
    planText(ended),
  ].join('\n');
}

const mostStories = 3;

/** Throws one error with the first few stories of those that went wrong. */
export class Stories {
  readonly #told: string[] = [];
  #wrong = 0;
  played = 0;

  /** `isRight`: it ended as it should; broken promises are never right. */
  add(ended: Ended, deaths: readonly Death[], isRight: boolean): void {
    this.played += 1;
    if (isRight && ended.broken.length === 0) return;
    this.#wrong += 1;
    if (this.#told.length < mostStories) this.#told.push(story(ended, deaths));
  }

  tell(): void {
    if (this.#wrong > 0) throw new Error(`${this.#wrong} of ${this.played} runs went wrong\n\n${this.#told.join('\n\n')}`);
  }
}
