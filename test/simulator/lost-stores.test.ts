import { describe, expect, it } from 'vitest';
import type { AgentEnd, AgentMessage, ControllerMessage } from '../../common/link.ts';
import type { Order } from '../../common/orders.ts';
import type { Store } from '../../controller/store/store.ts';
import type { AgentProcess } from './agent-process.ts';
import { live, mend } from './lost-stores.ts';
import { begin, finish } from './play.ts';
import { seeds } from './seed.ts';
import { playShare } from './share.ts';
import type { Defects } from './world.ts';

describe('a store that is put back, cut short or forked at any moment', () => {
  it('12.A1 12.A2 P3 P5 P15 P17: commands nobody, says so in place of healthy, and after adopt the cluster is restarted node by node', () =>
    playShare('lost-store', seeds(1_200, 8, 400)));
});

/** A store that believes that it knows of everything. */
const credulous = (real: Store): Store => ({ ...real, knowsOrder: async () => true, wasClaimed: async () => true });
const ordersUnasked = (real: Store): Store => ({ ...real, knowsOrder: async () => true });

/** An agent that compares the order's id and nothing else, as if its journal had no giver in it. */
function unbound(end: AgentEnd, agent: AgentProcess): AgentEnd {
  const asked = new Map<string, Order>();
  return {
    ...end,
    send(message: AgentMessage) {
      const given = message.type === 'report' ? asked.get(message.receipt.orderId)?.given : undefined;
      end.send(message.type === 'report' && given !== undefined ? { ...message, given } : message);
    },
    onMessage: (listener) =>
      end.onMessage((message: ControllerMessage) => {
        if (message.type !== 'order') return listener(message);
        const { order } = message;
        asked.set(order.orderId, order);
        const known = agent.journal?.order(order.orderId)?.order;
        listener({ type: 'order', order: known === undefined ? order : { ...known, epoch: order.epoch, writer: order.writer } });
      }),
    onClose: (listener) => end.onClose(listener),
    close: (reason) => end.close(reason),
  };
}

/** The store as it was before the run comes back after it, and the same plan is run once more. */
async function samePlanTwice(defects: Defects): Promise<string> {
  const { broken } = await live({ seed: 61, defects }, { loss: 'restored', point: 0, goesOnMs: 120_000 });
  return broken.join('\n');
}

/** The store comes back from the middle of the run, after its fence was raised. */
async function fromTheMiddle(defects: Defects): Promise<string> {
  const { broken } = await live({ seed: 61, defects }, { loss: 'restored', point: 200, goesOnMs: 60_000 });
  return broken.join('\n');
}

describe('a planted defect is caught', () => {
  it('12.A1 P3 run ids that only count: after adopt another plan gets the id of a run that was lost', async () => {
    const counted = (real: Store): Store => ({ ...real, nextRunId: async () => (await real.nextRunId('')).replace(/-$/, '') });
    const story = async (defects: Defects) => {
      const play = await begin({ seed: 61, defects });
      const { world } = play;
      const original = world.controller;
      const copy = world.copyOf(original, 'restored');
      await finish(play);
      const { plans, runs } = original.controller.useCases;
      const ask = { cluster: 'main', toVersion: null, restart: true, canary: null, settleMs: 400, soakMs: 0, downgrade: false } as const;
      const { planId, digest } = await world.through(plans.makePlan(ask, 'ann'));
      await world.through(plans.approvePlan(planId, digest, 'bob'));
      await world.through(runs.startRun(planId, 'ann'));
      await world.run(() => false, 60_000);
      original.kill();
      await copy.start();
      await mend(world);
      await world.close();
      return world.broken.join('\n');
    };
    expect(await story({})).toBe('');
    expect(await story({ store: counted })).toMatch(/P3 run r-2 of plan .* has the id of another run/);
  });

  it('12.A1 P3 agents that know an order by its id alone: what was done for a store that is gone passes for the work of this one', async () => {
    expect(await samePlanTwice({ store: credulous, link: unbound })).toMatch(
      /P3 .* has a receipt, and its node was stopped before it was ordered/,
    );
    expect(await samePlanTwice({ store: credulous })).not.toMatch(/P3 /);
  });

  it('12.A1 P5 a store that does not ask whose orders the journals hold: it commands although it misses some', async () => {
    expect(await fromTheMiddle({})).toBe('');
    expect(await fromTheMiddle({ store: ordersUnasked })).toMatch(/P5 pg-\d took .*, whose store knows nothing of/);
  });

  it('12.A1 P5 an epoch for the whole life of a controller: its runs cannot be told apart by it', async () => {
    const once = (real: Store): Store => ({
      ...real,
      async claimEpoch(cluster, writer, atMs) {
        const claim = await real.currentEpoch(cluster);
        return claim?.writer === writer ? claim : real.claimEpoch(cluster, writer, atMs);
      },
    });
    expect(await samePlanTwice({})).toBe('');
    const play = await begin({ seed: 61, defects: { store: once } });
    await finish(play);
    await mend(play.world);
    await play.world.close();
    expect(play.world.broken.join('\n')).toMatch(/P5 pg-\d took .* in epoch .*, which is that of/);
  });
});
