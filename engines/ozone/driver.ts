/** Acts on one process of an Ozone cluster: over its HTTP port, by `ozone` of the activated release, and by what its folders show. */
import { join } from 'node:path';
import { hadoopXmlFormat } from '../kit/config/hadoop-xml-format.ts';
import { orNull } from '../kit/host/asking.ts';
import { configAtStart } from '../kit/host/config-file.ts';
import { defineDriver, type Observed } from '../kit/host/driver.ts';
import { checks, type Sight, serving, versionOf } from './checks.ts';
import { refusedChanges } from './config.ts';
import { connectionOf } from './connection.ts';
import { type Component, isLesser, type ServerFacts } from './facts.ts';
import { omAdmin, scmAdmin } from './hop-steps.ts';
import { layoutReadable, release } from './host/admin.ts';
import { ozoneVerbs, preparedSetting } from './host/managers.ts';
import { askLife, sightOf } from './host/sight.ts';
import { ozoneSnapshots } from './host/snapshots.ts';
import { tools } from './tools.ts';

export const ozoneDriver = defineDriver<typeof checks, Sight>({
  engine: 'ozone',
  checks,
  tools,
  startFlags: ['--upgrade', '--downgrade'],
  connectionOf,
  sight: sightOf,
  observed,
  // What lies there tells of its metadata, and the settings what it is.
  async observedInPart(seen) {
    const [clusterId, version] = await Promise.all([orNull(seen.versionFile()), orNull(versionOf(seen))]);
    return {
      databaseId: clusterId?.clusterId ?? null,
      name: await orNull(nameOf(seen)),
      runningVersion: version,
      format: clusterId?.layout == null ? null : String(clusterId.layout),
      detail: { component: seen.component },
    };
  },
  expectedName({ settings }) {
    const { component, memberName } = connectionOf(settings);
    // These have no name among others of their kind.
    return { name: memberName ?? (isLesser(component) ? settings.instance : null), correct: 'connection.memberName' };
  },
  capable: async (seen) => capabilitiesOf(seen.component, (await serving(seen))[0]),
  answers: { 'layout-readable': ({ context, expect }) => layoutReadable(context, expect) },
  release,
  alive: askLife,
  // A stop is short by itself: managers and storage container managers keep everything in their log.
  shorten: async () => {},
  // Its store is locked by a process that no probe of a file shows: that its port is closed and its unit down has to do.
  holder: async () => null,
  answersAtAll: askLife,
  async accepts(context, expectVersion) {
    const seen = sightOf(context);
    const version = await versionOf(seen);
    if (version !== expectVersion) return [false, `it runs ${version ?? 'an unknown version'}, not ${expectVersion}`];
    // A manager waits for others, a datanode for its storage container manager: what follows the start waits for them.
    return [true, `it answers, as ${version}`];
  },
  config: configAtStart({
    format: hadoopXmlFormat,
    path: ({ settings }) => settings.configFile ?? join(settings.dataDir, 'ozone-site.xml'),
    refuses: refusedChanges,
  }),
  verbs: ozoneVerbs,
  settings: preparedSetting,
  snapshots: ozoneSnapshots,
});

async function observed(seen: Sight): Promise<Observed> {
  const { component } = seen;
  const [site, version, [inService], name, databaseId] = await Promise.all([
    seen.site(),
    versionOf(seen),
    serving(seen),
    nameOf(seen),
    orNull(seen.clusterId()),
  ]);
  const hasLayout = !isLesser(component);
  const [layout, om, scm, nodes] = await Promise.all([
    hasLayout ? seen.layout() : null,
    component === 'om' ? seen.om() : null,
    component === 'scm' ? seen.scm() : null,
    component === 'scm' ? seen.nodes() : null,
  ]);
  const detail: ServerFacts = {
    state: 'reachable',
    component,
    version: version ?? '',
    layout,
    prepared: component === 'om' ? await seen.prepared() : null,
    declared: [...site.declared],
    omHa: site.omHa,
    unreachable: [...site.unreachable],
    roles: [...(om?.roles ?? [])],
    safeMode: scm?.safeMode == null ? null : [...scm.safeMode],
    datanodes: [...(nodes?.datanodes ?? [])],
    datanodeCounts: [...(nodes?.counts ?? [])],
  };
  return {
    databaseId,
    name,
    runningVersion: version,
    format: layout === null ? null : String(layout.metadata),
    role: component,
    inService: inService === true,
    peers: peersSeen(detail, name),
    capabilities: capabilitiesOf(component, inService),
    detail,
  };
}

/** What tells the cluster something goes through one that serves. */
function capabilitiesOf(component: Component, inService: boolean | null): readonly string[] {
  if (inService !== true) return [];
  return component === 'om' ? [omAdmin] : component === 'scm' ? [scmAdmin] : [];
}

/** As its peers know it; what has none of its kind, by what it is. */
async function nameOf(seen: Sight): Promise<string | null> {
  const { ownName, declared } = await seen.site();
  if (seen.component === 'datanode') return (await orNull(seen.datanode()))?.member ?? (await seen.datanodeId());
  if (seen.component === 'om' || seen.component === 'scm') return ownName ?? (declared.length > 1 ? null : (declared[0] ?? seen.component));
  return null;
}

function peersSeen({ roles, datanodes }: ServerFacts, own: string | null): Observed['peers'] {
  const oms = roles.filter(({ member }) => member !== own);
  return [
    ...oms.map(({ member, role }) => ({ member, healthy: true, state: role.toLowerCase(), lagBytes: null })),
    ...datanodes.map(({ member, health }) => ({
      member,
      healthy: health.startsWith('HEALTHY'),
      state: health.toLowerCase(),
      lagBytes: null,
    })),
  ];
}
