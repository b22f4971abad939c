import { defineConfig } from 'vitest/config';

/** Suites by cost: `npm test` runs all of these; the e2e suite starts real servers and runs its files one after the other. */
export default defineConfig({
  test: {
    // The default leaves one core idle; on two cores that is half of them.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/simulator/**'],
          testTimeout: 20_000,
        },
      },
      { test: { name: 'simulator', include: ['test/simulator/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
