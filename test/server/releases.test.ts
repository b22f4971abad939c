import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import * as tar from 'tar';
import { describe, expect, it } from 'vitest';
import type { ReleaseDocument, ReleaseListDocument, ReleaseVerificationDocument } from '../../common/documents/fleet.ts';
import { artifactPieceBytes } from '../../proto/channel.ts';
import type { AddReleaseResponse__Output } from '../../proto/generated/drydock/v1/AddReleaseResponse.ts';
import type { ReadResponse__Output } from '../../proto/generated/drydock/v1/ReadResponse.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { agentPeer, announced, cardboardAgent, hello } from '../fleet/agents.ts';
import { dialledAs } from '../identities.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function archive(dir: string, content = 'a server'): Promise<Buffer> {
  const root = join(dir, `release-${content.length}`);
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin', 'postgres'), content.padEnd(200_000, '.'));
  symlinkSync('postgres', join(root, 'bin', 'postmaster'));
  const file = join(dir, `release-${content.length}.tar`);
  await tar.create({ file, cwd: root, portable: true }, ['bin']);
  return readFileSync(file);
}

interface Sent {
  readonly bytes: Uint8Array;
  readonly digest?: string;
  readonly sizeBytes?: number;
  readonly version?: string;
  readonly engine?: string;
}

function add(
  door: Door,
  { bytes, digest = digestOf(bytes), sizeBytes = bytes.length, version = '16.14', engine = 'postgresql' }: Sent,
): Promise<AddReleaseResponse__Output> {
  return new Promise((resolve, reject) => {
    const call = door.operator.addRelease((error, answer) => (error === null && answer !== undefined ? resolve(answer) : reject(error)));
    call.on('error', () => {});
    call.write({ description: { engine, version, arch: 'x64', artifacts: [{ role: 'server', digest, sizeBytes, fileName: 'pg.tar' }] } });
    for (let at = 0; at < bytes.length; at += artifactPieceBytes)
      call.write({ content: Buffer.from(bytes.subarray(at, at + artifactPieceBytes)) });
    call.end();
  });
}

const stored = (door: Door) => readdirSync(door.artifactsDir).filter((name) => name !== 'tmp');
const halfWritten = (door: Door) => readdirSync(join(door.artifactsDir, 'tmp'));

async function read(door: Door, digest: string, offset: number): Promise<{ content: Buffer; sizes: readonly number[] }> {
  const agent = cardboardAgent();
  door.fleet.accept(agent.end, agentPeer);
  agent.say(hello('db-1', [announced('pg-1')]));
  const by = await dialledAs({ class: 'agent', name: 'db-1' });
  const client = new drydockV1.Artifacts(door.server.address, by.credentials, by.options);
  try {
    const pieces: ReadResponse__Output[] = [];
    for await (const piece of client.read({ digest, offset }) as AsyncIterable<ReadResponse__Output>) pieces.push(piece);
    return { content: Buffer.concat(pieces.map(({ content }) => content)), sizes: pieces.map(({ sizeBytes }) => sizeBytes) };
  } finally {
    client.close();
    agent.hangUp('read');
  }
}

