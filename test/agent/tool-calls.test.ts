import { beforeEach, describe, expect, it } from 'vitest';
import { type Asker, ToolCalls } from '../../agent/facts/tool-calls.ts';
import type { ToolCall } from '../../common/driver.ts';
import { VirtualClock } from '../twins/clock.ts';
import { HostTwin } from '../twins/host.ts';

const facts: ToolCall = { id: 'facts', costMs: { tool: 1, database: 1 }, idleEveryMs: 60_000, turnEveryMs: 100, timeoutMs: 5_000 };
const probe: ToolCall = { ...facts, id: 'probe', idleEveryMs: null };

let clock: VirtualClock;
let tools: ToolCalls;
let begun: number[];

beforeEach(() => {
  clock = new VirtualClock();
  tools = new ToolCalls({ host: new HostTwin({ clock }), clock, signal: new AbortController().signal }, 'db-1', [facts, probe]);
  begun = [];
});

/** Answers after so many milliseconds with the number of its call; ends when it is aborted. */
const taking = (ms: number) => (signal: AbortSignal) =>
  new Promise<number>((resolve, reject) => {
    begun.push(clock.monotonicMs());
    const number = begun.length;
    clock.after(ms, () => resolve(number));
    signal.addEventListener('abort', () => reject(new Error('it was ended')), { once: true });
  });
/** Does not end, whatever it is told. */
const deaf = () => {
  begun.push(clock.monotonicMs());
  return new Promise<number>(() => {});
};

/** Probes of the agent's own accord, in one life of the database. */
const idly = (incarnation = 'life-1'): Asker => ({ freshness: { after: 'any', incarnation }, release: 'r-1' });
const since = (mark: number, incarnation = 'life-1'): Asker => ({ freshness: { after: mark, incarnation }, release: 'r-1' });
const now: Asker = { freshness: 'now', release: 'r-1' };

async function end<T>(asked: Promise<T>): Promise<T | string> {
  const outcome: { is?: T | string } = {};
  asked.then(
    (answer) => (outcome.is = answer),
    (thrown) => (outcome.is = (thrown as { failure?: { code: string } }).failure?.code ?? String(thrown)),
  );
  await clock.runUntil(() => 'is' in outcome);
  return outcome.is as T | string;
}

