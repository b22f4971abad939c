/**
 * Bundles the three programs into dist/, with rule packs and the wire descriptor inside, and writes their manual pages to dist/man. Each file is written beside its place and
 * renamed, so that a running program never sees half a bundle. Native and self-locating packages stay outside.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { builtinPacks } from '../engines/builtin-packs.ts';
import { manuals } from './manuals.ts';

const root = new URL('..', import.meta.url).pathname;
const dist = join(root, 'dist');
const staging = join(root, `dist.${process.pid}`);

const programs = {
  drydock: 'cli/bin.ts',
  'drydock-agent': 'agent/bin.ts',
  'drydock-controller': 'controller/bin.ts',
} as const;

/** In a bundle the packs are text inside it; in the source tree they are read from their folders. */
const embedPacks: Plugin = {
  name: 'embed-packs',
  setup(bundle) {
    bundle.onLoad({ filter: /engines\/builtin-packs\.ts$/ }, () => ({
      contents: `const packs = ${JSON.stringify(builtinPacks())};\nexport const builtinPacks = () => packs;\n`,
      loader: 'ts',
    }));
  },
};

/** `{ z }` is all of zod with its forty languages; of its module's own names the bundler leaves out what is not used, and an agent keeps 2 MB less source. */
const leanZod: Plugin = {
  name: 'lean-zod',
  setup(bundle) {
    bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const lean = source.replace("import { z } from 'zod';", "import * as z from 'zod';");
      return lean === source ? undefined : { contents: lean, loader: 'ts' };
    });
  },
};

const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** Builds of the same sources are the same where SOURCE_DATE_EPOCH says so. */
const { SOURCE_DATE_EPOCH: epoch } = process.env;
const buildDay = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toISOString().slice(0, 10);

mkdirSync(staging, { recursive: true });
try {
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(programs).map(([out, source]) => ({ in: source, out })),
    outdir: staging,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node22',
    format: 'esm',
    minifySyntax: true,
    // A running program keeps the text that it was loaded from. Names stay, and lines stay short, for the sake of stack traces.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'none',
    external: ['better-sqlite3', 'systeminformation', 'grpc-health-check', 'pino', 'pg-native', '@peculiar/x509', 'reflect-metadata'],
    define: { 'process.env.DRYDOCK_VERSION': JSON.stringify(version) },
    // CommonJS packages inside an ES module bundle still call require.
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    plugins: [embedPacks, leanZod],
    logLevel: 'warning',
  });
  for (const program of Object.keys(programs)) chmodSync(join(staging, `${program}.js`), 0o755);
  mkdirSync(join(staging, 'man'));
  for (const [page, text] of manuals(version, buildDay)) writeFileSync(join(staging, 'man', page), text);
  rmSync(`${staging}.old`, { recursive: true, force: true });
  try {
    renameSync(dist, `${staging}.old`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(staging, dist);
} finally {
  rmSync(staging, { recursive: true, force: true });
  rmSync(`${staging}.old`, { recursive: true, force: true });
}
