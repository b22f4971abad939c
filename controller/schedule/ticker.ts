/** The periodic look: node-cron says that it is time and nothing else. What there is to do, the called function finds out itself. */
import cron from 'node-cron';

export interface Ticker {
  stop(): Promise<void>;
}

/** Calls `look` every second until stopped. A look that is still under way is not joined by a second one. */
export function startTicker(look: () => Promise<void>): Ticker {
  let running: Promise<void> | null = null;
  const task = cron.schedule('* * * * * *', () => {
    running ??= look().finally(() => {
      running = null;
    });
  });
  return {
    async stop() {
      await task.destroy();
      await running;
    },
  };
}
