/** PURE. What a person on the host reads. */
import type { RevertPreview } from './revert.ts';
import type { Holder, LocalStatus } from './status.ts';
import type { LocalEnd } from './verbs.ts';

type InstanceStatus = LocalStatus['instances'][number];

interface Shown {
  /** As it must be typed on this host. */
  readonly commandName: string;
  /** false: the command looked by itself. */
  readonly agentRuns: boolean;
  readonly nowMs: number;
}

export function statusLines(status: LocalStatus, { commandName, agentRuns, nowMs }: Shown): readonly string[] {
  const { host, connected, instances, orders, reportsWaiting } = status;
  const unreported =
    reportsWaiting === 0 ? '' : `; ${reportsWaiting} ${reportsWaiting === 1 ? 'receipt waits' : 'receipts wait'} to be reported`;
  return [
    `${host}  ${agentRuns ? linkText(connected) : noAgent}${unreported}`,
    '',
    ...table(
      ['INSTANCE', 'RUNS', 'RELEASE', 'PREVIOUS', 'START LOCK'],
      instances.map((each) => [each.instance, runsText(each), each.release ?? '–', each.previous ?? '–', each.held ? 'yes' : 'no']),
    ),
    ...instances.flatMap((each) => (each.heldBy === null ? [] : ['', ...holderLines(each, each.heldBy, commandName, nowMs)])),
    '',
    ...(orders.length === 0
      ? ['no order is under way']
      : table(
          ['ORDER', 'INSTANCE', 'KIND', 'PHASE', 'PARTS'],
          orders.map(({ orderId, instance, kind, phase, parts }) => [orderId, instance, kind, phase, parts.join(', ')]),
        )),
  ];
}

const linkText = (connected: boolean): string =>
  connected ? 'connected to the controller' : 'not connected to the controller: orders under way are finished, no new one starts';

const noAgent = 'no agent is running here: open orders wait for the agent, or for finish or release';

const runsText = ({ running }: InstanceStatus): string => (running === null ? 'unknown' : running ? 'yes' : 'no');

function holderLines({ instance, unit }: InstanceStatus, { since, why, commands }: Holder, commandName: string, nowMs: number): string[] {
  return [
    `${instance} has a start lock${since === null ? '' : ` since ${whenText(since, nowMs)}`}: only this agent can start unit ${unit}`,
    `  why      ${why}`,
    ...commands.map((command, at) => `  ${at === 0 ? 'you can' : '       '}  ${commandName} ${command}`),
  ];
}

export function previewLines({ host, instance, from, to, running, heldBy }: RevertPreview): readonly string[] {
  return [
    `${instance} on ${host}: ${from.version ?? from.release} -> ${to.version}`,
    `  it ${running === false ? 'does not run; it is' : 'is stopped and'} started on release ${to.release}, the one before ${from.release}; its data stays as it is`,
    ...(heldBy === null ? [] : [`  it has a start lock for ${heldBy}: check first that no other member has taken over its role`]),
    `  a run that includes ${instance} then holds with local-intervention until an operator decides`,
  ];
}

export function endLines(end: LocalEnd, nowMs: number): readonly string[] {
  const { verb, receipt, orderId, instance, endedBefore, endedAt } = end;
  const why = receipt?.failure === undefined ? '' : `: ${receipt.failure.message}`;
  const ended = `${receipt?.outcome ?? ''}${endedAt === null ? '' : ` at ${whenText(endedAt, nowMs)}`}`;
  if (verb === 'release') {
    const letGo = `the start lock of ${instance} is removed: it can be started again`;
    if (orderId === null) return [`${letGo}; no order needed the lock`];
    return endedBefore
      ? [`${letGo}; order ${orderId}, which had left it stopped, ended ${ended}`]
      : [`order ${orderId} is cancelled, and ${instance} stays as it is; ${letGo}`];
  }
  if (endedBefore) return [`order ${orderId} has ended already: ${ended}${why}; nothing to finish`];
  if (verb === 'finish') return [`order ${orderId} ended: ${receipt?.outcome}${why}`];
  if (receipt?.outcome !== 'done') return [`${instance} was not reverted: ${receipt?.outcome}${why}`];
  const version = receipt.facts?.version.running;
  const out = receipt.downtimeMs === null ? '' : `, after ${(receipt.downtimeMs / 1000).toFixed(1)} s down`;
  return [`${instance} runs ${version ?? 'its previous release'}${out}`];
}

/** `2026-03-01T01:14:07Z (12 min ago)`. */
function whenText(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1000));
  const minutes = Math.round(seconds / 60);
  const ago = seconds < 120 ? `${seconds} s` : minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `${iso.replace(/\.\d+Z$/, 'Z')} (${ago} ago)`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
