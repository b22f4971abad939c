/** The driver where password authentication is on: what it costs the members, and what it says when the login is missing or wrong. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pause, systemClock } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import { etcdDriver as driver } from '../../engines/etcd/driver.ts';
import { etcdProcedure } from '../../engines/etcd/procedure.ts';
import { makeTestCluster, type TestCluster, type TestMember } from './etcd-servers.ts';

const patienceMs = 60_000;
const old = '3.5.35';
const password = 'correct horse';
let cluster: TestCluster | null = null;

afterEach(async () => {
  await cluster?.remove();
  cluster = null;
});

interface Agent {
  readonly member: TestMember;
  /** One agent keeps its settings for as long as it runs; the release may change. */
  context(): DriverContext;
}

function agentOf(member: TestMember, connection: Readonly<Record<string, unknown>>): Agent {
  const { settings } = member.context(connection);
  return { member, context: () => ({ ...member.context(connection), settings }) };
}

async function until(context: () => DriverContext, check: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const finding = await driver.check(context(), { check });
    if (finding.ok === true) return;
    if (systemClock.monotonicMs() > endMs) throw new Error(`${check}: ${finding.detail}`);
    await pause(systemClock, 50);
  }
}

/** Three members with authentication on, and an agent beside each that knows the password. */
async function guarded(): Promise<{ readonly agents: readonly Agent[]; readonly wrongFile: string }> {
  cluster = await makeTestCluster([old, '3.6.16']);
  const [first] = cluster.members;
  for (const member of cluster.members) member.start();
  await until(() => first.context(), 'peers-healthy');
  for (const args of [
    ['user', 'add', `root:${password}`],
    ['user', 'grant-role', 'root', 'root'],
    ['auth', 'enable'],
  ])
    expect(await first.ctl(old, args)).toMatchObject({ exitCode: 0 });
  const passwordFile = join(cluster.runDir, 'password');
  const wrongFile = join(cluster.runDir, 'wrong');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await writeFile(wrongFile, 'battery staple\n', { mode: 0o600 });
  return { agents: cluster.members.map((member) => agentOf(member, { user: 'root', passwordFile })), wrongFile };
}

/** How often anybody logged in at these members since they started, by their own count. */
async function loginsAt(members: readonly TestMember[]): Promise<number> {
  const counts = await Promise.all(
    members.map(async ({ member }) => {
      const text = await (await fetch(`${member.clientUrl}/metrics`)).text();
      const lines = [...text.matchAll(/^grpc_server_started_total\{[^}]*grpc_method="Authenticate"[^}]*\} (\S+)$/gm)];
      return lines.reduce((total, [, count]) => total + Number(count), 0);
    }),
  );
  return counts.reduce((total, count) => total + count, 0);
}

describe('etcd with password authentication', () => {
  it('12.B9: one login serves all probes and guards of an agent', async () => {
    const { agents } = await guarded();
    const before = await loginsAt(agents.map(({ member }) => member));
    for (let round = 0; round < 10; round++) {
      const seen = await Promise.all(agents.map(({ context }) => driver.observe(context(), etcdProcedure.preflightChecks)));
      expect(seen.map(({ inService }) => inService)).toEqual([true, true, true]);
      expect(seen.flatMap(({ findings }) => findings).filter(({ ok }) => ok !== true)).toEqual([]);
      for (const { context } of agents) expect(await driver.check(context(), { check: 'peers-healthy' })).toMatchObject({ ok: true });
    }
    expect((await loginsAt(agents.map(({ member }) => member))) - before).toBeLessThanOrEqual(agents.length);
  });

  it('12.B9: logs in once more where a member that restarted no longer knows the token, and goes through an upgrade', async () => {
    const { agents } = await guarded();
    for (const { member, context } of agents) {
      await driver.observe(context(), []);
      await driver.quiesce(context());
      await member.stop();
      await member.activate('3.6.16');
      member.start();
      await until(context, 'in-service');
      expect(await driver.ready(context(), '3.6.16')).toMatchObject({ ok: true });
      for (const other of agents) await until(other.context, 'peers-healthy');
    }
    expect(await driver.observe(agents[0]?.context() as DriverContext, [])).toMatchObject({ runningVersion: '3.6.16', inService: true });
  });

  it('12.B9: names the settings that are missing or wrong, and does not try a refused password again and again', async () => {
    const { agents, wrongFile } = await guarded();
    const [first] = agents;
    if (first === undefined) throw new Error('there is no member');
    const without = await driver.observe(agentOf(first.member, {}).context(), []);
    expect(without).toMatchObject({ inService: false, detail: { state: 'unreachable' } });
    expect(without.detail.reason).toMatch(
      /authentication is on and the agent has no login.*set connection\.user and connection\.passwordFile/,
    );
    const mistaken = agentOf(first.member, { user: 'root', passwordFile: wrongFile });
    const before = await loginsAt([first.member]);
    for (let round = 0; round < 5; round++) {
      const { detail } = await driver.observe(mistaken.context(), []);
      expect(detail.reason).toMatch(/refuses the login of root.*correct connection\.user, or the password in connection\.passwordFile/);
    }
    expect((await loginsAt([first.member])) - before).toBe(1);
  });
});
