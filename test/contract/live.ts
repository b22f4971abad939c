/** Clauses about real servers: what a driver sees of them, when it refuses, and what it leaves alone. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { downtimeGuards, heal, observe, settled, soon, viewOf } from './cluster.ts';
import { plainWay } from './fuse.ts';
import { asNodeFacts } from './recorded.ts';
import type { LiveSubject, Stage, StageMember } from './subject.ts';
import { watched } from './watch.ts';

export interface LiveClause {
  readonly title: string;
  prove<S extends Stage>(subject: LiveSubject<S>, stage: Stage): Promise<void>;
}

export const liveClauses: readonly LiveClause[] = [
  {
    title: 'P15 tells each member by its own name, its role and its peers, in facts that the procedure reads and has nothing against',
    async prove(subject, stage) {
      const { procedure, factsOf } = subject;
      const view = await viewOf(subject, stage);
      expect(new Set(view.nodes.map(({ facts }) => facts?.databaseId)).size).toBe(1);
      expect(view.nodes.filter(({ facts }) => facts?.role === procedure.leaderRole)).toHaveLength(1);
      for (const { instance, facts } of view.nodes) {
        expect(facts).toMatchObject({ memberId: instance, inService: true, version: { running: stage.versions[0] } });
        expect(procedure.roles).toContain(facts?.role);
        expect(facts === null ? null : factsOf(facts)).not.toBeNull();
        expect(facts?.findings.filter(({ ok }) => ok !== true)).toEqual([]);
      }
      expect([...procedure.membersSeen(view)].sort()).toEqual(view.nodes.map(({ instance }) => instance).sort());
    },
  },
  {
    title: 'looking changes nothing and keeps to the folders of the instance, whatever is asked',
    async prove(subject, { members }) {
      const { driver } = subject;
      for (const member of members) {
        const watch = watched();
        const context = await member.context(watch.way);
        const seen = await driver.observe(context, driver.checks);
        expect(seen.findings.map(({ check }) => check)).toEqual([...driver.checks]);
        for (const check of driver.checks) expect(await driver.check(context, { check, expect: '../../etc' })).toMatchObject({ check });
        await Promise.all([driver.capabilities(context), driver.stopped(context), driver.ready(context, '1')]);
        expect(watch.written()).toEqual([]);
        expect(watch.strangePaths(context.settings, subject.traces?.(context.settings))).toEqual([]);
      }
    },
  },
  {
    title: 'P15 tells the running version from the one on the disk, and has only the latter once nothing runs',
    async prove(subject, stage) {
      const [from, to] = stage.versions;
      const member = lastOf(stage);
      await member.activate(to);
      expect(await observe(subject, member)).toMatchObject({ runningVersion: from, onDiskVersion: to, inService: true });
      expect(await ready(subject, member, to)).toBe(false);
      await member.stop();
      expect(await observe(subject, member)).toMatchObject({ runningVersion: null, onDiskVersion: to, inService: false });
      await member.start();
      await expect.poll(() => ready(subject, member, to), soon).toBe(true);
      expect(await observe(subject, member)).toMatchObject({ runningVersion: to, onDiskVersion: to });
      expect(await ready(subject, member, from)).toBe(false);
    },
  },
  {
    title: 'P9 proves a stop when the server is gone, in order or killed, and never of one that runs or is frozen',
    async prove(subject, stage) {
      const { driver } = subject;
      const member = lastOf(stage);
      await frozen(member, async () => {
        const context = await member.context(plainWay);
        const [stopped, service] = await Promise.all([driver.stopped(context), driver.check(context, { check: 'in-service' })]);
        expect(stopped.ok).not.toBe(true);
        expect(service.ok).not.toBe(true);
      });
      for (const signal of [undefined, 'SIGKILL'] as const) {
        await heal(subject, stage);
        expect((await driver.stopped(await member.context(plainWay))).ok).toBe(false);
        await driver.quiesce(await member.context(plainWay));
        await member.stop(signal);
        await expect.poll(async () => (await driver.stopped(await member.context(plainWay))).ok, soon).toBe(true);
        expect(await ready(subject, member, stage.versions[0])).toBe(false);
        // Nothing serves, so there is nothing to make short, and that is no failure.
        await driver.quiesce(await member.context(plainWay));
      }
    },
  },
  {
    title: 'P1 the guards of a downtime hold while every peer is up, refuse while one is down, and hold again when it is back',
    async prove(subject, stage) {
      const { members } = stage;
      for (const [at, member] of members.entries()) {
        const guards = await downtimeGuards(subject, stage, member);
        expect(guards.length).toBeGreaterThan(0);
        const refusals = () => refusalsOf(subject, member, guards);
        await expect.poll(refusals, soon).toEqual([]);
        const peer = members[(at + 1) % members.length];
        await peer?.stop('SIGKILL');
        await expect.poll(async () => (await refusals()).length, soon).toBeGreaterThan(0);
        await peer?.start();
        await settled(subject, stage);
        await expect.poll(refusals, soon).toEqual([]);
      }
    },
  },
  {
    title: 'P6 inspects the release that it is asked about, by that release and no other, before anything depends on it',
    async prove(subject, stage) {
      const { driver } = subject;
      const [from, to] = stage.versions;
      const member = lastOf(stage);
      const watch = watched();
      const context = await member.context(watch.way);
      const { releasesDir } = context.settings;
      const other = join(releasesDir, 'empty');
      await mkdir(join(other, 'bin'), { recursive: true });
      await writeFile(join(other, 'bin', 'readme'), 'nothing to run');
      const seen = await driver.inspectBundle(context, join(releasesDir, to));
      expect(seen.version).toBe(to);
      expect(seen.findings.filter(({ ok }) => ok !== true)).toEqual([]);
      expect(watch.releasesSeen(context.settings).filter((name) => name !== to && name !== from)).toEqual([]);
      expect(watch.written()).toEqual([]);
      expect(watch.strangePaths(context.settings, subject.traces?.(context.settings))).toEqual([]);
      const lacking = await driver.inspectBundle(context, other);
      expect(lacking.version).toBeNull();
      expect(lacking.findings.some(({ ok }) => ok === false)).toBe(true);
      await rm(other, { recursive: true });
      expect(await observe(subject, member)).toMatchObject({ runningVersion: from, onDiskVersion: from });
    },
  },
  {
    title: 'P2 what was seen of a member before its restart is not said of it afterwards',
    async prove(subject, stage) {
      const member = lastOf(stage);
      const context = await member.context(plainWay);
      expect((await subject.driver.observe(context, ['in-service'])).inService).toBe(true);
      await member.stop('SIGKILL');
      // The very same context, as an agent has it that probes again at once.
      const seen = await subject.driver.observe(context, subject.driver.checks);
      expect(seen).toMatchObject({ runningVersion: null, inService: false });
      expect((await subject.driver.check(context, { check: 'in-service' })).ok).not.toBe(true);
      expect(subject.factsOf(asNodeFacts(seen))).toBeNull();
    },
  },
];

function lastOf({ members }: Stage): StageMember {
  return members[members.length - 1] ?? members[0];
}

async function ready<S extends Stage>({ driver }: LiveSubject<S>, member: StageMember, version: string): Promise<boolean> {
  return (await driver.ready(await member.context(plainWay), version)).ok === true;
}

/** What a downtime would be refused for: as an agent does, the driver makes the stop short, and is asked directly before it. */
async function refusalsOf<S extends Stage>(
  { driver }: LiveSubject<S>,
  member: StageMember,
  guards: Awaited<ReturnType<typeof downtimeGuards>>,
): Promise<readonly string[]> {
  const context = await member.context(plainWay);
  try {
    await driver.quiesce(context);
  } catch (thrown) {
    if (thrown instanceof FailureError) return [`quiesce: ${thrown.message}`];
    throw thrown;
  }
  const answers = await Promise.all(guards.map((guard) => driver.check(context, guard)));
  return answers.flatMap(({ ok, check, detail }) => (ok === true ? [] : [`${check}: ${detail}`]));
}

async function frozen(member: StageMember, work: () => Promise<void>): Promise<void> {
  const { host, settings } = await member.context(plainWay);
  const { pid } = await host.unitState(settings.unit);
  if (pid === null) throw new TypeError(`${member.name} does not run`);
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
