/** A release folder seen from the outside, before anything depends on it. */
import type { BundleInspection, DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import type { CheckId } from '../checks.ts';
import { etcdScheme } from '../scheme.ts';
import { flagsKnownBy } from './flags.ts';
import type { Answer } from './tools.ts';
import { programOf } from './tools.ts';
import { lastWithV2Store, v2Content } from './v2store.ts';
import { versionOf } from './versions.ts';

export async function inspectBundle(context: DriverContext, releaseDir: string): Promise<BundleInspection> {
  const [version, ...tools] = await Promise.all([
    versionOf(context, releaseDir, 'etcd'),
    versionOf(context, releaseDir, 'etcdctl'),
    versionOf(context, releaseDir, 'etcdutl'),
  ]);
  const complete = completeness(releaseDir, version, tools);
  if (complete.ok !== true) return { version, findings: [complete] };
  return {
    version,
    findings: [complete, await finding('flags-known', () => flagsKnownBy(context, releaseDir)), ...(await v2Findings(context, version))],
  };
}

/** A program that was built for another machine, or is missing, says nothing. */
function completeness(releaseDir: string, version: string | null, [ctl, utl]: readonly (string | null)[]): Finding {
  const check = 'release-complete';
  if (version === null)
    return { check, ok: false, detail: `${programOf(releaseDir, 'etcd')} does not run here, or reports no known version` };
  if (ctl === version && utl === version) return { check, ok: true, detail: `etcd, etcdctl and etcdutl are there and are ${version}` };
  const reported = (name: string, found: string | null | undefined) => `${name} ${found ?? 'does not run here'}`;
  return {
    check,
    ok: false,
    detail: `etcd is ${version}, ${reported('etcdctl', ctl)}, ${reported('etcdutl', utl)}: a release holds all three of one version`,
  };
}

/** Of a release that does not carry the v2 store on. */
async function v2Findings(context: DriverContext, version: string | null): Promise<readonly Finding[]> {
  if (version === null || etcdScheme.compareSeries(etcdScheme.series(version), lastWithV2Store) <= 0) return [];
  return [await finding('no-v2-content', () => v2Content(context))];
}

async function finding(check: CheckId, ask: () => Promise<Answer>): Promise<Finding> {
  try {
    const [ok, detail] = await ask();
    return { check, ok, detail };
  } catch (thrown) {
    return { check, ok: null, detail: toFailure(thrown).message };
  }
}
