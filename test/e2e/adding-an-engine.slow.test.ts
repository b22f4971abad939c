/** What takes its time of docs/adding-an-engine.md: compiler and linter over what it shows, and its engine on real members. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isControllerBody } from '../../common/controller-body.ts';
import type { Bundle } from '../../common/orders.ts';
import { type Plan, type Step, type Turn, turnsOf, variantFor } from '../../common/plan.ts';
import { membershipProblems } from '../../controller/fleet/membership.ts';
import { hopConfigs, previewQuestions } from '../../controller/planner/config-migration.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import { packFor } from '../../controller/rules/path.ts';
import { limitsOf } from '../../controller/rules/rules-met.ts';
import { removeTree, root } from '../docs/walkthrough.ts';
import { driver, found, packs, path, procedure, recorded, scheme, tree } from '../docs/walkthrough-engine.ts';
import { awaitBody, configFileOf, configText, type Member, startWorld, type WalkthroughWorld } from '../docs/walkthrough-world.ts';

describe('docs/adding-an-engine.md', () => {
  it('shows code that the compiler has nothing against', { timeout: 180_000 }, () => {
    const run = spawnSync(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', tree], { encoding: 'utf8' });
    expect(run.status, run.stdout).toBe(0);
  });

  it('shows code that the linter has nothing against', () => {
    const run = spawnSync(
      join(root, 'node_modules/.bin/biome'),
      ['check', '--vcs-enabled=false', 'engines/tally', 'test/contract/tally.ts'],
      {
        cwd: tree,
        encoding: 'utf8',
      },
    );
    expect(run.status, run.stderr).toBe(0);
  });
});

describe('the engine of the walkthrough, on three real members', { timeout: 180_000 }, () => {
  // Not in the tree: its package.json says how programs there are read.
  const dir = mkdtempSync(join(tmpdir(), 'drydock-tally-'));
  let world: WalkthroughWorld;
  beforeAll(async () => {
    world = await startWorld(dir, driver, '1.4.0');
  }, 120_000);
  afterAll(async () => {
    await world.remove();
    removeTree(dir);
  });

  const memberOf = (instance: string): Member => found(world.members.find(({ settings }) => settings.instance === instance));
  const versions = async () => (await world.view(driver, [])).nodes.map(({ facts }) => facts?.version.running);

  async function planTo(to: string, releases: readonly Bundle[]): Promise<Plan> {
    const view = await world.view(driver, procedure.preflightChecks);
    const way = path(found(view.nodes[0]?.facts?.version.running ?? undefined), to);
    const instances = view.nodes.map(({ instance }) => instance);
    const configAsked = { given: {}, optional: false };
    const configs = hopConfigs(way.hops, { ...configAsked, file: 'tally.properties' }, procedure);
    const migration = await Promise.all(
      previewQuestions(configs).map(async ([question = null], at) => {
        const answers = await Promise.all(
          (question === null ? [] : world.members).map((member) => member.probe([], found(question ?? undefined))),
        );
        const previews = new Map(answers.flatMap(({ instance, config }) => (config === undefined ? [] : [[instance, config] as const])));
        return { ...found(configs[at]), previews };
      }),
    );
    const made = makePlan({
      view,
      path: way,
      configAsked,
      migration,
      limits: way.hops.map((hop) => limitsOf(packFor('tally', packs), hop)),
      membership: membershipProblems({
        cluster: view.cluster,
        expectedMembers: view.expectedMembers,
        adopted: instances,
        enrolled: view.nodes,
        seen: procedure.membersSeen(view),
        refused: [],
      }),
      releases,
      procedure,
      affected: new Map(),
      keepsReleases: false,
      external: [],
      scheme,
      goal: { kind: 'release' },
      options: {
        canary: null,
        settleMs: 100,
        soakMs: null,
        finalize: 'on-command',
        finalizeWithinMs: null,
        downgrade: false,
        leader: 'restart',
        approval: 'plan',
        snapshot: null,
      },
    });
    if ('problems' in made) throw new Error(made.problems.map(({ message }) => message).join('\n'));
    return made.plan;
  }

  /** A peer is asked where the plan wants one. */
  async function carryOut(step: Step, turn: Turn, version: string): Promise<void> {
    const subject = found(turn.instance ?? undefined);
    const { executor, body } = step;
    if (isControllerBody(body)) throw new TypeError(`${step.id} is not an order`);
    const by =
      executor.kind === 'instance'
        ? executor.instance
        : found(world.members.find((each) => each.settings.instance !== subject)).settings.instance;
    const receipt = await memberOf(by).carry(step.id, body, step.guards, step.deadlineMs);
    expect(receipt.failure?.message, step.id).toBeUndefined();
    if (step.healthCheck === null || receipt.facts === null) return expect(step.healthCheck).toBeNull();
    expect(procedure.judge(step.healthCheck, receipt.facts, { version, instance: subject, member: subject }), step.id).toEqual({
      ok: true,
    });
  }

  it('shows as recorded what a member says', async () => {
    const output = await (await fetch(`${memberOf('t-2').endpoint}/status`)).text();
    expect(output.replaceAll('1.4.0', '1.4.2')).toBe(recorded);
  });

  it('goes through all hops of its plan, followers first, and no count is lost', async () => {
    const plan = await planTo('2.1.0', [await world.bundle('1.4.2'), await world.bundle('2.1.0')]);
    const disruptive = [...turnsOf(plan)].filter(({ turn }) => turn.disruptive).map(({ turn }) => turn.instance);
    expect(disruptive).toEqual(['t-2', 't-3', 't-1', 't-2', 't-3', 't-1']);
    expect(plan.configDiffs?.map(({ lines }) => lines)).toEqual(
      ['t-1', 't-2', 't-3'].map(() => [' # of a person', '-wait=400', '+copy.timeout=400']),
    );
    // Both hops change the same file: the second one goes on from what the first one made of it.
    expect(plan.hops.map(({ config = [] }) => config.map(({ op, keys }) => `${op} ${keys}`))).toEqual([
      ['rename wait'],
      ['rename copy.wait'],
    ]);
    let counted = 0;
    for (const { hop, turn } of turnsOf(plan)) {
      const { endpoint } = found(world.members.find(({ settings }) => settings.instance === turn.instance));
      for (const step of variantFor(turn, turn.expectedRole ?? '')?.steps ?? []) await carryOut(step, turn, hop.to);
      counted += 1;
      expect(await (await fetch(`${endpoint}/add`, { method: 'POST', body: 'turns' })).json()).toBe(counted);
    }
    expect(await versions()).toEqual(['2.1.0', '2.1.0', '2.1.0']);
    for (const { settings } of world.members)
      expect(readFileSync(configFileOf(settings), 'utf8')).toBe(configText.replace('wait', 'copy.timeout'));
    // Its job rewrote the files of each.
    expect((await world.view(driver, [])).nodes.map(({ facts }) => facts?.version.format)).toEqual(['2', '2', '2']);
  });

  it('is refused before its stop while a peer is down, and rolled back when the new release does not start (P7, P15, P20)', async () => {
    const [member, peer] = [memberOf('t-1'), memberOf('t-2')];
    const bundle = await world.bundle('2.2.0', (folder) =>
      appendFileSync(join(folder, 'bin/tally'), 'setImmediate(() => process.exit(1));\n'),
    );
    const stage = { kind: 'stage', bundle, needBytes: 1_000_000, needInodes: 10 } as const;
    expect(await member.carry('stage-broken', stage)).toMatchObject({ outcome: 'done' });
    const from = found((await member.probe([])).release.current ?? undefined);
    const releases = { fromRelease: from, toRelease: bundle.release, expectVersion: '2.2.0' };
    const body = {
      kind: 'downtime',
      mode: 'upgrade',
      parts: ['quiesce', 'stop', 'activate', 'start'],
      onFailure: 'revert',
      ...releases,
    } as const;

    const guards = [{ check: 'peers-healthy' }];

    await peer.stop();
    const refused = await member.carry('downtime-guarded', body, guards);
    expect(refused).toMatchObject({ outcome: 'refused', downtimeMs: null });
    expect((await member.probe(['peers-healthy'])).findings).toMatchObject([{ ok: false, detail: 't-2: it does not answer' }]);

    await peer.start();
    expect((await member.carry('peer-is-back', awaitBody('peers-healthy'))).outcome).toBe('done');
    const broken = await member.carry('downtime-broken', body, guards, 5_000);
    expect(broken).toMatchObject({ outcome: 'failed', reverted: true });
    expect(await versions()).toEqual(['2.1.0', '2.1.0', '2.1.0']);
  });
});
