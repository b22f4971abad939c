/** P21: what looks at the databases cost while a run rests or soaks, by the price that their driver declares. */
import type { Outcome } from '../play.ts';
import { quayTools } from './driver.ts';
import type { QuayPlay } from './play.ts';

/** Of a core, the tool's and the database's share; of an idle agent, and of one that is watched for as long as a soak lasts. */
const most = { tool: 0.003, database: 0.001 };
/** Shorter spans have begun before what came before them was over. */
const shortestSpanMs = 10 * 60_000;

interface Span {
  readonly what: 'rest' | 'soak';
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the run rested or soaked, by the clock of the probes. */
function spansOf({ world }: QuayPlay, { events }: Outcome): readonly Span[] {
  const { clock, nowMs } = world.kernel;
  const zeroMs = clock.wallMs() - Math.floor(nowMs);
  const spans: Span[] = [];
  let begun: Pick<Span, 'what' | 'fromMs'> | null = null;
  for (const { body, atMs } of events) {
    const isSoak = 'step' in body && body.step.endsWith('.soak');
    const isEnd = body.type === 'step-confirmed' || body.type === 'rollback-started' || (body.type === 'step-settled' && isSoak);
    if (isEnd && begun !== null) {
      spans.push({ ...begun, toMs: atMs - zeroMs });
      begun = null;
    }
    if (body.type === 'rested') begun = { what: 'rest', fromMs: atMs - zeroMs };
    if (body.type === 'step-begun' && isSoak) begun = { what: 'soak', fromMs: atMs - zeroMs };
  }
  return spans.filter(({ fromMs, toMs }) => toMs - fromMs >= shortestSpanMs);
}

export function probesKeepTheirPrice(play: QuayPlay, outcome: Outcome): void {
  const { world } = play;
  for (const { what, fromMs, toMs } of spansOf(play, outcome))
    for (const [name, calls] of world.watch.toolCalls) {
      const spent = { tool: 0, database: 0 };
      for (const { tool, atMs } of calls) {
        const price = quayTools.find(({ id }) => id === tool)?.costMs;
        if (price === undefined || atMs < fromMs || atMs >= toMs) continue;
        spent.tool += price.tool;
        spent.database += price.database;
      }
      for (const who of ['tool', 'database'] as const) {
        const share = spent[who] / (toMs - fromMs);
        if (share > most[who])
          world.broke(`P21 looks at ${name} cost ${who} ${(share * 100).toFixed(3)} % of a core in a ${what} of ${toMs - fromMs} ms`);
      }
    }
}

/** Of a rest in which nothing happens: no tool is called more often than its idle pause allows, and none that is not called idly. */
export function probesKeepTheirCadence(play: QuayPlay, outcome: Outcome): void {
  const { world } = play;
  for (const { what, fromMs, toMs } of spansOf(play, outcome))
    for (const [name, calls] of world.watch.toolCalls)
      for (const { id, idleEveryMs } of quayTools) {
        if (what !== 'rest') continue;
        const times = calls.filter(({ tool, atMs }) => tool === id && atMs >= fromMs && atMs < toMs).length;
        const mostCalls = idleEveryMs === null ? 0 : Math.ceil((toMs - fromMs) / idleEveryMs) + 1;
        if (times > mostCalls)
          world.broke(`P21 ${name} was asked ${times} times by ${id} in a rest of ${toMs - fromMs} ms, at most ${mostCalls} are declared`);
      }
}
