/** `drydock-agent check`: what would keep the agent from its work, found out without starting or changing anything. */
import { join } from 'node:path';
import { type CheckDocument, checkDocument } from '../common/check-report.ts';
import { toFailure } from '../common/failure.ts';
import { fileObstacle, folderFault, type WantedFolder } from '../common/file-obstacle.ts';
import { identityFaults } from '../common/identity/identity-faults.ts';
import { drivers } from '../engines/drivers.ts';
import { askRoots } from '../proto/enrolling.ts';
import { dialledBy } from './identity.ts';
import { driverOf } from './instance.ts';
import type { AgentSettings } from './settings.ts';

/** Of settings that are valid in themselves. The controller is asked for what it tells everybody, over a connection on which both sides prove who they are. */
export async function checkAgent(settings: AgentSettings, nowMs: number): Promise<CheckDocument> {
  const { host, controller, stateDir, identityDir } = settings;
  const wanted: readonly WantedFolder[] = [
    { field: 'stateDir', path: stateDir, need: 'writable' },
    ...settings.instances.flatMap(({ instance, releasesDir, snapshotsDir }) => [
      { field: `releasesDir of ${instance}`, path: releasesDir, need: 'writable' as const },
      { field: `snapshotsDir of ${instance}`, path: snapshotsDir, need: 'made' as const },
    ]),
  ];
  const enrol = `run drydock token create --host ${host}, then drydock-agent enroll here`;
  const identity = identityFaults(
    {
      folder: identityDir,
      absent: `host ${host} is not enrolled: ${enrol}`,
      remedy: enrol,
      wrongOwner: ({ identity: { class: of, name } }) =>
        of === 'agent' && name === host
          ? null
          : `the certificate in ${identityDir} is of ${of} ${name}, but host in the settings is ${host}: correct it, or enroll again`,
    },
    nowMs,
  );
  const journal = fileObstacle(join(stateDir, 'journal.db'));
  return checkDocument('drydock-agent', [
    { part: 'instances', faults: settings.instances.flatMap((instance) => faultOf(() => driverOf(instance, drivers))) },
    { part: 'folders', faults: wanted.map(folderFault).filter((fault) => fault !== null) },
    {
      part: 'journal',
      faults: journal === null ? [] : [`the journal cannot be opened: ${journal}; fix it, or set another stateDir`],
    },
    { part: 'identity', faults: identity },
    // What has no good identity is not let in anyway.
    ...(identity.length > 0 ? [] : [{ part: 'controller', faults: await reached(settings, controller, nowMs) }]),
  ]);
}

function faultOf(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (thrown) {
    return [toFailure(thrown).message];
  }
}

async function reached(settings: AgentSettings, controller: string, nowMs: number): Promise<readonly string[]> {
  const why = await askRoots(controller, dialledBy(settings, nowMs).credentials).then(
    () => null,
    (thrown: Error) => thrown.message,
  );
  return why === null ? [] : [`${why}; check the controller, controller: ${controller} in the settings, and the network between them`];
}
