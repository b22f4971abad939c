/** What befalls a run on a real fleet, what its status says of that, and what a person does then. */
import { expect } from 'vitest';
import type { HoldDocument, RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { waitFor } from '../../demo/wait.ts';
import type { ClusterAtHand, Started } from './etcd-stage.ts';

type OrderDispatched = Extract<RunEvent, { readonly type: 'order-dispatched' }>;
type OrderEnded = Extract<RunEvent, { readonly type: 'order-ended' }>;
export type IsHold = (hold: HoldDocument) => boolean;

const holdLimitMs = 6 * 60_000;
const orderLimitMs = 15 * 60_000;
const never = new AbortController().signal;

export const about =
  (...subjects: readonly string[]): IsHold =>
  ({ subject }) =>
    subjects.includes(subject);

export const saying =
  (words: RegExp): IsHold =>
  ({ detail }) =>
    words.test(detail);

/** Strikes, and resolves with the first status afterwards that has such a hold. */
export async function heldBy({ log }: Started, strike: () => Promise<unknown>, is: IsHold): Promise<RunDocument> {
  const from = log.statuses.length;
  await strike();
  return waitFor('a hold', holdLimitMs, never, async () => {
    const found = log.statuses.slice(from).find(({ holds }) => holds.some(is));
    return found === undefined ? { notYet: JSON.stringify(log.statuses.at(-1)?.holds) } : { seen: found };
  });
}

/** The first order of such a step, once it was sent to its agent. */
export function dispatched({ log }: Started, what: string, is: (order: OrderDispatched) => boolean): Promise<OrderDispatched> {
  return waitFor(`the order for ${what}`, orderLimitMs, never, async () => {
    const found = log.events.find((event) => event.type === 'order-dispatched' && is(event));
    return found?.type === 'order-dispatched' ? { seen: found } : { notYet: JSON.stringify(log.events.at(-1)) };
  });
}

/** Resolves when so many orders of such steps have ended. */
export async function ended({ log }: Started, what: string, count: number, is: (order: OrderEnded) => boolean): Promise<void> {
  await waitFor(`the end of ${what}`, orderLimitMs, never, async () => {
    const found = log.events.filter((event) => event.type === 'order-ended' && is(event)).length;
    return found >= count ? { seen: true } : { notYet: JSON.stringify(log.events.at(-1)) };
  });
}

/** A command that has to be taken. */
export async function told(fleet: Pick<ClusterAtHand, 'cli'>, words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await fleet.cli(words);
  expect(exitCode, stderr).toBe(0);
}

/** What the run holds for is tried once more, where that is for a person to say. */
export async function retryHeld(fleet: Pick<ClusterAtHand, 'cli' | 'cliJson'>, { runId }: Started): Promise<void> {
  const { holds } = (await fleet.cliJson(['status', runId])) as RunDocument;
  for (const { subject, releasedBy, commands } of holds)
    if (releasedBy === 'person' && commands.some((command) => command.startsWith('retry'))) await told(fleet, ['retry', runId, subject]);
}
