/**
 * How an Ozone cluster goes from one version to another: everything is stopped, the release is changed, everything is started; then it is used, and
 * finalized when a person says so. PURE.
 * Source: "Non-rolling upgrades and downgrades", Apache Ozone documentation
 */
import type { ClusterView } from '../../common/facts.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { defineEngine } from '../kit/pure/engine.ts';
import type { TurnTable } from '../kit/pure/turns.ts';
import { checks, type Sight } from './checks.ts';
import { type Component, componentOf, components, isFinalized, isLesser, layoutKindOf, type ServerFacts, serverFactsOf } from './facts.ts';
import { finalize, isPreparable, omHaOf, onceStarted, prepare } from './hop-steps.ts';
import { type LayoutKind, pendingFeatures, readBy } from './layouts.ts';

/** A manager replays its log, a storage container manager waits for a leader, a datanode reads its containers. */
const limits = { deadlineMs: 20 * 60_000, expectedMs: 15_000 };
const turns: TurnTable = {
  downtime: { ...limits, outMs: 30_000 },
  health: { deadlineMs: 10 * 60_000, expectedMs: 5_000 },
  verify: { title: 'check version, layout and service', deadlineMs: 3 * 60_000, expectedMs: 1_000 },
};

/** What serves clients goes first and comes last; managers write nothing without the storage container managers and the datanodes. */
const stop = ['httpfs', 's3g', 'recon', 'om', 'datanode', 'scm'] as const;

export const ozoneProcedure = defineEngine<Sight, ServerFacts, Component>({
  engine: 'ozone',
  checks,
  factsOf: serverFactsOf,
  roles: components,
  noRole: 'outside the cluster',
  // There is none: who leads among managers does not matter where all of them stop.
  leaderRole: 'leader',
  // A probe takes a few HTTP answers.
  probes: { everyMs: 3_000, answerMs: 20_000 },
  cannot: ({ from, to }) =>
    isPreparable(from) && isPreparable(to)
      ? null
      : 'releases before 1.2 have neither om prepare nor a finalization status, which Drydock needs; follow the Ozone guide by hand',
  proves: ['trait:finalized!=true', 'trait:finalized!=false', 'out-of-safe-mode', 'datanodes-healthy', 'one-build'],
  does: [
    'om-prepare',
    'om-start-with-upgrade-flag',
    'om-start-with-downgrade-flag',
    'stop-every-component',
    'replace-artifacts-everywhere',
    'start-scm-and-datanodes-first',
    'backup-om-scm-metadata',
  ],
  noRestore:
    'the metadata of OM and SCM must match each other and the blocks on the datanodes: stop the whole cluster, restore the snapshots of every OM and SCM by hand, and start the older release',
  traits,
  knows: ({ component, declared, datanodes }) => [
    ...(component === 'om' || component === 'scm' ? declared : []),
    ...datanodes.filter(({ operational }) => operational !== 'DECOMMISSIONED').map(({ member }) => member),
  ],
  notAMember: 'if it is a datanode that is gone for good, decommission it: ozone admin datanode decommission',
  next: (rest) =>
    rest.toSorted((one, other) => placeOf(one.node) - placeOf(other.node) || (one.node.instance < other.node.instance ? -1 : 1)),
  turns,
  components: {
    of: componentOf,
    table: {
      om: { order: 'together', snapshot: true },
      scm: { order: 'together', snapshot: true },
      datanode: { order: 'together' },
      recon: { order: 'together', lesser: true },
      s3g: { order: 'together', lesser: true },
      httpfs: { order: 'together', lesser: true },
    },
  },
  prepare,
  finalize,
  unfinalized,
  allStop: {
    clientsSee: 'no key can be read or written',
    stop,
    start: stop.toReversed(),
    preparationStopsWrites: true,
    onceStarted,
    startFlags,
  },
  // In the pre-finalized state everything is as before but what is new.
  allowedUnfinalized: ['datanodes-to-finalize'],
});

const placeOf = (node: Parameters<typeof componentOf>[0]): number => stop.toReversed().indexOf(componentOf(node));

/** Every manager, once: it ends its being prepared, and runs as ever. */
function startFlags({ node, hop }: TurnInput, way: 'forward' | 'back'): readonly string[] {
  if (componentOf(node) !== 'om' || !isPreparable(way === 'forward' ? hop.to : hop.from)) return [];
  return [(hop.direction === 'upgrade') === (way === 'forward') ? '--upgrade' : '--downgrade'];
}

/** What cannot be observed now is left out. */
function traits({ nodes }: ClusterView): Readonly<Record<string, string>> {
  const omHa = omHaOf(nodes);
  const finalized = nodes
    .filter((node) => !isLesser(componentOf(node)))
    .map(({ facts }) => {
      const server = serverFactsOf(facts);
      return server === null ? null : isFinalized(server);
    });
  const whole = finalized.includes(false) ? 'false' : finalized.includes(null) ? null : 'true';
  return { ...(omHa === null ? {} : { omHa: String(omHa) }), ...(whole === null ? {} : { finalized: whole }) };
}

/** What is refused until the hop is finalized: as the metadata are now, or by what the releases know. */
function unfinalized({ hop, nodes }: Parameters<typeof prepare>[0]): readonly string[] {
  const found = nodes.flatMap(({ facts }) => {
    const server = serverFactsOf(facts);
    if (server === null || server.layout === null || server.component === 'recon') return [];
    const kind = layoutKindOf(server.component);
    return pendingFeatures(kind, server.layout.metadata, Math.max(server.layout.software, readByOr(hop.to, kind, server.layout.software)));
  });
  return [...new Set(found)];
}

const readByOr = (version: string, kind: LayoutKind, otherwise: number): number => readBy(version, kind) ?? otherwise;
