/**
 * One artifact to many hosts at once beside the same to one, over the agents' own calls: each fetches all of it from the controller. Beside both
 * the same bytes over bare TLS, for readers, sender and all encryption share the cores of one machine.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../../controller/store/sqlite-store.ts';
import { initialise, testAuthority } from '../../identities.ts';
import { releaseOf } from '../../twins/fleet.ts';
import { median } from '../figures.ts';
import type { BareReadAsked } from './bare/artifact.ts';
import { type BenchController, benchController, storeIn } from './controller.ts';
import { helloOf } from './swarm/fake-agent.ts';
import type { ReadersAsked, ReadersDone } from './swarm/readers.ts';

export interface ArtifactFigures {
  readonly bytes: number;
  readonly hosts: number;
  /** Medians of wall and of the controller's CPU: one host alone, and all at once. */
  readonly oneMs: number;
  readonly oneCpuMs: number;
  readonly allMs: number;
  readonly allCpuMs: number;
  /** The same wall where TLS alone is between file and readers. */
  readonly bareOneMs: number;
  readonly bareAllMs: number;
  /** Of the controller, before and after. */
  readonly rssBytes: readonly [number, number];
}

const bytes = 64 * 1024 * 1024;

export async function measureArtifact(hosts: number, rounds: number, say: (line: string) => void): Promise<ArtifactFigures> {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-bench-artifact-'));
  const digest = await artifactOf(dir, hosts);
  const controller = await benchController(dir);
  await initialise(dir);
  await controller.start();
  const { folder } = await testAuthority();
  const bare = await bareSide(join(dir, 'artifacts', digest.slice('sha256:'.length)), folder);
  const child = program('./swarm/readers.ts', [controller.address, folder, String(hosts)]);
  await once(child, 'message');
  const read = async (count: number): Promise<{ readonly ms: number; readonly cpuMs: number }> => {
    const usedMs = controller.cpuMs();
    child.send({ digest, count } satisfies ReadersAsked);
    const [done] = (await once(child, 'message')) as [ReadersDone];
    if (done.bytes !== count * bytes) throw new Error(`${done.bytes} bytes came to ${count} hosts`);
    const figures = { ms: done.ms, cpuMs: controller.cpuMs() - usedMs };
    say(`64 MiB to ${count}: ${(figures.ms / 1000).toFixed(2)} s, ${figures.cpuMs.toFixed(0)} ms of the controller's CPU`);
    return figures;
  };
  try {
    // The first one warms both sides.
    await read(1);
    await bare.read(1);
    const before = controller.rssBytes();
    const samples: Samples = { one: [], all: [], bareOne: [], bareAll: [] };
    for (let round = 0; round < rounds; round++) {
      samples.one.push(await read(1));
      samples.bareOne.push(await bare.read(1));
      samples.all.push(await read(hosts));
      samples.bareAll.push(await bare.read(hosts));
    }
    return figuresOf(controller, hosts, before, samples);
  } finally {
    await ended(child);
    await bare.stop();
    await controller.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Samples {
  readonly one: { readonly ms: number; readonly cpuMs: number }[];
  readonly all: { readonly ms: number; readonly cpuMs: number }[];
  readonly bareOne: number[];
  readonly bareAll: number[];
}

function figuresOf(controller: BenchController, hosts: number, beforeBytes: number, samples: Samples): ArtifactFigures {
  const { one, all, bareOne, bareAll } = samples;
  const [oneMs, allMs] = [one, all].map((of) => median(of.map(({ ms }) => ms))) as [number, number];
  const [oneCpuMs, allCpuMs] = [one, all].map((of) => median(of.map(({ cpuMs }) => cpuMs))) as [number, number];
  return {
    ...{ bytes, hosts, oneMs, oneCpuMs, allMs, allCpuMs, bareOneMs: median(bareOne), bareAllMs: median(bareAll) },
    rssBytes: [beforeBytes, controller.rssBytes()],
  };
}

interface BareSide {
  /** Milliseconds that so many readers take at once. */
  read(count: number): Promise<number>;
  stop(): Promise<void>;
}

async function bareSide(file: string, trustDir: string): Promise<BareSide> {
  const server = program('./bare/artifact.ts', ['serve', file, trustDir]);
  const [port] = (await once(server, 'message')) as [number];
  const readers = program('./bare/artifact.ts', ['read']);
  await once(readers, 'message');
  return {
    async read(count) {
      readers.send({ port, count } satisfies BareReadAsked);
      const [done] = (await once(readers, 'message')) as [ReadersDone];
      if (done.bytes !== count * bytes) throw new Error(`${done.bytes} bytes came to ${count} readers over bare TLS`);
      return done.ms;
    },
    async stop() {
      await Promise.all([server, readers].map(ended));
    },
  };
}

const program = (path: string, args: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL(path, import.meta.url)), [...args], { execArgv: ['--import', import.meta.resolve('tsx')] });

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}

/** As if it had been added, and its hosts had called, long ago. Resolves with its digest. */
async function artifactOf(dir: string, hosts: number): Promise<string> {
  const content = randomBytes(bytes);
  const hex = createHash('sha256').update(content).digest('hex');
  mkdirSync(join(dir, 'artifacts'), { mode: 0o700 });
  writeFileSync(join(dir, 'artifacts', hex), content);
  const digest = `sha256:${hex}`;
  const store = openStore({ file: storeIn(dir) });
  const version = '16.14';
  await store.addRelease({
    ...{ engine: 'postgresql', version, arch: 'x64', release: releaseOf(version), addedAtMs: 1, actor: 'bench', fileNames: ['pg.tar'] },
    artifacts: [{ role: 'server', digest, sizeBytes: bytes, unpackedBytes: bytes, unpackedInodes: 1 }],
  });
  await store.rememberHosts(Array.from({ length: hosts }, (_, number) => ({ ...helloOf(number), lastSeenAtMs: 1 })));
  await store.close();
  return digest;
}
