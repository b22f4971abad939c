/** A node that is replaced by hand while its run holds: the same instance, which the database knows by another id. */
import { expect, test } from 'vitest';
import type { Procedure } from '../../common/procedure.ts';
import { isReplacedId } from '../../controller/sequencer/run/run-status.ts';
import { memberOf, stepOf } from '../../engines/kit/pure/steps.ts';
import { peerDraft } from '../../engines/kit/pure/turns.ts';
import { QuayFleet } from '../quay/fleet.ts';
import { quayProcedure } from '../quay/procedure.ts';
import { quayPacks } from '../quay/rules.ts';
import { actor, Stage } from './stage.ts';

const names = ['store-1', 'store-2', 'store-3'];
const limits = { deadlineMs: 60_000, expectedMs: 100 };

/** Quay whose members have ids: each turn ends with a probe by another member, and a node has to be who it is said to be. `known`: by the members. */
const withIds = (known: () => readonly string[], repairReplaced?: string): Procedure => ({
  ...quayProcedure,
  ...(repairReplaced === undefined ? {} : { repairReplaced }),
  membersSeen: ({ nodes }) => (nodes.length === 0 ? [] : known()),
  turn(input) {
    const { node, idPrefix } = input;
    const { steps, ...turn } = quayProcedure.turn(input);
    const draft = { ...peerDraft(limits, idPrefix, memberOf(node), 'seen by another one'), healthCheck: null };
    return { ...turn, steps: [...steps, { ...stepOf('', draft), executor: { kind: 'peer', of: node.instance, preferRole: null } }] };
  },
  judge(id, facts, expect) {
    if (facts.memberId === expect.member) return quayProcedure.judge(id, facts, expect);
    const detail = `${facts.instance} calls itself ${facts.memberId}, not ${expect.member}`;
    return {
      ok: false,
      hold: { kind: 'facts-changed', subject: facts.instance, detail, releasedBy: 'person', until: 'probe', commands: [] },
    };
  },
});

/** Its run holds for store-3, which comes back as another member. `known`: what the others know then. */
async function replaced(
  known: readonly string[],
  repairReplaced?: string,
): Promise<{
  readonly stage: Stage<QuayFleet>;
  readonly run: string;
  knowFromNowOn(members: readonly string[]): void;
}> {
  let members: readonly string[] = names;
  const stage = await Stage.over(new QuayFleet(names, '1.0'), ['1.0', '1.1'], new Map([['quay', withIds(() => members, repairReplaced)]]));
  stage.packs = quayPacks;
  stage.fleet.held = ({ step }) => step.endsWith('store-1.member.serves');
  const run = await stage.started({ cluster: 'quay-main', toVersion: '1.1', settleMs: 0 });
  await stage.until(() => stage.fleet.heldOrders().length > 0);
  stage.fleet.stopDatabase('store-3');
  stage.fleet.held = () => false;
  for (const order of stage.fleet.heldOrders()) stage.fleet.release(order);
  await stage.holding(run, 'node-down');
  stage.fleet.disk('store-3').member = 'anew';
  members = known;
  stage.fleet.startDatabase('store-3');
  return {
    stage,
    run,
    knowFromNowOn(others) {
      members = others;
    },
  };
}

const asked = ({ fleet: { begun } }: Stage<QuayFleet>) =>
  begun.flatMap(({ body }) => (body.kind === 'await' && body.condition === 'member-in-service' ? [body.member] : []));

test('P22 the run goes on with a member that was replaced, once the others know the new one and the old one no more', async () => {
  const { stage, run } = await replaced(['store-1', 'store-2', 'anew']);
  await using _ = stage;
  expect(await stage.end(run)).toBe('done');
  expect(asked(stage)).toEqual(['store-1', 'store-2', 'anew']);
  expect((await stage.events(run)).filter(({ type }) => type === 'member-replaced')).toEqual([
    { type: 'member-replaced', instance: 'store-3', was: 'store-3', member: 'anew' },
  ]);
});

test('P22 the run is not held by one that restarts and names the old id anew, out of its own files', async () => {
  const { stage, run, knowFromNowOn } = await replaced(['store-1', 'store-2', 'anew']);
  await using _ = stage;
  await stage.until(async () => (await stage.events(run)).some(({ type }) => type === 'member-replaced'));
  knowFromNowOn([...names, 'anew']);
  expect(await stage.end(run)).toBe('done');
  const events = await stage.events(run);
  const after = events.slice(events.findIndex(({ type }) => type === 'member-replaced'));
  expect(after.flatMap((event) => (event.type === 'hold-raised' ? [event.hold.kind] : []))).not.toContain('membership-mismatch');
});

test('P22 what a member was called before it was replaced twice is known, unless it is called so again', () => {
  const replacedAs = (member: string, ...former: readonly string[]) => ({ replaced: [{ instance: 'store-3', member, former }] });
  const twice = replacedAs('c', 'a', 'b');
  expect(['a', 'b', 'c'].filter((id) => isReplacedId(twice, id))).toEqual(['a', 'b']);
  expect(isReplacedId(replacedAs('a', 'a', 'b'), 'a')).toBe(false);
  expect(isReplacedId({}, 'a')).toBe(false);
});

test('P22 where a replaced member has to be repaired the run says how, and stops no other node before a person resumes it', async () => {
  const { stage, run } = await replaced(['store-1', 'store-2', 'anew'], 'copy everything to it');
  await using _ = stage;
  const byPerson = async () => (await stage.controller.runs.getRun(run)).holds.find(({ releasedBy }) => releasedBy === 'person');
  await stage.until(async () => (await byPerson()) !== undefined);
  expect(await byPerson()).toMatchObject({
    kind: 'local-intervention',
    subject: 'store-3',
    until: 'copy everything to it, then resume the run or end it',
    commands: expect.arrayContaining([`resume ${run}`]),
  });
  let seconds = 0;
  await stage.until(() => ++seconds > 30);
  expect(stage.fleet.begun.filter(({ body }) => body.kind === 'downtime')).toHaveLength(1);
  await stage.controller.runs.resumeRun(run, actor);
  expect(await stage.end(run)).toBe('done');
});

test('P12 what calls itself another member, while the others know it as before, is not taken for it', async () => {
  const { stage, run } = await replaced(names);
  await using _ = stage;
  await stage.holding(run, 'membership-mismatch');
  expect((await stage.events(run)).some(({ type }) => type === 'member-replaced')).toBe(false);
});
