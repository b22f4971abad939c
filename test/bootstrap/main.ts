/**
 * README's first command as a newcomer types it: a fresh clone, the Node and npm that people have, and no compiler in sight. The install
 * must bring the runtime that everything then runs on. `npm run test:bootstrap -- 20 22 24` plays each; prints one line a version.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoReport } from '../../demo/demo-report.ts';

/** Newest of each line in the registry, with the npm that it is shipped with. */
const bootstraps = {
  '20': { node: '20.20.2', npm: '10.8.2' },
  '22': { node: '22.23.5', npm: '10.9.9' },
  '24': { node: '24.21.0', npm: '11.6.2' },
} as const;
type Line = keyof typeof bootstraps;
const isLine = (text: string): text is Line => text in bootstraps;

/** What a machine without a toolchain lacks, and what the bootstrap replaces. */
const hidden = /^(cc|c\+\+|gcc|g\+\+|cpp|clang|make|gmake|cmake|ninja|node|npm|npx|python|as|ld)(-?[\d.]+)?$/;

const root = new URL('../..', import.meta.url).pathname;
const installMs = 10 * 60_000;
const demoMs = 8 * 60_000;

/** A folder of links to the programs of this machine, but for compilers and Node. */
function toolFolder(dir: string): string {
  const tools = join(dir, 'tools');
  mkdirSync(tools);
  for (const folder of ['/bin', '/usr/bin', '/sbin', '/usr/sbin'])
    for (const name of readdirSync(folder))
      if (!hidden.test(name) && !existsSync(join(tools, name))) {
        try {
          symlinkSync(join(folder, name), join(tools, name));
        } catch {
          // A link into nothing on this machine: not there for npm either.
        }
      }
  return tools;
}

function play(line: Line): string {
  const { node, npm } = bootstraps[line];
  const dir = mkdtempSync(join(tmpdir(), `drydock-bootstrap-${line}-`));
  // Database servers run as another user than root, and look their programs up in here.
  chmodSync(dir, 0o755);
  try {
    const packages = join(dir, 'runtime');
    mkdirSync(packages);
    writeFileSync(join(packages, 'package.json'), '{"private":true}');
    const platform = `node-linux-${process.arch}`;
    execFileSync('npm', ['install', '--no-fund', '--no-audit', `${platform}@${node}`, `npm@${npm}`], { cwd: packages, stdio: 'ignore' });
    const env = {
      ...withoutNpm(process.env),
      PATH: `${join(packages, 'node_modules/.bin')}:${toolFolder(dir)}`,
      HOME: process.env.HOME ?? dir,
    };
    const clone = join(dir, 'drydock');
    execFileSync('git', ['clone', '--quiet', root, clone]);
    const begun = Date.now();
    run('npm ci', ['npm', 'ci'], { cwd: clone, env, timeout: installMs });
    const installedMs = Date.now() - begun;
    const report = join(dir, 'demo.json');
    run('npm run demo', ['npm', 'run', 'demo', '--', '--report', report], { cwd: clone, env, timeout: demoMs });
    const { clients } = JSON.parse(readFileSync(report, 'utf8')) as DemoReport;
    if (clients.lost !== 0) throw new Error(`the demo lost ${clients.lost} writes`);
    return `npm ci ${seconds(installedMs)}, demo ${seconds(Date.now() - begun - installedMs)}, writes lost ${clients.lost}`;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** npm tells its children about itself by the environment; a newcomer's shell has none of that. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE$)/.test(name)));
}

function run(
  what: string,
  [program, ...args]: [string, ...string[]],
  options: { cwd: string; env: NodeJS.ProcessEnv; timeout: number },
): void {
  const ended = spawnSync(program, args, { ...options, encoding: 'utf8' });
  if (ended.status === 0) return;
  const lines = `${ended.stdout}\n${ended.stderr}`.trim().split('\n').slice(-25).join('\n');
  throw new Error(`${what} ended with ${ended.status ?? ended.signal ?? ended.error?.message}\n${lines}`);
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

const asked = process.argv.slice(2);
const lines: readonly string[] = asked.length === 0 ? Object.keys(bootstraps) : asked;
let [passed, failed] = [0, 0];
for (const line of lines) {
  if (!isLine(line)) throw new Error(`Node ${line}: known are ${Object.keys(bootstraps).join(', ')}`);
  try {
    console.log(`Node ${bootstraps[line].node} with npm ${bootstraps[line].npm}: ${play(line)}`);
    passed += 1;
  } catch (error) {
    console.log(`Node ${bootstraps[line].node} with npm ${bootstraps[line].npm}: FAILED: ${(error as Error).message}`);
    failed += 1;
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
