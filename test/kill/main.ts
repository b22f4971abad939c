/**
 * `npm run test:kill [-- --all | --minutes N] [--only TEXT] [--seed N] [--cell NAME]...`: plays the kill matrix on real servers, a share of it
 * or all, of all cells or of those with a text in their names, or once the cells that are named. Other arguments go to the test runner.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../demo/programs.ts';

const own = ['--all', '--seed', '--cell', '--minutes', '--only'];
const args = process.argv.slice(2);
const isOwn = args.map((arg, at) => own.includes(arg.split('=')[0] ?? '') || (at > 0 && own.slice(1).includes(args[at - 1] ?? '')));
const { values } = parseArgs({
  args: args.filter((_, at) => isOwn[at]),
  options: {
    all: { type: 'boolean', default: false },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    only: { type: 'string' },
    cell: { type: 'string', multiple: true, default: [] },
  },
});
const seed = values.seed ?? `${randomInt(2 ** 31)}`;
console.log(`kill matrix, seed ${seed}: ${values.all ? 'all of it' : values.cell.length > 0 ? values.cell.join('; ') : 'a share'}`);
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'kill', ...args.filter((_, at) => !isOwn[at])],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      DRYDOCK_KILL_SEED: seed,
      ...(values.all ? { DRYDOCK_KILL_ALL: 'yes' } : {}),
      ...(values.minutes === undefined ? {} : { DRYDOCK_KILL_MINUTES: values.minutes }),
      ...(values.only === undefined ? {} : { DRYDOCK_KILL_ONLY: values.only }),
      ...(values.cell.length === 0 ? {} : { DRYDOCK_KILL_CELLS: values.cell.join('\n') }),
    },
  },
);
process.exitCode = status ?? 1;