describe('releases', () => {
  it('are stored under their digest, measured, listed and readable from any offset', async () => {
    await using door = await openDoor();
    const bytes = await archive(door.dir);
    const release = json((await add(door, { bytes })).release) as ReleaseDocument;
    expect(release).toMatchObject({
      apiVersion: 'drydock/v1',
      engine: 'postgresql',
      version: '16.14',
      arch: 'x64',
      addedBy: 'human:tester',
    });
    expect(release.release).toMatch(/^16\.14-[0-9a-f]{12}$/);
    expect(stored(door)).toEqual([digestOf(bytes).slice('sha256:'.length)]);
    expect(halfWritten(door)).toEqual([]);
    const [record] = await door.store.releases('postgresql');
    // bin/, the server (49 blocks of 4 KiB) and a link.
    expect(record?.artifacts).toMatchObject([{ sizeBytes: bytes.length, unpackedInodes: 3, unpackedBytes: 51 * 4096 }]);
    const { releases } = json((await door.ask('ListReleases', { engine: '' })).releases) as ReleaseListDocument;
    expect(releases).toHaveLength(1);

    const whole = await read(door, digestOf(bytes), 0);
    expect(whole.content.equals(bytes)).toBe(true);
    expect(whole.sizes[0]).toBe(bytes.length);
    expect(whole.sizes.length).toBe(Math.ceil(bytes.length / artifactPieceBytes));
    expect((await read(door, digestOf(bytes), bytes.length - 10)).content.equals(bytes.subarray(-10))).toBe(true);
    expect(await read(door, digestOf(bytes), bytes.length)).toEqual({ content: Buffer.alloc(0), sizes: [bytes.length] });
  });

  it('given again with the same bytes are success, with other bytes refused', async () => {
    await using door = await openDoor();
    const bytes = await archive(door.dir);
    const first = json((await add(door, { bytes })).release);
    expect(json((await add(door, { bytes })).release)).toEqual(first);
    const other = await refusal(add(door, { bytes: await archive(door.dir, 'another server') }));
    expect(other).toMatchObject({ code: status.FAILED_PRECONDITION, failure: { code: 'release-differs' } });
    expect(stored(door)).toHaveLength(1);
  });

  it('P6 leave nothing behind when digest, size or content are not what was said', async () => {
    await using door = await openDoor();
    const bytes = await archive(door.dir);
    const wrong: readonly (readonly [Sent, string])[] = [
      [{ bytes, digest: `sha256:${'0'.repeat(64)}` }, 'digest-mismatch'],
      [{ bytes: bytes.subarray(0, -1), digest: digestOf(bytes), sizeBytes: bytes.length }, 'size-mismatch'],
      [{ bytes, sizeBytes: bytes.length - 1 }, 'size-mismatch'],
      [{ bytes: Buffer.from('this is not an archive'.repeat(100)) }, 'bad-archive'],
      [{ bytes: bytes.subarray(0, 100_000) }, 'bad-archive'],
      [{ bytes: Buffer.alloc(10_240) }, 'bad-archive'],
      [{ bytes, sizeBytes: Number.MAX_SAFE_INTEGER }, 'no-space'],
    ];
    for (const [sent, code] of wrong)
      expect(await refusal(add(door, sent)), code).toMatchObject({ code: status.FAILED_PRECONDITION, failure: { class: 'refused', code } });
    expect(await refusal(add(door, { bytes, version: '16.x' }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      failure: { code: 'bad-version' },
    });
    expect(await refusal(add(door, { bytes, engine: 'sybase' }))).toMatchObject({
      code: status.NOT_FOUND,
      failure: { code: 'unknown-engine' },
    });
    expect(await refusal(add(door, { bytes, digest: '../../etc/passwd' }))).toMatchObject({ code: status.INVALID_ARGUMENT });
    // 13.7: nothing is listed of an engine that there is none of.
    expect(await refusal(door.ask('ListReleases', { engine: 'sybase' }))).toMatchObject({ failure: { code: 'unknown-engine' } });
    expect(stored(door)).toEqual([]);
    expect(halfWritten(door)).toEqual([]);
    expect(await door.store.releases(null)).toEqual([]);
  });

  it('leave nothing behind when the sender goes away in the middle', async () => {
    await using door = await openDoor();
    const bytes = await archive(door.dir);
    const ended = new Promise<unknown>((resolve) => {
      const call = door.operator.addRelease((error) => resolve(error?.code));
      call.write({
        description: {
          engine: 'postgresql',
          version: '16.14',
          arch: 'x64',
          artifacts: [{ role: 'server', digest: digestOf(bytes), sizeBytes: bytes.length, fileName: 'pg.tar' }],
        },
      });
      call.write({ content: bytes.subarray(0, 1000) }, () => call.cancel());
    });
    expect(await ended).toBe(status.CANCELLED);
    await expect.poll(() => halfWritten(door), { timeout: 5_000 }).toEqual([]);
    expect(stored(door)).toEqual([]);
  });

  it('P6 that changed on disk or are gone are found by reading them again', async () => {
    await using door = await openDoor();
    const bytes = await archive(door.dir);
    await add(door, { bytes });
    const verify = async () => json((await door.ask('VerifyReleases', { engine: '' })).verification) as ReleaseVerificationDocument;
    expect(await verify()).toMatchObject({ ok: true, artifacts: [{ version: '16.14', ok: true }] });
    const file = join(door.artifactsDir, stored(door)[0] ?? '');
    const torn = Buffer.from(bytes);
    torn[5000] = (torn[5000] ?? 0) ^ 1;
    writeFileSync(file, torn);
    expect(await verify()).toMatchObject({ ok: false, artifacts: [{ ok: false, detail: expect.stringMatching(/^its content changed/) }] });
    truncateSync(file, 5);
    expect(await verify()).toMatchObject({ ok: false, artifacts: [{ detail: `is 5 bytes long, expected ${bytes.length}` }] });
  });
});

describe('Artifacts.Read', () => {
  it('refuses digests that are none, unknown ones and offsets outside', async () => {
    await using door = await openDoor();
    const bytes = await archive(door.dir);
    await add(door, { bytes });
    const code = (digest: string, offset: number) => refusal(read(door, digest, offset)).then((refused) => refused.code);
    for (const digest of ['', 'tmp', '../store.db', `sha256:${'A'.repeat(64)}`, `sha256:${'0'.repeat(63)}/`])
      expect(await code(digest, 0), digest).toBe(status.NOT_FOUND);
    expect(await code(`sha256:${'0'.repeat(64)}`, 0)).toBe(status.NOT_FOUND);
    expect(await code(digestOf(bytes), bytes.length + 1)).toBe(status.INVALID_ARGUMENT);
    expect(await code(digestOf(bytes), -1)).toBe(status.INVALID_ARGUMENT);
  });
});
