/** PURE. Holds that come of what is seen, and of steps that failed, each with what ends it. */

import { resolveCommands } from '../../../common/commands.ts';
import { automaticHold, type Hold, type HoldKind, holdKinds } from '../../../common/holds.ts';
import { type Turn, variantFor } from '../../../common/plan.ts';
import type { Problem } from '../../../common/procedure.ts';
import { profileDrift } from '../../planner/path-drift.ts';
import { planAgain } from '../../planner/plan-text.ts';
import { hasWaves, planIndex, runIndex } from '../run/run-index.ts';
import { isAboutExcluded, isEffectOf, isExcluded, type RunStatus, type TurnStatus } from '../run/run-status.ts';
import { handoverOf, isBetweenDowntimes, isBrokenOff, isHealthCheck, isUndone, nextInTurn, owedProof } from '../run/turn-progress.ts';
import { awaitingRestore, type DecisionInput, eligibleNow, isStoppedNext, nextStop, nodeOf } from './decision-input.ts';
import { excludedHolds } from './exclusion.ts';
import { brokenByMove } from './roles.ts';

/** All other kinds are known without a probe. */
export const observedKinds: ReadonlySet<HoldKind> = new Set([
  'peer-unhealthy',
  'node-down',
  'two-primaries',
  'membership-mismatch',
  'facts-changed',
  'profile-drift',
  'local-intervention',
  'needs-reseed',
]);

export function observedHolds(input: DecisionInput): readonly Hold[] {
  const waiting = awaitingRestore(input.plan, input.status);
  const inTurn = [...runIndex(input.plan, input.status).disturbed, ...waiting];
  const problems = [
    ...input.procedure.assess(input.view, inTurn).filter((problem) => concernsNow(input, problem)),
    ...takeOverProblems(input),
    ...(allConnected(input) ? input.membership : []),
  ].filter(({ subject }) => !isAboutExcluded(input.status, subject));
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
  const seen = [...holds, ...moved, ...assessed, ...excludedHolds(input)];
  return seen.length > 0 ? seen : nobodyMayGo(input);
}

/** The approved plan names the former leader in what is left of it: what was printed would not be what is done. */
function movedHold(input: DecisionInput): readonly Hold[] {
  const { plan, procedure, runId } = input;
  const detail = brokenByMove(input, procedure.leaderRole);
  if (detail === null) return [];
  const former = plan.nodes.find(({ role }) => role === procedure.leaderRole)?.instance ?? '';
  const until = `once ${former} is ${procedure.leaderRole} again; or end this run, and plan again: ${planAgain(plan)}`;
  return [automaticHold('facts-changed', plan.cluster, detail, until, [`rollback ${runId}`, `abort ${runId}`])];
}

/** What speaks against a stop of one node does not keep another one from being stopped, nor a run from its end. */
function concernsNow(input: DecisionInput, { check, subject }: Problem): boolean {
  return input.procedure.stopChecks?.includes(check) !== true || isStoppedNext(input, subject);
}

/** The member that was chosen to take the leader's role over when the plan was made must still be able to, directly before the leader is stopped. */
function takeOverProblems(input: DecisionInput): readonly Problem[] {
  const { plan, procedure, view } = input;
  const { succession } = plan;
  if (succession === undefined || nextStop(input) !== succession.from) return [];
  return procedure.takeOver?.(view, succession.from, succession.to) ?? [];
}

/** To be copied and compared, a member may have to stand still: no person is asked to mend what an order of this run does and undoes. */
const isOurDoing = ({ plan, status }: DecisionInput, { check, subject }: Problem): boolean =>
  !isHoldKind(check) && runIndex(plan, status).inSnapshot.includes(subject);

const isHoldKind = (check: string): check is HoldKind => holdKinds.some((kind) => kind === check);

const disconnected = (input: DecisionInput, subject: string): boolean => nodeOf(input, subject)?.connected === false;

const allConnected = (input: DecisionInput): boolean =>
  input.plan.nodes.every(({ instance }) => isExcluded(input.status, instance) || nodeOf(input, instance)?.connected === true);

