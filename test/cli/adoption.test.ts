import { afterEach, describe, expect, test } from 'vitest';
import type { AdoptionDocument } from '../../common/documents/administration.ts';
import { fail } from '../../common/failure.ts';
import { documentBytes, type OperatorScript, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import { drydock } from './captured-io.ts';

let operator: StandInOperator | null = null;
afterEach(() => operator?.kill());

async function run(script: OperatorScript, argv: readonly string[]) {
  operator = await startOperator(script);
  return drydock(argv, { env: { DRYDOCK_CONTROLLER: operator.address } });
}

const learned = { run: 'r-7-a9', instance: 'pg-2', host: 'db-2', epoch: 4, writer: 'w-1' };
const adoption: AdoptionDocument = {
  apiVersion: 'drydock/v1',
  reason: 'the disk was lost',
  clusters: [
    {
      cluster: 'pg-main',
      epoch: 5,
      learned: [
        { ...learned, order: 'r-7-a9/h1.canary.pg-2.standby.downtime/1', what: 'downtime', outcome: 'done' },
        { ...learned, order: 'r-7-a9/h1.roll.pg-1.primary.handover.promote/1', what: 'act promote', outcome: 'failed' },
      ],
      gaps: [{ kind: 'history-gap', host: 'db-3', detail: 'db-3 is not connected: what its agent holds stays unknown' }],
      ended: [{ run: 'r-6-c1', state: 'aborted', reason: 'the fleet went on without this store' }],
    },
    { cluster: 'etcd-1', epoch: 2, learned: [], gaps: [], ended: [] },
  ],
};
const asked: unknown[] = [];
const script: OperatorScript = {
  answers: {
    AdoptFleet: (question) => {
      asked.push(question);
      return { adoption: documentBytes(adoption) };
    },
  },
};
const adopt = ['controller', 'adopt', '--reason', 'the disk was lost'];

describe('controller adopt', () => {
  test('12.A2: tells cluster by cluster what was learned, what stays unknown, which runs ended, and what to look at', async () => {
    const { exitCode, stdout, stderr } = await run(script, adopt);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(asked.at(-1)).toMatchObject({ reason: 'the disk was lost' });
    await expect(stdout).toMatchFileSnapshot('../golden/cli/adoption.txt');
  });

  test('12.A2: gives programs the document as the controller made it', async () => {
    const { exitCode, stdout } = await run(script, [...adopt, '-o', 'json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(adoption);
  });

  test('12.A2: without a reason nothing is asked', async () => {
    const { exitCode, stdout, stderr } = await run(script, ['controller', 'adopt']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('--reason');
    expect(operator?.asked).toEqual([]);
  });

  test('12.A2: a refusal of the controller is its exit code and its sentence', async () => {
    const refuses = () => {
      throw fail('refused', 'not-behind', 'no cluster is ahead of this store; there is nothing to adopt');
    };
    expect(await run({ answers: { AdoptFleet: refuses } }, adopt)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'drydock: no cluster is ahead of this store; there is nothing to adopt\n',
    });
  });
});
