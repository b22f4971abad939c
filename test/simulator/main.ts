/**
 * `npm run test:simulator`: the fixed share that every change plays, by the test runner, which other arguments go to.
 * `npm run test:simulator -- --seeds N --from S [--suite NAME]...`: seeds S to S + N - 1 of every suite, or of those named, one after the
 * other in this program; a line a minute, in the end each seed that went wrong with the command that plays it again, and 1 if there is any.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../demo/programs.ts';
import { Marathon } from './marathon.ts';
import { type SuiteName, suites } from './suites.ts';

const args = process.argv.slice(2);
const isMarathon = args.some((arg) => /^--(seeds|from|suite)(=|$)/.test(arg));
process.exitCode = isMarathon ? await marathon() : share();

function share(): number {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  return spawnSync(process.execPath, [vitest, 'run', '--project', 'simulator', ...args], { stdio: 'inherit' }).status ?? 1;
}

async function marathon(): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { seeds: { type: 'string', default: '1' }, from: { type: 'string', default: '1' }, suite: { type: 'string', multiple: true } },
  });
  const [count, from] = [values.seeds, values.from].map(Number) as [number, number];
  const known = Object.keys(suites) as SuiteName[];
  const chosen = values.suite ?? known;
  const strange = chosen.filter((name) => !known.some((each) => each === name));
  if (strange.length > 0 || ![count, from].every(Number.isSafeInteger) || count < 1) {
    console.error(`usage: npm run test:simulator -- --seeds N --from S [--suite NAME]...; suites: ${known.join(', ')}`);
    return 2;
  }
  const run = new Marathon(known.filter((name) => chosen.includes(name)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => run.stop());
  process.on('unhandledRejection', (thrown) => run.strayed(thrown));
  return (await run.play(from, count)) ? 0 : 1;
}
