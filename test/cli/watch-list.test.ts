import { afterEach, describe, expect, test } from 'vitest';
import { documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock, type Surroundings } from './captured-io.ts';

const started: StandInOperator[] = [];
afterEach(() => {
  for (const operator of started.splice(0)) operator.kill();
});

/** A controller that knows one more host each second time that it is asked, with Ctrl-C once the third is shown. */
async function watched(argv: readonly string[], surroundings: Surroundings = {}) {
  let asked = 0;
  const operator = await startOperator({
    answers: {
      ListHosts: () => {
        asked += 1;
        const hosts = Array.from({ length: Math.ceil(asked / 2) }, (_, at) => ({ ...documents.host, host: `db-${at + 1}` }));
        return { hosts: documentBytes({ apiVersion: 'drydock/v1', hosts }) };
      },
    },
  });
  started.push(operator);
  return drydock(argv, { interruptAt: 'db-3', ...surroundings, env: { DRYDOCK_CONTROLLER: operator.address } });
}

describe('13.5: --watch on a list', () => {
  test('13.5: writes in a pipe what is new, once, and Ctrl-C ends it well', async () => {
    const ran = await watched(['host', 'list', '--watch']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(
      ran.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ /)[0]),
    ).toEqual(['HOST', 'db-1', 'db-2', 'db-3']);
  });

  test('13.5: writes one JSON document a line, only when it is another', async () => {
    const ran = await watched(['host', 'list', '-w', '-o', 'json']);
    const counts = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { hosts: unknown[] }).hosts.length);
    expect(counts).toEqual([1, 2, 3]);
  });

  test('13.5: draws the table over itself on a terminal', async () => {
    const ran = await watched(['host', 'list', '-w'], { terminal: { columns: 120, rows: 40 } });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('\u001b[');
    expect(ran.stdout).toContain('db-3');
  });
});
