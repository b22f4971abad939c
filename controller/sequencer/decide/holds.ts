/**
 * PURE. Why a run does not go on, computed afresh each time as a set; what changed against the holds that are up becomes events.
 * Holds of observation are only judged by a fresh probe: what was heard a while ago neither raises nor clears them.
 */

import { adoptCommand, excludeCommand, resolveCommands } from '../../../common/commands.ts';
import type { RunEvent } from '../../../common/events.ts';
import { automaticHold, type Hold, type HoldKind, holdKey, wayOutOfBehind } from '../../../common/holds.ts';
import { planIndex, runIndex } from '../run/run-index.ts';
import { isExcluded, openSteps, type RunStatus } from '../run/run-status.ts';
import { consentHolds } from './controller-steps.ts';
import type { DecisionInput } from './decision-input.ts';
import { exclusionRefusal } from './exclusion.ts';
import { observedHolds, observedKinds, stepHolds } from './observed-holds.ts';
import { noRollback } from './rollback-policy.ts';

/** Events that bring the holds that are up to those that should be. */
export function holdEvents(input: DecisionInput): readonly RunEvent[] {
  const wanted = new Map(desiredHolds(input).map((hold) => [holdKey(hold), hold]));
  const up = new Map(input.status.holds.map((hold) => [holdKey(hold), hold]));
  const raised = [...wanted.values()].filter((hold) => !sameHold(up.get(holdKey(hold)), hold));
  const cleared = [...up.values()].filter((hold) => !wanted.has(holdKey(hold)));
  return [
    ...cleared.map(
      (hold): RunEvent => ({
        type: 'hold-cleared',
        kind: hold.kind,
        subject: hold.subject,
        actor: hold.releasedBy === 'person' ? input.actor : null,
      }),
    ),
    ...raised.map((hold): RunEvent => ({ type: 'hold-raised', hold })),
  ];
}

/** A changed detail of the same hold is not worth an event a second: lag is another number each time. */
function sameHold(up: Hold | undefined, wanted: Hold): boolean {
  const isSame = up !== undefined && up.releasedBy === wanted.releasedBy && up.until === wanted.until;
  return isSame && up.commands.join() === wanted.commands.join();
}

export function desiredHolds(input: DecisionInput): readonly Hold[] {
  const known = [
    ...stepHolds(input),
    ...lostHolds(input),
    ...interventionHolds(input),
    ...storeHolds(input),
    ...rulesHolds(input),
    ...approvalHolds(input),
    ...consentHolds(input),
  ];
  const seen = input.fresh
    ? observedHolds(input)
    : input.status.holds.filter((hold) => observedKinds.has(hold.kind) && !known.some((each) => holdKey(each) === holdKey(hold)));
  // A node whose agent is gone is not also judged by what could not be seen.
  const subjects = new Set(known.filter((hold) => hold.kind === 'agent-lost').map((hold) => hold.subject));
  return offered(input, distinct([...known, ...seen.filter((hold) => !subjects.has(hold.subject))])).map((hold) =>
    withExclusion(input, hold),
  );
}

/** About one node that does not do its part: the run can go on without it. */
const aboutOneNode: ReadonlySet<HoldKind> = new Set([
  'node-down',
  'agent-lost',
  'peer-unhealthy',
  'needs-reseed',
  'facts-changed',
  'profile-drift',
  'local-intervention',
  'membership-mismatch',
]);

/** To exclude its node is offered where that would be taken, as it was seen last: before the end of the run, which leaves all others as they are, too. */
function withExclusion(input: DecisionInput, hold: Hold): Hold {
  const { plan, status, runId, fresh } = input;
  const instance = aboutOneNode.has(hold.kind) ? hold.subject : failedFor(input, hold);
  const node = plan.nodes.find((each) => each.instance === instance);
  if (node === undefined || isExcluded(status, node.instance)) return hold;
  const command = excludeCommand(runId, node.instance);
  const up = status.holds.find((each) => holdKey(each) === holdKey(hold));
  const isTaken = fresh || up === undefined ? exclusionRefusal(input, node) === null : up.commands.includes(command);
  const abort = `abort ${runId}`;
  // What was raised before may offer it already.
  const others = hold.commands.filter((each) => each !== command && each !== abort);
  return { ...hold, commands: [...others, ...(isTaken ? [command] : []), ...hold.commands.filter((each) => each === abort)] };
}

/** Whose turn the step is of that failed for good; null: nothing failed, or it is tried again. */
const failedFor = ({ plan }: DecisionInput, { subject, releasedBy }: Hold): string | null =>
  releasedBy === 'person' ? (planIndex(plan).step(subject)?.turn.instance ?? null) : null;

