/** Cassandra as the contract needs it. */
import { once } from 'node:events';
import { basename } from 'node:path';
import { systemClock } from '../../common/clock.ts';
import type { EngineObservation } from '../../common/driver.ts';
import { checks } from '../../engines/cassandra/checks.ts';
import { cassandraDriver as driver } from '../../engines/cassandra/driver.ts';
import { serverFactsOf, serverSchema } from '../../engines/cassandra/facts.ts';
import { recordedQueries } from '../../engines/cassandra/host/sight.ts';
import { parseRows } from '../../engines/cassandra/probe.ts';
import { cassandraProcedure as procedure } from '../../engines/cassandra/procedure.ts';
import { tools } from '../../engines/cassandra/tools.ts';
import { parsersOf } from '../../engines/kit/pure/tools.ts';
import { cqlServer } from '../stand-ins/cql-server.ts';
import type { FormSubject } from './form.ts';
import { realHost } from './real-host.ts';
import { type RecordedSubject, recording } from './recorded.ts';
import type { SilentSubject } from './silence.ts';
import type { Recordings } from './subject.ts';
import { unpriced } from './unpriced.ts';

const recordings: Recordings = {
  dir: new URL('../recorded/cassandra/', import.meta.url),
  product: 'cassandra',
  parsers: { ...parsersOf(tools), ...Object.fromEntries(Object.keys(recordedQueries).map((name) => [name, parseRows])) },
  observed: async (version) => [await playedBack(version)],
};

/** The driver looks at the one node whose words are recorded. */
async function playedBack(version: string): Promise<EngineObservation> {
  const output = (name: string) => recording(recordings, version, name);
  const server = cqlServer((query) => {
    const [name] = Object.entries(recordedQueries).find(([, each]) => each === query) ?? [];
    return name === undefined ? null : output(name).trim();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const context = unpriced({
    settings: {
      instance: 'recorded-1',
      cluster: 'recorded',
      engine: driver.engine,
      dataDir: '/srv/recorded',
      releasesDir: '/opt/recorded',
      unit: 'recorded.service',
      snapshotsDir: '/srv/snapshots',
      connection: connection(port),
    },
    host: {
      ...realHost(async () => ({ active: true, invocationId: 'life', pid: null })),
      run: async ([program, ...args]: readonly [string, ...string[]]) => ({
        exitCode: 0,
        stdout: output(basename(program) === 'cassandra' ? 'version' : (args.at(-1) ?? '')),
        stderr: '',
      }),
    },
    clock: systemClock,
    signal: new AbortController().signal,
    currentRelease: `/opt/recorded/${version}`,
  });
  try {
    return await driver.observe(context, []);
  } finally {
    server.close();
  }
}

const connection = (port: number) => ({ nativePort: port, jmxPort: port, storagePort: port });

export const cassandraSubject: RecordedSubject & SilentSubject = {
  driver,
  procedure,
  factsOf: serverFactsOf,
  recordings,
  silence: { connection },
};

export const cassandraForm: FormSubject = {
  procedure,
  driver,
  checks,
  tools,
  serverSchema,
  recordings,
  hops: [
    ['4.0.15', '4.0.21'],
    ['4.0.15', '4.1.7'],
  ],
  guardedBy: { 'sstables-current': 'sstables-readable' },
};
