/**
 * What the cluster as a whole must be told, or waited for, before the first member of a hop, and what proves the hop's end after the last
 * one. Upwards nothing has to be told: with the last member the leader raises the cluster's version automatically. PURE.
 * Source: guide Downgrade etcd from 3.6 to 3.5.
 */
import type { Step } from '../../common/plan.ts';
import type { HopPreparation, HopStepsInput } from '../../common/procedure.ts';
import { awaitSelf, stepOf } from '../turn-steps.ts';
import { readsNoV2Entries } from './log-form.ts';
import { etcdScheme } from './scheme.ts';
import { expectedChangeMs, expectedLogMs, expectedSettledMs, logDeadlineMs, probeDeadlineMs, settledDeadlineMs } from './steps.ts';

const downgradeTarget = 'downgrade-target';
const logRisk = ({ hop }: HopStepsInput): string =>
  `before the first node goes to ${etcdScheme.series(hop.to)} the run waits until each node has made a snapshot of its state since it left 3.5: on a quiet cluster up to ${logDeadlineMs / 60_000} min each, then the run holds`;

/** Downwards: the members write their files for the minor below, while they still run the newer one. */
export function prepare(input: HopStepsInput): HopPreparation {
  if (readsNoV2Entries(input.hop))
    return { steps: input.nodes.map((node) => logStep(input, node.instance)), undo: [], risks: [logRisk(input)] };
  // Expected to go last: what goes down first knows of no downgrade any more.
  const last = input.nodes.at(-1);
  if (last === undefined || !goesDown(input)) return { steps: [], undo: [], risks: [] };
  const { instance } = last;
  const target = etcdScheme.series(input.hop.to);
  const change = { deadlineMs: probeDeadlineMs, expectedMs: expectedChangeMs, healthCheck: null };
  return {
    steps: [
      stepOf(instance, {
        id: `${input.idPrefix}.downgrade`,
        title: `validate and enable the downgrade to ${target}`,
        body: { kind: 'set', scope: 'node', key: downgradeTarget, value: target },
        ...change,
      }),
      ...input.nodes.map((node) =>
        stepOf(node.instance, {
          id: `${input.idPrefix}.storage-${node.instance}`,
          title: `files of ${node.instance} written for ${target}`,
          body: awaitSelf('storage-version-is', target),
          deadlineMs: settledDeadlineMs,
          expectedMs: expectedSettledMs,
          healthCheck: null,
        }),
      ),
    ],
    // After the last member that went down is up again.
    undo: [cancelStep(instance, `${input.idPrefix}.undo.cancel`, 'cancel the downgrade')],
    risks: [`until every member runs ${target}, what only ${etcdScheme.series(input.hop.from)} knows is refused`],
  };
}

/** On a busy cluster each has made a snapshot since it left 3.5, or makes one soon. */
function logStep({ idPrefix, hop }: HopStepsInput, instance: string): Step {
  return stepOf(instance, {
    id: `${idPrefix}.log-${instance}`,
    title: `log of ${instance} readable by ${etcdScheme.series(hop.to)}`,
    body: awaitSelf('no-v2-entries'),
    deadlineMs: logDeadlineMs,
    expectedMs: expectedLogMs,
    healthCheck: null,
  });
}

/** Within one minor there is nothing to wait for. */
export function finalize(input: HopStepsInput): readonly Step[] {
  const target = etcdScheme.series(input.hop.to);
  if (etcdScheme.series(input.hop.from) === target) return [];
  const settled = input.nodes.map((node) =>
    stepOf(node.instance, {
      id: `${input.idPrefix}.settled-${node.instance}`,
      title: `${node.instance} knows the cluster at ${target}`,
      body: awaitSelf('cluster-version-is', target),
      deadlineMs: settledDeadlineMs,
      expectedMs: expectedSettledMs,
      healthCheck: null,
    }),
  );
  const proof = input.nodes.map((node) =>
    stepOf(node.instance, {
      id: `${input.idPrefix}.files-${node.instance}`,
      title: `files of ${node.instance} are of ${target}`,
      body: awaitSelf('storage-version-is', target),
      deadlineMs: settledDeadlineMs,
      expectedMs: expectedSettledMs,
      healthCheck: 'settled',
    }),
  );
  const last = input.nodes.at(-1);
  if (last === undefined || !goesDown(input)) return [...settled, ...proof];
  // Version and files were lowered before the first member went: that all are old, the leader notices seconds after the last one.
  const over = input.nodes.map((node) =>
    stepOf(node.instance, {
      id: `${input.idPrefix}.over-${node.instance}`,
      title: `${node.instance} knows no downgrade any more`,
      body: awaitSelf('no-downgrade'),
      deadlineMs: settledDeadlineMs,
      expectedMs: expectedSettledMs,
      healthCheck: null,
    }),
  );
  return [...settled, ...over, ...proof, cancelStep(last.instance, `${input.idPrefix}.downgrade-over`, 'the downgrade is over')];
}

function goesDown({ hop }: HopStepsInput): boolean {
  return hop.direction === 'downgrade' && etcdScheme.series(hop.from) !== etcdScheme.series(hop.to);
}

/** Closes the effect: cancels what is under way; when the downgrade ended by itself there is nothing left to cancel. */
function cancelStep(instance: string, id: string, title: string): Step {
  return stepOf(instance, {
    id,
    title,
    body: { kind: 'unset', scope: 'node', key: downgradeTarget, effect: null },
    deadlineMs: probeDeadlineMs,
    expectedMs: expectedChangeMs,
    healthCheck: null,
  });
}
