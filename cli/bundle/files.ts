/** PURE. The files of a bundle: each document as JSON and as people read it, without secrets. */
import { jsonText, printable } from '../../common/printable.ts';
import { redactDocument, redactText } from '../../common/redact.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { stateText } from '../../common/run-state.ts';
import { upcastPlan } from '../../common/upcast.ts';
import { auditLines, auditVerificationLines } from '../render/audit.ts';
import { clusterLines, hostLines } from '../render/fleet.ts';
import { reportLines } from '../render/report.ts';
import { statusLines } from '../render/status.ts';
import { countOf } from '../render/text.ts';
import { plainView, type View } from '../render/view.ts';
import type { Collected } from './collect.ts';

export interface BundleFiles {
  readonly files: ReadonlyMap<string, string>;
  readonly removed: number;
}

export function bundleFiles(collected: Collected, madeAtMs: number): BundleFiles {
  const { value: clean, removed } = redactDocument(collected);
  const view = { ...plainView(madeAtMs), wide: true };
  const { run, plan, report, events, fleetEvents, cluster, hosts, audit } = clean;
  const files = new Map<string, string>([
    ...both('run', run, view, statusLines),
    ...both('plan', plan, view, (shown) => renderPlan(upcastPlan(shown.plan, run.plan), run.plan, shown.digest).split('\n')),
    ...both('report', report, view, reportLines),
    ...(events === null ? [] : both('events', { events }, view, auditLines)),
    ...(fleetEvents === null ? [] : both('fleet-events', { events: fleetEvents }, view, auditLines)),
    ...(events === null ? [] : [['logs.txt', text(logLines(events))] as const]),
    ...both('cluster', cluster, view, clusterLines),
    ...(hosts === null ? [] : both('hosts', { hosts }, view, (all, at) => all.hosts.flatMap((host) => [...hostLines(host, at), '']))),
    ...both('audit', audit, view, auditVerificationLines),
    ['versions.json', `${jsonText(versionsOf(clean))}\n`],
  ]);
  const readMe = readMeOf(clean, [...files.keys()], removed, madeAtMs);
  return { files: new Map([['README.txt', readMe], ...files]), removed };
}

function both<T extends object>(
  name: string,
  document: T | null,
  view: View,
  render: (document: T, view: View) => readonly string[],
): readonly (readonly [string, string])[] {
  if (document === null) return [];
  return [
    [`${name}.json`, `${jsonText(document)}\n`],
    [`${name}.txt`, redactText(text(render(printable(document), view))).value],
  ];
}

/** Of what took part: the programs, and what the databases run now. */
const versionsOf = ({ hosts, cluster, controllerVersion }: Collected) => ({
  drydock: process.env.DRYDOCK_VERSION ?? 'from source',
  controller: controllerVersion,
  agents: Object.fromEntries((hosts ?? []).map(({ host, agentVersion, os, arch }) => [host, { agentVersion, os, arch }])),
  nodes: Object.fromEntries((cluster?.members ?? []).map(({ instance, version, release }) => [instance, { version, release }])),
});

const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** What agents and databases said in receipts, in full and in the order of the events: failures with their causes, and lines of logs. */
function logLines(events: NonNullable<Collected['events']>): readonly string[] {
  const lines = events.flatMap(({ at, type, body }) => {
    const said = saidIn(body);
    return said.length === 0
      ? []
      : [`${at} ${type}`, ...said.flatMap((each) => each.split('\n').map((line) => `  ${printable(line)}`)), ''];
  });
  return lines.length === 0 ? ['no receipt of this run has a failure or log lines'] : lines;
}

const telling = /^(?:message|reason|note|log|logs|lines|output|stderr)$/i;

function saidIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(saidIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (!telling.test(name)) return saidIn(member);
    if (typeof member === 'string') return member === '' ? [] : [member];
    return Array.isArray(member) && member.every((each) => typeof each === 'string') ? member : saidIn(member);
  });
}

function readMeOf({ run, missing }: Collected, names: readonly string[], removed: number, madeAtMs: number): string {
  return text([
    `Drydock run ${run.run} of cluster ${run.cluster} (${run.engine}), ${run.from === run.to ? run.what : `${run.from} to ${run.to}`}, ${stateText(run.state)}.`,
    `Created at ${new Date(madeAtMs).toISOString()} by drydock bundle ${run.run}.`,
    '',
    'Start with run.txt (the state of the run, and why), then events.txt and logs.txt.',
    `Files: ${names.join(', ')}.`,
    '',
    `${countOf(removed, 'secret')} removed, each replaced by [removed]. Hashes in events.json and the digest of the plan were computed over what the controller stores, secrets included.`,
    ...(missing.length === 0 ? [] : ['', 'Missing:', ...missing.map((each) => `  ${printable(each)}`)]),
  ]);
}
