/** The periodic probe: node-cron says that it is time and nothing else. What there is to do, the called function finds out itself. */
import cron from 'node-cron';
import type { Log } from '../../common/log.ts';

export interface Ticker {
  stop(): Promise<void>;
}

/** node-cron goes by the wall clock: set back by a day, it would say nothing for a day. */
const silenceMs = 2_500;

/** What node-cron has to say (a second that was missed, say) is of interest to who looks for it; it would write to the terminal itself. */
function quietly(log: Log) {
  const line = (message: string | Error) => log.debug({}, `ticker: ${message instanceof Error ? message.message : message}`);
  return { debug: line, info: line, warn: line, error: line };
}

/** Calls `tick` every second until stopped, whatever becomes of the wall clock. A probe that is still under way is not joined by a second one. */
export function startTicker(tick: () => Promise<void>, log: Log): Ticker {
  let running: Promise<void> | null = null;
  let heardMs = performance.now();
  const schedule = () =>
    cron.schedule(
      '* * * * * *',
      () => {
        heardMs = performance.now();
        running ??= tick().finally(() => {
          running = null;
        });
      },
      { logger: quietly(log) },
    );
  let task = schedule();
  const watch = setInterval(() => {
    if (performance.now() - heardMs < silenceMs) return;
    void task.destroy();
    heardMs = performance.now();
    task = schedule();
  }, 1_000);
  return {
    async stop() {
      clearInterval(watch);
      await task.destroy();
      await running;
    },
  };
}
