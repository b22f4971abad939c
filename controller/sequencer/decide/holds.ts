/**
 * PURE. Why a run does not go on, computed afresh each time as a set; what changed against the holds that are up becomes events.
 * Holds of observation are only judged by a fresh probe: what was heard a while ago neither raises nor clears them.
 */
import type { RunEvent } from '../../../common/events.ts';
import { type Hold, type HoldKind, holdKey, holdKinds, wayOutOfBehind } from '../../../common/holds.ts';
import { adoptCommand, resolveCommands } from '../../../common/offered-commands.ts';
import { type Turn, variantFor } from '../../../common/plan.ts';
import type { Problem } from '../../../common/procedure.ts';
import { planAgain } from '../../planner/goal-text.ts';
import { profileDrift } from '../../planner/profile-drift.ts';
import { hasWaves, planIndex, runIndex } from '../run/run-index.ts';
import { isEffectOf, openSteps, type RunStatus, type TurnStatus } from '../run/run-status.ts';
import { handoverOf, isBetweenDowntimes, isBrokenOff, isHealthCheck, isUndone, nextInTurn, owedProof } from '../run/turn-progress.ts';
import { consentHolds } from './controller-steps.ts';
import { type DecisionInput, nodeOf } from './decision-input.ts';
import { awaitingRestore, eligibleNow, isStoppedNext, nextStop } from './eligible.ts';
import { brokenByMove } from './roles.ts';
import { noRollback } from './rollback-policy.ts';

/** Told by looking at nodes; all other kinds are known without. */
const observed: ReadonlySet<HoldKind> = new Set([
  'peer-unhealthy',
  'node-down',
  'two-primaries',
  'membership-mismatch',
  'facts-changed',
  'profile-drift',
  'local-intervention',
  'needs-reseed',
]);

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
    ? observationHolds(input)
    : input.status.holds.filter((hold) => observed.has(hold.kind) && !known.some((each) => holdKey(each) === holdKey(hold)));
  // A node whose agent is gone is not also judged by what nobody could see.
  const subjects = new Set(known.filter((hold) => hold.kind === 'agent-lost').map((hold) => hold.subject));
  return offered(input, distinct([...known, ...seen.filter((hold) => !subjects.has(hold.subject))]));
}

/** Nobody is offered to go back where that would be refused. */
function offered({ plan, status, runId }: DecisionInput, holds: readonly Hold[]): readonly Hold[] {
  if (noRollback(plan, status) === null) return holds;
  return holds.map((hold) => ({ ...hold, commands: hold.commands.filter((command) => command !== `rollback ${runId}`) }));
}

const distinct = (holds: readonly Hold[]): readonly Hold[] =>
  [...new Map([...holds].reverse().map((hold) => [holdKey(hold), hold])).values()].reverse();

function automatic(kind: HoldKind, subject: string, detail: string, until: string, commands: readonly string[] = []): Hold {
  return { kind, subject, detail, releasedBy: 'automatic', until, commands };
}

/** Steps of turns that are open in the way that the run goes. Failures on the way forward do not hold the rollback. */
function stepHolds(input: DecisionInput): readonly Hold[] {
  const { plan, status, runId } = input;
  return planIndex(plan).places.flatMap(({ turn }) => {
    const chosen = runIndex(plan, status).chosen(turn.id);
    if (chosen === null) return [];
    return Object.entries(chosen.steps).flatMap(([step, last]) => {
      if (last.hold === null || last.state === 'done') return [];
      // What was watched on the way forward is watched no more.
      if (last.state === 'waiting' && (chosen.way !== status.way || status.aborting !== null)) return [];
      if (last.state === 'failed' && !holdsStill(input, turn, chosen, step)) return [];
      const isOpen = last.state === 'unknown' || handoverOf(turn, chosen) === 'open';
      return [{ ...last.hold, commands: stepCommands(runId, step, last.hold, isOpen) }];
    });
  });
}

