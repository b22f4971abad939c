/**
 * Commits go on while a standby that they wait for is out: synchronous_standby_names is lowered for the time, by as little as possible,
 * and restored by the effect ledger (P19). PURE. Source: chapter Log-Shipping Standby Servers, Planning for High Availability.
 */
import type { Way } from '../../../common/events.ts';
import type { Step } from '../../../common/plan.ts';
import type { TurnInput } from '../../../common/turn-draft.ts';
import { awaitSelf, stepOf } from '../../kit/pure/steps.ts';
import { serverFactsOf, streamingNames } from '../facts.ts';
import { memberOf } from '../health-check-steps.ts';
import { expectedChangeMs, expectedCheckMs, probeDeadlineMs } from '../steps.ts';
import { loweredTo, parseSyncNames, withoutOne } from './sync-names.ts';

const key = 'synchronous-standby-names';

/** What is done around the absence of a standby. */
export interface SyncSteps {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly risks: readonly string[];
}

export const noSyncSteps: SyncSteps = { before: [], after: [], risks: [] };

/** Lowers the setting of `instance` from `setting` to `value`, and puts it back. Nothing when it stays as it is. */
export function lowering(prefix: string, instance: string, setting: string, value: string): SyncSteps {
  if (value === setting) return noSyncSteps;
  const change = { deadlineMs: probeDeadlineMs, expectedMs: expectedChangeMs, healthCheck: null };
  const title = `synchronous_standby_names of ${instance}`;
  return {
    before: [
      stepOf(instance, {
        id: `${prefix}.sync`,
        title: `lower ${title} to '${value}'`,
        body: { kind: 'set', scope: 'node', key, value },
        ...change,
      }),
    ],
    after: [
      stepOf(instance, {
        id: `${prefix}.unsync`,
        title: `restore ${title}`,
        body: { kind: 'unset', scope: 'node', key, effect: null },
        ...change,
      }),
    ],
    risks: [],
  };
}

/** For the turn of a standby: the primary no longer waits for it, and on the way forward says so itself directly before the downtime. */
export function aroundStandby(input: TurnInput, prefix: string, way: Way): SyncSteps {
  if (input.role !== 'standby') return noSyncSteps;
  const primary = input.peers.find((peer) => serverFactsOf(peer.facts)?.inRecovery === false);
  const server = serverFactsOf(primary?.facts ?? null);
  if (primary === undefined || server === null) return noSyncSteps;
  const setting = server.synchronousStandbyNames;
  if ((parseSyncNames(setting)?.count ?? 0) === 0) return noSyncSteps;
  const member = memberOf(input.node);
  const value = loweredTo(setting, withoutOne(streamingNames(server), member));
  // One that cannot be read is refused by the prechecks.
  const lowered = value === null ? noSyncSteps : lowering(prefix, primary.instance, setting, value);
  const risks = value === null || value === setting ? [] : [`while ${input.node.instance} is out, commits wait for ${waitText(value)}`];
  const proof = way === 'forward' ? [goesOnWithout(input, prefix, primary.instance, member)] : [];
  return { ...lowered, before: [...lowered.before, ...proof], risks };
}

function goesOnWithout(input: TurnInput, prefix: string, primary: string, member: string): Step {
  return {
    ...stepOf(primary, {
      id: `${prefix}.commits`,
      title: `commits go on without ${member}`,
      body: awaitSelf('sync-satisfiable', member),
      deadlineMs: probeDeadlineMs,
      expectedMs: expectedCheckMs,
      healthCheck: null,
    }),
    // Whoever is the primary then: another one waits by its own setting.
    executor: { kind: 'peer', of: input.node.instance, preferRole: 'primary' },
  };
}

/** How many standbys a commit waits for, in words. */
export function waitText(setting: string): string {
  const count = parseSyncNames(setting)?.count ?? 0;
  if (count === 0) return 'no standby';
  return count === 1 ? 'one standby only' : `${count} standbys only`;
}
