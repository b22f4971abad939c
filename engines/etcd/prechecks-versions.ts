/** Prechecks about what the members run and what the cluster has settled on. PURE. */
import type { Problem } from '../../common/procedure.ts';
import { warn } from '../precheck-problems.ts';
import { refuse } from './refusals.ts';
import type { Scene } from './scene.ts';
import { etcdScheme } from './scheme.ts';

export function versionProblems(scene: Scene): readonly Problem[] {
  return [...onDisk(scene), ...mixed(scene), ...unsettled(scene), ...downgrades(scene)];
}

function onDisk({ answering }: Scene): readonly Problem[] {
  return answering.flatMap(({ node }) => {
    const { running, onDisk } = node.facts?.version ?? { running: null, onDisk: null };
    if (running === null || onDisk === running) return [];
    return [
      refuse(
        'version-on-disk',
        node.instance,
        `${node.instance} runs ${running}, but its current release is ${onDisk ?? 'none'}: somebody changed it under the running server; put the matching release back`,
        'person',
      ),
    ];
  });
}

function runningVersions({ answering }: Scene): readonly string[] {
  return [...new Set(answering.flatMap(({ node }) => node.facts?.version.running ?? []))].sort(etcdScheme.compare);
}

function mixed(scene: Scene): readonly Problem[] {
  const versions = runningVersions(scene);
  if (versions.length <= 1) return [];
  const { cluster } = scene.view;
  return [warn('mixed-versions', cluster, `the members run different versions: ${versions.join(', ')}; keep that time short`)];
}

/** With all members new the leader raises the cluster's version within seconds: until then nothing else is begun. */
function unsettled(scene: Scene): readonly Problem[] {
  const { view, answering, expected } = scene;
  const series = new Set(runningVersions(scene).map(etcdScheme.series));
  const [only] = series;
  if (series.size !== 1 || only === undefined || answering.length < expected.length) return [];
  const waiting = answering.find(({ server }) => server.downgradeTarget === null && server.clusterVersion !== only);
  if (waiting === undefined) return [];
  const detail = `every member of ${view.cluster} runs ${only}, and the cluster's version is still ${waiting.server.clusterVersion ?? 'not decided'}; its leader raises it automatically`;
  return [refuse('cluster-version', view.cluster, detail, 'itself')];
}

/** In the middle of a plan that leads down it is as it should be; the guards of every other plan refuse it. */
function downgrades({ view, answering }: Scene): readonly Problem[] {
  const [target] = answering.flatMap(({ server }) => server.downgradeTarget ?? []);
  return target === undefined ? [] : [warn('no-downgrade', view.cluster, `a downgrade of ${view.cluster} to ${target} is under way`)];
}
