/** PURE. Holds that a fresh probe of the nodes raises and clears: what the nodes are, against what the plan and the engine ask of them. */
import { automaticHold, type Hold, type HoldKind, holdKinds } from '../../../common/holds.ts';
import type { Problem } from '../../../common/procedure.ts';
import { planAgain } from '../../planner/goal-text.ts';
import { profileDrift } from '../../planner/profile-drift.ts';
import { hasWaves, runIndex } from '../run/run-index.ts';
import { isAboutExcluded, isExcluded } from '../run/run-status.ts';
import { type DecisionInput, nodeOf } from './decision-input.ts';
import { awaitingRestore, eligibleNow, isStoppedNext, nextStop } from './eligible.ts';
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
    until: problem.clears === 'automatic' ? 'once a probe shows it healthy' : 'once a person has repaired it and a probe shows it healthy',
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
    const detail = `the database of ${instance} does not run on ${node.host}, and nothing in this run stopped it`;
    return [
      automaticHold(
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
    const detail = `${instance} was restarted on ${node.host}, and nothing that this run ordered did it`;
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
    const detail = `none of ${instances.join(', ')} may be taken down now`;
    return [
      automaticHold('peer-unhealthy', plan.cluster, detail, 'once one of them may be stopped', [`rollback ${runId}`, `abort ${runId}`]),
    ];
  }
  return [];
}
