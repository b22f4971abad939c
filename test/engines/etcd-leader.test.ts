import { describe, expect, it } from 'vitest';
import { giveLeadAway } from '../../engines/etcd/host/commands.ts';
import { memberTwin, ToolsTwin } from './etcd-tools-twin.ts';

const clusterOf = (...changes: readonly Parameters<typeof memberTwin>[1][]) =>
  new ToolsTwin(changes.map((change, at) => memberTwin(at + 1, change)));
const change = (tools: ToolsTwin, number: number, to: Parameters<typeof memberTwin>[1]) => {
  tools.members = tools.members.map((member, at) => (at + 1 === number ? { ...member, ...to } : member));
};

describe('giving the lead away', () => {
  it('M43 does so at the moment of the stop, by who leads then: a follower has nothing to give', async () => {
    const tools = clusterOf({}, {}, {});
    tools.leader = 3;
    await giveLeadAway(tools.context());
    expect(tools.leader).toBe(3);
    tools.leader = 1;
    await giveLeadAway(tools.context());
    expect(tools.leader).not.toBe(1);
  });

  it.each([
    ['who has applied the most', [{}, { appliedIndex: 90 }, { appliedIndex: 100 }], 3],
    ['nobody who is down', [{}, { appliedIndex: 90 }, { appliedIndex: 100, down: true }], 2],
    ['no learner', [{}, { appliedIndex: 90 }, { appliedIndex: 100, isLearner: true }], 2],
    ['nobody who follows another one', [{}, { appliedIndex: 90 }, { appliedIndex: 100, follows: 2 }], 2],
  ] as const)('gives it to %s', async (_, changes, heir) => {
    const tools = clusterOf(...changes);
    await giveLeadAway(tools.context());
    expect(tools.leader).toBe(heir);
  });

  it('ends when the others know the new leader: guards that are asked next see one leader that all follow', async () => {
    const tools = clusterOf({}, {}, {});
    let probes = 0;
    tools.beforeMove = () => {
      change(tools, 3, { follows: 0 });
      tools.beforeStatus = () => {
        probes += 1;
        if (probes === 7) change(tools, 3, { follows: 2 });
      };
    };
    await giveLeadAway(tools.context());
    expect(tools.members[2]?.follows).toBe(2);
  });

  it('is done when the leader moved by itself meanwhile', async () => {
    const tools = clusterOf({}, {}, {});
    tools.beforeMove = () => {
      tools.leader = 2;
    };
    await giveLeadAway(tools.context());
    expect(tools.leader).toBe(2);
  });

  it('P1 is refused when nobody could take it, and may be tried again', async () => {
    const tools = clusterOf({}, { down: true }, { down: true });
    await expect(giveLeadAway(tools.context())).rejects.toMatchObject({
      failure: { class: 'refused', code: 'cannot-move-leader', remedy: 'retry' },
    });
    expect(tools.leader).toBe(1);
  });

  it('of a cluster of one does nothing', async () => {
    const tools = clusterOf({});
    await giveLeadAway(tools.context());
    expect(tools.leader).toBe(1);
  });
});