/** What the engine's prechecks or the membership refuse. A check that is named like a hold is that hold. */
function holdOf(problem: Problem, runId: string): Hold {
  return {
    kind: isHoldKind(problem.check) ? problem.check : problem.clears === 'automatic' ? 'peer-unhealthy' : 'facts-changed',
    subject: problem.subject,
    detail: problem.detail,
    // Seen again to be well is enough, no matter who mended it.
    releasedBy: 'automatic',
    until: problem.clears === 'automatic' ? 'once a probe shows it healthy' : 'once it is repaired by hand and a probe shows it healthy',
    commands: [`rollback ${runId}`, `abort ${runId}`],
  };
}

/** One node outside its turn against what the plan says of it. The first thing found says it all. */
function nodeHolds(input: DecisionInput, instance: string, inTurn: readonly string[]): readonly Hold[] {
  const { plan, status, runId } = input;
  const planned = plan.nodes.find((each) => each.instance === instance);
  const node = nodeOf(input, instance);
  if (planned === undefined || node === null || !node.connected || isExcluded(status, instance)) return [];
  const commands = [`rollback ${runId}`, `abort ${runId}`];
  const drift = profileDrift(planned, node);
  if (drift !== null) {
    return [
      automaticHold(
        'profile-drift',
        instance,
        `the local settings of ${instance} on ${node.host} changed after the plan was made${drift === '' ? '' : `: ${drift}`}`,
        'once its local settings match the plan again',
        commands,
      ),
    ];
  }
  // The failure of a node that is not critical is reported, and keeps nothing.
  if (inTurn.includes(instance) || planned.critical === false) return [];
  const { facts } = node;
  if (facts === null)
    return [automaticHold('peer-unhealthy', instance, `${instance} could not be probed`, 'once it answers and is in service', commands)];
  if (facts.incarnation === null) {
    const detail = `the database of ${instance} is not running on ${node.host}, and this run did not stop it`;
    return [
      automaticHold(
        'node-down',
        instance,
        detail,
        `once ${instance} is started by hand and a probe shows it in service; Drydock does not start it`,
        commands,
      ),
    ];
  }
  if (facts.databaseId !== null && facts.databaseId !== plan.databaseId) {
    return [
      automaticHold(
        'facts-changed',
        instance,
        `${instance} belongs to database ${facts.databaseId} now, not ${plan.databaseId}`,
        `once it is copied anew from ${plan.cluster} and belongs to its database again`,
        commands,
      ),
    ];
  }
  if (input.restarted.has(instance)) {
    const detail = `${instance} was restarted on ${node.host}, and not by this run`;
    return [
      automaticHold('local-intervention', instance, detail, 'once a probe shows it in service and its health checks pass again', commands),
    ];
  }
  // Whether it serves as its role asks is for the engine to say: a follower of a node in its turn cannot.
  const expected = runIndex(plan, status).expectedVersion(instance);
  if (expected !== null && facts.version.running !== expected) {
    const detail = `${instance} runs ${facts.version.running ?? 'an unknown version'}, where ${expected} is expected`;
    return [automaticHold('facts-changed', instance, detail, `once it runs ${expected} again`, commands)];
  }
  return [];
}

/** P17: a rest of nodes of which none may go is a hold and not a silence. */
function nobodyMayGo(input: DecisionInput): readonly Hold[] {
  const { plan, status, runId } = input;
  if (status.way === 'back' || status.aborting !== null) return [];
  for (const hop of plan.hops) {
    const turns = hop.phases.flatMap((phase) => phase.waves.flatMap((wave) => wave.turns)).filter((turn) => turn.disruptive);
    const rest = runIndex(plan, status).toStop(hop);
    const openTurn = turns.some((turn) => runIndex(plan, status).chosen(turn.id) !== null && !runIndex(plan, status).isComplete(turn));
    if (hasWaves(hop) || rest.length === 0 || openTurn || status.hops[hop.id] === 'finalized') continue;
    const instances = rest.map(({ turn }) => turn.instance ?? '');
    if (eligibleNow(input, instances, hop.direction).length > 0) return [];
    const detail = `none of ${instances.join(', ')} can be taken down now`;
    return [
      automaticHold('peer-unhealthy', plan.cluster, detail, 'once one of them can be stopped', [`rollback ${runId}`, `abort ${runId}`]),
    ];
  }
  return [];
}

// Steps that ended badly, or of which it is unknown how they ended, as holds with the commands that release them.

/** Steps of turns that are open in the way that the run goes. Failures on the way forward do not hold the rollback. */
export function stepHolds(input: DecisionInput): readonly Hold[] {
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
