/** PURE. The plan as a person reads it before anything runs; plain text of 80 columns, the same in CLI, diff and golden tests. */
import { configTaskText } from './config-task.ts';
import { durationText } from './duration-text.ts';
import type { ConfigDiff, Hop, Phase, Plan, PlanTask, Turn, Wave } from './plan.ts';
import { type PlanRow, planColumns, planTable, wrappedText } from './plan-table.ts';
import { isCommanded, rollbackUntil } from './rollback-until.ts';

/** Lines joined by newlines, without one at the end. */
export function renderPlan(plan: Plan, planId: string, digest: string): string {
  const rows = plan.hops.flatMap((hop) => hopRows(plan, hop));
  const lines = [
    ...headLines([
      `PLAN ${planId}  ${plan.cluster}  ${plan.engine} ${goalText(plan)}`,
      countText(plan.nodes.length, 'node'),
      lengthText(plan),
      `digest ${shortDigest(digest)}`,
    ]),
    ...planTable(rows),
    ...shorterWayOf(plan),
    ...successionOf(plan).flatMap(hanging),
    ...configOf(plan).flatMap(hanging),
    ...alike(plan.configDiffs ?? []).flatMap((diffs) => diffText(plan, diffs)),
    ...belowTable(plan).flatMap(hanging),
  ];
  return lines.map((line) => line.trimEnd()).join('\n');
}

function headLines(parts: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = `${last ?? ''}   ${part}`;
    if (last !== undefined && joined.length <= planColumns) lines[lines.length - 1] = joined;
    else lines.push(last === undefined ? part : `  ${part}`);
  }
  return lines.flatMap(hanging);
}

/** What does not fit into a line goes on below it, two columns further in. */
function hanging(line: string): readonly string[] {
  if (line.length <= planColumns) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const inner = `${indent}  `;
  return wrappedText(line.slice(indent.length), planColumns - inner.length).map((part, at) => `${at === 0 ? indent : inner}${part}`);
}

function belowTable(plan: Plan): readonly string[] {
  return [
    ...(plan.lost === undefined ? [] : ['Lost for good', ...plan.lost.map((sentence) => `  ${sentence}`)]),
    ...plan.hops.filter(({ finalize }) => isCommanded(finalize)).map(finalizationText),
    ...endingOf(plan),
    ...(plan.risks.length === 0 ? ['Risks named by the rules: none.'] : ['Risks', ...plan.risks.map((risk) => `  ${risk}`)]),
    ...tasksOf(plan),
    ...requirementsOf(plan),
    `Rules: ${plan.pack.name} ${plan.pack.version} (${shortDigest(plan.pack.digest)}).`,
  ];
}

function goalText({ from, to, goal }: Plan): string {
  if (goal.release !== undefined) return `${from} → ${to}`;
  if (goal.restore !== undefined)
    return `${from}, ${goal.restore.scope === 'cluster' ? 'the whole cluster' : 'one node'} restored from snapshots`;
  return `${from}, ${[...(goal.config === undefined ? [] : ['configuration changed']), ...(goal.restart === true ? ['every node restarted'] : [])].join(', ')}`;
}

/** Advice for a plan of which the other way pauses writes less, by the estimates of both; for the better one there is nothing to advise. */
function shorterWayOf({ writesPauseMs, otherWay }: Plan): readonly string[] {
  if (otherWay === undefined) return [];
  const [other, own] = [spanText(otherWay.writesPauseMs), spanText(writesPauseMs)];
  if (otherWay.writesPauseMs >= writesPauseMs || other === own) return [];
  return [`Writes pause less with \`--primary ${otherWay.primary}\` here: about ${other} against ${own}.`];
}

function successionOf({ succession }: Plan): readonly string[] {
  if (succession === undefined) return [];
  const { from, to, why, withoutController } = succession;
  return [`Writes go from ${from} to ${to}: ${why}.`, 'If the controller is gone', ...withoutController.map((sentence) => `  ${sentence}`)];
}

/** What the rules have done to the configuration, with who says so. */
function configOf({ hops, configGiven = {} }: Plan): readonly string[] {
  const tasks = hops.flatMap(({ id, config = [] }) =>
    config.map((task) => `  ${hops.length === 1 ? '' : `${id}  `}${configTaskText(task)} (${task.source})`),
  );
  const given = Object.entries(configGiven).map(([key, value]) => `  ${key} = ${value}, as given with --config-set`);
  return tasks.length === 0 ? [] : ['Configuration changes that the rules make', ...tasks, ...given];
}

/** Differences of files with the same path and the same lines, by the first of them: printed once for all their nodes. */
function alike(diffs: readonly ConfigDiff[]): readonly (readonly ConfigDiff[])[] {
  const groups = new Map<string, ConfigDiff[]>();
  for (const diff of diffs) {
    const { instance: _, ...same } = diff;
    const key = JSON.stringify(same);
    groups.set(key, [...(groups.get(key) ?? []), diff]);
  }
  return [...groups.values()];
}

