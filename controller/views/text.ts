/** PURE. What is half done and what is not, in one sentence for a person. */
import type { ClusterView } from '../../common/facts.ts';
import type { Hop, Plan, Turn } from '../../common/plan.ts';
import { nodeOf, serves } from '../sequencer/decide/decision-input.ts';
import { planIndex, runIndex } from '../sequencer/run/run-index.ts';
import { isExcluded, isOver, type LeftEffect, type RequestedBy, type RunStatus, type TurnStatus } from '../sequencer/run/run-status.ts';
import { isBetweenDowntimes, undoOf } from '../sequencer/run/turn-progress.ts';
import { nowText } from './legal-commands.ts';

interface Reported {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly view: Pick<ClusterView, 'nodes'>;
  readonly procedure: { readonly leaderRole: string };
}

/** `db-2 runs 16.14; db-1 runs 16.4`; who is in the middle of something, is down or disconnected is named as such, and then who leads. */
function versionsText(reported: Reported): string {
  const groups = new Map<string, string[]>();
  for (const { instance } of reported.plan.nodes) {
    const said = stateOf(reported, instance);
    groups.set(said, [...(groups.get(said) ?? []), instance]);
  }
  const parts = [...groups].map(([said, instances]) => `${instances.join(', ')} ${instances.length === 1 ? said : plural(said)}`);
  return [...parts, ...(absent(reported).length > 0 ? leaderText(reported) : [])].join('; ');
}

/** Whether it has what the run brings to it; null: it has no turn. What a turn that is under way comes to is not told by this. */
function isThere({ plan, status }: Reported, instance: string): boolean | null {
  const places = planIndex(plan).places.filter(({ turn }) => turn.disruptive && turn.instance === instance);
  if (places.length === 0) return null;
  return places.some(({ turn }) => {
    const chosen = runIndex(plan, status).chosen(turn.id);
    const undo = chosen === null ? 'none' : undoOf(turn, chosen);
    // Put back to where it was, it was restarted all the same.
    if (plan.goal.restart === true && plan.goal.config === undefined) return undo !== 'none';
    return undo === 'full' && chosen?.way === 'forward';
  });
}

/** What else than its version tells a node that the run was at from one that it was not. */
function broughtText(reported: Reported, instance: string): string {
  const { goal } = reported.plan;
  const there = isThere(reported, instance);
  if (goal.config !== undefined) return there === false ? ' with the former configuration' : ' with the new configuration';
  if (goal.restart === true) return there === true ? ', restarted' : ', not restarted';
  if (goal.restore === undefined || there === null) return '';
  return there ? ', restored' : ', not restored';
}

function stateOf(reported: Reported, instance: string): string {
  if (isExcluded(reported.status, instance)) return `is excluded and ${excludedState(reported, instance)}`;
  const version = runIndex(reported.plan, reported.status).expectedVersion(instance);
  const absence = absenceOf(reported, instance);
  if (version === null) return `is in the middle of a turn${absence === null ? '' : ` and ${absence}`}`;
  const brought = broughtText(reported, instance);
  return absence === null ? `runs ${version}${brought}` : `is ${absence}, left at ${version}${brought}`;
}

const plural = (said: string): string => said.replace(/^runs /, 'run ').replace(/^is /, 'are ');

/** One that shuts down or starts runs, and answers no client. */
function absenceOf({ view }: Reported, instance: string): 'down' | 'disconnected' | 'not answering' | null {
  const node = nodeOf({ view }, instance);
  if (node?.connected !== true) return 'disconnected';
  if (node.facts === null) return null;
  if (node.facts.incarnation === null) return 'down';
  return node.facts.version.running === null ? 'not answering' : null;
}

const absent = (reported: Reported): readonly string[] =>
  reported.plan.nodes.flatMap(({ instance }) => (absenceOf(reported, instance) === null ? [] : [instance]));

/** As far as it is known: a member that is disconnected may lead. */
function leaderText({ plan, view, procedure }: Reported): readonly string[] {
  const nodes = plan.nodes.map(({ instance }) => nodeOf({ view }, instance));
  const leaders = nodes.filter((node) => serves(node) && node?.facts?.role === procedure.leaderRole);
  const names = leaders.map((node) => node?.instance).join(' and ');
  if (leaders.length > 0) return [`${names} ${leaders.length === 1 ? 'leads and takes' : 'lead and take'} writes`];
  return nodes.every((node) => node?.connected === true && node.facts !== null) ? ['no node leads or takes writes'] : [];
}

/** Why and how a run ended, with the versions it leaves. */
export function endedAs(reported: Reported, said: RequestedBy | null): string {
  const why = said === null || said.reason === '' ? '' : `${said.reason}; `;
  return `${why}${versionsText(reported)}${mixedText(reported)}`;
}

