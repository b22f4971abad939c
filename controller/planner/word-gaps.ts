/** PURE. What the steps of a plan ask of agents that these do not know: their closed lists were announced, and a gap is found before anybody approves. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { Failure } from '../../common/failure.ts';
import { type Plan, type Step, turnsOf } from '../../common/plan.ts';
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
  return nodes.flatMap((node) =>
    (['verbs', 'keys', 'jobs'] as const).flatMap((list) => {
      const missing = asked
        .filter((step) => mayCarryOut(node, step))
        .flatMap((step) => wordOf(step) ?? [])
        .filter((each) => each.list === list && !node[list].includes(each.word));
      return missing.length === 0 ? [] : [gap(node, list, [...new Set(missing.map(({ word }) => word))])];
    }),
  );
}

const called: Readonly<Record<WordList, string>> = { verbs: 'verb', keys: 'setting', jobs: 'job' };

function gap({ instance, host }: NodeView, list: WordList, words: readonly string[]): Failure {
  const what = `${called[list]}${words.length > 1 ? 's' : ''} ${words.join(', ')}`;
  return refused(`missing-${list}`, `${instance}: its agent does not know the ${what}; bring the agent on ${host} up to date`);
}

function wordOf({ body }: Step): Word | null {
  if (body.kind === 'act') return { list: 'verbs', word: body.verb };
  if (body.kind === 'downtime' && body.act !== undefined) return { list: 'verbs', word: body.act.verb };
  if (body.kind === 'job') return { list: 'jobs', word: body.name };
  return body.kind === 'set' || body.kind === 'unset' ? { list: 'keys', word: body.key } : null;
}

/** Who is chosen while the plan runs may be any of those that could be. */
function mayCarryOut({ instance, capabilities }: NodeView, { executor }: Step): boolean {
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
