/** etcd as the contract needs it. */
import type { EngineObservation } from '../../common/driver.ts';
import { checks } from '../../engines/etcd/checks.ts';
import { etcdDriver as driver } from '../../engines/etcd/driver.ts';
import { serverFactsOf, serverSchema } from '../../engines/etcd/facts.ts';
import { parseEndpointStatus, parseUnknownFlag } from '../../engines/etcd/probe.ts';
import { etcdProcedure as procedure } from '../../engines/etcd/procedure.ts';
import { tools } from '../../engines/etcd/tools.ts';
import { parsersOf } from '../../engines/kit/pure/tools.ts';
import type { FormSubject } from './form.ts';
import { playBack } from './playback.ts';
import { type RecordedSubject, recording } from './recorded.ts';
import type { SilentSubject } from './silence.ts';
import type { Recordings } from './subject.ts';

const recordings: Recordings = {
  dir: new URL('../recorded/etcd/', import.meta.url),
  product: 'etcd',
  parsers: { ...parsersOf(tools), 'unknown-flag': parseUnknownFlag },
  observed: async (version) => [await playedBack(version)],
};

/** The driver looks at the one member whose words are recorded; the two others do not answer. */
async function playedBack(version: string): Promise<EngineObservation> {
  const output = (name: string) => recording(recordings, version, name);
  const [own] = parseEndpointStatus(output('endpoint-status')) ?? [];
  const endpoint = own?.endpoint ?? '';
  return playBack(driver, {
    version,
    get: (path) => output(`http-${path.slice(1)}`),
    run(program, args) {
      if (program === 'etcd') return output('version');
      return args.includes(`--endpoints=${endpoint}`) ? output(args.slice(0, 2).join('-')) : null;
    },
    connection: (port) => ({ endpoint, httpEndpoint: `http://127.0.0.1:${port}`, memberName: 'etcd-1' }),
  });
}

export const etcdSubject: RecordedSubject & SilentSubject = {
  driver,
  procedure,
  factsOf: serverFactsOf,
  recordings,
  silence: { connection: (port) => ({ endpoint: `http://127.0.0.1:${port}` }) },
};

export const etcdForm: FormSubject = {
  procedure,
  driver,
  checks,
  tools,
  serverSchema,
  recordings,
  hops: [
    ['3.5.21', '3.5.35'],
    ['3.5.35', '3.6.16'],
    ['3.6.16', '3.7.3'],
  ],
};
