/** The steps of a node's turn: the downtime, then what proves that it is over. PURE. */
import assert from 'node:assert/strict';
import type { ConfigRevision, Guard, OrderBody } from '../../../common/orders.ts';
import type { Step } from '../../../common/plan.ts';
import type { TurnDraft, TurnInput } from '../../../common/shape-forms.ts';
import { type Checks, guardsOf, idsFor } from './checks.ts';
import { awaitSelf, memberOf, type StepDraft, stepOf } from './steps.ts';

export interface Limits {
  readonly deadlineMs: number;
  readonly expectedMs: number;
}

/** What differs from engine to engine in a turn that stops one node, activates a release and starts it again. */
export interface TurnTable {
  /** What is done around the absence of a node, and what that is a risk of; left out: nothing. */
  around?(turn: TurnInput, prefix: string, way: 'forward' | 'back'): Around;
  readonly downtime: Limits & {
    /** How long clients miss the node, expected. */
    readonly outMs: number;
    /** What quiescing comes to there, for the step's title; null: nothing to tell. Left out: never anything. */
    quiesced?(turn: TurnInput): string | null;
    /** It is drained before its stop, once the guards hold; left out: it is quiesced, before they are asked. */
    readonly drains?: true;
  };
  /** Once it has settled: until it serves and has caught up. */
  readonly health: Limits & {
    /** Where its own word and that of one peer prove too little; left out: they do. */
    steps?(turn: TurnInput, prefix: string, version: string): readonly Step[];
  };
  /** The peer that tells how it sees the node, by the condition `member-in-service`; left out: no peer can. A cluster of one has none. */
  readonly witness?: {
    readonly preferRole: string | null;
    /** What the peer proves, for the step's title: `seen by a peer`. */
    readonly proves: string;
  };
  /** Of each node when the hop is over (P15). */
  readonly verify: Limits & {
    readonly title: string;
    /** What is another one in some turns; left out: judged by `verified`, all are alike. */
    differs?(turn: TurnInput): Partial<Pick<Step, 'title' | 'healthCheck'>>;
  };
}

export interface Around {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly risks: readonly string[];
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
  /** Left out or empty: none. */
  readonly startFlags?: readonly string[];
}

export function downtimeStep(input: TurnInput, draft: DowntimeDraft): Step {
  const { node, hop, fromRelease, toRelease, restore, config } = input;
  const { parts, way, onFailure, startFlags = [], ...step } = draft;
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
    ...(startFlags.length === 0 ? {} : { startFlags }),
    ...(parts.includes('restore') && restore !== null ? { restore } : {}),
    ...(parts.includes('activate') && config !== null ? { config: forward ? config : turnedRound(config) } : {}),
  };
  return stepOf(node.instance, { ...step, body, healthCheck: null });
}

/** The same change the other way. Both texts are known by their digests. */
export function turnedRound({ fromDigest, toDigest }: ConfigRevision): ConfigRevision {
  return { changes: [], fromDigest: toDigest, toDigest: fromDigest };
}

