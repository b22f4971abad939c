/** What a test of many runs fails with: the first few of those that went wrong, each with the command that plays it again. */
import { expect } from 'vitest';
import type { Death, Ended } from './game.ts';
import { story } from './story.ts';
import type { Played } from './suites.ts';

const testName = (): string => expect.getState().currentTestName?.split(' > ').at(-1) ?? '';

function again({ play }: Ended, deaths: readonly Death[]): string {
  const single = deaths.filter(({ how }) => how !== 'nobody').length === 1 ? ` POINT=${deaths.at(-1)?.point}` : '';
  return `SEED=${play.world.options.seed}${single} npm run test:simulator -- -t '${testName()}'`;
}

const mostStories = 3;

/** Throws one error with the first few stories of those that went wrong. */
export class Stories {
  readonly #reported: string[] = [];
  #wrong = 0;
  played = 0;

  /** `isRight`: it ended as it should; broken promises are never right. */
  add({ ended, deaths, isRight }: Played): void {
    this.played += 1;
    if (isRight && ended.broken.length === 0) return;
    this.#wrong += 1;
    if (this.#reported.length < mostStories) this.#reported.push(story(ended, deaths, again(ended, deaths)));
  }

  tell(): void {
    if (this.#wrong > 0) throw new Error(`${this.#wrong} of ${this.played} runs went wrong\n\n${this.#reported.join('\n\n')}`);
  }
}
