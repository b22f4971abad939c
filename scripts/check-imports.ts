/**
 * Import arrows, checked by dependency-cruiser; and that it really looked: with a wrong compiler version it passes on zero modules.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

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
  modules: readonly { source: string }[];
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

if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exit(1);
}
console.log(`imports: ${result.modules.length} modules looked at, no arrow goes back`);
