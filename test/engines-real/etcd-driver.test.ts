/** The driver against three real members: what it observes, what its guards refuse, how it moves the lead and goes down a minor. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pause, systemClock } from '../../common/clock.ts';
import type { Finding } from '../../common/facts.ts';
import type { EtcdVersion } from '../../demo/etcd/releases.ts';
import { etcdDriver as driver } from '../../engines/etcd/driver.ts';
import { downgradeTarget, serverFactsOf } from '../../engines/etcd/facts.ts';
import { makeTestCluster, type TestCluster, type TestMember } from './etcd-servers.ts';

const patienceMs = 60_000;
let cluster: TestCluster | null = null;

afterEach(async () => {
  await cluster?.remove();
  cluster = null;
});

async function started(versions: readonly [EtcdVersion, ...EtcdVersion[]], flags: readonly string[] = []): Promise<readonly TestMember[]> {
  cluster = await makeTestCluster(versions, flags);
  for (const member of cluster.members) member.start();
  await together(cluster.members, 'peers-healthy');
  return cluster.members;
}

const check = (member: TestMember, id: string, expected?: string): Promise<Finding> =>
  driver.check(member.context(), { check: id, ...(expected === undefined ? {} : { expect: expected }) });

/** Polls until the check has this answer; returns it. */
async function until(member: TestMember, id: string, expected?: string, ok: boolean | null = true): Promise<Finding> {
  const endMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const finding = await check(member, id, expected);
    if (finding.ok === ok) return finding;
    if (systemClock.monotonicMs() > endMs) throw new Error(`${member.member.name}: ${id} is not ${ok}: ${finding.detail}`);
    await pause(systemClock, 50);
  }
}

async function together(members: readonly TestMember[], id: string, expected?: string): Promise<void> {
  await Promise.all(members.map((member) => until(member, id, expected)));
}

async function castOf(members: readonly TestMember[]): Promise<{ readonly leader: TestMember; readonly followers: readonly TestMember[] }> {
  const roles = await Promise.all(members.map((member) => check(member, 'role-is', 'leader')));
  const at = roles.findIndex(({ ok }) => ok === true);
  const leader = members[at];
  if (leader === undefined) throw new Error('nobody leads');
  return { leader, followers: members.filter((member) => member !== leader) };
}

const releaseOf = (member: TestMember): string => basename(member.context().currentRelease ?? '');

/** As a downtime does it, without an agent. */
async function swap(member: TestMember, to: EtcdVersion): Promise<void> {
  await driver.quiesce(member.context());
  expect(await check(member, 'role-is', 'follower')).toMatchObject({ ok: true });
  await member.stop();
  expect(await driver.stopped(member.context())).toMatchObject({ ok: true });
  await member.activate(to);
  member.start();
  await until(member, 'in-service');
  expect(await driver.ready(member.context(), to)).toMatchObject({ ok: true });
}

/** Those of the cluster that do not run the version: followers first, the leader of the moment last. */
async function roll(members: readonly TestMember[], to: EtcdVersion): Promise<void> {
  for (;;) {
    const rest = members.filter((member) => releaseOf(member) !== to);
    if (rest.length === 0) return;
    const { leader } = await castOf(members);
    await swap(rest.find((member) => member !== leader) ?? leader, to);
    await together(members, 'peers-healthy');
  }
}

