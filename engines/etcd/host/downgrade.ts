/**
 * The cluster's downgrade job as a setting that a run opens and closes (P19): enabled, the members write their files so that the minor below
 * can read them. It ends by itself with the last member that is taken down; before that, cancelling leads forward again. Commands since 3.6.
 */
import { join } from 'node:path';
import type { DriverContext, DriverSettings } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { fail } from '../../../common/failure.ts';
import { until } from '../../kit/host/asking.ts';
import { complaintOf, versionOf } from '../../kit/host/release.ts';
import { connectionOf } from '../connection.ts';
import { downgradeTarget, nameOf } from '../facts.ts';
import { etcdScheme, isSince } from '../scheme.ts';
import { etcdctl, release } from './programs.ts';
import { sightOf, statusAt } from './sight.ts';

const answerMs = 10_000;
const active = { withinMs: 15_000, everyMs: 100 };

/** Before this minor members neither tell of a downgrade nor take commands about one, and etcdctl has none. */
const firstWithDowngrades = '3.6';

export const etcdDowngrades: DriverSettings = {
  keys: [downgradeTarget],

  async set(context, key, value) {
    const refused = (code: string, what: string) => fail('refused', code, `${context.settings.instance}: ${what}`);
    if (key !== downgradeTarget) throw refused('unknown-word', `the etcd driver sets no ${key}`);
    if (!etcdScheme.isSeries(value)) throw refused('bad-value', `${downgradeTarget} cannot be '${value}'; it is a minor: 3.5`);
    const door = await doorOf(context);
    if (door === null) throw refused('downgrade-refused', `no member runs ${firstWithDowngrades} or newer, which knows downgrades`);
    const present = await targetAt(door);
    if (present !== null && present !== value)
      throw refused('downgrade-under-way', `a downgrade to ${present} is under way; cancel it or let it end first`);
    // Before a run nothing is under way (no-downgrade): one to the same minor is that of this order, which was interrupted.
    if (present === null) {
      await command(door, ['validate', value]);
      await command(door, ['enable', value]);
    }
    await untilTarget(door, value);
    return { key, prior: null, set: value };
  },

  async unset(context, effect): Promise<Finding> {
    const door = await doorOf(context);
    const present = door === null ? null : await targetAt(door);
    const say = (detail: string): Finding => ({ check: downgradeTarget, ok: true, detail });
    if (door === null || present === null) return say('no downgrade is under way any more');
    if (present !== effect.set) return say(`somebody began a downgrade to ${present} meanwhile: that stays`);
    await command(door, ['cancel']);
    await untilTarget(door, null);
    return say(`the downgrade to ${present} is cancelled`);
  },
};

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
    throw fail('unreachable', 'no-answer', `${silent.member} does not answer, and may know of a downgrade`, { remedy: 'retry' });
  const [endpoint] = (await sight.members()).find((member) => nameOf(member) === newer?.member)?.clientUrls ?? [];
  return endpoint === undefined ? null : { context: { ...context, currentRelease: await newerRelease(context) }, endpoint };
}

function knowsDowngrades(version: string | null): boolean {
  return version !== null && isSince(version, firstWithDowngrades);
}

/** What is staged lies under a name that begins with a dot until it is complete. */
async function newerRelease(context: DriverContext): Promise<string> {
  const { releasesDir, instance } = context.settings;
  for (const name of ((await context.host.listDir(releasesDir)) ?? []).filter((each) => /^\d/.test(each))) {
    const folder = join(releasesDir, name);
    if (knowsDowngrades(await versionOf(context, release, folder, 'etcdctl'))) return folder;
  }
  const detail = `no release of ${firstWithDowngrades} or newer is left in ${releasesDir}, whose etcdctl knows of downgrades`;
  throw fail('failed', 'no-release', `${instance}: ${detail}`);
}

/** Throws `no-answer`. */
async function targetAt({ context, endpoint }: Door): Promise<string | null> {
  return (await statusAt(context, endpoint)).downgradeTarget;
}

/** Throws `refused`, with what the cluster said, when it does not take the command. */
async function command({ context, endpoint }: Door, args: readonly string[]): Promise<void> {
  const result = await etcdctl(context, ['downgrade', ...args], { timeoutMs: answerMs, endpoints: [endpoint] });
  if (result.exitCode === 0) return;
  throw fail('refused', 'downgrade-refused', `${context.settings.instance}: etcdctl downgrade ${args.join(' ')}: ${complaintOf(result)}`);
}

/** The job is entered by consensus: a member tells of it once it has applied that. */
async function untilTarget(door: Door, wanted: string | null): Promise<void> {
  let present: string | null = null;
  const isSo = async () => {
    present = await targetAt(door);
    return present === wanted;
  };
  if (await until(door.context, active, isSo)) return;
  const { instance } = door.context.settings;
  throw fail('failed', 'not-active', `${instance}: its downgrade target is ${present ?? 'none'}, not ${wanted ?? 'none'}`);
}
