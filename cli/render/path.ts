/** A path as a person reads it: the walk, what each hop asks for, and why every other way was not taken. */
import stringWidth from 'string-width';
import { configTaskText } from '../../common/config-task.ts';
import type { PathDocument, PathHop, PathRefusal } from '../../common/documents/rules.ts';
import { requirementTexts, taskTexts } from '../../engines/rule-ids.ts';
import { countOf, shortDigest } from './text.ts';
import { coloured, type Paint, plain } from './view.ts';

export interface PathView {
  /** Also print requirements, sources, what each task asks for, and everything that was not taken. */
  readonly explain: boolean;
  readonly color: boolean;
}

/** Text with a newline at its end. What was refused is printed without being asked for when there is no way at all. */
export function renderPath(path: PathDocument, view: PathView): string {
  const paint = view.color ? coloured : plain;
  const lines = [
    `${paint('strong', path.engine)}  ${path.from} → ${path.to}   ${summary(path, paint)}`,
    ...hopLines(path, view, paint),
    ...notCarriedOut(path).map((sentence) => paint('attention', sentence)),
    ...(view.explain || !path.admissible ? refusedLines(path, view, paint) : []),
    paint('faint', `pack ${path.pack.name} ${path.pack.version} (${shortDigest(path.pack.digest)})`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Rules for whole series speak of versions that are not released, too: that must not read as if these were known to be sound. */
function summary(path: PathDocument, paint: Paint): string {
  const { unlisted = [] } = path;
  const shortly = summaryOf(path, paint);
  if (unlisted.length === 0) return shortly;
  const ignorance = `the pack does not list ${unlisted.join(' or ')}`;
  return path.admissible ? `${paint('attention', `${ignorance}; only general rules allow this`)}   ${shortly}` : `${shortly}; ${ignorance}`;
}

function summaryOf({ admissible, hops }: PathDocument, paint: Paint): string {
  if (!admissible) return paint('bad', 'not admissible');
  if (hops.length === 0) return 'nothing to do';
  const kinds = [...new Set(hops.map((hop) => hop.kind))];
  const reversible = hops.every((hop) => hop.rollback === 'lossless' && hop.finalize === 'none');
  const back = reversible ? 'reversible' : 'not reversible as a whole';
  return `${countOf(hops.length, 'hop')}, ${hops.length > 1 && kinds.length === 1 ? 'all ' : ''}${kinds.join(' and ')}, ${paint(reversible ? 'good' : 'attention', back)}`;
}

function hopLines(path: PathDocument, view: PathView, paint: Paint): readonly string[] {
  const titles = path.hops.map((hop) => `${hop.from} → ${hop.to}`);
  const width = Math.max(0, ...titles.map((title) => stringWidth(title)));
  const numberWidth = String(path.hops.length).length;
  const { ways, branches: shared } = sharedBy(path.hops, view);
  const hops = path.hops.flatMap((hop, at) => {
    const skipped = skippedBy(hop, path);
    const parts = [
      skipped === '' && ways !== null ? (titles[at] ?? '') : padded(titles[at] ?? '', width),
      ...(ways === null ? [hop.kind, rollbackText(hop, paint)] : []),
      ...(skipped === '' ? [] : [paint('faint', skipped)]),
    ];
    const own = details(hop, view).filter((branch) => !shared.some((each) => isSame(each, branch)));
    return [`  ${String(at + 1).padStart(numberWidth)}  ${parts.join('   ')}`, ...branchLines(own, ' '.repeat(numberWidth + 4), paint)];
  });
  if (ways === null && shared.length === 0) return hops;
  return [...hops, `Every hop${ways === null ? '' : `   ${ways(paint)}`}`, ...branchLines(shared, '  ', paint)];
}

/** What would be said again of each hop. `ways`: how each is gone and rolled back; null: they differ, or there is one hop alone. */
function sharedBy(hops: readonly PathHop[], view: PathView) {
  const [first, ...rest] = hops;
  if (first === undefined || rest.length === 0) return { ways: null, branches: [] };
  const isAlike = rest.every((hop) => (['kind', 'rollback', 'finalize'] as const).every((key) => hop[key] === first[key]));
  return {
    ways: isAlike ? (paint: Paint) => `${first.kind}   ${rollbackText(first, paint)}` : null,
    branches: details(first, view).filter((branch) => rest.every((hop) => details(hop, view).some((other) => isSame(other, branch)))),
  };
}

const isSame = (one: Branch, other: Branch): boolean => one[0] === other[0] && one[1] === other[1];

/** A person who asks for a path learns here which of its hops `plan` refuses. */
function notCarriedOut({ notCarriedOut: hops = [] }: PathDocument): readonly string[] {
  const titles = new Map<string, string[]>();
  for (const { from, to, why } of hops) titles.set(why, [...(titles.get(why) ?? []), `${from} → ${to}`]);
  return [...titles].map(([why, those]) => `${those.join(', ')}: allowed, but drydock plan refuses it: ${why}`);
}

const rollbackTexts: Readonly<Record<PathHop['rollback'], string>> = {
  lossless: 'rollback: lossless',
  'restore-node': 'rollback: restore the node, which gets later writes from its peers',
  'restore-cluster': 'rollback: restore the cluster, later writes lost',
  none: 'no rollback',
};

function rollbackText(hop: PathHop, paint: Paint): string {
  const until = hop.finalize === 'none' ? '' : `, until finalized (${hop.finalize})`;
  return paint(hop.rollback === 'lossless' && hop.finalize === 'none' ? 'good' : 'attention', `${rollbackTexts[hop.rollback]}${until}`);
}

/** What a hop passes over because a rule forbids it: `skips 16.5`. */
function skippedBy(hop: PathHop, path: PathDocument): string {
  const targets = path.refused.filter((it) => it.from === hop.from && it.to !== path.to && it.instead === hop.to);
  return targets.length === 0 ? '' : `skips ${[...new Set(targets.map((refusal) => refusal.to))].join(', ')}`;
}

type Branch = readonly [label: string, text: string];

function details(hop: PathHop, view: PathView): readonly Branch[] {
  const of = (label: string, texts: readonly string[]) => texts.map((text): Branch => [label, text]);
  return [
    ...of('condition', hop.conditions),
    ...of(
      'task',
      hop.tasks.map((task) => explained(task, taskText(task, hop), taskTexts, view)),
    ),
    ...of(
      'config',
      (hop.config ?? []).map((task) => configTaskText(task, view.explain)),
    ),
    ...of('risk', hop.risks),
    ...(view.explain
      ? [
          ...of(
            'requires',
            hop.requirements.map((requirement) => explained(requirement, requirement, requirementTexts, view)),
          ),
          ...of('source', hop.source.split('; ')),
        ]
      : []),
  ];
}

/** `no-alarms: no alarm is raised`; a pack of a newer controller may have ids that are not known here. */
function explained(id: string, text: string, texts: ReadonlyMap<string, string>, { explain }: PathView): string {
  const meaning = explain ? texts.get(id) : undefined;
  return meaning === undefined ? text : `${text}: ${meaning}`;
}

/** `reindex-brin-bloom (16.9)`: the release whose notes ask for it. */
function taskText(task: string, { releaseTasks = [] }: PathHop): string {
  const releases = releaseTasks.filter((asked) => asked.task === task).map((asked) => asked.release);
  return releases.length === 0 ? task : `${task} (release notes of ${releases.join(' and ')})`;
}

function refusedLines(path: PathDocument, view: PathView, paint: Paint): readonly string[] {
  if (path.refused.length === 0) return [];
  return [
    path.admissible ? 'Not taken' : 'Refused',
    ...grouped(path.refused).flatMap((group) => {
      const [first] = group;
      const last = group.at(-1);
      if (first === undefined || last === undefined) return [];
      const targets = group.length === 1 ? first.to : `${first.to} … ${last.to} (${group.length} releases)`;
      const branches: Branch[] = [
        ['why', first.reason],
        ...(first.instead === null ? [] : [['instead', first.instead] as const]),
        ...(view.explain || !path.admissible ? [['source', first.source] as const] : []),
      ];
      return [`  ${first.from} → ${targets}`, ...branchLines(branches, '  ', paint)];
    }),
  ];
}

/** Neighbours in the list that differ only in where they would have led. */
function grouped(refused: readonly PathRefusal[]): readonly (readonly PathRefusal[])[] {
  const groups: PathRefusal[][] = [];
  for (const refusal of refused) {
    const [first] = groups.at(-1) ?? [];
    const alike = first !== undefined && (['from', 'reason', 'instead', 'source'] as const).every((key) => first[key] === refusal[key]);
    if (alike) groups.at(-1)?.push(refusal);
    else groups.push([refusal]);
  }
  return groups;
}

function branchLines(branches: readonly Branch[], indent: string, paint: Paint): readonly string[] {
  const width = Math.max(0, ...branches.map(([label]) => label.length));
  return branches.map(([label, text], at) => {
    const line = at === branches.length - 1 ? '└─' : '├─';
    return `${indent}${paint('faint', `${line} ${label.padEnd(width)}`)}  ${text}`;
  });
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}
