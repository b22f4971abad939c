import { afterEach } from 'vitest';
import type { Order, Receipt } from '../../common/orders.ts';
import { World } from './world.ts';

const worlds: World[] = [];

/** A world that is closed when the test is over. */
export function makeWorld(): World {
  const world = new World();
  worlds.push(world);
  return world;
}

afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

export async function bootAndLink(world: World): Promise<void> {
  await world.boot();
  await world.until(() => world.connected());
}

/** Sends the order and resolves with its receipt, however often the agent dies on the way. */
export async function carryOut(world: World, order: Order): Promise<Receipt> {
  if (world.agent === null) await bootAndLink(world);
  world.send(order);
  await world.until(() => world.receiptOf(order.orderId) !== undefined);
  const receipt = world.receiptOf(order.orderId);
  if (receipt === undefined) throw new Error('no receipt');
  return receipt;
}
