/** Giving the leader's role away before a stop: writes pause for an election's worth of time less. */
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { until } from '../../kit/host/asking.ts';
import { complaintOf } from '../../kit/host/release.ts';
import { ailmentOf } from '../../kit/pure/voters.ts';
import { etcdctl } from './programs.ts';
import { sightOf } from './sight.ts';

const moveMs = 10_000;
const followed = { withinMs: 5_000, everyMs: 50 };

/**
 * The role goes to the voter that has applied the most. Does nothing when another member has it, or there is no other member.
 * Throws `cannot-move-leader`, to be tried again, when no other member could take it.
 */
export async function giveLeadAway(context: DriverContext): Promise<void> {
  const sight = sightOf(context);
  const status = await sight.status();
  if (status.leaderId !== status.ownId) return;
  const { instance } = context.settings;
  const cannot = (why: string) => fail('refused', 'cannot-move-leader', `${instance} ${why}`, { remedy: 'retry' });
  const [members, peers] = await Promise.all([sight.members(), sight.peers()]);
  if (peers.length === 0) return;
  const [best] = peers
    .filter((peer) => ailmentOf(status, peer, Number.POSITIVE_INFINITY) === null)
    .sort((a, b) => (b.appliedIndex ?? 0) - (a.appliedIndex ?? 0));
  const target = members.find(({ name }) => name === best?.member);
  if (target === undefined) throw cannot('leads, and no other member could take that over');
  const result = await etcdctl(context, ['move-leader', target.id], { timeoutMs: moveMs });
  if (result.exitCode === 0) return untilFollowed(context);
  // Another one may have become leader meanwhile.
  const after = await sightOf(context).status();
  if (after.leaderId !== null && after.leaderId !== after.ownId) return;
  throw cannot(`could not give its role as leader to ${target.name}: ${complaintOf(result)}`);
}

/** The others hear of it a moment later. One that still does not know then is judged by the guards, which are asked next. */
async function untilFollowed(context: DriverContext): Promise<void> {
  await until(context, followed, async () => {
    const sight = sightOf(context);
    const { leaderId, ownId } = await sight.status();
    const others = (await sight.peers()).filter(({ version }) => version !== null);
    return leaderId !== null && leaderId !== ownId && others.every((peer) => peer.leaderId === leaderId);
  });
}