/** Only what the run itself made unequal, and only of nodes of which it is known: one in the middle of its turn is named as that. */
function mixedText(reported: Reported): string {
  const { plan, status } = reported;
  const known = plan.nodes.filter(({ instance }) => runIndex(plan, status).expectedVersion(instance) !== null);
  const differs = (of: (instance: string) => unknown) => new Set(known.map(({ instance }) => of(instance))).size > 1;
  if (plan.goal.release !== undefined && differs((instance) => runIndex(plan, status).expectedVersion(instance)))
    return ': the versions are mixed';
  if (plan.goal.config !== undefined && differs((instance) => broughtText(reported, instance))) return ': the configurations are mixed';
  return '';
}

/** How a run ends that did what it was for. */
export function doneText(reported: Reported): string {
  const { nodes, goal, to } = reported.plan;
  const [only] = goal.restore?.snapshots ?? [];
  const versions = goal.restore === undefined ? [to] : [...new Set(nodes.map((node) => node.version))].sort();
  const brought = [
    ...(goal.config === undefined ? [] : ['has the new configuration']),
    ...(goal.restart === true ? ['was restarted'] : []),
    ...(goal.restore?.scope === 'cluster' ? ['was restored'] : []),
  ];
  const first = goal.restore?.scope === 'node' ? `${only?.instance ?? ''} was restored; ` : '';
  return `${first}${everyNode(reported)} ${[...brought, `runs ${versions.join(' or ')}`].join(', ')} and is in service${excludedText(reported)}`;
}

const everyNode = ({ status }: Reported): string => (status.excluded.length === 0 ? 'every node' : 'every other node');

/** How a run ends that was rolled back: a later hop to where the one before it ended. */
export function backText(reported: Reported, hop: Hop | null): string {
  const { goal, hops, from } = reported.plan;
  const [all, others] = [everyNode(reported), excludedText(reported)];
  if (goal.config !== undefined) return `${all} has its former configuration, runs ${from} and is in service${others}`;
  if (goal.restart === true) return `${all} runs ${from} and is in service${others}; a restart leaves nothing to roll back`;
  const before = hop === null || hop === hops[0] ? 'its previous version' : `${hop.from}, its version before this hop,`;
  return `${all} runs ${before} and is in service${others}`;
}

/** `; db-3 was excluded by ann (its disk is gone) and is down, left at 16.4`: each excluded node, what it may run, and what stays set because of it. */
function excludedText(reported: Reported): string {
  const { excluded, leftEffects = [] } = reported.status;
  return excluded
    .map(({ instance, actor, reason }) => {
      const left = leftEffects.filter(({ leftFor }) => leftFor === instance).map(leftText);
      return `; ${instance} was excluded by ${actor} (${reason}) and ${[excludedState(reported, instance), ...left].join('; ')}`;
    })
    .join('');
}

function excludedState(reported: Reported, instance: string): string {
  const { plan, status, view } = reported;
  const index = runIndex(plan, status);
  const absence = absenceOf(reported, instance);
  const running = nodeOf({ view }, instance)?.facts?.version.running ?? null;
  if (absence === null && running !== null) return `runs ${running}`;
  const stopped = index.everDisruptive.find(({ turn, chosen }) => turn.instance === instance && wasLeftStopped(turn, chosen));
  if (stopped !== undefined) return `was left stopped by its turn: to let it start, run drydock-agent release ${instance} on its host`;
  const version = index.expectedVersion(instance);
  const hop = index.everDisruptive.findLast(({ turn }) => turn.instance === instance)?.hop;
  const may = version ?? (hop === undefined ? 'an unknown version' : `${hop.from} or ${hop.to}`);
  return `is ${absence ?? 'not answering'}, left at ${may}`;
}

const wasLeftStopped = (turn: Turn, { without: _, ...chosen }: TurnStatus): boolean => isBetweenDowntimes(turn, chosen);

const leftText = ({ instance, key, set, prior }: LeftEffect): string =>
  `${key} of ${instance} stays '${set ?? ''}'; it was '${prior ?? ''}' before: restore it by hand`;

/** What the nodes run and do now; of a run that is over only where that is not what its end says. */
export function meaningOf(reported: Reported): string {
  const { plan, status } = reported;
  if (isOver(status)) return nowText(reported);
  if (status.state === 'draft') return 'nothing was done yet; the plan waits for approval';
  if (status.state === 'approved') return 'nothing was done yet; the plan is approved and not started';
  const inTurn = runIndex(plan, status).inTurn;
  const touched = runIndex(plan, status).everDisruptive.some(
    ({ turn, chosen }) => chosen.way === 'back' || undoOf(turn, chosen) !== 'none',
  );
  if (!touched && inTurn.length === 0) return `no node was changed; ${versionsText(reported)}`;
  const isWhole = inTurn.length === 0 && absent(reported).length === 0;
  return `${isWhole ? 'no node is in the middle of a turn: ' : ''}${versionsText(reported)}`;
}