function diffText(plan: Plan, diffs: readonly ConfigDiff[]): readonly string[] {
  const [first] = diffs;
  if (first === undefined) return [];
  const { file, lines, restartKeys } = first;
  const restart = restartKeys.length === 0 ? 'read again without a restart' : `restart needed for ${restartKeys.join(', ')}`;
  const how = plan.goal.release === undefined ? restart : `${whenSo(plan)}; the old file is kept`;
  const names = diffs.map(({ instance }) => instance).join(', ');
  return [...hanging(`${names}  ${file}  (${how})`), ...lines.map((line) => `  ${line}`)];
}

/** The difference is of the whole way: where more than one step of it changes the file, only its end is shown. */
function whenSo({ hops }: Plan): string {
  const finals = hops.some(({ phases }) =>
    phases.some(({ name, waves }) => name === 'finalize' && waves.some(({ turns }) => turns.some(({ disruptive }) => disruptive))),
  );
  if (finals) return 'as it is after finalization';
  return hops.length > 1 ? 'as it is after the last hop' : 'with the new release';
}

const affectedWords = { affected: 'affected: ', 'not-affected': 'not affected', unknown: 'unknown: ' } as const;

/** `reindex-brin-bloom (16.9): affected: 2 objects: …`. */
export function planTaskText({ task, releases, affected, detail }: PlanTask): string {
  return `${task} (${releases.join(', ')}): ${affectedWords[affected]}${affected === 'not-affected' ? '' : detail}`;
}

/** What the notes of the releases passed over ask of a person, with what this database has of it. */
function tasksOf({ hops }: Plan): readonly string[] {
  const lines = hops.flatMap(({ tasks = [] }) => tasks.map((task) => `  ${planTaskText(task)}`));
  return lines.length === 0 ? [] : ['Manual tasks from the release notes on this path', ...lines];
}

/** What holds only because a person gave it. */
function requirementsOf({ traits = [] }: Plan): readonly string[] {
  const lines = traits.flatMap(({ name, value, given }) => (given === true ? [`  ${name}=${value}`] : []));
  return lines.length === 0 ? [] : ['Required of the cluster, as given with --trait; no agent observes it', ...lines];
}

/** Who decides on it, how long the run watches and rests before, and that nothing leads back from it. */
function finalizationText({ to, finalize }: Hop): string {
  const { soakMs, deadlineMs, auto } = finalize;
  const watched = soakMs === 0 ? '' : ` The cluster is watched for ${durationText(soakMs)} first.`;
  const atMost = deadlineMs === null ? '' : `, for ${durationText(deadlineMs)} at most`;
  const how =
    auto === true
      ? `by this run, without asking again: the approval of this plan is the consent.${watched}`
      : `by a person.${watched} The run rests until \`drydock finalize\`${atMost}.`;
  return `Finalization of ${to}, the point of no return: ${how}`;
}

function endingOf(plan: Plan): readonly string[] {
  if (plan.goal.restore !== undefined)
    return [
      'The present data is moved aside on the hosts and stays there until the cleanup of a later run that changes version or configuration.',
      'Once a restored database is up, only a person can undo the restore; from then on a failed health check holds the run.',
    ];
  return [rollbackUntil(plan)];
}

function lengthText(plan: Plan): string {
  const allDownMs = plan.hops.reduce((total, hop) => total + allDownOf(hop), 0);
  return `about ${spanText(plan.expectedMs)}, ${allDownMs > 0 ? stopText(plan, allDownMs) : pauseText(plan)}`;
}

const pauseText = ({ writesPauseMs }: Plan): string =>
  writesPauseMs === 0 ? 'writes do not pause' : `writes pause about ${spanText(writesPauseMs)}`;

/** In capitals: no person approves that by mistake. */
function stopText({ writesPauseMs }: Plan, allDownMs: number): string {
  const [writes, reads] = [spanText(writesPauseMs), spanText(allDownMs)];
  return writes === reads ? `READS AND WRITES STOP about ${reads}` : `WRITES STOP about ${writes}, READS about ${reads}`;
}

/** From the first stop to the last start of a hop that stops everything; 0: it goes node by node. */
function allDownOf({ phases }: Hop): number {
  const [stop, last] = [phases.findIndex(({ name }) => name === 'stop'), phases.findLastIndex(({ name }) => name === 'start')];
  return stop === -1 ? 0 : phases.slice(stop, last + 1).reduce((total, { expectedMs }) => total + expectedMs, 0);
}

