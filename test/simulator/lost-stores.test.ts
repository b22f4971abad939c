import { describe, expect, it } from 'vitest';
import type { Order } from '../../common/orders.ts';
import type { Store } from '../../controller/store/store.ts';
import { killPoints } from './kill.ts';
import { live, mend } from './lost-stores.ts';
import { begin, finish } from './play.ts';
import { seedOr, seeds } from './seed.ts';
import { playShare } from './share.ts';
import type { Defects } from './world.ts';

/** A store that believes that it gave every order. */
const ordersUnasked = (real: Store): Store => ({ ...real, knowsOrder: async () => true });

/** The store comes back from the middle of the run, after its fence was raised. */
async function fromTheMiddle(defects: Defects): Promise<string> {
  const { broken } = await live({ seed: 61, defects }, { loss: 'restored', point: 200, goesOnMs: 60_000 });
  return broken.join('\n');
}

/** Run ids that only count. */
const counted = (real: Store): Store => ({ ...real, nextRunId: async () => (await real.nextRunId('')).replace(/-$/, '') });

/** An agent that takes an order for the one that it knows by its id, with any content and of any giver, and answers for it. */
function unbound(): Pick<Defects, 'link' | 'journal'> {
  const asked = new Map<string, Order>();
  return {
    link: (end) => ({
      send: (message) => end.send(message),
      onClose: (listener) => end.onClose(listener),
      close: (reason) => end.close(reason),
      onMessage: (listener) =>
        end.onMessage((message) => {
          if (message.type === 'order') asked.set(message.order.orderId, message.order);
          listener(message);
        }),
    }),
    journal: (real) => ({
      ...real,
      order(orderId) {
        const [state, order] = [real.order(orderId), asked.get(orderId)];
        return state === null || order === undefined ? state : { ...state, order };
      },
      reportOf(orderId) {
        const [report, order] = [real.reportOf(orderId), asked.get(orderId)];
        return report === null || order === undefined ? report : { ...report, given: order.given };
      },
    }),
  };
}

/** The store is put back to before a run of which it then makes another one. */
async function runOfTheSameId(defects: Defects): Promise<string> {
  const play = await begin({ seed: 61, defects });
  const { world } = play;
  const original = world.controller;
  const copy = world.copyOf(original, 'restored');
  await finish(play);
  const { plans, runs } = original.controller.operations;
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
}

describe('a planted defect is caught', () => {
  it('12.A1 P3 run ids that only count: after adopt another plan gets the id of a run that was lost', async () => {
    expect(await runOfTheSameId({})).toBe('');
    expect(await runOfTheSameId({ store: counted })).toMatch(/P3 run r-2 of plan .* has the id of another run/);
  });

  it('12.A1 P3 an agent that binds an order id to nothing: it answers what was never done from the receipt of another order', async () => {
    const another = /P3 order r-2\/.* is answered with the receipt of another order of its id/;
    expect(await runOfTheSameId({ store: counted })).not.toMatch(another);
    expect(await runOfTheSameId({ store: counted, ...unbound() })).toMatch(another);
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
    const play = await begin({ seed: 61, defects: { store: once } });
    await finish(play);
    await mend(play.world);
    await play.world.close();
    expect(play.world.broken.join('\n')).toMatch(/P5 pg-\d took .* in epoch .*, which is that of/);
  });
});

describe('a store that is restored, cut short or forked', () => {
  it('12.A1 P1 to P17 hold, and another run comes to its end once a person has done what the controller says', () =>
    playShare('lost-store', seeds(700, 1, 40)));

  it('12.A1 P7 P17 a store that comes back as it was before, in the middle of a handover: no member leads but the one that a person is told to promote', async () => {
    const options = { seed: seedOr(61), primary: 'switchover' } as const;
    const ofStop = /^commit \w+ order-ended \S*handover\.(stop|promote) /;
    const points = await killPoints(options, ({ program, label }) => program === 'controller' && ofStop.test(label));
    expect(points.length).toBeGreaterThanOrEqual(4);
    for (const { index, point } of points) {
      const { broken, mended } = await live(options, { loss: 'put-back', point: index, goesOnMs: 0 });
      expect({ broken, nextRun: mended.nextRun }, `${index}: ${point.label}`).toEqual({ broken: [], nextRun: 'done' });
    }
  });

  it('12.A1 a cluster that the store lost while a node of it was down is adopted once that node was started', () =>
    playShare('lost-store', [7_500_061]));

  it('12.A1 the release that the lost store knew is added again, and is the one that lies on the hosts', () =>
    playShare('lost-store', [17]));
});
