import type { ConfigTask } from '../../common/config-task.ts';
import type { PathHop } from '../../common/documents/rules.ts';
import { answerRefusal, conditionText, traitText } from './conditions.ts';
import type { Judge, OpenHop } from './judge.ts';
import type { Profile } from './pack.ts';
import { type ConfigText, type EdgeText, reportedOf } from './pack-schema.ts';

/** A hop of the walk with all that its edge, the notes about it, the base inside it and its open conditions ask for. */
export function describeHop(hop: OpenHop, judge: Judge): PathHop {
  const parts = [ofEdge(hop), ofRefusals(hop, judge), ...ofNotes(hop, judge), ofUnlisted(hop, judge), ofLapsed(hop)];
  if (hop.base !== null) parts.push(describeHop(hop.base.hop, hop.base.judge));
  const releaseTasks = parts.flatMap((part) => part.releaseTasks ?? []);
  const config = parts.flatMap((part) => part.config ?? []);
  const all = (list: 'conditions' | 'requirements' | 'tasks' | 'risks') => [...new Set(parts.flatMap((part) => part[list] ?? []))];
  return {
    from: hop.from.version,
    to: hop.to.version,
    kind: hop.edge.kind,
    finalize: hop.edge.finalize,
    rollback: hop.rollback,
    conditions: all('conditions'),
    requirements: all('requirements'),
    tasks: all('tasks'),
    ...(releaseTasks.length === 0 ? {} : { releaseTasks }),
    ...(config.length === 0 ? {} : { config }),
    risks: all('risks'),
    source: [...new Set(parts.flatMap((part) => (part.source === undefined ? [] : [part.source])))].join('; '),
  };
}

type Part = Partial<Pick<PathHop, 'conditions' | 'requirements' | 'tasks' | 'releaseTasks' | 'config' | 'risks' | 'source'>>;

/** As the hop carries them. */
export function configTasks({
  config,
  source,
}: {
  readonly config: readonly ConfigText[];
  readonly source: string;
}): readonly ConfigTask[] {
  return config.map(({ set, rename, remove, require, optional, source: own, unit, file, why }): ConfigTask => {
    const to = set ?? rename;
    return {
      op: set !== undefined ? 'set' : rename !== undefined ? 'rename' : remove !== undefined ? 'remove' : 'require',
      keys: [...Object.keys(to ?? {}), ...(remove ?? []), ...(require ?? [])],
      ...(to === undefined ? {} : { to }),
      ...(unit === undefined ? {} : { unit }),
      file,
      ...(optional === undefined ? {} : { optional: true }),
      why,
      source: own ?? source,
    };
  });
}

function ofEdge({ edge, edgeAnswer }: OpenHop): Part {
  const open = edgeAnswer.holds === 'open' ? edgeAnswer.traits : [];
  return {
    conditions: edge.when === undefined ? [] : [conditionText(edge.when, false)],
    requirements: [...required(edge), ...open.map((name) => `trait:${traitText(name, reportedOf(edge.when)[name] ?? '', false)}`)],
    tasks: edge.tasks,
    config: configTasks(edge),
    risks: [...edge.risks, ...(edge.mixedAtMost === undefined ? [] : [`versions may be mixed for ${edge.mixedAtMost} at most`])],
    source: edge.source,
  };
}

/** What the vendor does not ask for is asked for all the same, and named as ours: `policy:previous-upgrade-finalized`. */
function required({ requires, policy }: Pick<EdgeText, 'requires' | 'policy'>): readonly string[] {
  return policy === undefined ? requires : requires.map((id) => `policy:${id}`);
}

/** A refusal that does not hold here is a condition of the hop; one that hangs on an unknown trait must be disproved in preflight. */
function ofRefusals(hop: OpenHop, judge: Judge): Part {
  const conditional = judge.refusalsMet(hop.from, hop.to, hop.edge).filter(({ refusal }) => refusal.when !== undefined);
  return {
    conditions: conditional.map(({ refusal }) => conditionText(refusal.when ?? {}, true)),
    requirements: conditional.flatMap(({ refusal, answer }) =>
      answer.holds === 'open' ? answer.traits.map((name) => `trait:${traitText(name, reportedOf(refusal.when)[name] ?? '', true)}`) : [],
    ),
  };
}

/** What the notes say about this hop. Not knowing is no reason to keep one back, but what it hangs on must then be found out. */
function ofNotes(hop: OpenHop, judge: Judge): readonly Part[] {
  const { pack, situation } = judge;
  const up = judge.compare(hop.from, hop.to) < 0;
  return pack.notes.flatMap(({ rule, from, to }): readonly Part[] => {
    if (rule.direction !== 'both' && (rule.direction === 'up') !== up) return [];
    if (rule.series !== undefined && (rule.series === 'same') !== (hop.from.series === hop.to.series)) return [];
    if (rule.kinds !== undefined && !rule.kinds.includes(hop.edge.kind)) return [];
    const answer = answerRefusal(rule.when, situation);
    if (!from(hop.from.version) || !to(hop.to.version) || answer.holds === 'no') return [];
    const open = answer.holds === 'open' ? answer.traits.map((name) => `trait:${name}`) : [];
    const { release, tasks, risks, source } = rule;
    const asked = release === undefined ? {} : { releaseTasks: tasks.map((task) => ({ task, release, source })) };
    return [{ requirements: [...required(rule), ...open], tasks, ...asked, config: configTasks(rule), risks, source }];
  });
}

function ofUnlisted(hop: OpenHop, { pack }: Judge): Part {
  const risk = (it: Profile) =>
    `${it.version} is not listed in pack ${pack.name} ${pack.version}: the tasks of its release notes were not considered`;
  return { risks: [hop.from, hop.to].filter((it) => !it.listed).map(risk) };
}

function ofLapsed({ to }: OpenHop): Part {
  if (to.lapsed === null) return {};
  return {
    risks: [
      `${to.version} was for the vendor's own cloud only until ${to.lapsed}: make sure that its binaries for other clusters are available`,
    ],
  };
}