function hopRows(plan: Plan, hop: Hop): readonly PlanRow[] {
  const rows = hop.phases.flatMap((phase) => phaseRows(phase));
  if (plan.hops.length === 1) return rows;
  return [bare('', `hop ${hop.id}: ${hop.from} → ${hop.to}, ${hop.kind}, ${finalizedBy(plan, hop)}`), ...rows];
}

function finalizedBy({ engine }: Plan, { finalize: { policy, auto } }: Hop): string {
  if (policy === 'none') return 'nothing to finalize';
  if (policy === 'automatic') return `finalized by ${engine} automatically`;
  return auto === true ? 'finalized by this run' : 'finalized by a person';
}

const bare = (phase: string, text: string): PlanRow => ({ phase, text, rollback: '', down: '', need: '' });

function phaseRows(phase: Phase): readonly PlanRow[] {
  const turns = phase.waves.flatMap((wave) => wave.turns);
  if (!turns.some((turn) => turn.disruptive)) {
    const grown = turns.flatMap(({ instance, need }) =>
      need?.perHourBytes === undefined ? [] : [growthText(instance, need.perHourBytes)],
    );
    const asked = turns.flatMap(askedIn).map((title) => `  ${title}`);
    return [{ ...bare(phase.name, phase.summary), need: needText(turns) }, ...[...grown, ...asked].map((text) => bare('', text))];
  }
  if (phase.waves.some(({ order }) => order !== undefined))
    return [
      bare(phase.name, phase.summary),
      ...phase.waves.filter(({ name, turns: [turn] }) => name !== undefined || turn?.instance != null).map(waveRow),
    ];
  return turns.flatMap((turn, index) => turnRows(index === 0 ? phase.name : '', turn));
}

/** Who goes in it, and whether together. */
function waveRow({ name, order, turns }: Wave): PlanRow {
  // What the cluster as a whole is told has no instance.
  const instances = turns.map((turn) => turn.instance ?? titlesOf(turn)).join(', ');
  const how = turns.length === 1 ? '' : order === 'together' ? ' together' : ' one by one';
  const label = name === undefined || name === 'all' ? '' : `${name}: `;
  return { ...bare('', `  ${label}${instances}${how}`), rollback: turns[0]?.rollback ?? '', need: needText(turns) };
}

const titlesOf = ({ variants }: Turn): string => (variants[0]?.steps ?? []).map(({ title }) => title).join(' · ');

/** Questions to other systems: the approval of the plan covers them. */
const askedIn = ({ variants }: Turn): readonly string[] =>
  (variants[0]?.steps ?? []).flatMap(({ body, title }) => (body.kind === 'external' ? [title] : []));

/** Who it is and what it costs, and below that what is done there. */
function turnRows(phase: string, turn: Turn): readonly PlanRow[] {
  const variant = turn.variants.find((each) => each.role === turn.expectedRole) ?? turn.variants[0];
  const steps = (variant?.steps ?? []).map((step) => step.title).join(' · ');
  return [
    {
      phase,
      text: `${turn.instance ?? ''}  ${turn.expectedRole ?? ''}`,
      rollback: turn.rollback,
      down: `~${spanText(variant?.downtimeMs ?? 0)}`,
      need: needText([turn]),
    },
    ...(steps === '' ? [] : [bare('', `  ${steps}`)]),
  ];
}

const growthText = (instance: string | null, perHourBytes: number): string =>
  `  ${instance ?? 'the last'} needs ${bytesText(perHourBytes)} more per hour until its snapshot is made: the WAL that it keeps for the others`;

/** The node that is shortest of space stands for all: most needed, least free. */
function needText(turns: readonly Turn[]): string {
  const needs = turns.map((turn) => turn.need).filter((need) => need !== null);
  if (needs.length === 0) return snapshotText(turns);
  const bytes = Math.max(...needs.map((need) => need.bytes));
  const freeBytes = Math.min(...needs.map((need) => need.freeBytes));
  return `${bytes === 0 ? 'already there' : bytesText(bytes)} / ${bytesText(freeBytes)}`;
}

/** Of snapshots made while everything is stopped: there is room for them, or there would be no plan. */
function snapshotText(turns: readonly Turn[]): string {
  const bodies = turns.flatMap(({ variants }) => variants[0]?.steps ?? []).map(({ body }) => body);
  const bytes = Math.max(0, ...bodies.map((body) => (body.kind === 'snapshot' ? body.needBytes : 0)));
  return bytes === 0 ? '' : bytesText(bytes);
}

/** `0.4 s`, `72 s`, `3 min`, `2 h 5 min`. */
function spanText(ms: number): string {
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `118 MB`, `41 GB`: powers of ten, as disks are sold. */
function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const scaled = bytes / 1000 ** power;
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : Number(scaled.toFixed(1))} ${units[power]}`;
}

const countText = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const shortDigest = (digest: string): string => `${digest.slice(0, 'sha256:'.length + 12)}…`;
