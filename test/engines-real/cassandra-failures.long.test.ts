/**
 * Failures that a run did not cause, on a real Cassandra cluster, one after the other. What `drydock status` says of each is the table of
 * docs/engines/cassandra.md.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../agent/host/commands.ts';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import { waitFor } from '../../demo/wait.ts';
import { openCql } from '../../engines/cassandra/host/cql.ts';
import { compareWithTable } from '../e2e/failures-seen.ts';
import { firstNodeDone, minutes, patient, underLoad, versionsOf } from './cassandra-stage.ts';
import { endOf, expectPromisesKept, type Started, startRun } from './etcd-stage.ts';
import { about, dispatched, heldBy, type IsHold, retryHeld, saying, told } from './strikes.ts';

/** The canary's soak is time to strike before the next node goes. */
const pace = { settle: '2s', soak: '20s' };
const never = new AbortController().signal;
const unitOf = (name: string) => `cassandra-${name}`;
/** Of a machine that takes the place of another one. */
const addressAnew = '127.0.0.13';
/** In the order of their turns: the seed first. */
const [first, second, third] = ['cass-1', 'cass-2', 'cass-3'] as const;
let fleet: CassandraFleet;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startCassandraFleet({ version: '4.0.15' });
  await fleet.adopt();
  for (const version of ['4.0.15', '4.1.6', '4.1.7'] as const) await fleet.addRelease(version);
  await fleet.addBrokenRelease('4.0.15', '4.0.16');
  await fleet.waitHealthy(5 * minutes);
}, 15 * minutes);

afterEach(async () => {
  await started?.log.close();
});

afterAll(async () => {
  await fleet?.stop();
});

async function start(...asked: readonly string[]): Promise<Started> {
  started = await startRun(patient(fleet), asked, pace);
  return started;
}

const kill = (name: string) => fleet.host(name).kill(unitOf(name));

async function bringBack(name: string): Promise<void> {
  await fleet.host(name).start(unitOf(name));
  await fleet.waitHealthy(5 * minutes);
}

function nodeOf(name: string) {
  const found = fleet.layout.nodes.find(({ node }) => node.name === name);
  if (found === undefined) throw new RangeError(`there is no node ${name}`);
  return found.node;
}

async function cql(name: string, statement: string): Promise<void> {
  const { address, nativePort } = nodeOf(name);
  const session = await openCql({ host: address, port: nativePort }, AbortSignal.timeout(minutes));
  try {
    await session.query(statement);
  } finally {
    session.close();
  }
}

async function nodetool(name: string, ...verb: readonly [string, ...string[]]): Promise<string> {
  const { releasesDir, jmxPort } = nodeOf(name);
  const argv = [join(releasesDir, 'current', 'bin', 'nodetool'), '-h', '127.0.0.1', '-p', String(jmxPort), ...verb] as const;
  const { exitCode, stdout, stderr } = await runCommand(argv, { timeoutMs: 5 * minutes });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** Its machine and its data are gone: another one takes its place, at an address and so with a host id of its own, as the guide has it. */
async function replace(name: string): Promise<void> {
  const { address, dataDir, configFile } = nodeOf(name);
  const isDown = new RegExp(`^DN +${address.replaceAll('.', '\\.')} `, 'm');
  await waitFor(`${name} seen down`, 2 * minutes, never, async () =>
    isDown.test(await nodetool(first, 'status')) ? { seen: true } : { notYet: 'it is seen up' },
  );
  await fleet.killAgent(name);
  for (const entry of await readdir(dataDir)) await rm(join(dataDir, entry), { recursive: true });
  for (const file of [configFile, join(fleet.dir, name, 'agent.yaml')]) {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(new RegExp(`\\b${address.replaceAll('.', '\\.')}\\b`, 'g'), addressAnew));
  }
  const flags = [`replace_address_first_boot=${address}`, 'auto_bootstrap=true', 'ring_delay_ms=15000'];
  await fleet.host(name).start(
    unitOf(name),
    flags.map((flag) => `-Dcassandra.${flag}`),
  );
  await fleet.startAgent(name);
  await fleet.waitHealthy(5 * minutes);
}

/** An order for its downtime may be refused: that its unit is down shows that it began. */
async function wentDown(name: string): Promise<void> {
  await waitFor(`the downtime of ${name}`, 10 * minutes, never, async () =>
    (await fleet.host(name).state(unitOf(name))).active ? { notYet: 'its unit is active' } : { seen: true },
  );
}

