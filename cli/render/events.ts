/** One plain sentence per event, for `watch` in a pipe and for `audit`. */
import type { EventOf, FleetEvent, RunEvent } from '../../common/events.ts';
import type { Receipt } from '../../common/orders.ts';
import { stateText } from '../../common/run-state.ts';
import { movedText, releaseText } from './run-text.ts';
import { countOf, durationText, shortDigest } from './text.ts';

const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);
const by = (actor: string | null): string => (actor === null ? 'automatically' : `by ${actor}`);

/** What happened. An event of a newer controller, whose type is not known here, gives just its type. */
export function eventText(event: RunEvent | FleetEvent): string {
  switch (event.type) {
    case 'plan-made':
      return `plan ${event.plan} for ${event.cluster} made by ${event.actor}, digest ${shortDigest(event.digest)}`;
    case 'approved':
      return `${event.hop === undefined ? `digest ${shortDigest(event.digest)}` : `hop ${event.hop}`} approved by ${event.actor}`;
    case 'approval-voided':
      return `the approval is no longer valid${because(event.reason)}`;
    case 'run-started':
      return `started by ${event.actor}${event.moved === undefined ? '' : `; roles moved since it was planned: ${movedText(event.moved)}`}`;
    case 'turn-chosen':
      return `${turnText(event)}${event.role === '' ? '' : ` (${event.role})`} ${event.way === 'forward' ? 'is next' : 'is rolled back'}`;
    case 'executor-chosen':
      return `${event.instance} carries out ${event.step}`;
    case 'order-dispatched':
      return `${event.step} sent to ${event.instance}${again(event.attempt)}`;
    case 'order-ended':
      return `${event.step}${again(event.attempt)} ${receiptText(event.receipt)}${event.verdict.ok ? '' : `: ${event.verdict.hold.detail}`}`;
    case 'order-unknown':
      return `it is unknown whether ${event.step}${again(event.attempt)} took effect${because(event.reason)}`;
    case 'step-resolved':
      return event.as === 'retry'
        ? `${event.step} is retried by ${event.actor}${because(event.reason)}`
        : `${event.step} resolved as ${event.as} by ${event.actor}${because(event.reason)}`;
    case 'step-begun':
      return `${event.step}${again(event.attempt)} began`;
    case 'step-confirmed':
      return `${event.step}${again(event.attempt)} confirmed by ${event.actor}${because(event.reason)}`;
    case 'consent-expired':
      return `the consent to ${event.step}${again(event.attempt)} expired and is needed again`;
    case 'step-observed':
      return `${event.step}${again(event.attempt)} is ${event.soak.state} after ${durationText(event.soak.soakedMs)}${because(event.soak.why ?? '')}`;
    case 'step-settled':
      return `${event.step}${again(event.attempt)} ${event.verdict.ok ? 'passed' : `did not pass: ${event.verdict.hold.detail}`}`;
    case 'step-excused':
      return `${event.step}${again(event.attempt)} failed; the run does not wait for it${because(event.reason)}`;
    case 'baseline-taken':
      return `metrics before ${event.hop}: ${Object.entries(event.metrics)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`;
    case 'rested':
      return `${event.hop} is upgraded and rests until it is finalized`;
    case 'reminded':
      return event.leftMs > 0
        ? `${event.hop} rests unfinalized, ${durationText(event.leftMs)} left`
        : `${event.hop} has rested unfinalized longer than allowed`;
    case 'effect-opened':
      return `${event.instance}: ${event.effect.key} set to ${event.effect.set ?? 'its default'}, before ${event.effect.prior ?? 'its default'}`;
    case 'effect-closed':
      return `${event.instance}: ${event.key} ${event.leftFor === undefined ? 'restored' : `left as it is, for ${event.leftFor} is excluded`}`;
    case 'hold-raised':
      return `holds, ${event.hold.kind} ${event.hold.subject}: ${event.hold.detail}; resumes ${releaseText(event.hold)}`;
    case 'hold-cleared':
      return `${event.kind} ${event.subject} cleared ${by(event.actor)}`;
    case 'paused':
      return `paused by ${event.actor}${because(event.reason)}`;
    case 'resumed':
      return `resumed by ${event.actor}`;
    case 'rollback-started':
      return `rollback started ${by(event.actor)}${because(event.reason)}`;
    case 'abort-started':
      return `abort started by ${event.actor}${because(event.reason)}`;
    case 'hop-state':
      return `${event.hop} is ${stateText(event.state)}`;
    case 'waived':
      return `${event.subject} waived by ${event.actor}${because(event.reason)}`;
    case 'excluded':
      return `${event.instance} excluded by ${event.actor}${because(event.reason)}`;
    case 'member-replaced':
      return `${event.instance} was replaced: it is member ${event.member} now, and was ${event.was}`;
    case 'local-intervention':
      return `${event.actor} ran ${event.verb} for ${event.instance} on ${event.host} without the controller`;
    case 'epoch-claimed':
      return `controller ${event.writer} took over with epoch ${event.epoch}${'cluster' in event ? ` of ${event.cluster}` : ''}`;
    case 'run-ended':
      return `${stateText(event.state)}${because(event.reason)}`;
    case 'cluster-adopted':
      return `${event.cluster} (${event.engine}) adopted by ${event.actor} with ${countOf(event.members.length, 'member')}: ${event.members.join(', ')}${because(event.reason ?? '')}`;
    case 'cluster-labelled':
      return `${event.cluster} labelled by ${event.actor}: ${[...Object.entries(event.set).map(([key, value]) => `${key}=${value}`), ...event.remove.map((key) => `${key}-`)].join(' ')}`;
    case 'cluster-forgotten':
      return `${event.cluster} forgotten by ${event.actor}${because(event.reason)}`;
    case 'host-forgotten':
      return `host ${event.host} (${event.instances.join(', ') || 'no instances'}) forgotten by ${event.actor}${because(event.reason)}`;
    case 'fleet-adopted':
      return `${event.cluster}: ${event.actor} adopted ${countOf(event.orders.length, 'order')} that this store never sent, with ${countOf(event.gaps.length, 'gap')}${because(event.reason)}`;
    case 'audit-adopted':
      return `${event.actor} accepted the log against ${countOf(event.anchors.length, 'checkpoint')} that hosts keep and ${event.checkpoints.length} of the store${because(event.reason)}`;
    case 'plan-discarded':
      return `${event.plan} of ${event.cluster} (${shortDigest(event.digest)}) discarded by ${event.actor}${because(event.reason)}`;
    case 'run-removed':
      return `run ${event.run} of ${event.cluster}, ${stateText(event.state)} since ${new Date(event.endedAtMs).toISOString()}, removed by retention with its plan ${event.plan}`;
    case 'release-added':
      return `${event.engine} ${event.version} ${event.arch} added by ${event.actor}: ${event.digests.map(shortDigest).join(', ')}`;
    case 'release-removed':
      return `${event.engine} ${event.version} ${event.arch} removed by ${event.actor}${because(event.reason)}`;
    case 'snapshot-removal-ordered':
      return `removal of snapshot ${event.snapshot} of ${event.cluster} on ${event.host} ordered by ${event.actor}${because(event.reason)}`;
    case 'rules-imported':
      return `rules of ${event.engine}, version ${event.version}, imported by ${event.actor}: ${shortDigest(event.digest)}`;
    case 'active-rules':
      return `rules of ${event.engine} activated by ${event.actor}: ${event.digest === null ? 'built-in' : shortDigest(event.digest)}`;
    case 'token-created': {
      const role = event.role === undefined ? '' : `, who becomes ${event.role}${over(event.selector ?? '')}`;
      return `token for ${event.identity} created by ${event.actor}${role}`;
    }
    case 'identity-enrolled':
      return `${event.identity} enrolled`;
    case 'identity-revoked':
      return `${event.identity} revoked by ${event.actor}${because(event.reason)}`;
    case 'role-bound':
      return `${event.identity} made ${event.role}${over(event.selector)} by ${event.actor}`;
    case 'role-unbound':
      return `${event.identity} is no longer ${event.role}${over(event.selector)}: ${event.actor}`;
    default: {
      const unknown: never = event;
      return (unknown as { readonly type: string }).type;
    }
  }
}

const over = (selector: string): string => (selector === '' ? '' : ` of ${selector}`);

/** By the phase that it is part of as it happens: the id says only what was planned. */
const turnText = ({ turn, instance, phase }: EventOf<'turn-chosen'>): string =>
  phase === undefined ? turn : `${phase} ${instance ?? turn}`;

const again = (attempt: number): string => (attempt === 1 ? '' : ` (attempt ${attempt})`);

/** Outcome and time; why it went wrong stands in the verdict, which has the whole chain. */
function receiptText(receipt: Receipt): string {
  const out = receipt.downtimeMs === null ? '' : `, down ${durationText(receipt.downtimeMs)}`;
  return `${receipt.outcome} after ${durationText(receipt.elapsedMs)}${out}`;
}
