/** What the facts of a cluster tell that speaks against a run. PURE. */
import type { Wrong } from '../kit/pure/checks.ts';
import { notInService, ofCluster } from '../kit/pure/common-checks.ts';
import type { Scene } from '../kit/pure/scene.ts';
import { componentOf, countOf, isLesser, type ServerFacts } from './facts.ts';

type Facts = (scene: Scene<ServerFacts>) => readonly Wrong[];

/** By Ratis of factor three. */
export const leastDatanodes = 3;

/** Of what only shows, or only leads to the rest, it is said and keeps nothing. */
export const notServing: Facts = (scene) =>
  notInService('it has no leader, or reports to no SCM')(scene).map((found) => {
    const node = scene.view.nodes.find(({ instance }) => instance === found.subject);
    return node !== undefined && isLesser(componentOf(node)) ? { ...found, severity: 'warn' } : found;
  });

const scms = ({ answering }: Scene<ServerFacts>) => answering.filter(({ server }) => server.component === 'scm');
const oms = ({ answering }: Scene<ServerFacts>) => answering.filter(({ server }) => server.component === 'om');

export const safeMode: Facts = (scene) =>
  // While something is stopped on purpose it may well be in it.
  scene.away.length > 0
    ? []
    : scms(scene)
        .filter(({ server }) => server.safeMode !== null)
        .map(({ node: { instance }, server }) => {
          const detail = `${instance} is in safe mode: ${(server.safeMode ?? []).join('; ')}; it leaves safe mode automatically, check ozone admin safemode status --verbose`;
          return { subject: instance, detail };
        });

export const datanodes = ofCluster<ServerFacts>((scene) => {
  if (scene.away.length > 0) return [];
  const [first] = scms(scene);
  const amiss = (first?.server.datanodeCounts ?? []).filter(
    ({ operational, health }) => operational !== 'DECOMMISSIONED' && !(operational === 'IN_SERVICE' && health.startsWith('HEALTHY')),
  );
  return amiss.map(({ operational, health, count }) => {
    const what = `${count} ${count === 1 ? 'datanode is' : 'datanodes are'} ${operational} and ${health}`;
    return `${what}: wait until that is over, or check ozone admin datanode list`;
  });
});

/** It asks every manager at port 9862 of its host, whatever the configuration says, and waits for ever where none answers. */
export const prepareHangs: Facts = (scene) =>
  oms(scene)
    .filter(({ server }) => server.unreachable.length > 0)
    .slice(0, 1)
    .map(({ node: { instance }, server }) => {
      const detail = `ozone admin om prepare connects to each OM at port 9862 and waits forever if none answers; ozone.om.address sets another port for ${server.unreachable.join(', ')}: set it to 9862 first`;
      return { subject: instance, detail };
    });

/** Only an upgrade prepares them: one that was broken off left this. */
export const leftPrepared: Facts = (scene) =>
  oms(scene)
    .filter(({ server }) => server.prepared === true)
    .map(({ node: { instance } }) => {
      return { subject: instance, detail: `${instance} is prepared for an upgrade and takes no writes: run ozone admin om cancelprepare` };
    });

export const tooFewToFinalize = ofCluster<ServerFacts>((scene) => {
  const [first] = scms(scene);
  if (first === undefined || scene.away.length > 0) return [];
  const healthy = countOf(first.server, 'HEALTHY') + countOf(first.server, 'HEALTHY_READONLY');
  if (healthy >= leastDatanodes) return [];
  return [`${scene.view.cluster} has ${healthy} healthy datanodes: finalizing the upgrade needs ${leastDatanodes}`];
});