describe('the driver on real members', () => {
  it('observes one cluster, each member as itself, by ids of 64 bits', async () => {
    const members = await started(['3.6.16']);
    const { leader } = await castOf(members);
    // Written by each for itself, seconds after the cluster has decided on its version.
    await together(members, 'storage-version-is', '3.6');
    const seen = await Promise.all(members.map((member) => driver.observe(member.context(), ['caught-up', 'no-alarm', 'no-learner'])));
    expect(new Set(seen.map(({ databaseId }) => databaseId)).size).toBe(1);
    expect(seen.map(({ memberId }) => memberId)).toEqual(['etcd-1', 'etcd-2', 'etcd-3']);
    expect(seen.map(({ role }) => role)).toEqual(members.map((member) => (member === leader ? 'leader' : 'follower')));
    for (const each of seen) {
      expect(each).toMatchObject({ runningVersion: '3.6.16', onDiskVersion: '3.6.16', format: '3.6', inService: true });
      expect(each.peers.map(({ healthy }) => healthy)).toEqual([true, true]);
      expect(each.findings.map(({ ok }) => ok)).toEqual([true, true, true]);
    }
    // As the tool prints them itself, in hex.
    const listed = (await members[0]?.ctl('3.6.16', ['member', 'list']))?.stdout ?? '';
    for (const { detail } of seen) expect(listed).toContain(`${(detail as { ownId: string }).ownId}, started`);
  });

  it('P1 refuses while another member is down, and says which; without a quorum nothing is in service', async () => {
    const members = await started(['3.6.16']);
    const { leader, followers } = await castOf(members);
    const [first, second] = followers as [TestMember, TestMember];
    await second.stop('SIGKILL');
    for (const member of [leader, first]) {
      expect(await until(member, 'peers-healthy', undefined, false)).toMatchObject({ detail: `${second.member.name}: it does not answer` });
      expect(await check(member, 'peers-healthy-if-serving')).toMatchObject({ ok: false });
      expect(await check(member, 'member-in-service', second.member.name)).toMatchObject({ ok: false });
      expect(await check(member, 'in-service')).toMatchObject({ ok: true });
    }
    const down = await driver.observe(second.context(), ['in-service']);
    expect(down).toMatchObject({ runningVersion: null, onDiskVersion: '3.6.16', inService: false, findings: [{ ok: null }] });
    await leader.stop('SIGKILL');
    await until(first, 'in-service', undefined, false);
    expect((await driver.observe(first.context(), [])).role).toBeNull();
    await expect(driver.quiesce(first.context())).resolves.toBeUndefined();
  });

  it('sees an alarm that is raised, whoever is asked, and when it is disarmed', async () => {
    const members = await started(['3.6.16'], ['--quota-backend-bytes=1048576']);
    const [first] = members as [TestMember];
    const value = 'x'.repeat(100_000);
    for (let at = 0; at < 60 && (await check(first, 'no-alarm')).ok === true; at += 1) await first.ctl('3.6.16', ['put', `k${at}`, value]);
    for (const member of members) expect((await until(member, 'no-alarm', undefined, false)).detail).toMatch(/NOSPACE of [0-9a-f]+/);
    const seen = serverFactsOf({ detail: (await driver.observe(first.context(), [])).detail } as never);
    expect(seen?.alarms.length).toBeGreaterThan(0);
    // What serves reads and can be repaired is not turned back for it.
    expect(await driver.ready(first.context(), '3.6.16')).toMatchObject({ ok: true });
    expect((await first.ctl('3.6.16', ['alarm', 'disarm'])).exitCode).toBe(0);
    await together(members, 'no-alarm');
  });

  it('M43 finds what the next release does not know: a flag, a key of the file, and passes what it does', async () => {
    const members = await started(['3.6.16', '3.7.3']);
    const [first, second] = members as [TestMember, TestMember];
    for (const version of ['3.6.16', '3.7.3']) expect(await check(first, 'flags-known', version)).toMatchObject({ ok: true });
    await first.stop();
    first.start(['--experimental-initial-corrupt-check=true']);
    await until(first, 'in-service');
    expect(await check(first, 'flags-known', '3.6.16')).toMatchObject({ ok: true });
    expect(await check(first, 'flags-known', '3.7.3')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('--experimental-initial-corrupt-check'),
    });
    const inspected = await driver.inspectBundle(first.context(), join(first.member.releasesDir, '3.7.3'));
    expect(inspected).toMatchObject({
      version: '3.7.3',
      findings: [
        { check: 'release-complete', ok: true },
        { check: 'flags-known', ok: false },
        { check: 'no-v2-content', ok: true },
      ],
    });
    const [, ...flags] = second.member.argv;
    const keys = flags.map((flag) => /^--([^=]+)=(.*)$/s.exec(flag)?.slice(1) ?? []);
    const file = join(second.member.dataDir, '..', 'etcd.yaml');
    const lines = keys.map(([key, text = '']) => `${key}: ${/^(true|\d+)$/.test(text) ? text : JSON.stringify(text)}\n`);
    await writeFile(file, `${lines.join('')}experimental-initial-corrupt-check: true\n`);
    await second.stop();
    second.start([`--config-file=${file}`]);
    await until(second, 'in-service');
    expect(await check(second, 'flags-known', '3.6.16')).toMatchObject({ ok: true });
    expect((await check(second, 'flags-known', '3.7.3')).detail).toBe(
      `it would ignore experimental-initial-corrupt-check, which ${file} sets: remove or rename it, and restart the member`,
    );
  });

  it('gives the lead away before a stop, at that moment: guards that follow at once see one leader', async () => {
    const members = await started(['3.5.35']);
    for (let round = 0; round < 5; round += 1) {
      const { leader, followers } = await castOf(members);
      await driver.quiesce(leader.context());
      expect(await check(leader, 'role-is', 'follower')).toMatchObject({ ok: true });
      expect(await check(leader, 'peers-healthy')).toMatchObject({ ok: true });
      const now = await castOf(members);
      expect(followers).toContain(now.leader);
      await Promise.all(now.followers.map((member) => driver.quiesce(member.context())));
      expect((await castOf(members)).leader).toBe(now.leader);
    }
  });

  it('M43 goes up by one minor and cannot roll back by swap once the cluster has settled; down by the downgrade, which cancels in the middle', {
    timeout: 8 * 60_000,
  }, async () => {
    const members = await started(['3.5.35', '3.6.16']);
    const [first, second, third] = members as [TestMember, TestMember, TestMember];
    const settings = driver.settings;
    if (settings === undefined) throw new Error('the driver has settings');
    for (const member of members) expect(await check(member, 'no-v2-content')).toMatchObject({ ok: true });
    // Up, and back by swap as long as one member is old.
    const { leader, followers } = await castOf(members);
    for (const member of followers) await swap(member, '3.6.16');
    expect(await check(leader, 'cluster-version-at-most', '3.5')).toMatchObject({ ok: true });
    await swap(followers[0] as TestMember, '3.5.35');
    await roll(members, '3.6.16');
    await together(members, 'cluster-version-is', '3.6');
    await together(members, 'storage-version-is', '3.6');
    expect(await check(first, 'cluster-version-at-most', '3.5')).toMatchObject({ ok: false, detail: expect.stringContaining('downgrade') });
    // Down: what the cluster does not take is refused in its own words.
    await expect(settings.set(first.context(), downgradeTarget, '3.4')).rejects.toMatchObject({
      failure: { class: 'refused', code: 'downgrade-refused', message: expect.stringContaining('invalid downgrade target') },
    });
    const effect = await settings.set(first.context(), downgradeTarget, '3.5');
    expect(effect).toEqual({ key: downgradeTarget, prior: null, set: '3.5' });
    expect(await settings.set(second.context(), downgradeTarget, '3.5')).toEqual(effect);
    expect(await check(third, 'no-downgrade')).toMatchObject({ ok: false });
    await together(members, 'storage-version-is', '3.5');
    // Cancelled in the middle, it leads forward again.
    const gone = (await castOf(members)).followers[0] as TestMember;
    await swap(gone, '3.5.35');
    // Also asked of the one that went down, which knows of none itself.
    const inMiddle = members.find((member) => releaseOf(member) === '3.6.16') as TestMember;
    expect(await check(inMiddle, 'no-downgrade')).toMatchObject({ ok: false });
    expect(await settings.unset(gone.context(), effect)).toMatchObject({ ok: true, detail: 'the downgrade to 3.5 is cancelled' });
    expect(await check(inMiddle, 'no-downgrade')).toMatchObject({ ok: true });
    expect(await settings.unset(inMiddle.context(), effect)).toMatchObject({ ok: true, detail: 'no downgrade is under way' });
    await roll(members, '3.6.16');
    await together(members, 'cluster-version-is', '3.6');
    // All of them; and first one with the downgrade under way, as a rollback restores members before it cancels.
    await settings.set(first.context(), downgradeTarget, '3.5');
    await together(members, 'storage-version-is', '3.5');
    const back = (await castOf(members)).followers[0] as TestMember;
    await swap(back, '3.5.35');
    await swap(back, '3.6.16');
    await together(members, 'peers-healthy');
    await together(members, 'storage-version-is', '3.5');
    await roll(members, '3.5.35');
    await together(members, 'cluster-version-is', '3.5');
    await together(members, 'no-downgrade');
    expect(await settings.unset(first.context(), effect)).toMatchObject({ ok: true });
    for (const { logFile } of members) expect(await readFile(logFile, 'utf8')).not.toContain('"level":"panic"');
    expect(await check(first, 'data-agrees')).toMatchObject({ ok: true });
  });
});
