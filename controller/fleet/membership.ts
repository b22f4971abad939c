/**
 * PURE. A cluster has expected members (the admin said how many, adoption wrote down which), enrolled instances (agents announced them)
 * and seen members (the database's own view, by its own ids). The three must agree: a member that is not known here counts toward quorum.
 */

import { reasonOption } from '../../common/commands.ts';
import type { NodeView } from '../../common/facts.ts';
import type { Problem } from '../../common/procedure.ts';

/** An instance that a second host announced while another one holds it: not believed, but to be looked into. */
export interface RefusedInstance {
  readonly instance: string;
  readonly cluster: string;
  readonly host: string;
  readonly heldBy: string;
  readonly holderConnected: boolean;
  /** Where the claim came from, as the transport saw it. */
  readonly peer: string;
}

export interface Membership {
  readonly cluster: string;
  /** How many the admin said; null: not said yet. */
  readonly expectedMembers: number | null;
  /** Instances at adoption; null before it. */
  readonly adopted: readonly string[] | null;
  readonly enrolled: readonly Pick<NodeView, 'instance' | 'host' | 'connected' | 'facts'>[];
  /** Member ids that the database itself knows of. */
  readonly seen: readonly string[];
  readonly refused: readonly RefusedInstance[];
  /** What to do where a name that is seen is no member; left out: the engine counts members only. */
  readonly notAMember?: string;
}

export const membershipCheck = 'membership-mismatch';

/** Empty when expected, enrolled and seen agree; else one refusal for each member that is missing or unknown. */
export function membershipProblems(membership: Membership): readonly Problem[] {
  return [...countProblems(membership), ...enrolledProblems(membership), ...seenProblems(membership), ...claimProblems(membership)];
}

function countProblems({ cluster, expectedMembers, adopted, enrolled }: Membership): readonly Problem[] {
  // After adoption the names say it better.
  if (expectedMembers === null || adopted !== null || enrolled.length === expectedMembers) return [];
  const names = enrolled.map(({ instance, host }) => `${instance} on ${host}`).join(', ');
  const detail = `${cluster} is declared with ${expectedMembers} member${expectedMembers === 1 ? '' : 's'}, agents announce ${enrolled.length} (${names === '' ? 'none' : names})`;
  if (enrolled.length < expectedMembers)
    return [problem(cluster, `${detail}: install an agent for each of the others, or declare the actual number of members`, 'person')];
  const away = enrolled.filter(({ connected }) => !connected).map(awayAdvice);
  const advice = [`if all of these are members: drydock cluster adopt ${cluster} --members ${enrolled.length}`, ...away].join('; ');
  return [problem(cluster, `${detail}; ${advice}`, 'person')];
}

/** What to do about a host whose agent is away: it may come back, and is forgotten only if it does not exist any more. */
export function awayAdvice({ host }: Pick<NodeView, 'host'>): string {
  return `${host} is disconnected: start its agent, or, if ${host} no longer exists, drydock host forget ${host}`;
}

function enrolledProblems({ cluster, adopted, enrolled }: Membership): readonly Problem[] {
  if (adopted === null) return [];
  const missing = adopted.filter((instance) => !enrolled.some((node) => node.instance === instance));
  const unknown = enrolled.filter(({ instance }) => !adopted.includes(instance));
  return [
    ...missing.map((instance) =>
      problem(instance, `${instance} belongs to ${cluster}, but no agent has announced it: start the agent on its host`, 'automatic'),
    ),
    ...unknown.map((node) => problem(node.instance, unknownText(cluster, node, enrolled.length), 'person')),
  ];
}

/** One that serves is a member until somebody says that it is none: only what does not serve may have been announced by mistake. */
function unknownText(cluster: string, { instance, host, facts }: Membership['enrolled'][number], members: number): string {
  const announced = `the agent on ${host} announces ${instance} of ${cluster}, but ${cluster} was adopted without it`;
  const adopt = adoptAgain(cluster, members);
  if (facts?.inService === true) return `${announced}: ${adopt}; if it belongs to another cluster, correct the settings of that agent`;
  return `${announced}, and it is not in service: if it is a member now: ${adopt}; if not, correct the settings of that agent, or stop it, then drydock host forget ${host}`;
}

const adoptAgain = (cluster: string, members: number | 'N' = 'N'): string =>
  `drydock cluster adopt ${cluster} --members ${members} ${reasonOption}`;

/** Only what was heard is compared: a node without facts is not healthy, which others say. */
function seenProblems({ cluster, adopted, enrolled, seen, notAMember }: Membership): readonly Problem[] {
  const ids = new Map<string, string>();
  const twice: Problem[] = [];
  for (const { instance, facts } of enrolled) {
    const member = facts?.memberId ?? null;
    if (member === null) continue;
    const other = ids.get(member);
    if (other !== undefined)
      twice.push(problem(instance, `${instance} and ${other} both report to be member ${member} of ${cluster}`, 'person'));
    ids.set(member, instance);
  }
  const unmanaged = seen.filter((member) => !ids.has(member));
  // A member whose own agent is silent or missing is not taken for one that no agent manages.
  const silent = [
    ...enrolled.filter(({ facts }) => facts === null || facts.memberId === null).map(({ instance, host }) => `${instance} on ${host}`),
    ...(adopted ?? []).filter((instance) => !enrolled.some((node) => node.instance === instance)),
  ];
  const unseen = [...ids].filter(([member]) => seen.length > 0 && !seen.includes(member));
  return [
    ...twice,
    ...unmanaged.map((member) =>
      problem(
        member,
        silent.length === 0
          ? `the database of ${cluster} has a member ${member} that no agent manages: install an agent on its host, then ${adoptAgain(cluster)}${notAMember === undefined ? '' : `; ${notAMember}`}`
          : `the database of ${cluster} has a member ${member}, and no agent reports which member it is; the member id of ${silent.join(', ')} is unknown: start the agent there`,
        silent.length === 0 ? 'person' : 'automatic',
      ),
    ),
    ...unseen.map(([member, instance]) =>
      problem(instance, `${instance} reports to be member ${member}, but the other members of ${cluster} do not see it`, 'automatic'),
    ),
  ];
}

function claimProblems({ cluster, refused }: Membership): readonly Problem[] {
  return refused
    .filter((claim) => claim.cluster === cluster)
    .map(({ instance, host, heldBy, holderConnected, peer }) =>
      problem(
        instance,
        holderConnected
          ? `${host} (${peer}) announces ${instance}, but ${heldBy} announced it first and is connected: correct the settings of the agent on ${host} or stop it, then drydock host forget ${host}`
          : `${host} (${peer}) announces ${instance}, but ${heldBy} announced it first and is disconnected. If ${instance} is on ${host} now: drydock host forget ${heldBy}. If not, stop the agent on ${host}, then drydock host forget ${host}`,
        'person',
      ),
    );
}

function problem(subject: string, detail: string, clears: Problem['clears']): Problem {
  return { check: membershipCheck, severity: 'refuse', subject, detail, clears };
}
