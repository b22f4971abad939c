/** A stage's cluster as its procedure sees it, and waits on it. */
import { expect } from 'vitest';
import type { ClusterView, NodeView } from '../../common/facts.ts';
import type { Guard } from '../../common/orders.ts';
import { plainWay } from './fuse.ts';
import { asNodeFacts } from './recorded.ts';
import type { LiveSubject, Stage, StageMember, Subject, Way } from './subject.ts';

export const soon = { timeout: 30_000, interval: 20 };

export async function observe({ driver }: Subject, member: StageMember, checks: readonly string[] = [], way: Way = plainWay) {
  return driver.observe(await member.context(way), checks);
}

export async function viewOf(subject: Subject, { members, versions }: Stage): Promise<ClusterView> {
  const { driver, procedure } = subject;
  const checks = procedure.preflightChecks.filter((check) => driver.checks.includes(check));
  const nodes = await Promise.all(
    members.map(async (member): Promise<NodeView> => {
      const facts = asNodeFacts(await observe(subject, member, checks), versions[0]);
      const { settings } = await member.context(plainWay);
      return {
        instance: member.name,
        host: `host-of-${member.name}`,
        arch: process.arch,
        os: 'debian:12',
        dataDir: settings.dataDir,
        connected: true,
        facts: { ...facts, instance: member.name },
        factsAgeMs: 0,
        capabilities: facts.capabilities ?? (await driver.capabilities(await member.context(plainWay))),
        checks: driver.checks,
        verbs: Object.keys(driver.verbs?.schemas ?? {}),
        keys: driver.settings?.keys ?? [],
        jobs: [],
        profileDigest: 'sha256:0',
      };
    }),
  );
  return { cluster: 'test', engine: driver.engine, databaseId: null, expectedMembers: members.length, nodes };
}

/** Whatever a clause left behind: all members run the first version, and the procedure has nothing against any of them. */
export async function heal<S extends Stage>(subject: LiveSubject<S>, stage: Stage): Promise<void> {
  for (const member of stage.members) {
    const { runningVersion, onDiskVersion } = await observe(subject, member);
    if (runningVersion === stage.versions[0] && onDiskVersion === stage.versions[0]) continue;
    if (runningVersion !== stage.versions[0]) await member.stop();
    await member.activate(stage.versions[0]);
    await member.start();
  }
  await settled(subject, stage);
}

export async function settled(subject: Subject, stage: Stage): Promise<void> {
  await expect
    .poll(async () => {
      const view = await viewOf(subject, stage);
      return [
        ...view.nodes.flatMap(({ instance, facts }) => (facts?.inService === true ? [] : [`${instance} is not in service`])),
        ...subject.procedure.assess(view, []).flatMap(({ severity, detail }) => (severity === 'refuse' ? [detail] : [])),
      ];
    }, soon)
    .toEqual([]);
}

/** The guards of the downtime by which the procedure takes this member to the other version. */
export async function downtimeGuards(subject: Subject, stage: Stage, member: StageMember): Promise<readonly Guard[]> {
  const { nodes } = await viewOf(subject, stage);
  const node = nodes.find(({ instance }) => instance === member.name);
  if (node === undefined) throw new RangeError(`${member.name} is not of this stage`);
  const [from, to] = stage.versions;
  const { steps } = subject.procedure.turn({
    idPrefix: 'h1.roll',
    node,
    peers: nodes.filter((other) => other !== node),
    role: node.facts?.role ?? '',
    hop: { from, to, direction: 'upgrade' },
    fromRelease: from,
    toRelease: to,
    settleMs: 0,
    successor: null,
    config: null,
    reloadOnly: false,
    restore: null,
  });
  return steps.flatMap(({ body, guards }) => (body.kind === 'downtime' ? guards : []));
}
