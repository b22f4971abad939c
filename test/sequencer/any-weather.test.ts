import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mishap } from '../twins/fleet.ts';
import { Stage } from './stage.ts';

const anyMishap = fc.constantFrom<Mishap>(
  null,
  null,
  null,
  'fails',
  'fails-and-reverts',
  'refused',
  'interrupted',
  'times-out',
  'wrong-version',
);

test('whatever goes wrong: never two nodes out at a time, and the run ends or says why it holds (P1, P17)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyMishap, { minLength: 4, maxLength: 30 }), async (weather) => {
      await using stage = await Stage.open();
      const broken: string[] = [];
      let at = 0;
      stage.fleet.mishap = (order, node) => {
        if (order.body.kind === 'downtime') {
          const others = [...stage.fleet.nodesByName.values()].filter((other) => other !== node && !other.running);
          // A node that is out already takes nothing more out when it is rolled back.
          if (node.running && others.length > 0)
            broken.push(`${order.orderId} while ${others.map((other) => other.instance).join(', ')} was out`);
        }
        const mishap = order.body.kind === 'downtime' || order.body.kind === 'await' ? (weather[at++] ?? null) : null;
        return order.body.kind === 'await' && (mishap === 'fails-and-reverts' || mishap === 'wrong-version') ? 'times-out' : mishap;
      };
      const run = await stage.started();
      const settledDown = async () => {
        const { state, holds } = await stage.controller.runs.getRun(run);
        return state !== 'active' || holds.some((hold) => hold.releasedBy === 'person');
      };
      await stage.until(settledDown, 400);
      expect(broken).toEqual([]);
    }),
    { numRuns: 12 },
  );
});
