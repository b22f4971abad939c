/** The look that plans and decisions rest on: nodes say now how they are. */
import { isAffectsCheck } from '../../common/affected.ts';
import type { ClusterView } from '../../common/cluster-view.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { FailureError } from '../../common/failure.ts';
import type { Fleet, ProbeMore } from './fleet.ts';

/** null: the node was asked and did not answer, which counts as out. */
export type Probed = ReadonlyMap<string, NodeFacts | null>;

/** What a snapshot would need, measured; an agent that can take any announces it. */
export const snapshotNeedCheck = 'snapshot-need';

/** An agent that is alive answers in milliseconds; one that is not must not keep anybody waiting for long. Where the engine does not declare it. */
const usualAnswerMs = 5_000;
/** Each file of a data directory or of a snapshot is looked at, or the catalogs of every database. */
const measuringDeadlineMs = 30_000;

/** Asks all given nodes at the same time. `answerMs`: how long an agent may take, as its engine declares it; longer where something is measured. */
export async function probeNodes(
  fleet: Pick<Fleet, 'probe'>,
  instances: readonly string[],
  checks: readonly string[],
  answerMs: number = usualAnswerMs,
  moreOf: (instance: string) => ProbeMore = () => ({}),
): Promise<Probed> {
  const answers = await Promise.all(
    instances.map(async (instance): Promise<readonly [string, NodeFacts | null]> => {
      const more = moreOf(instance);
      const measures = more.restoreRun !== undefined || checks.includes(snapshotNeedCheck) || checks.some(isAffectsCheck);
      try {
        return [instance, await fleet.probe(instance, checks, measures ? Math.max(measuringDeadlineMs, answerMs) : answerMs, more)];
      } catch (thrown) {
        if (!(thrown instanceof FailureError)) throw thrown;
        return [instance, null];
      }
    }),
  );
  return new Map(answers);
}

/** The fleet's view with what was looked at in place of what was heard. */
export function viewWith(view: ClusterView, probed: Probed): ClusterView {
  const nodes = view.nodes.map((node) => {
    const facts = probed.get(node.instance);
    if (facts === undefined) return node;
    return { ...node, facts, factsAgeMs: facts === null ? null : 0 };
  });
  return { ...view, nodes };
}
