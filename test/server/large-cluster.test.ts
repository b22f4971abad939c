import { expect, test } from 'vitest';
import { DocumentShelf } from '../../controller/server/answering.ts';
import { maxMessageBytes } from '../../proto/channel.ts';
import { drydock } from '../cli/captured-io.ts';
import { Stage } from '../sequencer/stage.ts';
import { openDoor } from './door.ts';

test('M59: a plan of 130 nodes prints, and is approved by its digest, though it does not fit into a message', async () => {
  await using stage = await Stage.open(130);
  const { plans, runs, store } = stage.controller;
  await using door = await openDoor({ plans, runs, history: store });
  const cli = (...argv: readonly string[]) => drydock(argv, { env: { DRYDOCK_CONTROLLER: door.server.address } });
  const made = await cli('plan', 'pg-main', '--to', '16.14');
  expect(made).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('ResourceExhausted') });
  expect(made.stdout).toContain('pg-130');
  const [planId = ''] = /p-[2-9A-Z]{5}/.exec(made.stdout) ?? [];
  const stored = await store.plan(planId);
  expect(Buffer.byteLength(stored?.json ?? '')).toBeGreaterThan(maxMessageBytes);
  expect((await cli('plan', 'show', planId, '-o', 'json')).stdout).toContain('"pg-130"');
  expect(await cli('approve', planId, '--digest', stored?.digest ?? '')).toMatchObject({ exitCode: 0 });
});

test('P12: the rest of a large answer is read only by the caller who asked for it, and makes room for later ones', () => {
  const shelf = new DocumentShelf(3_000_000);
  const large = (letter: string) => ({ json: Buffer.alloc(1_400_000, letter), digest: `sha256:${letter}` });
  const { plan } = shelf.fitted({ plan: large('a') as { json: Buffer; digest: string; sizeBytes?: number } }, 'human:ann');
  expect(plan.sizeBytes).toBe(1_400_000);
  const rest = (digest: string, actor: string) => Buffer.concat([...shelf.read(digest, plan.json.length, actor)]);
  expect(() => rest('sha256:a', 'human:bob')).toThrow('has expired; try again');
  expect(Buffer.concat([plan.json, rest('sha256:a', 'human:ann')])).toEqual(large('a').json);
  expect(() => rest('sha256:a', 'human:ann')).toThrow('has expired');
  for (const letter of ['b', 'c', 'd']) shelf.fitted({ plan: large(letter) }, 'human:ann');
  expect(() => rest('sha256:b', 'human:ann')).toThrow('has expired');
  expect(rest('sha256:d', 'human:ann')).toHaveLength(1_400_000 - plan.json.length);
  expect(() => shelf.fitted({ plan: { json: Buffer.alloc(3_000_001), digest: 'sha256:e' } }, 'human:ann')).toThrow('the limit is 3000000');
});
