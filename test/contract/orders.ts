/** Clauses about what orders ask of a driver: done twice, and cut off at every point, it comes to the same. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import { FailureError } from '../../common/failure.ts';
import { soon } from './cluster.ts';
import { type Cut, cuts, Fuse, plainWay } from './fuse.ts';
import type { Action, LiveSubject, Order, Stage } from './subject.ts';
import { watched } from './watch.ts';

/** An order whose time is over, or that is asked again, ends within it. */
const patienceMs = 90_000;

const everyPoint = process.env.EVERY_POINT !== undefined;

interface Reported {
  readonly reported: unknown;
  readonly outcome: unknown;
}

export interface OrderClause {
  readonly title: string;
  prove<S extends Stage>(subject: LiveSubject<S>, order: Order<S>, action: Action): Promise<void>;
}

export const orderClauses: readonly OrderClause[] = [
  {
    title: 'P3 comes to the same when it is done twice, and writes to the files of its own instance alone',
    async prove(subject, _, action) {
      await action.prepare();
      const before = await action.outcome();
      const watch = watched();
      const context = await action.member.context(watch.way);
      const first = await done(action, context);
      expect(first.outcome, 'there was nothing to do').not.toEqual(before);
      expect(await done(action, await action.member.context(watch.way))).toEqual(first);
      const { dataDir, releasesDir, snapshotsDir } = context.settings;
      const roots = { data: dataDir, releases: releasesDir, snapshots: snapshotsDir };
      const allowed = (path: string) =>
        Object.entries(roots).some(([name, root]) =>
          subject.writes.some((form) => path.startsWith(`${root}/`) && form.test(join(name, path.slice(root.length)))),
        );
      const strays = [
        ...watch.written().filter((path) => !allowed(path)),
        ...watch.strangePaths(context.settings, subject.traces?.(context.settings)),
      ];
      expect(strays, `not its own: ${strays.join(', ')}`).toEqual([]);
    },
  },
  {
    title: 'P18 P19 cut off anywhere, by a kill or by the end of its time, it comes to the same when it is asked again',
    async prove(_, order, action) {
      await action.prepare();
      const whole = new Fuse();
      const expected = await done(action, await action.member.context(whole.way));
      whole.close();
      expect(whole.passed).toBeGreaterThan(0);
      for (const at of spread(whole.passed, everyPoint ? whole.passed : (order.points ?? whole.passed)))
        for (const how of cuts) expect(await cutOff(action, { how, at }), `${how} point ${at} of ${whole.passed}`).toEqual(expected);
    },
  },
];

async function done(action: Action, context: DriverContext): Promise<Reported> {
  return { reported: await action.give(context), outcome: await action.outcome() };
}

/** First a try that is cut, then one that is not. */
async function cutOff(action: Action, cut: { readonly how: Cut; readonly at: number }): Promise<Reported> {
  await action.prepare();
  const fuse = new Fuse(cut);
  const tried = action.give(await action.member.context(fuse.way)).then(
    () => 'done',
    (thrown: unknown) => thrown,
  );
  const ended = await Promise.race([tried, fuse.dead.then(() => 'killed'), tooLong(patienceMs)]);
  fuse.close();
  const isKnown = ended === 'done' || ended === 'killed' || ended instanceof FailureError;
  if (!isKnown) throw new Error(`${cut.how} point ${cut.at}: ${ended instanceof Error ? ended.stack : ended}`);
  return again(action);
}

/** As a sequencer does: what says that it can be retried is retried. */
async function again(action: Action): Promise<Reported> {
  const endMs = systemClock.monotonicMs() + soon.timeout;
  for (;;) {
    try {
      return await done(action, await action.member.context(plainWay));
    } catch (thrown) {
      const isRetried = thrown instanceof FailureError && thrown.failure.remedy === 'retry';
      if (!isRetried || systemClock.monotonicMs() > endMs) throw thrown;
    }
  }
}

function tooLong(limitMs: number): Promise<string> {
  return new Promise((resolve) => {
    systemClock.after(limitMs, () => resolve(`it did not end within ${limitMs} ms`));
  });
}

/** The first, the last, and so many between them. */
function spread(total: number, atMost: number): readonly number[] {
  const count = Math.min(total, atMost);
  return Array.from({ length: count }, (_, at) => (count === 1 ? 1 : 1 + Math.round((at * (total - 1)) / (count - 1))));
}