/** What a person said has failed comes with no commands of its own. Resolved it can be in any case: a person on the host may know better. */
function stepCommands(runId: string, step: string, { commands, releasedBy }: Hold, isOpen: boolean): readonly string[] {
  const abort = `abort ${runId}`;
  if (isOpen) return [...resolveCommands(runId, step), abort];
  if (releasedBy === 'automatic') return commands;
  const others = commands.length > 0 ? commands.filter((command) => command !== abort) : [`retry ${runId} ${step}`, `rollback ${runId}`];
  return [...others, ...resolveCommands(runId, step), abort];
}

/**
 * A failure on the way forward does not hold the rollback or an abort, unless it left open who leads. A step of the rollback that fails
 * holds, whatever it is: a run that ended there would leave nothing but its report.
 */
function holdsStill({ plan, status }: DecisionInput, turn: Turn, chosen: TurnStatus, step: string): boolean {
  if (chosen.way === status.way && status.way === 'forward' && status.aborting === null) return true;
  if (handoverOf(turn, chosen) === 'open') return variantFor(turn, chosen.role)?.handover?.step === step;
  if (owesAgain(status, turn, chosen, step)) return true;
  const body = planIndex(plan).step(step)?.step.body;
  const instance = chosen.steps[step]?.instance;
  // No end without it, there or back (P19).
  if (body?.kind === 'unset' && status.effects.some((effect) => isEffectOf(effect, instance ?? '', body.key))) return true;
  const next = nextInTurn(turn, chosen);
  if (next.kind !== 'failed' || next.step.id !== step) return false;
  // An abort does not leave the node down either: it waits for this step.
  return chosen.way === 'back' || (status.aborting !== null && isBetweenDowntimes(turn, chosen));
}

/** A proof of the way there that was asked for again before another node is rolled back, and did not come (P2). */
function owesAgain({ way, aborting }: RunStatus, turn: Turn, chosen: TurnStatus, step: string): boolean {
  // Of a turn that takes nothing down no proof is asked for again.
  if (!turn.disruptive || way === 'forward' || aborting !== null || isUndone(turn, chosen) || isBrokenOff(turn, chosen)) return false;
  const owed = owedProof(turn, chosen, null);
  return owed.kind === 'failed' && owed.step.id === step && isHealthCheck(owed.step);
}

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
    .filter((node) => lost.has(node.instance))
    .map((node) => once.find((each) => each.status.instance === node.instance) ?? node)
    .map((node) =>
      'step' in node
        ? automatic(
            'executor-lost',
            node.step,
            `the agent of ${node.status.instance} is disconnected${lastSeenText(lost.get(node.status.instance))}, and ${node.step} was sent there; it may run only once, so no other agent may run it`,
            'once its agent is connected again and has reported the result',
            [...resolveCommands(runId, node.step), `abort ${runId}`],
          )
        : automatic(
            'agent-lost',
            node.instance,
            `the agent of ${node.instance} on ${node.host} is disconnected${lastSeenText(lost.get(node.instance))}`,
            `once its agent on ${node.host} is connected again`,
            [`rollback ${runId}`, `abort ${runId}`],
          ),
    );
}

function lastSeenText(atMs: number | null | undefined): string {
  return atMs == null ? '' : ` (last seen ${new Date(atMs).toISOString().slice(0, 19)}Z)`;
}

function interventionHolds({ status, runId }: DecisionInput): readonly Hold[] {
  return status.interventions
    .filter((each) => !each.settled)
    .map((each) => ({
      kind: 'local-intervention' as const,
      subject: each.instance,
      detail: `${each.actor} ran ${each.verb} for ${each.instance} on ${each.host} without the controller`,
      releasedBy: 'person' as const,
      until: 'find out why, then resume the run or end it',
      commands: [`resume ${runId}`, `rollback ${runId}`, `abort ${runId}`],
    }));
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
    automatic(
      'rules-changed',
      plan.cluster,
      rulesChanged,
      `once the rules allow the planned path again: drydock rules revert ${plan.engine} PACK`,
      commands,
    ),
  ];
}

