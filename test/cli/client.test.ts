import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { connect } from '../../cli/client.ts';
import { freePorts } from '../../demo/ports.ts';
import { identityOf, tester } from '../identities.ts';

it('tries again and again while no controller listens, and leaves nothing behind on the signal that would end it', async () => {
  const [port = 0] = await freePorts(1);
  const identity = await identityOf(tester);
  const { signal } = new AbortController();
  for (let times = 0; times < 3; times += 1)
    await expect(connect(`127.0.0.1:${port}`, signal, identity)).rejects.toMatchObject({ failure: { code: 'controller-unreachable' } });
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
