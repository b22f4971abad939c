import { describe, expect, it } from 'vitest';
import { runtimeProblem } from '../../common/runtime.ts';

describe('12.A2: a program started on a runtime that it cannot run on', () => {
  it.each([
    ['20.20.2', '9'],
    ['18.20.8', '9'],
    ['22.9.0', '9'],
    ['21.7.3', undefined],
  ])('says on Node %s what it needs and what to do, in one sentence', (node, napi) => {
    const problem = runtimeProblem({ node, ...(napi === undefined ? {} : { napi }) });
    expect(problem).toBe(
      `Node 22.14.0 or newer is required, but this is Node ${node}: start the program with npx or npm run, which use the Node that npm ci installed, or install a newer Node`,
    );
  });

  it.each([
    ['22.14.0', '10'],
    ['24.21.0', '10'],
    ['26.1.0', '11'],
  ])('runs on Node %s', (node, napi) => {
    expect(runtimeProblem({ node, napi })).toBeNull();
  });
});
