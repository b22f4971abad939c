/** Checks that mean the same for every engine: an engine takes them into its table where they belong in its order. PURE. */
import type { NodeFacts, NodeView } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import type { VersionScheme } from '../../../common/version-scheme.ts';
import type { Answer, Check, Question, Wrong } from './checks.ts';
import type { Scene, SeenMember } from './scene.ts';

type Common = Check<unknown, unknown>;

/** For `wrong`: sentences about the cluster as a whole. */
export const ofCluster =
  <F>(tell: (scene: Scene<F>) => readonly string[]) =>
  (scene: Scene<F>): readonly Wrong[] =>
    tell(scene).map((detail) => ({ subject: scene.view.cluster, detail }));

/** Its agent answers, and has looked at it. What is not observed counts as down. */
export const observed: Common = {
  clears: 'automatic',
  wrong: ({ members }) =>
    members
      .filter(({ node }) => !node.connected || node.facts === null)
      .map(({ node: { instance, host, connected } }) => ({
        subject: instance,
        detail: connected
          ? `${instance} has not been probed yet; it counts as down until its agent on ${host} reports`
          : `the agent on ${host} is not connected, so ${instance} counts as down; check drydock-agent on that host`,
      })),
};

/** It is of the cluster's database, or of that of the first one seen where the cluster's is not known. */
export const sameCluster: Common = {
  clears: 'person',
  wrong: ({ view }) => {
    const known = view.nodes.flatMap((node) => (node.facts?.databaseId == null ? [] : [{ node, id: node.facts.databaseId }]));
    const wanted = view.databaseId ?? known[0]?.id;
    return known
      .filter(({ id }) => id !== wanted)
      .map(({ node: { instance, host }, id }) => ({
        subject: instance,
        detail: `${instance} has database id ${id}, the cluster has ${wanted}: it belongs to another cluster; correct the agent's settings on ${host}`,
      }));
  },
};

/** What runs is what is activated. */
export const versionOnDisk: Common = {
  clears: 'person',
  wrong: ({ answering }) =>
    answering.flatMap(({ node: { instance, facts } }) => {
      const { running, onDisk } = facts?.version ?? { running: null, onDisk: null };
      if (running === null || onDisk === running) return [];
      const detail = `${instance} runs ${running}, but its current release is ${onDisk ?? 'none'}: it was changed while the server ran; activate the matching release again`;
      return [{ subject: instance, detail }];
    }),
};

/** `words`: what its versions are called there. */
export function mixedVersions({ compare }: VersionScheme, words = 'versions'): Common {
  return {
    severity: 'warn',
    wrong: ofCluster((scene) => {
      const versions = runningVersions(scene).toSorted(compare);
      return versions.length > 1 ? [`the members run different ${words}: ${versions.join(', ')}; do not leave it so for long`] : [];
    }),
  };
}

/** Each once, of those that answer. */
export function runningVersions({ answering }: Scene<unknown>): readonly string[] {
  return [...new Set(answering.flatMap(({ node }) => node.facts?.version.running ?? []))];
}

/** For `wrong`: two agents that look at one member (`noun`) would stop one server and watch another. A name that settings contradict is a finding of its host. */
export function probedTwice<F>(ownId: (server: F) => string, field: string, noun = 'member'): (scene: Scene<F>) => readonly Wrong[] {
  return ({ answering }) =>
    answering.flatMap(({ node, server }) => {
      const twin = answering.find((other) => other.node !== node && ownId(other.server) === ownId(server))?.node;
      if (twin === undefined) return [];
      const detail = `the agents of ${node.instance} and ${twin.instance} connect to the same ${noun}, ${ownId(server)}: correct ${field} on ${node.host} or ${twin.host}`;
      return [{ subject: node.instance, detail }];
    });
}

/** What the cluster cannot spare where a majority of its members has to agree. */
export const quorumMargin: Common = {
  severity: 'warn',
  wrong: ofCluster(({ view: { cluster, nodes } }) => {
    const count = nodes.length;
    const odd = `${count} members: one fewer would tolerate as many failures`;
    const two = 'two members: it takes no writes while either restarts';
    const why = count === 1 ? 'one member: it is down while that member restarts' : count === 2 ? two : count % 2 === 0 ? odd : null;
    return why === null ? [] : [`${cluster} has ${why}`];
  }),
};