function observationHolds(input: DecisionInput): readonly Hold[] {
  const waiting = awaitingRestore(input.plan, input.status);
  const inTurn = [...runIndex(input.plan, input.status).disturbed, ...waiting];
  const problems = [
    ...input.procedure.assess(input.view, inTurn).filter((problem) => concernsNow(input, problem)),
    ...takeOverProblems(input),
    ...(allConnected(input) ? input.membership : []),
  ];
  // A member that can never follow again is told as that, not as one that happens to be down.
  const parted = new Set(problems.filter((problem) => problem.check === 'needs-reseed').map((problem) => problem.subject));
  const holds = input.plan.nodes
    .filter(({ instance }) => !parted.has(instance))
    .flatMap(({ instance }) => nodeHolds(input, instance, inTurn));
  const moved = holds.length === 0 ? movedHold(input) : [];
  const subjects = new Set(holds.map((hold) => hold.subject));
  const assessed = problems
    .filter(
      ({ severity, subject }) =>
        severity === 'refuse' && !subjects.has(subject) && !waiting.includes(subject) && !disconnected(input, subject),
    )
    .filter((problem) => !isOurDoing(input, problem))
    .map((problem) => holdOf(problem, input.runId));
  const seen = [...holds, ...moved, ...assessed];
  return seen.length > 0 ? seen : nobodyMayGo(input);
}

/** The approved plan names the former leader in what is left of it: what was printed would not be what is done. */
function movedHold(input: DecisionInput): readonly Hold[] {
  const { plan, procedure, runId } = input;
  const detail = brokenByMove(input, procedure.leaderRole);
  if (detail === null) return [];
  const former = plan.nodes.find(({ role }) => role === procedure.leaderRole)?.instance ?? '';
  const until = `once ${former} is ${procedure.leaderRole} again; or end this run, and plan again: ${planAgain(plan)}`;
  return [automatic('facts-changed', plan.cluster, detail, until, [`rollback ${runId}`, `abort ${runId}`])];
}

/** What speaks against a stop of one node keeps nobody from stopping another one, nor a run from its end. */
function concernsNow(input: DecisionInput, { check, subject }: Problem): boolean {
  return input.procedure.stopChecks?.includes(check) !== true || isStoppedNext(input, subject);
}

/** Whoever was chosen to take the leader's role over when the plan was made must still be able to, directly before the leader is stopped. */
function takeOverProblems(input: DecisionInput): readonly Problem[] {
  const { plan, procedure, view } = input;
  const { succession } = plan;
  if (succession === undefined || nextStop(input) !== succession.from) return [];
  return procedure.takeOver?.(view, succession.from, succession.to) ?? [];
}

/** To be copied and compared, a member may have to stand still: nobody is told to mend what an order of this run does and undoes. */
const isOurDoing = ({ plan, status }: DecisionInput, { check, subject }: Problem): boolean =>
  !isHoldKind(check) && runIndex(plan, status).inSnapshot.includes(subject);

const isHoldKind = (check: string): check is HoldKind => holdKinds.some((kind) => kind === check);

const disconnected = (input: DecisionInput, subject: string): boolean => nodeOf(input, subject)?.connected === false;

const allConnected = (input: DecisionInput): boolean =>
  input.plan.nodes.every(({ instance }) => nodeOf(input, instance)?.connected === true);

/** What the engine's prechecks or the membership refuse. A check that is named like a hold is that hold. */
function holdOf(problem: Problem, runId: string): Hold {
  return {
    kind: isHoldKind(problem.check) ? problem.check : problem.clears === 'automatic' ? 'peer-unhealthy' : 'facts-changed',
    subject: problem.subject,
    detail: problem.detail,
    // Seen again to be well is enough, whoever mended it.
    releasedBy: 'automatic',
    until: problem.clears === 'automatic' ? 'once a probe shows it healthy' : 'once a person has repaired it and a probe shows it healthy',
    commands: [`rollback ${runId}`, `abort ${runId}`],
  };
}

