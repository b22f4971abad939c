/**
 * Import arrows, checked by dependency-cruiser; and that it really looked: with a wrong compiler version it passes on zero modules. A file whose
 * head says PURE imports nothing that acts, and reads neither clock nor chance.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Module {
  readonly source: string;
  readonly dependencies: readonly { readonly resolved: string; readonly dependencyTypes: readonly string[] }[];
}

const root = new URL('..', import.meta.url).pathname;
const rooms = ['common', 'proto', 'engines', 'agent', 'controller', 'cli', 'demo', 'test', 'scripts'];

const cruise = spawnSync(
  join(root, 'node_modules/.bin/depcruise'),
  ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms],
  {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  },
);
if (cruise.stdout === '') {
  console.error(`check-imports: dependency-cruiser said nothing:\n${cruise.stderr}`);
  process.exit(1);
}
const result = JSON.parse(cruise.stdout) as {
  modules: readonly Module[];
  summary: { violations: readonly { rule: { name: string }; from: string; to: string }[] };
};

function sourcesIn(room: string): readonly string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|proto)$/.test(name) && !name.startsWith('generated/'))
    .map((name) => join(room, name));
}

const complaints = result.summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} → ${violation.to}`);

const probed = new Set(result.modules.map((module) => module.source));
const unseen = rooms.flatMap(sourcesIn).filter((source) => source.endsWith('.ts') && !probed.has(source));
if (unseen.length > 0)
  complaints.push(`dependency-cruiser did not look at ${unseen.length} modules, among them ${unseen.slice(0, 3).join(', ')}`);

const acts =
  /^(?:node:)?(?:fs|net|http|https|tls|dgram|dns|child_process|worker_threads|timers|os)(?:\/|$)|^node_modules\/(?:pg|better-sqlite3|kysely|tar|pino|systeminformation|node-cron|@grpc\/grpc-js)\//;
const tellsTimeOrChance = /\b(?:Date\.now|performance\.now|Math\.random|randomBytes|randomUUID|setTimeout|setInterval)\(|\bnew Date\(\)/;
const pure = result.modules.filter(({ source }) => source.endsWith('.ts') && saysPure(source));
for (const { source, dependencies } of pure) {
  for (const { resolved, dependencyTypes } of dependencies)
    if (acts.test(resolved) && !dependencyTypes.includes('type-only')) complaints.push(`pure-files-do-not-act: ${source} → ${resolved}`);
  const found = tellsTimeOrChance.exec(readFileSync(join(root, source), 'utf8'))?.[0];
  if (found !== undefined) complaints.push(`pure-files-do-not-act: ${source} says ${found}`);
}
if (pure.length < 100) complaints.push(`only ${pure.length} files were seen to be PURE`);

if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exit(1);
}
console.log(`imports: ${result.modules.length} modules looked at, no arrow goes back; ${pure.length} pure files do not act`);

/** `/** PURE. …`, or at the end of a sentence of the first comment. Of another file it stands in brackets: `decide.ts` (PURE). */
function saysPure(source: string): boolean {
  const [head = ''] = /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(join(root, source), 'utf8')) ?? [];
  return /(?:^\/\*\*\s*(?:\* )?| )PURE\./.test(head);
}
