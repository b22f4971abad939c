/** `drydock report RUN`: what was done, node by node, and what it cost. */
import type { ReportDocument, ReportNode } from '../../common/documents/runs.ts';
import { planTaskText } from '../../common/render-plan.ts';
import { stateText } from '../../common/run-state.ts';
import { headingText } from './run-text.ts';
import { type Column, tableLines } from './table.ts';
import { countOf, durationOrNone, durationText, none, shortDigest, timeOrNone } from './text.ts';
import type { Tone, View } from './view.ts';

const tones: Readonly<Record<string, Tone>> = { done: 'good', 'rolled-back': 'attention', aborted: 'bad', stuck: 'bad' };

export function reportLines(report: ReportDocument, view: View): readonly string[] {
  return [
    ...headLines(report, view),
    ...nodeTable(report.nodes, view),
    ...phaseLine(report),
    ...restoredLines(report),
    ...holdLines(report),
    ...(report.tasks ?? []).map((task) => `to do  ${planTaskText(task)}`),
    closingLine(report),
  ];
}

function headLines({ run }: ReportDocument, view: View): readonly string[] {
  const digest = view.wide ? run.digest : shortDigest(run.digest);
  const approved = run.approvedBy === null ? 'not approved' : `approved by ${run.approvedBy} (${digest})`;
  const times = `${timeOrNone(run.startedAt, view.timeZone)} – ${timeOrNone(run.endedAt, view.timeZone)}`;
  return [
    `${headingText(run)}   ${view.paint(tones[run.state] ?? 'strong', stateText(run.state).toUpperCase())}   ${times}   planned by ${run.plannedBy}, ${approved}`,
    ...(run.reason === null || run.reason === '' ? [] : [`reason  ${run.reason}`]),
  ];
}

/** The parts of a downtime get a column each, in the order in which they were first seen. */
function nodeTable(nodes: readonly ReportNode[], view: View): readonly string[] {
  const parts = [...new Set(nodes.flatMap((node) => node.parts.map(({ part }) => part)))];
  const columns: readonly Column<ReportNode>[] = [
    ...(new Set(nodes.map(({ hop }) => hop)).size > 1 ? [{ head: 'HOP', cell: (node: ReportNode) => node.hop }] : []),
    { head: 'NODE', cell: (node) => node.instance },
    { head: 'ROLE', cell: (node) => node.role },
    { head: 'DOWNTIME', cell: (node) => durationOrNone(node.downtimeMs) },
    ...parts.map((part) => ({
      head: part.toUpperCase(),
      cell: (node: ReportNode) => secondsOf(node.parts.find((each) => each.part === part)?.ms ?? null),
    })),
    { head: 'SETTLE', cell: (node) => secondsOf(node.settleMs) },
    { head: 'VERSION', cell: (node) => node.version ?? none },
    { head: 'ROLLED BACK', cell: (node) => (node.rollbackUsed ? 'yes' : none), tone: (node) => (node.rollbackUsed ? 'attention' : null) },
    { head: 'STEPS', wide: true, cell: (node) => node.steps.map(({ name, ms }) => `${name} ${durationText(ms)}`).join(', ') || none },
  ];
  return nodes.length === 0 ? ['no node was changed'] : tableLines(columns, nodes, view);
}

const secondsOf = (ms: number | null): string => (ms === null ? none : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`);

function phaseLine({ phases }: ReportDocument): readonly string[] {
  return phases.length === 0 ? [] : [phases.map(({ name, ms }) => `${name} ${durationText(ms)}`).join(' · ')];
}

function restoredLines({ restored }: ReportDocument): readonly string[] {
  return restored.map((sentence) => `restored  ${sentence}`);
}

/** The subject only where the sentence does not name it. */
function holdLines({ holds }: ReportDocument): readonly string[] {
  return holds.map(({ kind, subject, detail, ms }) => {
    const of = detail.includes(subject) ? '' : ` ${subject}`;
    return `held ${durationText(ms)}  ${kind}${of}: ${detail}`;
  });
}

function closingLine({ writesPausedMs, holds, effectsOpen, audit }: ReportDocument): string {
  const paused = writesPausedMs === null ? '' : `writes paused ${secondsOf(writesPausedMs)} (switchover) · `;
  const heldMs = holds.reduce((sum, { ms }) => sum + ms, 0);
  const held = holds.length === 0 ? 'holds 0' : `holds ${holds.length} (${durationText(heldMs)})`;
  const chain = audit.ok
    ? `audit verified, ${countOf(audit.events, 'event')}, head ${audit.head.slice(0, 12)}…`
    : 'AUDIT BROKEN: drydock audit --verify';
  return `${paused}${held} · effects left open ${effectsOpen} · ${chain}`;
}
