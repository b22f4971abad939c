/** Lets a driver look at a member that is not there, and says what one said when it was recorded. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { systemClock } from '../../common/clock.ts';
import type { Driver, EngineObservation } from '../../common/driver.ts';
import { realHost } from './real-host.ts';
import { unpriced } from './unpriced.ts';

export interface Spoken {
  readonly version: string;
  /** Answers to GET, by path; null: it has none. */
  get(path: string): string | null;
  /** Output of a program of the release, named without its folder; null: it fails. */
  run(program: string, args: readonly string[]): string | null;
  connection(port: number): Readonly<Record<string, unknown>>;
}

export async function playBack(driver: Driver, spoken: Spoken): Promise<EngineObservation> {
  const server = createServer((request, response) => {
    const answer = spoken.get(request.url ?? '');
    response.writeHead(answer === null ? 404 : 200).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const host = realHost(async () => ({ active: true, invocationId: 'life', pid: null }));
  const context = unpriced({
    settings: {
      instance: 'recorded-1',
      cluster: 'recorded',
      engine: driver.engine,
      dataDir: '/srv/recorded',
      releasesDir: '/opt/recorded',
      unit: 'recorded.service',
      snapshotsDir: '/srv/snapshots',
      connection: spoken.connection(port),
    },
    host: {
      ...host,
      run: async ([program, ...args]: readonly [string, ...string[]]) => {
        const stdout = spoken.run(basename(program), args);
        return { exitCode: stdout === null ? 1 : 0, stdout: stdout ?? '', stderr: '' };
      },
    },
    clock: systemClock,
    signal: new AbortController().signal,
    currentRelease: `/opt/recorded/${spoken.version}`,
  });
  try {
    return await driver.observe(context, []);
  } finally {
    server.close();
  }
}