/** For `wrong`: members that tell that they are well, and that others see otherwise; said once of each. */
export function seenOtherwise<F>(sees: (server: F, member: string) => SeenMember | null): (scene: Scene<F>) => readonly Wrong[] {
  return ({ answering, away }) =>
    answering.flatMap(({ node: { instance }, name }) => {
      if (name === null || away.includes(name)) return [];
      const [complaint] = answering.flatMap(({ node, server }) => {
        const ailment = sees(server, name)?.ailment ?? null;
        return ailment === null ? [] : [`${node.instance} reports ${name} unhealthy: ${ailment}`];
      });
      return complaint === undefined ? [] : [{ subject: instance, detail: complaint }];
    });
}

export const notRunning = 'it is not running, so its stop takes nothing down';

/** Of a rollback, whose node may be in trouble: what does not serve passes, one that serves is judged. */
export async function ifServing<S extends { runs(): Promise<boolean> }>(
  seen: S,
  serving: (seen: S) => Promise<Answer>,
  judged: (seen: S) => Promise<Answer>,
): Promise<Answer> {
  if (!(await seen.runs())) return [true, notRunning];
  const [serves, why] = await serving(seen).catch((thrown: unknown): Answer => [null, toFailure(thrown).message]);
  if (serves === null) return [null, `cannot determine whether it serves: ${why}; if it hangs, stop its unit and retry`];
  return serves ? judged(seen) : [true, `it does not serve: ${why}`];
}

/** For `answer`: what is found is what is expected; `tell` says it. */
export function foundIs<S>(find: (seen: S) => Promise<string | null>, tell: (found: string | null) => string) {
  return async ({ seen, expect }: Question<S>): Promise<Answer> => {
    const found = await find(seen);
    return [found === expect, tell(found)];
  };
}

/** For `answer`: there is none of what `find` looks for; `tell` says of which there are. */
export function noneOf<S>(find: (seen: S) => Promise<readonly string[]>, none: string, tell: (found: string) => string) {
  return async ({ seen }: Question<S>): Promise<Answer> => {
    const found = await find(seen);
    return found.length === 0 ? [true, none] : [false, tell(found.join(', '))];
  };
}

/** The running server reports the version that is expected. */
export function versionIs<S>(running: (seen: S) => Promise<string | null>): Check<S, unknown> {
  return { guard: ({ hop }) => hop.from, answer: foundIs(running, (version) => `it runs ${version ?? 'an unknown version'}`) };
}

/** The activated release folder is the one that is expected. */
export const releaseIs: Common = {
  guard: ({ fromRelease }) => fromRelease,
  answer: ({ release, expect }) => [release === expect, `release ${release ?? 'none'} is activated`],
};

/** How it is said of an engine that a member is not in service. */
interface NotServing<F> {
  /** Of one that does not answer; left out: `does not serve`. */
  readonly silent?: string;
  /** What it would serve as, behind `does not serve`; left out: nothing to tell. */
  as?(facts: NodeFacts): string;
  /** That one that answers is not in service is as it should be now; left out: it never is. */
  passes?(scene: Scene<F>): boolean;
}

/** For `wrong` of the check that a member is in service. `unserved`: what one lacks that answers and does not tell why. */
export function notInService<F>(unserved: string, { silent = 'does not serve', as, passes }: NotServing<F> = {}) {
  return (scene: Scene<F>): readonly Wrong[] => {
    const mayBe = passes?.(scene) === true;
    return scene.expected.flatMap(({ node, server }) => {
      const { instance, facts, connected } = node;
      if (!connected || facts === null) return [];
      if (server === null) return [{ subject: instance, detail: `${instance} ${silent} (${silenceOf(node)}); start it, or check its log` }];
      if (facts.inService || mayBe) return [];
      const why = facts.findings.find(({ check }) => check === 'in-service')?.detail ?? unserved;
      return [{ subject: instance, detail: `${instance} answers but does not serve${as?.(facts) ?? ''}: ${why}` }];
    });
  };
}

/** Why a node's database did not answer, as far as its facts tell. */
function silenceOf({ facts }: NodeView): string {
  const reason = facts?.detail.reason;
  return typeof reason === 'string' ? reason : 'no reason given';
}
