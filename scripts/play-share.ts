/**
 * `npm run test:share -- PROJECT --minutes N --seed N --reports DIR [vitest's options]`: plays files of a test project one after the other, in
 * an order that the seed says, and begins none once the minutes are over; `--all` plays every file, also those that a share leaves out:
 * `*.long.test.ts`, each of which takes longer than a share may, and `*.step.test.ts`, each of which is a step of CI of its own, with an
 * installation before it. One JSON report a file in DIR.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { sha256Of } from '../common/canonical-json.ts';
import { fail, printFailure, toFailure } from '../common/failure.ts';
import { root } from '../demo/programs.ts';

const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const filesSchema = z.array(z.object({ file: z.string() })).min(1);

interface Wishes {
  readonly project: string;
  readonly minutes: number;
  readonly seed: string;
  readonly reportsDir: string;
  readonly further: readonly string[];
}

/** Throws FailureError(usage) with what is missing. */
function wishesFrom(argv: readonly string[]): Wishes {
  const own = new Set(['minutes', 'seed', 'reports', 'all']);
  const options = { minutes: { type: 'string' }, seed: { type: 'string' }, reports: { type: 'string' }, all: { type: 'boolean' } } as const;
  const { values, positionals, tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true });
  const [project] = positionals;
  const minutes = values.all === true ? Number.POSITIVE_INFINITY : Number(values.minutes);
  if (project === undefined || Number.isNaN(minutes) || typeof values.seed !== 'string' || typeof values.reports !== 'string')
    throw fail('usage', 'bad-arguments', 'play-share wants PROJECT, --minutes N or --all, --seed N and --reports DIR');
  const further = tokens.flatMap((token) => (token.kind === 'option' && !own.has(token.name) ? [argv[token.index] as string] : []));
  return { project, minutes, seed: values.seed, reportsDir: values.reports, further };
}

/** Files of the project, in the order of the seed; some only where all are wished for. */
function filesOf({ project, minutes, seed }: Wishes): readonly string[] {
  const { stdout, status } = spawnSync(process.execPath, [vitest, 'list', '--project', project, '--filesOnly', '--json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw fail('failed', 'no-files', `the files of ${project} could not be listed`);
  const all = filesSchema.parse(JSON.parse(stdout)).map(({ file }) => relative(root, file));
  const files = Number.isFinite(minutes) ? all.filter((file) => !/\.(long|step)\.test\.ts$/.test(file)) : all;
  const place = (file: string) => sha256Of(`${seed} ${file}`);
  return [...new Set(files)].sort((one, other) => (place(one) < place(other) ? -1 : 1));
}

function play(wishes: Wishes): void {
  const files = filesOf(wishes);
  const begunMs = performance.now();
  mkdirSync(wishes.reportsDir, { recursive: true });
  let played = 0;
  for (const file of files) {
    if (performance.now() - begunMs >= wishes.minutes * 60_000) break;
    const report = join(wishes.reportsDir, `${played}.json`);
    const argv = ['run', '--project', wishes.project, file, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { status } = spawnSync(process.execPath, [vitest, ...argv, ...wishes.further], { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
    played += 1;
  }
  const tookS = Math.round((performance.now() - begunMs) / 1_000);
  console.log(`${wishes.project}: ${played} of ${files.length} files in ${tookS} s, in the order of seed ${wishes.seed}`);
}

try {
  play(wishesFrom(process.argv.slice(2)));
} catch (thrown) {
  console.error(printFailure(toFailure(thrown)));
  process.exitCode = 2;
}
