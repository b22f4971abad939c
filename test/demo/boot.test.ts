import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { bootFleet, inRunDir } from '../../demo/base-fleet.ts';
import { layOutController } from '../../demo/host-layout.ts';

test('13.12 a fleet whose controller ends at once says so with its last words, instead of waiting for an answer', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const controllerAddress = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  try {
    const booted = inRunDir(undefined, async (dir) =>
      bootFleet({ dir, controllerAddress, controller: await layOutController(dir, controllerAddress), nodes: [] }, {}),
    );
    await expect(booted).rejects.toThrow(/the controller ended at once: [\s\S]*another program is already listening there/);
  } finally {
    taken.close();
  }
}, 60_000);