/** One node outside its turn against what the plan says of it. The first thing found says it all. */
function nodeHolds(input: DecisionInput, instance: string, inTurn: readonly string[]): readonly Hold[] {
  const { plan, status, runId } = input;
  const planned = plan.nodes.find((each) => each.instance === instance);
  const node = nodeOf(input, instance);
  if (planned === undefined || node === null || !node.connected) return [];
  const commands = [`rollback ${runId}`, `abort ${runId}`];
  const drift = profileDrift(planned, node);
  if (drift !== null) {
    return [
      automatic(
        'profile-drift',
        instance,
        `the local settings of ${instance} on ${node.host} changed after the plan was made${drift === '' ? '' : `: ${drift}`}`,
        'once its local settings match the plan again',
      ),
    ];
  }
  // The failure of a node that is not critical is reported, and keeps nothing.
  if (inTurn.includes(instance) || planned.critical === false) return [];
  const { facts } = node;
  if (facts === null)
    return [automatic('peer-unhealthy', instance, `${instance} could not be probed`, 'once it answers and is in service', commands)];
  if (facts.incarnation === null) {
    const detail = `the database of ${instance} does not run on ${node.host}, and nothing in this run stopped it`;
    return [
      automatic(
        'node-down',
        instance,
        detail,
        `once a person has started ${instance} and a probe shows it in service; Drydock does not start it`,
        commands,
      ),
    ];
  }
  if (facts.databaseId !== null && facts.databaseId !== plan.databaseId) {
    return [
      automatic(
        'facts-changed',
        instance,
        `${instance} belongs to database ${facts.databaseId} now, not ${plan.databaseId}`,
        'once it belongs to the planned database again',
      ),
    ];
  }
  if (input.restarted.has(instance)) {
    const detail = `${instance} was restarted on ${node.host}, and nothing that this run ordered did it`;
    return [
      automatic('local-intervention', instance, detail, 'once a probe shows it in service and its health checks pass again', commands),
    ];
  }
  // Whether it serves as its role asks is for the engine to say: a follower of a node in its turn cannot.
  const expected = runIndex(plan, status).expectedVersion(instance);
  if (expected !== null && facts.version.running !== expected) {
    const detail = `${instance} runs ${facts.version.running ?? 'an unknown version'}, where ${expected} is expected`;
    return [automatic('facts-changed', instance, detail, `once it runs ${expected} again`, commands)];
  }
  return [];
}

/** P17: a rest of nodes of which none may go is a hold and not a silence. */
function nobodyMayGo(input: DecisionInput): readonly Hold[] {
  const { plan, status, runId } = input;
  if (status.way === 'back' || status.aborting !== null) return [];
  for (const hop of plan.hops) {
    const turns = hop.phases.flatMap((phase) => phase.waves.flatMap((wave) => wave.turns)).filter((turn) => turn.disruptive);
    const rest = turns.filter((turn) => runIndex(plan, status).chosen(turn.id) === null);
    const openTurn = turns.some((turn) => runIndex(plan, status).chosen(turn.id) !== null && !runIndex(plan, status).isComplete(turn));
    if (hasWaves(hop) || rest.length === 0 || openTurn || status.hops[hop.id] === 'finalized') continue;
    const instances = rest.map((turn) => turn.instance ?? '');
    if (eligibleNow(input, instances, hop.direction).length > 0) return [];
    const detail = `none of ${instances.join(', ')} may be taken down now`;
    return [automatic('peer-unhealthy', plan.cluster, detail, 'once one of them may be stopped', [`rollback ${runId}`, `abort ${runId}`])];
  }
  return [];
}
