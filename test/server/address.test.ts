import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { parseListenAddress, requireLoopback } from '../../controller/server/listener.ts';
import { openDoor } from './door.ts';

function refusal(text: string): string {
  try {
    requireLoopback(parseListenAddress(text));
    return 'allowed';
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return `${error.failure.class} ${error.failure.code}: ${error.message}`;
  }
}

describe('the listening address', () => {
  it('is loopback or a unix socket', () => {
    for (const text of ['127.0.0.1:7420', '127.9.9.9:0', '[::1]:7420', 'localhost:7420', 'unix:/run/drydock/controller.sock'])
      expect(refusal(text)).toBe('allowed');
  });

  it('P12 is refused with a sentence when others could reach it', () => {
    for (const text of ['0.0.0.0:7420', '10.1.2.3:7420', '[::]:7420'])
      expect(refusal(text), text).toMatch(/^usage bad-listen: .* is reachable from other machines: without TLS, only loopback/);
    for (const text of [
      '',
      'db.example.org:7420',
      '127.0.0.1.example.org:7420',
      '127.0.0.256:1',
      '7420',
      '127.0.0.1',
      '127.0.0.1:99999',
      'unix:relative',
      '::1:7420',
    ])
      expect(refusal(text), text).toMatch(/^usage bad-listen: .* is not a valid address; expected/);
  });
});

it('serves on a unix socket, in place of one that a dead controller left', async () => {
  await using door = await openDoor({
    listen: (dir) => {
      writeFileSync(join(dir, 'c.sock'), '');
      return `unix:${join(dir, 'c.sock')}`;
    },
  });
  expect(existsSync(join(door.dir, 'c.sock'))).toBe(true);
  expect(await door.ask('ListHosts', {})).toMatchObject({ hosts: { digest: expect.stringMatching(/^sha256:/) } });
});
