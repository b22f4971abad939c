/** etcd as the contract needs it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { systemClock } from '../../common/clock.ts';
import type { DriverHost, EngineObservation } from '../../common/engine.ts';
import { etcdDriver as driver } from '../../engines/etcd/driver.ts';
import { serverFactsOf } from '../../engines/etcd/facts.ts';
import {
  parseEndpointHealth,
  parseEndpointStatus,
  parseHashKv,
  parseHealth,
  parseMemberList,
  parseProgramVersion,
  parseUnknownFlag,
  parseVersions,
} from '../../engines/etcd/probe.ts';
import { etcdProcedure as procedure } from '../../engines/etcd/procedure.ts';
import { realHost } from './real-host.ts';
import { type RecordedSubject, recording } from './recorded.ts';
import type { SilentSubject } from './silence.ts';
import type { Recordings } from './subject.ts';

const recordings: Recordings = {
  dir: new URL('../recorded/etcd/', import.meta.url),
  product: 'etcd',
  parsers: {
    version: parseProgramVersion,
    'endpoint-status': parseEndpointStatus,
    'endpoint-health': parseEndpointHealth,
    'endpoint-hashkv': parseHashKv,
    'member-list': parseMemberList,
    'http-version': parseVersions,
    'http-health': parseHealth,
    'unknown-flag': parseUnknownFlag,
  },
  observed: async (version) => [await playedBack(version)],
};

/** The driver looks at the one member whose words are recorded; the two others do not answer. */
async function playedBack(version: string): Promise<EngineObservation> {
  const said = (name: string) => recording(recordings, version, name);
  const [own] = parseEndpointStatus(said('endpoint-status')) ?? [];
  const endpoint = own?.endpoint ?? '';
  const server = createServer((request, response) => response.end(said(`http${request.url?.replace('/', '-')}`))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const run: DriverHost['run'] = async ([program, ...args]) => {
    const name = basename(program) === 'etcd' ? 'version' : args.slice(0, 2).join('-');
    const answers = basename(program) === 'etcd' || args.includes(`--endpoints=${endpoint}`);
    return answers ? { exitCode: 0, stdout: said(name), stderr: '' } : { exitCode: 1, stdout: '', stderr: 'Error: nobody answers' };
  };
  try {
    return await driver.observe(
      {
        settings: {
          instance: 'etcd-1',
          cluster: 'etcd-main',
          engine: 'etcd',
          dataDir: '/srv/etcd',
          releasesDir: '/opt/etcd',
          unit: 'etcd.service',
          snapshotsDir: '/srv/snapshots',
          connection: { endpoint, httpEndpoint: `http://127.0.0.1:${port}`, memberName: 'etcd-1' },
        },
        host: { ...realHost(async () => ({ active: true, invocationId: 'life', pid: null })), run },
        clock: systemClock,
        signal: new AbortController().signal,
        currentRelease: `/opt/etcd/${version}`,
      },
      [],
    );
  } finally {
    server.close();
  }
}

export const etcdSubject: RecordedSubject & SilentSubject = {
  driver,
  procedure,
  factsOf: serverFactsOf,
  recordings,
  silence: { connection: (port) => ({ endpoint: `http://127.0.0.1:${port}` }) },
};
