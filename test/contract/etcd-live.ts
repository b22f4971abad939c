/** etcd as the contract needs it where real members run. */
import { expect } from 'vitest';
import type { DriverContext } from '../../common/driver.ts';
import { etcdDriver as driver } from '../../engines/etcd/driver.ts';
import { serverFactsOf } from '../../engines/etcd/facts.ts';
import { parseEndpointStatus, parseMemberList } from '../../engines/etcd/probe.ts';
import { etcdProcedure as procedure } from '../../engines/etcd/procedure.ts';
import { makeTestCluster, type TestMember } from '../engines-real/etcd-servers.ts';
import { soon } from './cluster.ts';
import { plainWay } from './fuse.ts';
import { snapshotOrder } from './snapshot-order.ts';
import type { LiveSubject, Order, Stage, StageMember } from './subject.ts';

/** A member of 3.7 serves among members of 3.6, until all of them are of it. */
const versions = ['3.6.16', '3.7.3'] as const;
const target = 'downgrade-target';

interface EtcdStage extends Stage {
  readonly tests: readonly [TestMember, TestMember, TestMember];
}

async function open(): Promise<EtcdStage> {
  const cluster = await makeTestCluster(versions);
  const [one, two, three] = cluster.members;
  for (const member of cluster.members) member.start();
  return { tests: cluster.members, members: [memberOf(one), memberOf(two), memberOf(three)], versions, remove: cluster.remove };
}

/** Tools ask the member itself, and pass as commands of the host; what goes over HTTP passes by a wire. */
function memberOf(test: TestMember): StageMember {
  return {
    name: test.member.name,
    start: () => test.start(),
    stop: (signal) => test.stop(signal),
    activate: (version) => test.activate(version as (typeof versions)[number]),
    async context(way) {
      const port = await way.port(Number(new URL(test.member.clientUrl).port));
      const context = test.context({ httpEndpoint: `http://127.0.0.1:${port}` });
      return { ...context, host: way.host(context.host), signal: way.signal };
    },
  };
}

async function ctl(test: TestMember, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await test.ctl(versions[0], args);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

async function statusOf(test: TestMember) {
  const [status] = parseEndpointStatus(await ctl(test, 'endpoint', 'status', '-w', 'json')) ?? [];
  if (status === undefined) throw new TypeError(`${test.member.name} does not answer`);
  return status;
}

async function leads(test: TestMember): Promise<boolean> {
  const { leaderId, ownId } = await statusOf(test);
  return leaderId === ownId;
}

async function takeLead([first, ...others]: EtcdStage['tests']): Promise<void> {
  const members = parseMemberList(await ctl(first, 'member', 'list', '-w', 'json')) ?? [];
  const id = members.find(({ name }) => name === first.member.name)?.id ?? '';
  for (const other of others) if (await leads(other)) await ctl(other, 'move-leader', id);
  await expect.poll(() => leads(first), soon).toBe(true);
}

/** Cancelled, the cluster rises to its own minor again a few seconds later, and takes no downgrade before. */
async function cancelDowngrade({ tests: [first], members: [member] }: EtcdStage): Promise<void> {
  if ((await statusOf(first)).downgradeTarget !== null) await ctl(first, 'downgrade', 'cancel');
  const context = await member.context(plainWay);
  for (const check of ['no-downgrade', 'cluster-version-is'])
    await expect.poll(async () => (await driver.check(context, { check, expect: '3.6' })).ok, soon).toBe(true);
}

const setting = async (context: DriverContext) => driver.settings?.set(context, target, '3.5');
const targetsOf =
  ({ tests }: EtcdStage) =>
  async () => {
    const reported = async () => (await Promise.all(tests.map(statusOf))).map(({ downgradeTarget }) => downgradeTarget);
    // The others hear of it a moment later.
    await expect.poll(async () => new Set(await reported()).size, soon).toBe(1);
    return reported();
  };

const orders: readonly Order<EtcdStage>[] = [
  {
    title: 'quiesce: the lead is given away',
    points: 5,
    on: ({ members, tests }) => ({
      member: members[0],
      prepare: () => takeLead(tests),
      give: (context) => driver.quiesce(context),
      outcome: async () => ({ leads: await leads(tests[0]) }),
    }),
  },
  {
    title: `set ${target}`,
    points: 5,
    on: (stage) => ({ member: stage.members[0], prepare: () => cancelDowngrade(stage), give: setting, outcome: targetsOf(stage) }),
  },
  {
    title: `unset ${target}`,
    points: 3,
    on: (stage) => ({
      member: stage.members[0],
      async prepare() {
        await cancelDowngrade(stage);
        await setting(await stage.members[0].context(plainWay));
      },
      // What it finds to do differs when it was done already; that it is done does not.
      give: async (context) => (await driver.settings?.unset(context, { key: target, prior: null, set: '3.5' }))?.ok,
      outcome: targetsOf(stage),
    }),
  },
  snapshotOrder(driver, {
    member: ({ members }) => members[0],
    leftOpen: async () => [],
  }),
];

export const etcdLive: LiveSubject<EtcdStage> = { driver, procedure, factsOf: serverFactsOf, open, orders, writes: [] };
