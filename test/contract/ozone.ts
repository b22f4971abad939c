/** Ozone as the contract needs it. */
import type { EngineObservation } from '../../common/driver.ts';
import { parsersOf, type Tool } from '../../engines/kit/pure/tools.ts';
import { checks } from '../../engines/ozone/checks.ts';
import { ozoneDriver as driver } from '../../engines/ozone/driver.ts';
import { serverFactsOf, serverSchema } from '../../engines/ozone/facts.ts';
import { parseVersionFile } from '../../engines/ozone/probe.ts';
import { ozoneProcedure as procedure } from '../../engines/ozone/procedure.ts';
import { tools } from '../../engines/ozone/tools.ts';
import type { FormSubject } from './form.ts';
import { playBack } from './playback.ts';
import { type RecordedSubject, recording } from './recorded.ts';
import type { SilentSubject } from './silence.ts';
import type { Recordings } from './subject.ts';

const recordings: Recordings = {
  dir: new URL('../recorded/ozone/', import.meta.url),
  product: 'ozone',
  parsers: { ...parsersOf(tools), 'version-file': parseVersionFile },
  observed: async (version) => [await playedBack(version)],
};

/** The driver looks at the storage container manager, which knows the datanodes. */
function playedBack(version: string): Promise<EngineObservation> {
  const asked = Object.values<Tool>(tools);
  return playBack(driver, {
    version,
    get(path) {
      const name = asked.find(({ get }) => get === path)?.recorded;
      return name === undefined ? null : recording(recordings, version, name);
    },
    run: () => recording(recordings, version, 'version'),
    connection: (port) => ({ component: 'scm', memberName: 'scm1', httpEndpoint: `http://127.0.0.1:${port}` }),
  });
}

export const ozoneSubject: RecordedSubject & SilentSubject = {
  driver,
  procedure,
  factsOf: serverFactsOf,
  recordings,
  silence: { connection: (port) => ({ component: 'om', memberName: 'om1', httpEndpoint: `http://127.0.0.1:${port}` }) },
};

export const ozoneForm: FormSubject = {
  procedure,
  driver,
  checks,
  tools,
  serverSchema,
  recordings,
  hops: [
    ['2.2.0', '2.2.1'],
    ['2.1.1', '2.2.1'],
  ],
};
