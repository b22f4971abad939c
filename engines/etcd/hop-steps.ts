/**
 * What the cluster as a whole must be told, or waited for, before the first member of a hop, and what proves the hop's end after the last
 * one. Upwards nothing has to be told: with the last member the leader raises the cluster's version automatically. PURE.
 * Source: guide Downgrade etcd from 3.6 to 3.5.
 */
import type { Step } from '../../common/plan.ts';
import type { HopPreparation, HopStepsInput } from '../../common/shape-forms.ts';
import { awaitEach, settingStep } from '../kit/pure/steps.ts';
import { downgradeTarget } from './facts.ts';
import { minorsOf, readsNoV2Entries } from './scheme.ts';

/** The leader checks every few seconds whether all members are new. */
const settling = { deadlineMs: 2 * 60_000, expectedMs: 5_000 };
/** Until a member has made its next snapshot by itself: how long that takes is a matter of how much is written. */
const untilSnapshot = { deadlineMs: 30 * 60_000, expectedMs: 300 };
/** One probe over a few tools. */
const change = { deadlineMs: 60_000, expectedMs: 500, healthCheck: null };

/** Downwards: the members write their files for the minor below, while they still run the newer one. */
export function prepare(input: HopStepsInput): HopPreparation {
  const { idPrefix, nodes, hop } = input;
  const { from, to, down } = minorsOf(hop);
  if (readsNoV2Entries(hop)) {
    // On a busy cluster each has made a snapshot since it left 3.5, or makes one soon.
    const title = (instance: string) => `WAL of ${instance} readable by ${to}`;
    const steps = awaitEach(input, { id: 'log', title, condition: 'no-v2-entries', ...untilSnapshot });
    const risk = `before the first node is upgraded to ${to} the run waits until each node has made a snapshot of its state since it left 3.5: on a quiet cluster up to ${untilSnapshot.deadlineMs / 60_000} min each, then the run holds`;
    return { steps, undo: [], risks: [risk] };
  }
  // Expected to go last: what goes down first knows of no downgrade any more.
  const last = nodes.at(-1)?.instance;
  if (last === undefined || !down) return { steps: [], undo: [], risks: [] };
  const step = (id: string, title: string) => ({ id: `${idPrefix}.${id}`, title, ...change });
  const enable = settingStep(last, downgradeTarget, to, step('downgrade', `validate and enable the downgrade to ${to}`));
  const written = (instance: string) => `${instance} stores its data as ${to}`;
  const lowered = awaitEach(input, { id: 'storage', title: written, condition: 'storage-version-is', of: to, ...settling });
  return {
    steps: [enable, ...lowered],
    // After the last member that went down is up again.
    undo: [settingStep(last, downgradeTarget, null, step('undo.cancel', 'cancel the downgrade'))],
    risks: [`until every member runs ${to}, features that only ${from} has are refused`],
  };
}

/** Within one minor there is nothing to wait for. */
export function finalize(input: HopStepsInput): readonly Step[] {
  const { to, differ, down } = minorsOf(input.hop);
  if (!differ) return [];
  const known = (instance: string) => `${instance} sees cluster version ${to}`;
  const ended = (instance: string) => `${instance} sees no downgrade`;
  const lowered = (instance: string) => `storage version of ${instance} is ${to}`;
  const settled = awaitEach(input, { id: 'settled', title: known, condition: 'cluster-version-is', of: to, ...settling });
  const proof = { id: 'files', title: lowered, condition: 'storage-version-is', of: to, ...settling, healthCheck: 'settled' };
  const proofs = awaitEach(input, proof);
  const last = input.nodes.at(-1)?.instance;
  if (last === undefined || !down) return [...settled, ...proofs];
  // Version and files were lowered before the first member went: that all are old, the leader notices seconds after the last one.
  const over = awaitEach(input, { id: 'over', title: ended, condition: 'no-downgrade', ...settling });
  // Closes the effect: when the downgrade ended by itself there is nothing left to cancel.
  const step = { id: `${input.idPrefix}.downgrade-over`, title: 'the downgrade is over', ...change };
  return [...settled, ...over, ...proofs, settingStep(last, downgradeTarget, null, step)];
}
