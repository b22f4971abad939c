import { afterEach, describe, expect, test } from 'vitest';
import { documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock } from './captured-io.ts';

let operator: StandInOperator | null = null;
afterEach(() => operator?.kill());

const noSettings = { XDG_CONFIG_HOME: '/nonexistent' };

describe('path without a controller', () => {
  test('an allowed path is JSON of the contract, exit code 0', async () => {
    const ran = await drydock(['path', 'postgresql', '16.4', '16.14', '-o', 'json'], { env: noSettings });
    expect(ran.exitCode).toBe(0);
    const path = JSON.parse(ran.stdout);
    expect(path).toMatchObject({ apiVersion: 'drydock/v1', engine: 'postgresql', from: '16.4', to: '16.14', admissible: true });
    expect(path.hops).toMatchObject([{ from: '16.4', to: '16.14', kind: 'rolling', rollback: 'lossless' }]);
    expect(path.pack.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('a path that no rule allows says why and what to do, exit code 3', async () => {
    const ran = await drydock(['path', 'postgresql', '17.4', '16.4', '-o', 'json'], { env: noSettings });
    expect(ran.exitCode).toBe(3);
    const [refusal] = JSON.parse(ran.stdout).refused;
    expect(refusal.reason).toContain('an older major version');
    expect(refusal.instead).not.toBeNull();
    expect((await drydock(['path', 'postgresql', '17.4', '16.4'], { env: noSettings })).stdout).toContain('an older major version');
  });

  test.each([
    { argv: ['postgresql', 'x', '16.14'], exitCode: 2, why: 'a version that does not parse' },
    { argv: ['postgresql', '16.4', 'x'], exitCode: 2, why: 'a target that does not parse' },
    { argv: ['nosuch', '1.0', '1.1'], exitCode: 4, why: 'an engine without a pack' },
  ])('$why ends with $exitCode', async ({ argv, exitCode }) => {
    const ran = await drydock(['path', ...argv, '-o', 'json'], { env: noSettings });
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stdout).toBe('');
  });
});

describe('path for someone without a login', () => {
  test('the built-in packs answer where no controller is named, and say so', async () => {
    const ran = await drydock(['path', 'postgresql', '16.4', '16.14'], { env: { ...noSettings, DRYDOCK_IDENTITY: '' } });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(/^not logged in to the controller at .*; using the built-in rule packs\n$/);
  });

  test('a named controller is not passed over: refused, with the way to ask the built-in packs', async () => {
    const named = { ...noSettings, DRYDOCK_IDENTITY: '', DRYDOCK_CONTROLLER: '127.0.0.1:1' };
    const ran = await drydock(['path', 'postgresql', '16.4', '16.14'], { env: named });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toMatch(/not logged in to 127\.0\.0\.1:1; .*; --offline uses the built-in rule packs/);
  });
});

describe('path with a controller', () => {
  const argv = [
    'path',
    'postgresql',
    '16.4',
    '16.14',
    '--os',
    'debian:12',
    '--arch',
    'arm64',
    '--trait',
    'a=1',
    '--trait',
    'b=2',
    '--via',
    '16.9',
    '--via',
    '16.10',
  ];

  test('asks it, with all that was said', async () => {
    const asked: unknown[] = [];
    operator = await startOperator({
      answers: {
        FindPath: (question) => {
          asked.push(question);
          return { path: documentBytes(documents.path) };
        },
      },
    });
    const ran = await drydock([...argv, '-o', 'json'], { env: { DRYDOCK_CONTROLLER: operator.address } });
    expect(asked).toEqual([
      {
        engine: 'postgresql',
        from: '16.4',
        to: '16.14',
        os: 'debian:12',
        arch: 'arm64',
        traits: { a: '1', b: '2' },
        via: ['16.9', '16.10'],
      },
    ]);
    expect(JSON.parse(ran.stdout)).toEqual(documents.path);
  });

  test('--offline does not ask', async () => {
    const ran = await drydock(['path', 'postgresql', '16.4', '16.14', '--offline'], { env: { DRYDOCK_CONTROLLER: '127.0.0.1:1' } });
    expect(ran.exitCode).toBe(0);
  });

  test('12.B10: a trait that no rule of the engine knows is wrong usage, exit code 2', async () => {
    const ran = await drydock(['path', 'ozone', '2.0.0', '2.1.0', '--trait', 'omHA=true', '--offline'], {});
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/unknown trait omHA: the rules of ozone use .*omHa/);
  });

  test('12.B10: the first line says that nothing is known of a version that the pack does not list', async () => {
    const ran = await drydock(['path', 'postgresql', '16.4', '99.1', '--offline'], {});
    expect(ran.stdout.split('\n')[0]).toMatch(/^postgresql {2}16\.4 → 99\.1 {3}the pack does not list 99\.1/);
  });

  test('12.B10: the tasks of 16.5 and 16.9 are named on the way from 16.4 to 16.14', async () => {
    const ran = await drydock(['path', 'postgresql', '16.4', '16.14', '--offline'], {});
    expect(ran.stdout).toMatch(/task {2}recreate-foreign-keys-of-detached-partitions \(release notes of 16\.5\)/);
    expect(ran.stdout).toMatch(/task {2}reindex-brin-bloom \(release notes of 16\.9\)/);
  });
});
