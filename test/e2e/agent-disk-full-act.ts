/** Run by agent-disk-full.test.ts in a mount namespace of its own: an agent whose journal's disk runs full in the middle of a downtime, and after. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '../../agent/journal/sqlite-journal.ts';
import { toFailure } from '../../common/failure.ts';
import { downtimeBody, orderOf, World } from '../agent/world.ts';
import { mountSmallDisk } from './small-disk.ts';

const [folder = ''] = process.argv.slice(2);
const disk = mountSmallDisk(join(folder, 'small'), '4m');
process.env.TMPDIR = disk.dir;

/** The disk fills up when the database has just been stopped; `kills`: and the agent with it. */
async function downtime(kills: boolean) {
  const world = new World();
  await world.boot();
  await world.until(() => world.connected());
  const { onCall } = world.host;
  let filled = false;
  world.host.onCall = (call) => {
    if (call.name === 'stopUnit' && call.when === 'after' && !filled) {
      filled = true;
      disk.fill();
      if (kills) world.killAt(world.points.length);
    }
    onCall(call);
  };
  const order = orderOf(downtimeBody());
  world.send(order);
  await world.until(() => world.receiptOf(order.orderId) !== undefined);
  const receipt = world.receiptOf(order.orderId);
  // The disk takes what the reserve gave back: nothing is left for anybody.
  disk.fill();
  world.forgetHeard();
  const next = orderOf({ kind: 'observe', checks: [], nonce: 'n' }, { step: 'next' });
  world.send(next);
  world.send(order);
  await world.until(() => world.refusals().length > 0 && world.receiptOf(order.orderId) !== undefined);
  const refusal = world.heard.find((message) => message.type === 'ack' && message.state === 'refused');
  const whenFull = { refusal, repeated: world.receiptOf(order.orderId), fatals: world.fatals };
  // Started anew with no byte left, it says why it cannot, and loses nothing.
  world.restart();
  const start = (() => {
    try {
      openJournal(join(world.dir, 'journal.db')).close();
      return null;
    } catch (thrown) {
      return toFailure(thrown);
    }
  })();
  disk.empty();
  await world.boot();
  const again = { ...next, orderId: 'r-1/next/2', attempt: 2 };
  world.send(again);
  await world.until(() => world.receiptOf(again.orderId) !== undefined);
  const result = {
    receipt,
    whenFull,
    start,
    deaths: world.deaths,
    after: world.receiptOf(again.orderId)?.outcome,
    unit: await world.host.unitState('db'),
    stateDir: readdirSync(world.dir).sort(),
    open: world.journal?.openOrders().length,
  };
  world.close();
  return result;
}

console.log(JSON.stringify({ dir: disk.dir, through: await downtime(false), killed: await downtime(true) }));
