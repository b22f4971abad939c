/** What a member is told that its whole cluster follows: who leads, and that it goes down a minor. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { until } from '../../kit/host/asking.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import { openedSetting } from '../../kit/host/opened-setting.ts';
import { complaintOf, versionOf } from '../../kit/host/release.ts';
import { isSince } from '../../kit/pure/series.ts';
import { ailmentOf } from '../../kit/pure/voters.ts';
import { connectionOf } from '../connection.ts';
import { downgradeTarget, nameOf } from '../facts.ts';
import { etcdScheme } from '../scheme.ts';
import { etcdctl, release } from './programs.ts';
import { sightOf, statusAt } from './sight.ts';

const commandMs = 10_000;
const followed = { withinMs: 5_000, everyMs: 50 };

/**
 * Gives the leader's role away before a stop, to the voter that has applied the most: writes pause for an election's worth of time less. Does nothing
 * when another member has it, or there is no other member. Throws `cannot-move-leader`, to be tried again, when no other member could take it.
 */
export async function giveLeadAway(context: DriverContext): Promise<void> {
  const sight = sightOf(context);
  const status = await sight.status();
  if (status.leaderId !== status.ownId) return;
  const cannot = (why: string) => fail('refused', 'cannot-move-leader', `${context.settings.instance} ${why}`, { remedy: 'retry' });
  const [members, peers] = await Promise.all([sight.members(), sight.peers()]);
  if (peers.length === 0) return;
  const [best] = peers
    .filter((peer) => ailmentOf(status, peer, Number.POSITIVE_INFINITY) === null)
    .sort((a, b) => (b.appliedIndex ?? 0) - (a.appliedIndex ?? 0));
  const target = members.find(({ name }) => name === best?.member);
  if (target === undefined) throw cannot('is the leader, and no other member can take over');
  const result = await etcdctl(context, ['move-leader', target.id], { timeoutMs: commandMs });
  if (result.exitCode === 0) return untilFollowed(context);
  // Another one may have become leader meanwhile.
  const after = await sightOf(context).status();
  if (after.leaderId !== null && after.leaderId !== after.ownId) return;
  throw cannot(`could not transfer leadership to ${target.name}: ${complaintOf(result)}`);
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

/** Before this minor members neither tell of a downgrade nor take commands about one, and etcdctl has none. */
const firstWithDowngrades = '3.6';

/**
 * The cluster's downgrade job as a setting that a run opens and closes (P19): enabled, the members write their files so that the minor below
 * can read them. It ends by itself with the last member that is taken down; before that, cancelling leads forward again. Commands since 3.6.
 */
export const etcdDowngrades = openedSetting<Door>({
  key: downgradeTarget,
  noun: 'downgrade',
  problem: (value) => (etcdScheme.isSeries(value) ? null : `cannot be '${value}'; give a minor version such as 3.5`),
  doorOf,
  noDoor: `no member runs ${firstWithDowngrades} or newer, which a downgrade needs`,
  // Throws `no-answer`.
  present: async ({ context, endpoint }) => (await statusAt(context, endpoint)).downgradeTarget,
  async open(door, value) {
    await command(door, ['validate', value]);
    await command(door, ['enable', value]);
  },
  close: (door) => command(door, ['cancel']),
  // The job is entered by consensus: a member tells of it once it has applied that.
  active: { withinMs: 15_000, everyMs: 100 },
});

/** A member that knows of downgrades, and a release whose tools do. */
interface Door {
  readonly context: DriverContext;
  readonly endpoint: string;
}

/** This member; or, when it went down already, one that has not, by the release that it came from. Null: every member that answers is old. */
async function doorOf(context: DriverContext): Promise<Door | null> {
  const sight = sightOf(context);
  const { version } = await sight.status();
  if (knowsDowngrades(version)) return { context, endpoint: connectionOf(context.settings).endpoint };
  const peers = await sight.peers();
  const newer = peers.find((peer) => knowsDowngrades(peer.version));
  const silent = peers.find((peer) => peer.version === null);
  if (newer === undefined && silent !== undefined)
    throw fail('unreachable', 'no-answer', `${silent.member} does not answer, and may have a downgrade under way`, { remedy: 'retry' });
  const [endpoint] = (await sight.members()).find((member) => nameOf(member) === newer?.member)?.clientUrls ?? [];
  return endpoint === undefined ? null : { context: { ...context, currentRelease: await newerRelease(context) }, endpoint };
}

function knowsDowngrades(version: string | null): boolean {
  return version !== null && isSince(etcdScheme, version, firstWithDowngrades);
}

/** What is staged lies under a name that begins with a dot until it is complete. */
async function newerRelease(context: DriverContext): Promise<string> {
  const { releasesDir } = context.settings;
  for (const name of ((await context.host.listDir(releasesDir)) ?? []).filter((each) => /^\d/.test(each))) {
    const folder = join(releasesDir, name);
    if (knowsDowngrades(await versionOf(context, release, folder, 'etcdctl'))) return folder;
  }
  const missing = `${releasesDir} has no release of ${firstWithDowngrades} or newer, whose etcdctl a downgrade needs`;
  throw failed(context, 'no-release', missing);
}

/** Throws `refused`, with what the cluster said, when it does not take the command. */
async function command({ context, endpoint }: Door, args: readonly string[]): Promise<void> {
  const result = await etcdctl(context, ['downgrade', ...args], { timeoutMs: commandMs, endpoints: [endpoint] });
  if (result.exitCode === 0) return;
  throw refused(context, 'downgrade-refused', `etcdctl downgrade ${args.join(' ')}: ${complaintOf(result)}`);
}
