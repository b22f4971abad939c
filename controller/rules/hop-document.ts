import type { PathHop } from '../../common/documents.ts';
import { answerRefusal, conditionText, traitText } from './conditions.ts';
import type { Judge, OpenHop } from './judge.ts';
import type { Profile } from './pack.ts';
import type { NoteText } from './pack-schema.ts';

/** A hop of the walk with all that its edge, the notes about it, the base inside it and its open conditions ask for. */
export function describeHop(hop: OpenHop, judge: Judge): PathHop {
  const parts = [ofEdge(hop), ofRefusals(hop, judge), ...notesFor(hop, judge).map(ofNote), ofUnlisted(hop, judge)];
  if (hop.base !== null) parts.push(describeHop(hop.base.hop, hop.base.judge));
  const all = (list: 'conditions' | 'requirements' | 'tasks' | 'risks') => [...new Set(parts.flatMap((part) => part[list] ?? []))];
  return {
    from: hop.from.version,
    to: hop.to.version,
    kind: hop.edge.kind,
    finalize: hop.edge.finalize,
    wayBack: hop.wayBack,
    conditions: all('conditions'),
    requirements: all('requirements'),
    tasks: all('tasks'),
    risks: all('risks'),
    source: [...new Set(parts.flatMap((part) => (part.source === undefined ? [] : [part.source])))].join('; '),
  };
}

type Part = Partial<Pick<PathHop, 'conditions' | 'requirements' | 'tasks' | 'risks' | 'source'>>;

function ofEdge({ edge, edgeAnswer }: OpenHop): Part {
  const open = edgeAnswer.holds === 'open' ? edgeAnswer.traits : [];
  return {
    conditions: edge.when === undefined ? [] : [conditionText(edge.when, false)],
    requirements: [...edge.requires, ...open.map((name) => `trait:${traitText(name, edge.when?.traits?.[name] ?? '', false)}`)],
    tasks: edge.tasks,
    risks: edge.risks,
    source: edge.source,
  };
}

/** A refusal that does not hold here is a condition of the hop; one that hangs on an unknown trait must be disproved in preflight. */
function ofRefusals(hop: OpenHop, judge: Judge): Part {
  const conditional = judge.refusalsMet(hop.from, hop.to, hop.edge).filter(({ refusal }) => refusal.when !== undefined);
  return {
    conditions: conditional.map(({ refusal }) => conditionText(refusal.when ?? {}, true)),
    requirements: conditional.flatMap(({ refusal, answer }) =>
      answer.holds === 'open' ? answer.traits.map((name) => `trait:${traitText(name, refusal.when?.traits?.[name] ?? '', true)}`) : [],
    ),
  };
}

function notesFor(hop: OpenHop, { pack, situation }: Judge): readonly NoteText[] {
  const up = pack.scheme.compare(hop.from.version, hop.to.version) < 0;
  return pack.notes
    .filter(({ rule, from, to }) => {
      if (rule.direction !== 'both' && (rule.direction === 'up') !== up) return false;
      if (rule.series !== undefined && (rule.series === 'same') !== (hop.from.series === hop.to.series)) return false;
      if (rule.kinds !== undefined && !rule.kinds.includes(hop.edge.kind)) return false;
      // Not knowing is no reason to keep a warning back.
      return from(hop.from.version) && to(hop.to.version) && answerRefusal(rule.when, situation).holds !== 'no';
    })
    .map(({ rule }) => rule);
}

function ofNote(note: NoteText): Part {
  return { requirements: note.requires, tasks: note.tasks, risks: note.risks, source: note.source };
}

function ofUnlisted(hop: OpenHop, { pack }: Judge): Part {
  const risk = (it: Profile) =>
    `${it.version} is not among the releases that pack ${pack.name} ${pack.version} knows: what its release notes ask for was not considered`;
  return { risks: [hop.from, hop.to].filter((it) => !it.listed).map(risk) };
}
