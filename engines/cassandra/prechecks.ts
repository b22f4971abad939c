/** What the facts of a cluster tell that speaks against a run: its ring as each node sees it, and its schema. PURE. */
import type { Wrong } from '../kit/pure/checks.ts';
import { ofCluster } from '../kit/pure/common-checks.ts';
import type { Answering, Scene } from '../kit/pure/scene.ts';
import { ailmentOf, type RingNode, type ServerFacts } from './facts.ts';
import { cassandraScheme } from './scheme.ts';

type Facts = (scene: Scene<ServerFacts>) => readonly Wrong[];

/** What only one of them sees down is down for its clients. */
export const ailing: Facts = (scene) => seenAmiss(scene, ({ up }) => up !== true);

/** It ends by itself, or a person sees to it: nodetool netstats, nodetool removenode. */
export const moving: Facts = (scene) => seenAmiss(scene, ({ up, state }) => up === true && state !== 'normal');

/** Each node that is amiss is said once, with the first one that sees it so. */
function seenAmiss({ view, answering, away }: Scene<ServerFacts>, isAmiss: (node: RingNode) => boolean): readonly Wrong[] {
  const found = new Map<string, Wrong>();
  const nameOf = ({ member, address }: RingNode): string =>
    view.nodes.find(({ facts }) => facts !== null && facts.memberId === member)?.instance ?? address;
  const examine = ({ node, server }: Answering<ServerFacts>): void => {
    for (const seen of server.ring ?? []) {
      const [name, ailment] = [nameOf(seen), ailmentOf(seen)];
      if (!isAmiss(seen) || ailment === null || found.has(name) || (seen.member !== null && away.includes(seen.member))) continue;
      found.set(name, { subject: name, detail: `${node.instance} reports ${name} unhealthy: ${ailment}` });
    }
  };
  answering.forEach(examine);
  return [...found.values()];
}

/** Nodes of different releases differ in their system tables, so that only those of one release can agree. */
export const schemas = ofCluster<ServerFacts>(({ view: { cluster }, answering }) => {
  const versions = [...new Set(answering.map(({ server }) => server.version))].sort(cassandraScheme.compare);
  return versions.flatMap((version) => {
    const held = new Set(answering.filter(({ server }) => server.version === version).map(({ server }) => server.schemaVersion));
    if (held.size <= 1) return [];
    const what = `the ${version} nodes of ${cluster} have ${held.size} schema versions`;
    return [`${what}: wait until they agree, or check nodetool describecluster`];
  });
});
