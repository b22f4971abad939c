import { afterEach, describe, expect, test } from 'vitest';
import { fail } from '../../common/failure.ts';
import { documentBytes, type OperatorScript, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock, type Surroundings } from './captured-io.ts';

const started: StandInOperator[] = [];
afterEach(() => {
  for (const operator of started.splice(0)) operator.kill();
});

async function run(script: OperatorScript, argv: readonly string[], surroundings: Surroundings = {}) {
  const operator = await startOperator(script);
  started.push(operator);
  return drydock(argv, { ...surroundings, env: { DRYDOCK_CONTROLLER: operator.address } });
}

/** A controller whose database sees more members than are named, and what it was asked. */
function seesMore() {
  const asked: object[] = [];
  const script: OperatorScript = {
    answers: {
      AdoptCluster: (question) => {
        asked.push({ reason: question.reason, fewerThanSeen: question.fewerThanSeen });
        if (question.fewerThanSeen && question.reason !== '') return { cluster: documentBytes(documents.cluster) };
        throw fail('refused', 'fewer-than-seen', 'pg-main was not adopted: the database sees pg-1, pg-2, pg-3');
      },
    },
  };
  return { asked, script };
}

describe('cluster adopt with fewer members than the database sees', () => {
  const adopt = ['cluster', 'adopt', 'pg-main', '--members', '2'];

  test('13.4: asks a person for the reason', async () => {
    const { asked, script } = seesMore();
    const ran = await run(script, adopt, { typed: 'pg-3 is a report server\n' });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain('the database sees pg-1, pg-2, pg-3');
    expect(asked.at(-1)).toEqual({ reason: 'pg-3 is a report server', fewerThanSeen: true });
  });

  test('13.4: asks for a yes where the reason was given, and adopts nothing without one', async () => {
    const { asked, script } = seesMore();
    const ran = await run(script, [...adopt, '--reason', 'a report server'], { typed: 'n\n' });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain('nothing was adopted');
    expect(asked).toHaveLength(1);
    expect((await run(script, [...adopt, '--reason', 'a report server'], { typed: 'y\n' })).exitCode).toBe(0);
  });

  test('13.4: is refused where there is nobody to ask; a script gives --yes and --reason', async () => {
    const { asked, script } = seesMore();
    const refused = await run(script, adopt);
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(asked).toHaveLength(1);
    expect((await run(script, [...adopt, '--yes', '--reason', 'a report server'])).exitCode).toBe(0);
    expect(await run(script, [...adopt, '--yes'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--yes requires --reason'),
    });
  });
});

test('12.C13: host forget and cluster forget send name and reason, and say what was done', async () => {
  const asked: object[] = [];
  const script: OperatorScript = {
    answers: {
      ForgetHost: (question) => {
        asked.push({ ...question });
        return {};
      },
      ForgetCluster: (question) => {
        asked.push({ ...question });
        return {};
      },
    },
  };
  expect(await run(script, ['host', 'forget', 'db-2'])).toMatchObject({ exitCode: 0, stderr: 'forgot host db-2\n' });
  expect((await run(script, ['cluster', 'forget', 'pg-main', '--reason', 'gone'])).exitCode).toBe(0);
  expect(asked).toEqual([
    { host: 'db-2', reason: '' },
    { cluster: 'pg-main', reason: 'gone' },
  ]);
  expect(await run(script, ['cluster', 'forget', 'pg-main'])).toMatchObject({ exitCode: 2 });
});

test('12.C17: host list asks for page after page', async () => {
  const page = (host: string) => documentBytes({ apiVersion: 'drydock/v1', hosts: [{ ...documents.host, host }] });
  const script: OperatorScript = {
    answers: { ListHosts: ({ after }) => (after === '' ? { hosts: page('db-1'), nextAfter: 'db-1' } : { hosts: page(`after-${after}`) }) },
  };
  const ran = await run(script, ['host', 'list', '-o', 'json']);
  expect(JSON.parse(ran.stdout)).toMatchObject({ hosts: [{ host: 'db-1' }, { host: 'after-db-1' }] });
});
