/** The steps of one member's turn: the downtime, then the health checks. PURE. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { Guard } from '../../common/orders.ts';
import type { Direction, Step } from '../../common/plan.ts';
import type { TurnDraft, TurnInput } from '../../common/turn-draft.ts';
import { awaitSelf, guard, stepOf } from '../turn-steps.ts';
import { verifyChecks } from './health-checks.ts';
import { readsNoV2Entries } from './log-form.ts';
import { etcdScheme } from './scheme.ts';
import {
  compareDeadlineMs,
  downtimeDeadlineMs,
  expectedCheckMs,
  expectedDowntimeMs,
  expectedDowntimeStepMs,
  healthDeadlineMs,
} from './steps.ts';

/** The same for leader and follower: whoever leads when it is stopped gives that away first, at that moment and not by the plan. */
export function turn(input: TurnInput): TurnDraft {
  const { idPrefix, hop, fromRelease, toRelease } = input;
  const back = [downtimeStep(input, 'back'), ...healthCheckSteps(input, `${idPrefix}.undo`, hop.from)];
  return {
    steps: [downtimeStep(input, 'forward'), ...healthCheckSteps(input, idPrefix, hop.to)],
    // Just restarted: there is nothing to roll back.
    undo: fromRelease === toRelease ? [] : back,
    downtimeMs: expectedDowntimeMs,
  };
}

/** Reads back what runs there when the hop is over (P15). */
export function verify(input: TurnInput): readonly Step[] {
  return [
    stepOf(input.node.instance, {
      id: `${input.idPrefix}.observe`,
      title: 'version read back, members, data compared',
      body: { kind: 'observe', checks: verifyChecks, nonce: '' },
      deadlineMs: compareDeadlineMs,
      expectedMs: expectedCheckMs,
      healthCheck: 'verified',
    }),
  ];
}

function downtimeStep(input: TurnInput, way: 'forward' | 'back'): Step {
  const { hop, fromRelease, toRelease } = input;
  const forward = way === 'forward';
  const [from, to] = forward ? [fromRelease, toRelease] : [toRelease, fromRelease];
  const version = forward ? hop.to : hop.from;
  return stepOf(input.node.instance, {
    id: forward ? `${input.idPrefix}.downtime` : `${input.idPrefix}.undo.downtime`,
    title: `${input.role === 'leader' && input.peers.length > 0 ? 'hand over leadership, ' : ''}${forward ? 'downtime' : `downtime back to ${version}`}`,
    body: {
      kind: 'downtime',
      mode: from === to ? 'normal' : forward ? hop.direction : oppositeOf(hop.direction),
      // Quiesce: a leader gives its role away.
      parts: ['quiesce', 'stop', 'activate', 'start'],
      fromRelease: from,
      toRelease: to,
      expectVersion: version,
      // Also during the rollback: the release that it leaves did start here, and a member that serves is better than one that does not.
      onFailure: 'revert',
    },
    guards: forward ? guardsOf(input) : backGuards(input),
    deadlineMs: downtimeDeadlineMs,
    expectedMs: expectedDowntimeStepMs,
    healthCheck: null,
  });
}

function oppositeOf(direction: Direction): Direction {
  return direction === 'upgrade' ? 'downgrade' : 'upgrade';
}

/** Asked of the host directly before the stop, after the lead was given away. */
function guardsOf(input: TurnInput): readonly Guard[] {
  const { hop, fromRelease, toRelease, peers } = input;
  const [from, to] = [etcdScheme.series(hop.from), etcdScheme.series(hop.to)];
  const goesDown = hop.direction === 'downgrade' && from !== to;
  return [
    ...(peers.length > 0 ? [guard('role-is', 'follower')] : []),
    guard('version-is', hop.from),
    guard('release-is', fromRelease),
    guard('in-service'),
    guard('caught-up'),
    guard('peers-healthy'),
    guard('no-alarm'),
    guard('no-learner'),
    ...(fromRelease === toRelease ? [] : [guard('flags-known', toRelease)]),
    ...(hop.direction === 'upgrade' && from === '3.5' && to !== from ? [guard('no-v2-content')] : []),
    ...(readsNoV2Entries(hop) ? [guard('no-v2-entries')] : []),
    // The older server reads only files that were written down to its minor.
    goesDown ? guard('storage-version-is', to) : guard('no-downgrade'),
  ];
}

/** A member in trouble passes; one that serves is not stopped beside another one that is missing. Once the cluster has settled on the new minor, no older server starts. */
function backGuards({ hop, peers }: TurnInput): readonly Guard[] {
  const [from, to] = [etcdScheme.series(hop.from), etcdScheme.series(hop.to)];
  return [
    ...(peers.length > 0 ? [guard('peers-healthy-if-serving')] : []),
    ...(hop.direction === 'upgrade' && from !== to ? [guard('cluster-version-at-most', from)] : []),
  ];
}

/** The member serves, as it says itself and as a peer sees it. */
function healthCheckSteps(input: TurnInput, prefix: string, version: string): readonly Step[] {
  const { node, peers, settleMs } = input;
  const member = memberOf(node);
  const settle = stepOf(node.instance, {
    id: `${prefix}.settle`,
    title: `settle ${settleMs / 1000} s`,
    body: awaitSelf('in-service', null, settleMs),
    deadlineMs: settleMs + healthDeadlineMs,
    expectedMs: settleMs + expectedCheckMs,
    healthCheck: 'in-service',
  });
  // A cluster of one has no second viewpoint.
  if (peers.length === 0) return [settle];
  return [
    settle,
    stepOf(node.instance, {
      id: `${prefix}.peer`,
      title: `${member} ${version} seen by a peer, caught up`,
      executor: { kind: 'peer', of: node.instance, preferRole: 'leader' },
      body: { kind: 'await', condition: 'member-in-service', member, steadyMs: 0, viewpoint: 'peer' },
      deadlineMs: healthDeadlineMs,
      expectedMs: expectedCheckMs,
      healthCheck: 'seen-by-peer',
    }),
  ];
}

function memberOf(node: NodeView): string {
  return node.facts?.memberId ?? node.instance;
}
