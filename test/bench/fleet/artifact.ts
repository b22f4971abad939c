/** One artifact to many hosts at once beside the same to one, over the agents' own calls: each fetches all of it from the controller. */
import { fork } from 'node:child_process';
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
  const child = fork(fileURLToPath(new URL('./swarm/readers.ts', import.meta.url)), [controller.address, folder, String(hosts)], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
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
    const before = controller.rssBytes();
    const [one, all]: { ms: number; cpuMs: number }[][] = [[], []];
    for (let round = 0; round < rounds; round++) {
      one?.push(await read(1));
      all?.push(await read(hosts));
    }
    return figuresOf(controller, hosts, before, one ?? [], all ?? []);
  } finally {
    const gone = once(child, 'exit');
    child.kill();
    await gone;
    await controller.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

type Sample = { readonly ms: number; readonly cpuMs: number };

function figuresOf(
  controller: BenchController,
  hosts: number,
  beforeBytes: number,
  one: readonly Sample[],
  all: readonly Sample[],
): ArtifactFigures {
  const of = (samples: readonly Sample[], field: keyof Sample) => median(samples.map((sample) => sample[field]));
  return {
    ...{ bytes, hosts, oneMs: of(one, 'ms'), oneCpuMs: of(one, 'cpuMs'), allMs: of(all, 'ms'), allCpuMs: of(all, 'cpuMs') },
    rssBytes: [beforeBytes, controller.rssBytes()],
  };
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
