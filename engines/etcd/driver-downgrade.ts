/**
 * The cluster's downgrade job as a setting that a run opens and closes (P19): enabled, the members write their files so that the minor below
 * can read them. It ends by itself with the last member that is taken down; before that, cancelling leads forward again. Commands since 3.6.
 */
import { pause } from '../../common/clock.ts';
import type { DriverContext, DriverSettings } from '../../common/engine.ts';
import type { Finding } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import type { Effect } from '../../common/orders.ts';
import { sightOf } from './driver-sight.ts';
import { complaintOf, etcdctl } from './driver-tools.ts';
import { etcdScheme } from './scheme.ts';

/** Value: the minor that the cluster goes down to, `3.5`; null: no downgrade is under way. */
export const downgradeTarget = 'downgrade-target';

const answerMs = 10_000;
const inForceMs = 15_000;
const lookAgainMs = 100;

export const etcdDowngrades: DriverSettings = {
  keys: [downgradeTarget],

  async set(context, key, value) {
    const { instance } = context.settings;
    if (key !== downgradeTarget) throw fail('refused', 'unknown-word', `the etcd driver sets no ${key}`);
    if (!etcdScheme.isSeries(value))
      throw fail('refused', 'bad-value', `${instance}: ${downgradeTarget} cannot be '${value}'; it is a minor: 3.5`);
    const { downgradeTarget: present } = await sightOf(context).status();
    if (present !== null && present !== value)
      throw fail('refused', 'downgrade-under-way', `${instance}: a downgrade to ${present} is under way; cancel it or let it end first`);
    // Before a run nothing is under way (no-downgrade): one to the same minor is that of this order, which was interrupted.
    if (present === null) {
      await command(context, ['validate', value]);
      await command(context, ['enable', value]);
    }
    await untilTarget(context, value);
    return { key, prior: null, set: value };
  },

  async unset(context, effect: Effect): Promise<Finding> {
    const { downgradeTarget: present } = await sightOf(context).status();
    const say = (detail: string): Finding => ({ check: downgradeTarget, ok: true, detail });
    if (present === null) return say('no downgrade is under way any more');
    if (present !== effect.set) return say(`somebody began a downgrade to ${present} meanwhile: that stays`);
    await command(context, ['cancel']);
    await untilTarget(context, null);
    return say(`the downgrade to ${present} is cancelled`);
  },
};

/** Throws `refused`, with what the cluster said, when it does not take the command. */
async function command(context: DriverContext, args: readonly string[]): Promise<void> {
  const result = await etcdctl(context, ['downgrade', ...args], { timeoutMs: answerMs });
  if (result.exitCode === 0) return;
  throw fail('refused', 'downgrade-refused', `${context.settings.instance}: etcdctl downgrade ${args.join(' ')}: ${complaintOf(result)}`);
}

/** The job is entered by consensus: this member tells of it once it has applied that. */
async function untilTarget(context: DriverContext, wanted: string | null): Promise<void> {
  const { clock, signal, settings } = context;
  const endMs = clock.monotonicMs() + inForceMs;
  for (;;) {
    const { downgradeTarget: present } = await sightOf(context).status();
    if (present === wanted) return;
    if (signal.aborted || clock.monotonicMs() > endMs)
      throw fail('failed', 'not-in-force', `${settings.instance}: its downgrade target is ${present ?? 'none'}, not ${wanted ?? 'none'}`);
    await pause(clock, lookAgainMs, signal);
  }
}
