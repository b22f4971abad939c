/** Every check of Ozone, in the order in which guards and findings are asked. PURE: an answer asks by the probe that it is given. */

import type { TurnInput } from '../../common/shape-forms.ts';
import type { Answer, Checks } from '../kit/pure/checks.ts';
import { foundIs, mixedVersions, observed, releaseIs, sameCluster, versionOnDisk } from '../kit/pure/common-checks.ts';
import { type Component, countOf, isFinalized, isLesser, type ServerFacts } from './facts.ts';
import type { Layout } from './layouts.ts';
import * as wrong from './prechecks.ts';
import type { DatanodeOwn, NodesSeen, OmSeen, ScmSeen, VersionFile } from './probe.ts';
import { ozoneScheme } from './scheme.ts';

/** What ozone-site.xml tells, as far as checks ask for it. */
export interface Declared {
  readonly declared: readonly string[];
  readonly ownName: string | null;
  readonly omHa: boolean;
  /** Managers that `om prepare` would look for at another port than theirs. */
  readonly unreachable: readonly string[];
}

/** One probe of a process: whatever is asked for is asked once, and checks share the answers. Each throws FailureError when it does not answer. */
export interface Sight {
  readonly component: Component;
  site(): Promise<Declared>;
  om(): Promise<OmSeen>;
  scm(): Promise<ScmSeen>;
  nodes(): Promise<NodesSeen>;
  datanode(): Promise<DatanodeOwn>;
  connections(): Promise<readonly { readonly state: string; readonly missed: number }[]>;
  layout(): Promise<Layout>;
  /** The running version, by the names of the process's own jars. */
  runtime(): Promise<string>;
  /** Of the metadata as they lie there, running or not. */
  versionFile(): Promise<VersionFile>;
  clusterId(): Promise<string | null>;
  /** By the marker in the folder of a manager. */
  prepared(): Promise<boolean>;
  /** By its id file. */
  datanodeId(): Promise<string | null>;
  /** Its unit is active. */
  runs(): Promise<boolean>;
}

const changesRelease = ({ fromRelease, toRelease }: TurnInput): boolean => fromRelease !== toRelease;

export const checks = {
  observed,
  'version-is': {
    guard: ({ hop }) => hop.from,
    waveGuard: ({ hop }) => hop.from,
    answer: foundIs<Sight>(
      (seen) => versionOf(seen),
      (version) => `it runs ${version ?? 'an unknown version'}`,
    ),
  },
  'release-is': { ...releaseIs, waveGuard: ({ fromRelease }) => fromRelease },
  /** A manager or storage container manager has a leader, a datanode reports to its storage container managers, the others answer. */
  'in-service': {
    preflight: true,
    verify: true,
    guard: true,
    clears: 'automatic',
    answer: ({ seen }) => serving(seen),
    wrong: wrong.notServing,
  },
  'same-cluster': sameCluster,
  'out-of-safe-mode': {
    preflight: true,
    verify: true,
    clears: 'automatic',
    answer: ofScm(async (seen) => {
      const { safeMode } = await seen.scm();
      return safeMode === null ? [true, 'it is out of safe mode'] : [false, `it is in safe mode: ${safeMode.join('; ')}`];
    }),
    wrong: wrong.safeMode,
  },
  /** Every datanode that is there is in service, none goes or comes. */
  'datanodes-healthy': { clears: 'automatic', wrong: wrong.datanodes },
  'prepare-reaches': { clears: 'person', wrong: wrong.prepareHangs },
  /** Writes are taken again. */
  'not-prepared': {
    verify: true,
    // In the run that prepared them they are to be so.
    severity: 'warn',
    answer: async ({ seen }) => {
      if (seen.component !== 'om') return notOf(seen, 'it is not an OM');
      await seen.om();
      return (await seen.prepared()) ? [false, 'it is prepared: it takes no writes'] : [true, 'it is not prepared'];
    },
    wrong: wrong.leftPrepared,
  },
  /** Without three of them a finalization waits for ever, and says nothing. */
  'datanodes-to-finalize': {
    severity: 'warn',
    answer: ofScm(async (seen) => {
      const { counts } = await seen.nodes();
      const [able, away] = ['HEALTHY', 'STALE'].map((health) => countOf({ datanodeCounts: [...counts] }, health));
      const dead = countOf({ datanodeCounts: [...counts] }, 'DEAD');
      const found = `${able} datanodes are healthy and in service`;
      if ((away ?? 0) + dead > 0)
        return [false, `${found}, ${(away ?? 0) + dead} are stale or dead: start them, or decommission them and wait until that is done`];
      return [(able ?? 0) >= wrong.leastDatanodes, `${found}; finalization needs ${wrong.leastDatanodes} for a pipeline`];
    }),
    wrong: wrong.tooFewToFinalize,
  },
  /** Its metadata have the newest layout that its software knows. */
  finalized: {
    answer: async ({ seen }) => {
      if (isLesser(seen.component)) return notOf(seen, 'it has no layout to finalize');
      const layout = await seen.layout();
      return [isFinalized({ layout }), `its metadata has layout ${layout.metadata}, its software supports ${layout.software}`];
    },
  },
  /** No datanode is left that takes no writes because it is not finalized. */
  'no-read-only-datanodes': {
    answer: ofScm(async (seen) => {
      const { counts } = await seen.nodes();
      const count = countOf({ datanodeCounts: [...counts] }, 'HEALTHY_READONLY');
      return [count === 0, count === 0 ? 'no datanode is read-only' : `${count} datanodes are read-only until they are finalized`];
    }),
  },
  /** The version that is expected starts on the metadata that lie here. */
  'layout-readable': {
    guard: (turn) => changesRelease(turn) && turn.hop.to,
    backGuard: ({ hop }) => hop.from,
    atRest: true,
    answer: 'host',
  },
  'version-on-disk': versionOnDisk,
  'mixed-versions': { ...mixedVersions(ozoneScheme), severity: 'warn' },
} satisfies Checks<Sight, ServerFacts>;

/** What does not serve is not even that. */
async function notOf(seen: Sight, detail: string): Promise<Answer> {
  return [(await versionOf(seen)) === null ? null : true, detail];
}

function ofScm(answer: (seen: Sight) => Promise<Answer>) {
  return async ({ seen }: { readonly seen: Sight }): Promise<Answer> =>
    seen.component === 'scm' ? answer(seen) : notOf(seen, 'it is not an SCM');
}

/** null: the process does not tell. */
export async function versionOf(seen: Sight): Promise<string | null> {
  switch (seen.component) {
    case 'om':
      return (await seen.om()).version;
    case 'scm':
      return (await seen.scm()).version;
    case 'datanode':
      return (await seen.datanode()).version;
    default:
      return seen.runtime();
  }
}

export async function serving(seen: Sight): Promise<Answer> {
  switch (seen.component) {
    case 'om': {
      const leader = (await seen.om()).roles.find(({ role }) => role === 'LEADER');
      return leader === undefined ? [false, 'no OM leads'] : [true, `${leader.member} leads`];
    }
    case 'scm':
      return (await seen.scm()).hasLeader ? [true, 'an SCM leads'] : [false, 'no SCM leads'];
    case 'datanode': {
      const connections = await seen.connections();
      const lost = connections.filter(({ state, missed }) => state !== 'HEARTBEAT' || missed > 0);
      if (connections.length === 0) return [false, 'it does not know any SCM'];
      return [lost.length === 0, lost.length === 0 ? 'it reports to every SCM' : 'it does not report to every SCM'];
    }
    default:
      return [true, `it answers, as ${await seen.runtime()}`];
  }
}
