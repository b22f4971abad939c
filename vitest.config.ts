import { defineConfig } from 'vitest/config';

/**
 * Suites by cost: `npm test` runs fast, simulator and e2e; slow, engines and kill have their own scripts; `npm run test:every-point` is the
 * simulator with nothing left out. Slow suites with real servers run their files one after the other; of `kill`, one file plays beside the other.
 */
export default defineConfig({
  test: {
    // One more than the two cores of the smallest machine: e2e, which comes first, waits for servers most of its time.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/simulator/**', 'test/engines-real/**', 'test/kill/matrix-*.test.ts'],
          testTimeout: 120_000,
          // Files of a worker share its process and what was imported, rule packs above all: half of the time is saved by that.
          isolate: false,
        },
      },
      {
        test: {
          name: 'simulator',
          include: ['test/simulator/**/*.test.ts'],
          // As in fast: a second of imports for each file else.
          isolate: false,
          testTimeout: process.env.EVERY_POINT === undefined ? 300_000 : 1_800_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/**/*.slow.test.ts'],
          globalSetup: 'test/e2e/build-once.ts',
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/e2e/**/*.slow.test.ts'],
          globalSetup: 'test/e2e/build-once.ts',
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'engines',
          include: ['test/engines-real/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      { test: { name: 'kill', include: ['test/kill/matrix-*.test.ts'], testTimeout: 12 * 3_600_000 } },
    ],
  },
});
