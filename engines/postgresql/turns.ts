/** The steps of one node's turn: the downtime, then the health checks. PURE. */
import assert from 'node:assert/strict';
import type { Step } from '../../common/plan.ts';
import type { TurnDraft, TurnInput } from '../../common/shape-forms.ts';
import { guardsOf, idsFor } from '../kit/pure/checks.ts';
import { guard, stepOf } from '../kit/pure/steps.ts';
import { type TurnTable, turnBy, turnedRound } from '../kit/pure/turns.ts';
import { checks } from './checks.ts';
import { downtime } from './exchange.ts';
import { serverFactsOf } from './facts.ts';
import { feedingSteps, followingSteps } from './feeding.ts';
import { healthCheckSteps, lateRisks, restoredChecks } from './health-steps.ts';
import { expectedOutMs, ofChange, ofDowntime, ofHealth, ofLook } from './limits.ts';
import { switchover } from './switchover/steps.ts';
import { parseSyncNames } from './switchover/sync-names.ts';
import { aroundStandby } from './switchover/sync-steps.ts';

/** Of a node that is stopped and started where it is, on another release, with another configuration, or just so. */
export const turns: TurnTable = {
  around(turn, prefix, way) {
    const sync = aroundStandby(turn, prefix, way);
    return { ...sync, risks: [...sync.risks, ...lateRisks(turn)] };
  },
  downtime: { ...ofDowntime, outMs: expectedOutMs },
  health: { ...ofHealth, steps: healthCheckSteps },
  verify: { title: 'version read back, replication', ...ofLook },
};
const restart = turnBy(checks, turns);

export function turn(input: TurnInput): TurnDraft {
  if (input.reloadOnly) return reload(input);
  if (input.restore !== null) return restore(input, input.restore);
  // On the way down the primary goes first and is restarted where it is: as a standby its older minor would have to read the WAL of a newer
  // one, which is likely to work and not sure (chapter Log-Shipping Standby Servers, Planning).
  if (input.successor !== null && input.role === 'primary' && input.hop.direction === 'upgrade')
    return switchover(input, input.successor, guardsOf(checks, input, 'guard'));
  return restart(input);
}

/** Reads back what runs there when the hop is over (P15). */
export function verify({ idPrefix, node, role }: TurnInput): readonly Step[] {
  const { title, ...limits } = turns.verify;
  const draft = {
    id: `${idPrefix}.observe`,
    title: role === 'primary' ? `${title}, one write` : title,
    body: { kind: 'observe', checks: idsFor(checks, 'verify'), nonce: '' },
    healthCheck: `verified-${role}`,
  } as const;
  return [stepOf(node.instance, { ...draft, ...limits })];
}

/** A configuration that the running server takes over. */
function reload(input: TurnInput): TurnDraft {
  const { idPrefix, node, hop, config } = input;
  assert(config !== null, `${node.instance} was planned to reload, and nothing changes`);
  const undo = `${idPrefix}.undo`;
  const configure = (prefix: string, title: string, revision: typeof config): Step =>
    stepOf(node.instance, { id: `${prefix}.configure`, title, body: { kind: 'configure', config: revision }, ...ofChange });
  return {
    steps: [configure(idPrefix, 'configuration reload', config), ...healthCheckSteps(input, idPrefix, hop.to)],
    undo: [configure(undo, 'restore its configuration', turnedRound(config)), ...healthCheckSteps(input, undo, hop.from)],
    downtimeMs: 0,
  };
}

/** The data directory becomes that of a snapshot. What it was is moved aside, and moved back only if this downtime fails. */
function restore(input: TurnInput, snapshot: string): TurnDraft {
  const { idPrefix, node, fromRelease, toRelease, hop } = input;
  const sync = aroundStandby(input, idPrefix, 'forward');
  const server = serverFactsOf(node.facts);
  const answers = server !== null;
  // One that does not answer has nothing to write out, and one that hangs would never say so.
  const parts = answers
    ? (['quiesce', 'stop', 'restore', 'activate', 'start'] as const)
    : (['stop', 'restore', 'activate', 'start'] as const);
  const replaced = stepOf(node.instance, {
    id: `${idPrefix}.downtime`,
    title: 'downtime with restore',
    body: { ...downtime('normal', parts, fromRelease, toRelease, hop.to), restore: snapshot },
    // Not how it serves: what it holds now is given up. One that is down does not answer, and its agent looks at its files.
    guards: answers ? [guard('release-is', fromRelease), guard('no-ha-manager')] : [],
    ...ofDowntime,
  });
  const commitsWait = (parseSyncNames(server?.synchronousStandbyNames ?? '')?.count ?? 1) > 0;
  const [feeding, following] = [feedingSteps(input, snapshot), followingSteps(input, snapshot)];
  return {
    steps: [...feeding, ...sync.before, replaced, ...following, ...restoredChecks(input, idPrefix, commitsWait), ...sync.after],
    undo: aroundStandby(input, `${idPrefix}.undo`, 'back').after,
    downtimeMs: expectedOutMs,
    ...(sync.risks.length === 0 ? {} : { risks: sync.risks }),
  };
}
