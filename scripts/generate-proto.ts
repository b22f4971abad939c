/**
 * Generates proto/generated/: the descriptor that both sides load at run time, and the types that go with it.
 * Loader options and generator flags must say the same; both come from proto/options.ts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { generatorFlags } from '../proto/options.ts';

const root = new URL('..', import.meta.url).pathname;
const outDir = process.argv[2] ?? join(root, 'proto/generated');
const protoFiles = readdirSync(join(root, 'proto/drydock/v1'))
  .filter((name) => name.endsWith('.proto'))
  .map((name) => `drydock/v1/${name}`);

rmSync(outDir, { recursive: true, force: true });
mkdirSync(outDir, { recursive: true });

execFileSync(
  join(root, 'node_modules/.bin/proto-loader-gen-types'),
  [...generatorFlags, '--includeDirs', join(root, 'proto'), '--outDir', outDir, ...protoFiles],
  { stdio: ['ignore', 'ignore', 'inherit'], cwd: join(root, 'proto') },
);

// The generator writes the absolute path of its source into each file; the same sources must give the same files everywhere.
for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const text = readFileSync(path, 'utf8').replace(/^\/\/ Original file: .*\/(proto\/.*)$/m, '// Original file: $1');
  writeFileSync(path, text);
}

const descriptor = new protobuf.Root();
descriptor.resolvePath = (_origin, target) => join(root, 'proto', target);
descriptor.loadSync(protoFiles);
descriptor.resolveAll();
writeFileSync(join(outDir, 'descriptor.json'), `${JSON.stringify(descriptor.toJSON(), null, 1)}\n`);
