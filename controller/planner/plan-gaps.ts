/** PURE. What is wrong with a plan as it is laid out, found before anybody approves: words that agents do not know, steps that stand in two turns. */
import type { NodeView } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import { type Plan, type Step, type Turn, turnsOf } from '../../common/plan.ts';
import { refused } from './refusals.ts';

type WordList = 'verbs' | 'keys' | 'jobs';

interface Word {
  readonly list: WordList;
  readonly word: string;
}

/** One sentence for each node and list, with all that is missing there. */
export function wordGaps(plan: Plan, nodes: readonly NodeView[]): readonly Failure[] {
  const asked = [...turnsOf(plan)].flatMap(({ turn }) =>
    turn.variants.flatMap(({ steps, undo, handover }) => [...steps, ...undo, ...(handover?.undo ?? [])]),
  );
  // Each word once for each who may carry it out: most steps need none, and the plan of a large cluster has many steps.
  const needed = new Map<string, Needed>();
  for (const { executor, ...step } of asked) {
    const word = wordOf(step);
    if (word !== null) needed.set(JSON.stringify([executor, word]), { executor, ...word });
  }
  const { own, others } = sorted([...needed.values()]);
  return nodes.flatMap((node) => {
    const mine = [...(own.get(node.instance) ?? []), ...others.filter((each) => mayCarryOut(node, each))];
    return (['verbs', 'keys', 'jobs'] as const).flatMap((list) => {
      const missing = mine.filter((each) => each.list === list && !node[list].includes(each.word));
      return missing.length === 0 ? [] : [gap(node, list, [...new Set(missing.map(({ word }) => word))])];
    });
  });
}

interface Needed extends Word {
  readonly executor: Step['executor'];
}

/** What one named instance carries out, by instance, and what others may. */
function sorted(needed: readonly Needed[]): { readonly own: ReadonlyMap<string, readonly Needed[]>; readonly others: readonly Needed[] } {
  const own = new Map<string, Needed[]>();
  const others: Needed[] = [];
  for (const each of needed) {
    if (each.executor.kind !== 'instance') others.push(each);
    else own.set(each.executor.instance, [...(own.get(each.executor.instance) ?? []), each]);
  }
  return { own, others };
}

const called: Readonly<Record<WordList, string>> = { verbs: 'verb', keys: 'setting', jobs: 'job' };

function gap({ instance, host }: NodeView, list: WordList, words: readonly string[]): Failure {
  const what = `${called[list]}${words.length > 1 ? 's' : ''} ${words.join(', ')}`;
  return refused(`missing-${list}`, `${instance}: its agent does not support the ${what}; upgrade the agent on ${host}`);
}

function wordOf({ body }: Pick<Step, 'body'>): Word | null {
  if (body.kind === 'act') return { list: 'verbs', word: body.verb };
  if (body.kind === 'downtime' && body.act !== undefined) return { list: 'verbs', word: body.act.verb };
  if (body.kind === 'job') return { list: 'jobs', word: body.name };
  return body.kind === 'set' || body.kind === 'unset' ? { list: 'keys', word: body.key } : null;
}

/** Who is chosen while the plan runs may be any of those that could be. */
function mayCarryOut({ instance, capabilities }: NodeView, { executor }: Pick<Step, 'executor'>): boolean {
  switch (executor.kind) {
    case 'instance':
      return executor.instance === instance;
    case 'peer':
      return executor.of !== instance;
    case 'capable':
      return capabilities.includes(executor.capability);
    case 'role':
      return true;
    case 'controller':
      return false;
  }
}

// A step stands in one turn of a plan: orders and receipts name their step and no turn, so one of two turns would wait for ever for the receipt of an
// order that was counted for the other.

/** One failure for each id that stands in two turns, there or back; the variants of a turn may share steps. */
export function repeatedSteps(plan: Plan): readonly Failure[] {
  const asked = plan.hops.flatMap(({ rollbackConsent }) => rollbackConsent ?? []);
  const turns = [...[...turnsOf(plan)].map(({ turn }) => turn), ...asked];
  const owners = new Map<string, string>();
  const repeated = new Map<string, Failure>();
  for (const turn of turns)
    for (const id of stepIds(turn)) {
      const owner = owners.get(id) ?? turn.id;
      owners.set(id, owner);
      if (owner !== turn.id) repeated.set(id, repeatedIn(plan, id, [owner, turn.id]));
    }
  return [...repeated.values()];
}

const stepIds = ({ variants }: Turn): ReadonlySet<string> =>
  new Set(variants.flatMap(({ steps, undo, handover }) => [...steps, ...undo, ...(handover?.undo ?? [])].map(({ id }) => id)));

function repeatedIn({ engine, cluster }: Plan, id: string, turns: readonly string[]): Failure {
  const sentence = `${cluster}: step ${id} is in the turns ${turns.join(' and ')}; this is a bug in the procedure for ${engine}, please report it`;
  return refused('step-repeated', sentence);
}