describe('the price of probes (P21)', () => {
  it('lets those who ask at the same time share one call', async () => {
    const answers = Promise.all([
      tools.ask(now, 'facts', taking(50)),
      tools.ask(now, 'facts', taking(50)),
      tools.ask(idly(), 'facts', taking(50)),
    ]);
    expect(await end(answers)).toEqual([1, 1, 1]);
    expect(begun).toEqual([0]);
  });

  it('answers a fresh question by no call that began before it, and all who wait by the one after (P2)', async () => {
    const first = tools.ask(now, 'facts', taking(1_000));
    await clock.advance(500);
    const later = [tools.ask(now, 'facts', taking(1_000)), tools.ask(since(tools.mark), 'facts', taking(1_000))];
    expect(await end(Promise.all([first, ...later]))).toEqual([1, 2, 2]);
    expect(begun).toEqual([0, 1_000]);
  });

  it('answers an observation by a call that began after the observation did', async () => {
    const { mark } = tools;
    const call = tools.ask(since(mark), 'facts', taking(10));
    await clock.advance(5);
    expect(await end(Promise.all([call, tools.ask(since(mark), 'facts', taking(10))]))).toEqual([1, 1]);
    expect(await end(tools.ask(since(mark), 'facts', taking(10), { anew: true }))).toBe(2);
  });

  it('answers a probe beside an order by an earlier call of the same life where the driver takes that, and else by a new one', async () => {
    const beside = (incarnation = 'life-1'): Asker => ({ freshness: { after: tools.mark, incarnation, beside: true }, release: 'r-1' });
    const lately = { lately: true };
    expect(await end(tools.ask(idly(), 'facts', taking(0)))).toBe(1);
    await clock.advance(59_000);
    expect(await end(tools.ask(beside(), 'facts', taking(0), lately))).toBe(1);
    expect(await end(tools.ask(beside('life-2'), 'facts', taking(0), lately))).toBe(2);
    expect(await end(tools.ask(since(tools.mark, 'life-2'), 'facts', taking(0), lately))).toBe(3);
    expect(await end(tools.ask(beside('life-2'), 'facts', taking(0)))).toBe(4);
    await clock.advance(60_000);
    expect(await end(tools.ask(beside('life-2'), 'facts', taking(0), lately))).toBe(5);
  });

  it('answers an observation of a database that was restarted by no call of the life before, however new (P2)', async () => {
    const { mark } = tools;
    expect(await end(tools.ask(since(mark), 'facts', taking(0)))).toBe(1);
    expect(await end(tools.ask(since(mark, 'life-2'), 'facts', taking(0)))).toBe(2);
  });

  it('answers idle probes from what is not older than the declared pause, whatever asked before', async () => {
    await end(tools.ask(since(tools.mark), 'facts', taking(0)));
    for (const atMs of [15_000, 30_000, 45_000, 59_999]) {
      await clock.advance(atMs - clock.monotonicMs());
      expect(await end(tools.ask(idly(), 'facts', taking(0)))).toBe(1);
    }
    await clock.advance(1);
    expect(await end(tools.ask(idly(), 'facts', taking(0)))).toBe(2);
    expect(begun).toEqual([0, 60_000]);
  });

  it('takes no answer of another life of the database', async () => {
    await end(tools.ask(idly('life-1'), 'facts', taking(0)));
    expect(await end(tools.ask(idly('life-2'), 'facts', taking(0)))).toBe(2);
  });

  it('takes no answer that another release gave, and asks by no two releases at once', async () => {
    const first = tools.ask(now, 'facts', taking(1_000));
    const next = tools.ask({ ...now, release: 'r-2' }, 'facts', taking(0));
    expect(await end(Promise.all([first, next]))).toEqual([1, 2]);
    expect(begun).toEqual([0, 1_000]);
    expect(await end(tools.ask(idly(), 'facts', taking(0)))).toBe(3);
  });

  it('keeps the pause of a turn between two fresh questions', async () => {
    for (let at = 0; at < 5; at += 1) await end(tools.ask(now, 'facts', taking(0)));
    expect(begun).toEqual([0, 100, 200, 300, 400]);
  });

  it('keeps different things apart that one tool asks about', async () => {
    const answers = [tools.ask(now, 'facts', deaf, { of: 'a' }), tools.ask(now, 'facts', taking(0), { of: 'b' })];
    answers[0]?.catch(() => undefined);
    expect(await end(answers[1] as Promise<number>)).toBe(2);
  });

  it('ends what takes too long and answers nothing for it, to idle probes for the whole pause (P9)', async () => {
    expect(await end(tools.ask(idly(), 'facts', taking(86_400_000)))).toBe('tool-timeout');
    expect(clock.monotonicMs()).toBe(5_000);
    await clock.advance(30_000);
    expect(await end(tools.ask(idly(), 'facts', taking(0)))).toBe('tool-timeout');
    expect(begun).toEqual([0]);
    expect(await end(tools.ask(now, 'facts', taking(0)))).toBe(2);
  });

  it('begins no call while the one before cannot be shown to be gone', async () => {
    expect(await end(tools.ask(now, 'facts', deaf))).toBe('tool-timeout');
    expect(await end(tools.ask(now, 'facts', taking(0)))).toBe('tool-hangs');
    expect(begun).toHaveLength(1);
    expect(await end(tools.ask(now, 'probe', taking(0)))).toBe(2);
  });

  it('refuses tools that the driver does not declare, and to ask idly by one that it declares to be idle never', async () => {
    expect(await end(tools.ask(now, 'rumour', taking(0)))).toMatch(/undeclared tool: rumour/);
    await end(tools.ask(now, 'probe', taking(0)));
    expect(await end(tools.ask(idly(), 'probe', taking(0)))).toMatch(/declares it for orders only/);
  });
});
