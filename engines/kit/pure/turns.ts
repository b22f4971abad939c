/** The steps of a node's turn: the downtime, then what proves that it is over. PURE. */
import type { Guard, OrderBody } from '../../../common/orders.ts';
import type { Step } from '../../../common/plan.ts';
import type { TurnDraft, TurnInput } from '../../../common/turn-draft.ts';
import { type Checks, guardsOf, idsFor } from './checks.ts';
import { awaitSelf, memberOf, stepOf } from './steps.ts';

export interface Limits {
  readonly deadlineMs: number;
  readonly expectedMs: number;
}

/** What differs from engine to engine in a turn that stops one node, activates a release and starts it again. */
export interface TurnTable {
  readonly downtime: Limits & {
    /** How long clients miss the node, expected. */
    readonly outMs: number;
    /** What quiescing comes to there, for the step's title; null: nothing to tell. Left out: never anything. */
    quiesced?(turn: TurnInput): string | null;
    /** It is drained before its stop, once the guards hold; left out: it is quiesced, before they are asked. */
    readonly drains?: true;
  };
  /** Once it has settled: until it serves and has caught up. */
  readonly health: Limits;
  /** The peer that tells how it sees the node, by the condition `member-in-service`; left out: no peer can. A cluster of one has none. */
  readonly witness?: {
    readonly preferRole: string | null;
    /** What the peer proves, for the step's title: `seen by a peer`. */
    readonly proves: string;
  };
  /** Of each node when the hop is over (P15). */
  readonly verify: Limits & { readonly title: string };
}

export type Part = Extract<OrderBody, { kind: 'downtime' }>['parts'][number];

export interface DowntimeDraft extends Limits {
  readonly id: string;
  readonly title: string;
  readonly parts: readonly Part[];
  /** `back`: from the hop's end to its begin. */
  readonly way: 'forward' | 'back';
  readonly onFailure: 'revert' | 'leave-stopped';
  readonly guards: readonly Guard[];
}

export function downtimeStep(input: TurnInput, draft: DowntimeDraft): Step {
  const { node, hop, fromRelease, toRelease, restore } = input;
  const { parts, way, onFailure, ...step } = draft;
  const forward = way === 'forward';
  const [before, after] = forward ? [fromRelease, toRelease] : [toRelease, fromRelease];
  // What changes no release stands at one: a stop at that of before, a start at that of afterwards.
  const [from, to] = parts.includes('activate') ? [before, after] : parts.includes('start') ? [after, after] : [before, before];
  const opposite = hop.direction === 'upgrade' ? 'downgrade' : 'upgrade';
  const body: OrderBody = {
    kind: 'downtime',
    mode: from === to ? 'normal' : forward ? hop.direction : opposite,
    parts,
    fromRelease: from,
    toRelease: to,
    expectVersion: forward ? hop.to : hop.from,
    onFailure,
    ...(parts.includes('restore') && restore !== null ? { restore } : {}),
  };
  return stepOf(node.instance, { ...step, body, healthCheck: null });
}

/** The same for every role: what quiescing comes to is decided on the host, in that moment and not by the plan. */
export function turnBy<S, F>(checks: Checks<S, F>, table: TurnTable): (input: TurnInput) => TurnDraft {
  return (input) => {
    const { idPrefix, hop, fromRelease, toRelease, restore } = input;
    const { outMs, quiesced, drains, ...limits } = table.downtime;
    const downtime = (way: 'forward' | 'back'): Step => {
      const [id, word] = way === 'forward' ? ['downtime', 'downtime'] : ['undo.downtime', `downtime back to ${hop.from}`];
      const before = quiesced?.(input) ?? null;
      return downtimeStep(input, {
        id: `${idPrefix}.${id}`,
        title: before === null ? word : `${before}, ${word}`,
        parts: [
          drains === true ? 'drain' : 'quiesce',
          'stop',
          ...(way === 'back' || restore === null ? [] : (['restore'] as const)),
          'activate',
          'start',
        ],
        way,
        // Also during the rollback: the release that it leaves did start here, and a node that serves is better than one that does not.
        onFailure: 'revert',
        guards: guardsOf(checks, input, way === 'forward' ? 'guard' : 'backGuard'),
        ...limits,
      });
    };
    const back = [downtime('back'), ...healthCheckSteps(input, table, `${idPrefix}.undo`, hop.from)];
    return {
      steps: [downtime('forward'), ...healthCheckSteps(input, table, idPrefix, hop.to)],
      // Just restarted: there is nothing to roll back.
      undo: fromRelease === toRelease ? [] : back,
      downtimeMs: outMs,
    };
  };
}

/** The node serves, as it says itself and as a peer sees it (P2). */
export function healthCheckSteps(
  input: Pick<TurnInput, 'node' | 'peers' | 'settleMs'>,
  { health, witness }: TurnTable,
  prefix: string,
  version: string,
): readonly Step[] {
  const { node, peers, settleMs } = input;
  const settle = stepOf(node.instance, {
    id: `${prefix}.settle`,
    title: `settle ${settleMs / 1000} s`,
    body: awaitSelf('in-service', null, settleMs),
    deadlineMs: settleMs + health.deadlineMs,
    expectedMs: settleMs + health.expectedMs,
    healthCheck: 'in-service',
  });
  if (witness === undefined || peers.length === 0) return [settle];
  const member = memberOf(node);
  const seen = stepOf(node.instance, {
    id: `${prefix}.peer`,
    title: `${node.instance} ${version} ${witness.proves}`,
    executor: { kind: 'peer', of: node.instance, preferRole: witness.preferRole },
    body: { kind: 'await', condition: 'member-in-service', member, steadyMs: 0, viewpoint: 'peer' },
    ...health,
    healthCheck: 'seen-by-peer',
  });
  return [settle, seen];
}

/** Reads back what runs there when the hop is over (P15). */
export function verifyBy<S, F>(checks: Checks<S, F>, { verify }: TurnTable): (input: TurnInput) => readonly Step[] {
  const body: OrderBody = { kind: 'observe', checks: idsFor(checks, 'verify'), nonce: '' };
  return ({ idPrefix, node }) => [stepOf(node.instance, { id: `${idPrefix}.observe`, body, ...verify, healthCheck: 'verified' })];
}
