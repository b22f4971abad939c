/** Giving the leader's role away before a stop: writes pause for an election's worth of time less. */
import { pause } from '../../../common/clock.ts';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { ailmentOf } from '../facts.ts';
import { sightOf } from './sight.ts';
import { complaintOf, etcdctl } from './tools.ts';

const moveMs = 10_000;
const followedMs = 5_000;
const probeAgainMs = 50;

/**
 * The role goes to the voter that has applied the most. Does nothing when another member has it, or there is no other member.
 * Throws `cannot-move-leader`, to be tried again, when no other member could take it.
 */
export async function giveLeadAway(context: DriverContext): Promise<void> {
  const sight = sightOf(context);
  const status = await sight.status();
  if (status.leaderId !== status.memberId) return;
  const { instance } = context.settings;
  const [members, peers] = await Promise.all([sight.members(), sight.peers()]);
  if (peers.length === 0) return;
  const [best] = peers
    .filter((peer) => ailmentOf(status, peer, Number.POSITIVE_INFINITY) === null)
    .sort((a, b) => (b.appliedIndex ?? 0) - (a.appliedIndex ?? 0));
  const target = members.find(({ name }) => name === best?.member);
  if (target === undefined)
    throw fail('refused', 'cannot-move-leader', `${instance} leads, and no other member could take that over`, { remedy: 'retry' });
  const result = await etcdctl(context, ['move-leader', target.id], { timeoutMs: moveMs });
  if (result.exitCode === 0) return untilFollowed(context);
  // Somebody else may have become leader meanwhile.
  const after = await sightOf(context).status();
  if (after.leaderId !== null && after.leaderId !== after.memberId) return;
  throw fail('refused', 'cannot-move-leader', `${instance} could not give its role as leader to ${target.name}: ${complaintOf(result)}`, {
    remedy: 'retry',
  });
}

/** The others hear of it a moment later. Whoever still does not know then is judged by the guards, which are asked next. */
async function untilFollowed(context: DriverContext): Promise<void> {
  const { clock, signal } = context;
  const endMs = clock.monotonicMs() + followedMs;
  for (;;) {
    const sight = sightOf(context);
    const { leaderId, memberId } = await sight.status();
    const others = (await sight.peers()).filter(({ version }) => version !== null);
    if (leaderId !== null && leaderId !== memberId && others.every((peer) => peer.leaderId === leaderId)) return;
    if (signal.aborted || clock.monotonicMs() > endMs) return;
    await pause(clock, probeAgainMs, signal);
  }
}
