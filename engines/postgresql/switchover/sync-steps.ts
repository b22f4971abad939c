/**
 * Commits go on while a standby that they wait for is out: synchronous_standby_names is lowered for the time, by as little as possible,
 * and restored by the effect ledger (P19). PURE. Source: chapter Log-Shipping Standby Servers, Planning for High Availability.
 */
import type { Way } from '../../../common/events.ts';
import type { Step } from '../../../common/plan.ts';
import type { TurnInput } from '../../../common/shape-forms.ts';
import { awaitSelf, memberOf, settingStep, stepOf } from '../../kit/pure/steps.ts';
import { type Around, nothingAround } from '../../kit/pure/turns.ts';
import { serverFactsOf, streamingNames } from '../facts.ts';
import { ofChange, ofProbe } from '../limits.ts';
import { primaryAmong } from '../topology.ts';
import { loweredTo, parseSyncNames, withoutOne } from './sync-names.ts';

const key = 'synchronous-standby-names';

/** Lowers the setting of `instance` from `setting` to `value`, and puts it back. Nothing when it stays as it is. */
export function lowering(prefix: string, instance: string, setting: string, value: string): Around {
  if (value === setting) return nothingAround;
  const what = `synchronous_standby_names of ${instance}`;
  const lower = { id: `${prefix}.sync`, title: `lower ${what} to '${value}'`, ...ofChange };
  const restore = { id: `${prefix}.unsync`, title: `restore ${what}`, ...ofChange };
  return { before: [settingStep(instance, key, value, lower)], after: [settingStep(instance, key, null, restore)], risks: [] };
}

/** For the turn of a standby: the primary no longer waits for it, and on the way forward says so itself directly before the downtime. */
export function aroundStandby(input: TurnInput, prefix: string, way: Way): Around {
  if (input.role !== 'standby') return nothingAround;
  const primary = primaryAmong(input.peers);
  const server = serverFactsOf(primary?.facts ?? null);
  if (primary === undefined || server === null) return nothingAround;
  const setting = server.synchronousStandbyNames;
  if ((parseSyncNames(setting)?.count ?? 0) === 0) return nothingAround;
  const member = memberOf(input.node);
  const value = loweredTo(setting, withoutOne(streamingNames(server), member));
  // One that cannot be read is refused by the prechecks.
  const lowered = value === null ? nothingAround : lowering(prefix, primary.instance, setting, value);
  const risks = value === null || value === setting ? [] : [`while ${input.node.instance} is down, commits wait for ${waitText(value)}`];
  const proof = way === 'forward' ? [goesOnWithout(input, prefix, primary.instance, member)] : [];
  return { ...lowered, before: [...lowered.before, ...proof], risks };
}

function goesOnWithout(input: TurnInput, prefix: string, primary: string, member: string): Step {
  return stepOf(primary, {
    id: `${prefix}.commits`,
    title: `commits continue without ${member}`,
    // By the primary of that moment: another one waits by its own setting.
    executor: { kind: 'peer', of: input.node.instance, preferRole: 'primary' },
    body: awaitSelf('sync-satisfiable', member),
    ...ofProbe,
  });
}

/** How many standbys a commit waits for, in words. */
export function waitText(setting: string): string {
  const count = parseSyncNames(setting)?.count ?? 0;
  if (count === 0) return 'no standby';
  return count === 1 ? 'one standby only' : `${count} standbys only`;
}