/** The same for every role: what quiescing comes to is decided on the host, in that moment and not by the plan. */
export function turnBy<S, F>(checks: Checks<S, F>, table: TurnTable): (input: TurnInput) => TurnDraft {
  return (input) => {
    const { idPrefix, hop, fromRelease, toRelease, config, restore } = input;
    const { outMs, quiesced, drains, ...limits } = table.downtime;
    const [prefix, undoPrefix] = [idPrefix, `${idPrefix}.undo`];
    const health = table.health.steps ?? ((turn: TurnInput, id: string, version: string) => healthCheckSteps(turn, table, id, version));
    if (input.reloadOnly) return reloadTurn(input, health);
    const goesBack = fromRelease !== toRelease || config !== null;
    const downtime = (way: 'forward' | 'back'): Step => {
      const before = quiesced?.(input) ?? null;
      const word = way === 'forward' ? 'downtime' : `downtime back to ${fromRelease === toRelease ? 'its configuration' : hop.from}`;
      return downtimeStep(input, {
        id: `${way === 'forward' ? prefix : undoPrefix}.downtime`,
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
    const around = table.around?.(input, prefix, 'forward') ?? nothingAround;
    const undoAround = table.around?.(input, undoPrefix, 'back') ?? nothingAround;
    const back = [...undoAround.before, downtime('back'), ...health(input, undoPrefix, hop.from), ...undoAround.after];
    return {
      steps: [...around.before, downtime('forward'), ...health(input, prefix, hop.to), ...around.after],
      // Just restarted: there is nothing to roll back.
      undo: goesBack ? back : undoAround.after,
      downtimeMs: outMs,
      ...(around.risks.length === 0 ? {} : { risks: around.risks }),
    };
  };
}

/** One change that a running server takes over. */
const reloading: Limits = { deadlineMs: 60_000, expectedMs: 200 };

/** A configuration that the running server takes over. */
function reloadTurn(input: TurnInput, health: NonNullable<TurnTable['health']['steps']>): TurnDraft {
  const { idPrefix, node, hop, config } = input;
  assert(config !== null, `${node.instance} was planned to reload, and nothing changes`);
  const undo = `${idPrefix}.undo`;
  const step = (prefix: string, title: string, revision: ConfigRevision): Step =>
    stepOf(node.instance, { id: `${prefix}.configure`, title, body: { kind: 'configure', config: revision }, ...reloading });
  return {
    steps: [step(idPrefix, 'configuration reload', config), ...health(input, idPrefix, hop.to)],
    undo: [step(undo, 'restore its configuration', turnedRound(config)), ...health(input, undo, hop.from)],
    downtimeMs: 0,
  };
}

export const nothingAround: Around = { before: [], after: [], risks: [] };

/** The node serves, as it says itself and as a peer sees it (P2). */
export function healthCheckSteps(
  input: Pick<TurnInput, 'node' | 'peers' | 'settleMs'>,
  { health, witness }: TurnTable,
  prefix: string,
  version: string,
): readonly Step[] {
  const { node, peers } = input;
  const settle = settleStep(input, health, prefix, 'in-service');
  if (witness === undefined || peers.length === 0) return [settle];
  const member = memberOf(node);
  const seen = stepOf(node.instance, {
    ...peerDraft(health, prefix, member, `${node.instance} ${version} ${witness.proves}`),
    executor: { kind: 'peer', of: node.instance, preferRole: witness.preferRole },
    healthCheck: 'seen-by-peer',
  });
  return [settle, seen];
}

/** How another one sees that this member is in service. */
export function peerDraft({ deadlineMs, expectedMs }: Limits, prefix: string, member: string, title: string): StepDraft {
  const body: OrderBody = { kind: 'await', condition: 'member-in-service', member, steadyMs: 0, viewpoint: 'peer' };
  return { id: `${prefix}.peer`, title, body, deadlineMs, expectedMs };
}

/** It serves, and goes on so for the plan's time to settle. */
export function settleStep(
  { node, settleMs }: Pick<TurnInput, 'node' | 'settleMs'>,
  health: Limits,
  prefix: string,
  healthCheck: string,
): Step {
  return stepOf(node.instance, {
    id: `${prefix}.settle`,
    title: `settle ${settleMs / 1000} s`,
    body: awaitSelf('in-service', null, settleMs),
    deadlineMs: settleMs + health.deadlineMs,
    expectedMs: settleMs + health.expectedMs,
    healthCheck,
  });
}

/** Reads back what runs there when the hop is over (P15). */
export function verifyBy<S, F>(checks: Checks<S, F>, { verify }: TurnTable): (input: TurnInput) => readonly Step[] {
  const body: OrderBody = { kind: 'observe', checks: idsFor(checks, 'verify'), nonce: '' };
  const { differs, ...step } = verify;
  return (turn) => [
    stepOf(turn.node.instance, { id: `${turn.idPrefix}.observe`, body, ...step, healthCheck: 'verified', ...differs?.(turn) }),
  ];
}
