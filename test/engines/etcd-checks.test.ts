import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checks } from '../../engines/etcd/checks.ts';
import { etcdDriver } from '../../engines/etcd/driver.ts';
import { sightOf } from '../../engines/etcd/host/sight.ts';
import { memberTwin, ToolsTwin } from './etcd-tools-twin.ts';

type Changes = readonly Parameters<typeof memberTwin>[1][];
const clusterOf = (...changes: Changes) => new ToolsTwin(changes.map((change, at) => memberTwin(at + 1, change)));
const ask = (tools: ToolsTwin, check: string, expected?: string) =>
  etcdDriver.check(tools.context(), { check, ...(expected === undefined ? {} : { expect: expected }) });

/** So many entries are written between any two answers, and every member applies them at once. */
function underLoad(tools: ToolsTwin, entries: number): ToolsTwin {
  tools.beforeStatus = () => {
    tools.members = tools.members.map((member) => ({ ...member, appliedIndex: member.appliedIndex + entries }));
  };
  return tools;
}

describe('a member that is asked whether it has caught up', () => {
  it('has, however fast others write: what they had is asked for first, and its own place afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), async (entries) => {
        expect(await ask(underLoad(clusterOf({}, {}, {}), entries), 'caught-up')).toMatchObject({ ok: true });
      }),
    );
  });

  it('has in the same probe in which its first word was that of before, as guards and observations share their answers', async () => {
    const tools = underLoad(clusterOf({}, {}, {}), 5_000);
    const seen = sightOf(tools.context());
    await seen.status();
    await seen.peers();
    expect((await checks['caught-up'].answer({ seen, expect: null, release: null }))[0]).toBe(true);
  });

  it('has not when it stays behind what they had by more than the limit', async () => {
    expect(await ask(clusterOf({ appliedIndex: 400 }, { appliedIndex: 500 }, {}), 'caught-up')).toMatchObject({ ok: true });
    expect(await ask(clusterOf({ appliedIndex: 399 }, { appliedIndex: 500 }, {}), 'caught-up')).toMatchObject({
      ok: false,
      detail: 'its applied index is 399, others were at 500 before',
    });
  });

  it('P1 cannot tell when it does not answer itself, and is measured by those that answer', async () => {
    expect(await ask(clusterOf({ down: true }, {}, {}), 'caught-up')).toMatchObject({ ok: null });
    expect(await ask(clusterOf({ appliedIndex: 1 }, { appliedIndex: 500 }, { down: true }), 'caught-up')).toMatchObject({ ok: false });
    expect(await ask(clusterOf({}, { down: true }, { down: true }), 'caught-up')).toMatchObject({ ok: null });
    expect(await ask(clusterOf({}), 'caught-up')).toMatchObject({ ok: true, detail: 'it is the only member' });
  });
});

describe('a member that is to be rolled back', () => {
  it('P11 may go when nothing runs there, whoever else is missing, and P9 not while nobody can tell', async () => {
    const stopped = clusterOf({}, {}, { down: true });
    const silent = Object.assign(clusterOf({ down: true }, {}, { down: true }), { started: { argv: ['etcd'], environment: [] } });
    expect(await ask(stopped, 'peers-healthy-if-serving')).toMatchObject({ ok: true });
    expect(await ask(silent, 'peers-healthy-if-serving')).toMatchObject({ ok: null });
  });
});

describe('members whose ids differ only beyond what a number holds', () => {
  it('are kept apart: one leads, the others follow it', async () => {
    for (const leader of [1, 2, 3]) {
      const tools = clusterOf({}, {}, {});
      tools.leader = leader;
      const role = leader === 1 ? 'leader' : 'follower';
      expect(await ask(tools, 'role-is', role)).toMatchObject({ ok: true, detail: `it is a ${role}` });
      expect(await ask(tools, 'peers-healthy')).toMatchObject({ ok: true });
    }
  });
});

it('healthy members are seen as such under any load: whoever is judged is asked after the one who judges', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000_000), async (entries) => {
      expect(await ask(underLoad(clusterOf({}, {}, {}), entries), 'peers-healthy')).toMatchObject({ ok: true });
    }),
  );
});

it('a member that is down is named', async () => {
  expect(await ask(clusterOf({}, { down: true }, {}), 'peers-healthy')).toMatchObject({ ok: false, detail: 'etcd-2: it does not answer' });
});

describe('the v2 store, which 3.6 does not carry on', () => {
  it.each([
    ['empty', '3.5.35-aaaaaaaaaaaa', '', true, 'the v2 store is empty'],
    [
      'holds something',
      '3.5.35-bbbbbbbbbbbb',
      'detected custom content in v2store',
      false,
      'detected custom content in v2store; remove it first',
    ],
    [
      'cannot be looked into by a patch that old (P1)',
      '3.5.21-aaaaaaaaaaaa',
      'unknown command "check" for "etcdutl"',
      null,
      'upgrade to a newer patch of 3.5',
    ],
    ['is none any more', '3.6.16-aaaaaaaaaaaa', 'unknown command "check" for "etcdutl"', true, '3.6 has no v2 store'],
  ])('%s', async (_, release, complaint, ok, words) => {
    const tools = clusterOf({});
    tools.releases = [release];
    tools.v2Complaint = complaint;
    expect(await ask(tools, 'no-v2-content')).toMatchObject({ ok, detail: expect.stringContaining(words) });
  });
});

it('a learner is named', async () => {
  expect(await ask(clusterOf({}, { isLearner: true }, {}), 'no-learner')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('etcd-2'),
  });
  expect(await ask(clusterOf({}, {}, {}), 'no-learner')).toMatchObject({ ok: true });
});