describe('failures that a run on a real Cassandra cluster did not cause', () => {
  it(
    'M13 P11 rolls back a canary whose release does not start, and shows what Cassandra wrote in that start',
    { timeout: 15 * minutes },
    () =>
      underLoad(fleet, 'a release that does not start', async () => {
        const end = await endOf(await start('--to', '4.0.16'), 12 * minutes);
        expect(end.state).toBe('rolled-back');
        compareWithTable('cassandra', 'the new release does not start on the canary', end);
        expect(await versionsOf(fleet)).toEqual(['4.0.15', '4.0.15', '4.0.15']);
      }),
  );

  it('M13 P1 P2 holds while a node serves and its peers see it down, and goes on automatically', { timeout: 15 * minutes }, () =>
    underLoad(fleet, 'a node that only its peers see down', async () => {
      const run = await start('--restart');
      await firstNodeDone(run, 10 * minutes);
      const unseen = saying(new RegExp(`${nodeOf(third).address.replaceAll('.', '\\.')}: it is down`));
      compareWithTable(
        'cassandra',
        'a node serves clients and its peers see it down: somebody ran nodetool disablegossip',
        await heldBy(run, () => nodetool(third, 'disablegossip'), unseen),
        unseen,
      );
      await nodetool(third, 'enablegossip');
      expect((await endOf(run, 15 * minutes)).state).toBe('done');
      await expectPromisesKept(fleet, run, true);
    }),
  );

  it('M13 P1 P22 goes on with a node that was replaced and repaired by hand while the run held', { timeout: 30 * minutes }, () =>
    underLoad(fleet, 'a node that is replaced', async () => {
      const run = await start('--restart');
      await firstNodeDone(run, 10 * minutes);
      await heldBy(run, () => kill(third), about(third));
      const byPerson: IsHold = ({ subject, releasedBy, commands }) =>
        subject === third && releasedBy === 'person' && commands.some((command) => command.startsWith('resume'));
      await heldBy(run, () => replace(third), byPerson);
      await nodetool(third, 'repair', '--full');
      await told(fleet, ['resume', run.runId]);
      const end = await endOf(run, 15 * minutes);
      expect(end.state).toBe('done');
      compareWithTable(
        'cassandra',
        'another node is lost with its data, and replaced while the run holds (`replace_address_first_boot`)',
        end,
      );
      await expectPromisesKept(fleet, run, false);
    }),
  );

  it(
    'M9 M13 P1 P2 P18 P20 goes on after each of these: nodes that die, a changed schema, an agent and the controller killed in downtimes, a job cut short',
    { timeout: 40 * minutes },
    () =>
      underLoad(fleet, 'a hop that many things befall', async () => {
        const run = await start('--to', '4.1.6');
        await firstNodeDone(run, 10 * minutes);
        compareWithTable('cassandra', 'another node dies in the middle', await heldBy(run, () => kill(third), about(third)), about(third));
        await bringBack(third);
        compareWithTable(
          'cassandra',
          'a node that had its turn dies and stays down',
          await heldBy(run, () => kill(first), about(first)),
          about(first),
        );
        const changed = saying(/schema/);
        const hasty = "CREATE KEYSPACE hasty WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}";
        await cql(second, hasty);
        compareWithTable(
          'cassandra',
          'somebody changes the schema while versions are mixed',
          await heldBy(run, () => bringBack(first), changed),
          changed,
        );
        expect(await versionsOf(fleet)).toEqual(['4.1.6', '4.0.15', '4.0.15']);

        await cql(second, 'DROP KEYSPACE hasty');

        await wentDown(second);
        await fleet.killAgent(second);
        await fleet.startAgent(second);
        await wentDown(third);
        await fleet.killController();
        await fleet.startController();

        await dispatched(run, 'the rewrite of files', ({ step, instance }) => step.endsWith('.upgradesstables') && instance === first);
        const cutShort: IsHold = ({ subject }) => subject.endsWith('.upgradesstables');
        compareWithTable(
          'cassandra',
          'a node dies while its files are rewritten',
          await heldBy(run, () => kill(first), cutShort),
          cutShort,
        );
        await bringBack(first);
        await retryHeld(fleet, run);
        const end = await endOf(run, 20 * minutes);
        expect(end.state).toBe('done');
        compareWithTable('cassandra', 'the agent of a node, and the controller, are killed in downtimes', end);
        expect(await versionsOf(fleet)).toEqual(['4.1.6', '4.1.6', '4.1.6']);
        await expectPromisesKept(fleet, run, false);
      }),
  );

  it('M16 P1 P22 holds while the machine of another node stays away, and rolls back once it is there', { timeout: 25 * minutes }, () =>
    underLoad(fleet, 'a machine that stays away', async () => {
      const run = await start('--to', '4.1.7');
      await firstNodeDone(run, 10 * minutes);
      const away = async () => {
        await fleet.killAgent(third);
        await kill(third);
      };
      compareWithTable('cassandra', 'the machine of another node stays away', await heldBy(run, away, about(third)), about(third));
      await told(fleet, ['rollback', run.runId, '--reason', 'its machine is dead']);
      await fleet.startAgent(third);
      await fleet.host(third).start(unitOf(third));
      expect((await endOf(run, 15 * minutes)).state).toBe('rolled-back');
      expect(await versionsOf(fleet)).toEqual(['4.1.6', '4.1.6', '4.1.6']);
      await expectPromisesKept(fleet, run, false);
    }),
  );
});