/** A rollback is not offered where it would be refused. */
function offered({ plan, status, runId }: DecisionInput, holds: readonly Hold[]): readonly Hold[] {
  if (noRollback(plan, status) === null) return holds;
  return holds.map((hold) => ({ ...hold, commands: hold.commands.filter((command) => command !== `rollback ${runId}`) }));
}

const distinct = (holds: readonly Hold[]): readonly Hold[] =>
  [...new Map([...holds].reverse().map((hold) => [holdKey(hold), hold])).values()].reverse();

function approvalHolds({ plan, status, runId }: DecisionInput): readonly Hold[] {
  const hop = runIndex(plan, status).unapprovedHop;
  if (hop === null || status.aborting !== null) return [];
  return [
    {
      kind: 'awaiting-approval',
      subject: hop.id,
      detail: `every node runs ${hop.from}; ${hop.from} → ${hop.to} needs its own approval`,
      releasedBy: 'person',
      until: 'approve the hop, or end the run here',
      commands: [`approve ${status.plan}`, `abort ${runId}`],
    },
  ];
}

function lostHolds({ lost, plan, status, runId }: DecisionInput): readonly Hold[] {
  const once = openSteps(status).filter(({ step }) => planIndex(plan).step(step)?.step.repeat === 'once');
  return plan.nodes
    .filter(({ instance }) => lost.has(instance) && (!isExcluded(status, instance) || hasOrder(status, instance)))
    .map((node) => once.find((each) => each.status.instance === node.instance) ?? node)
    .map((node) =>
      'step' in node
        ? automaticHold(
            'executor-lost',
            node.step,
            `the agent of ${node.status.instance} is disconnected${lastSeenText(lost.get(node.status.instance))}, and ${node.step} was sent there; it may run only once, so no other agent may run it`,
            'once its agent is connected again and has reported the result',
            [...resolveCommands(runId, node.step), `abort ${runId}`],
          )
        : automaticHold(
            'agent-lost',
            node.instance,
            `the agent of ${node.instance} on ${node.host} is disconnected${lastSeenText(lost.get(node.instance))}`,
            `once its agent on ${node.host} is connected again`,
            [`rollback ${runId}`, `abort ${runId}`],
          ),
    );
}

/** Of an excluded node nothing else is waited for. */
const hasOrder = (status: RunStatus, instance: string): boolean => openSteps(status).some((open) => open.status.instance === instance);

function lastSeenText(atMs: number | null | undefined): string {
  return atMs == null ? '' : ` (last seen ${new Date(atMs).toISOString().slice(0, 19)}Z)`;
}

function interventionHolds({ status, runId }: DecisionInput): readonly Hold[] {
  const commands = [`resume ${runId}`, `rollback ${runId}`, `abort ${runId}`];
  const holdOn = (instance: string, detail: string, until: string): readonly Hold[] =>
    isExcluded(status, instance) ? [] : [{ kind: 'local-intervention', subject: instance, detail, releasedBy: 'person', until, commands }];
  const ran = status.interventions.filter(({ settled }) => !settled);
  return [
    ...ran.flatMap(({ instance, actor, verb, host }) =>
      holdOn(
        instance,
        `${actor} ran ${verb} for ${instance} on ${host} without the controller`,
        'find out why, then resume the run or end it',
      ),
    ),
    ...(status.replaced ?? []).flatMap(({ instance, member, repair }) =>
      repair === undefined
        ? []
        : holdOn(instance, `${instance} was replaced by hand, and is member ${member} now`, `${repair}, then resume the run or end it`),
    ),
  ];
}

function storeHolds({ behindFleet, plan }: DecisionInput): readonly Hold[] {
  if (behindFleet === null) return [];
  return [
    {
      kind: 'store-behind-fleet',
      subject: plan.cluster,
      detail: behindFleet,
      releasedBy: 'person',
      until: wayOutOfBehind,
      commands: [adoptCommand],
    },
  ];
}

/** The rollback needs no rule's leave: what ran before ran before. */
function rulesHolds({ rulesChanged, plan, status, runId }: DecisionInput): readonly Hold[] {
  if (rulesChanged === null || status.way === 'back') return [];
  const commands = [`rollback ${runId}`, `abort ${runId}`];
  return [
    automaticHold(
      'rules-changed',
      plan.cluster,
      rulesChanged,
      `once the rules allow the planned path again: drydock rules revert ${plan.engine} PACK`,
      commands,
    ),
  ];
}
