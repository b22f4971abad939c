/** What every engine's input of a plan has in common: a healthy fleet along a path, and the default options. */
import type { ClusterView } from '../../common/facts.ts';
import type { Bundle } from '../../common/orders.ts';
import { membershipProblems } from '../../controller/fleet/membership.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { packFor } from '../../controller/rules/path.ts';
import { limitsOf } from '../../controller/rules/rules-met.ts';
import { builtin } from '../rules/builtin.ts';

interface Along extends Pick<PlanInput, 'path' | 'procedure' | 'scheme'> {
  readonly view: ClusterView;
  readonly engine: string;
  readonly options?: Partial<PlanInput['options']>;
}

/** Without `releases`: each engine's are of their own size (`bundleFor`). */
export function inputAlong({ view, path, procedure, scheme, engine, options = {} }: Along): Omit<PlanInput, 'releases'> {
  return {
    view,
    path,
    procedure,
    scheme,
    limits: path.hops.map((hop) => limitsOf(packFor(engine, builtin), hop)),
    membership: membershipProblems({
      cluster: view.cluster,
      expectedMembers: view.expectedMembers,
      adopted: view.nodes.map((node) => node.instance),
      enrolled: view.nodes,
      seen: procedure.membersSeen(view),
      refused: [],
    }),
    affected: new Map(),
    keepsReleases: false,
    external: [],
    goal: { kind: 'release' },
    options: {
      canary: null,
      settleMs: 60_000,
      soakMs: null,
      finalize: 'on-command',
      finalizeWithinMs: null,
      downgrade: false,
      leader: 'restart',
      approval: 'plan',
      snapshot: null,
      ...options,
    },
  };
}

interface Sizes {
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly unpackedInodes: number;
}

/** A release of one artifact, for x64 where nothing else is said. */
export function bundleFor(engine: string, version: string, release: string, sizes: Sizes, arch = 'x64'): Bundle {
  return { engine, version, arch, artifacts: [{ role: 'server', digest: `sha256:${version}`, ...sizes }], release };
}
