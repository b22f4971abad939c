/** The steps of one node's turn: the downtime, then the health checks. PURE. */
import type { TurnDraft, TurnInput } from '../../common/shape-forms.ts';
import { guardsOf } from '../kit/pure/checks.ts';
import { guard, stepOf } from '../kit/pure/steps.ts';
import { type TurnTable, turnBy } from '../kit/pure/turns.ts';
import { checks } from './checks.ts';
import { downtime } from './exchange.ts';
import { serverFactsOf } from './facts.ts';
import { feedingSteps, followingSteps } from './feeding.ts';
import { healthCheckSteps, lateRisks, restoredChecks } from './health-steps.ts';
import { expectedOutMs, ofDowntime, ofHealth, ofProbe } from './limits.ts';
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
  verify: {
    title: 'check version and replication',
    differs: ({ role }) => ({
      healthCheck: `verified-${role}`,
      ...(role === 'primary' ? { title: 'check version, replication and one write' } : {}),
    }),
    ...ofProbe,
  },
};
const inPlace = turnBy(checks, turns);

export function turn(input: TurnInput): TurnDraft {
  if (input.reloadOnly) return inPlace(input);
  if (input.restore !== null) return restore(input, input.restore);
  // On the way down the primary goes first and is restarted where it is: as a standby its older minor would have to read the WAL of a newer
  // one, which is likely to work and not sure (chapter Log-Shipping Standby Servers, Planning).
  if (input.successor !== null && input.role === 'primary' && input.hop.direction === 'upgrade')
    return switchover(input, input.successor, guardsOf(checks, input, 'guard'));
  return inPlace(input);
}

/** The data directory becomes that of a snapshot. What it was is moved aside, and moved back only if this downtime fails. */
function restore(input: TurnInput, snapshot: string): TurnDraft {
  const { idPrefix, node, fromRelease, toRelease, hop } = input;
  const sync = aroundStandby(input, idPrefix, 'forward');
  const server = serverFactsOf(node.facts);
  const answers = server !== null;
  // One that does not answer has nothing to write out, and one that hangs would never say so.
  const parts = [...(answers ? (['quiesce'] as const) : []), 'stop', 'restore', 'activate', 'start'] as const;
  const replaced = stepOf(node.instance, {
    id: `${idPrefix}.downtime`,
    title: 'downtime with restore',
    body: { ...downtime(parts, hop.to, fromRelease, toRelease), restore: snapshot },
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
