/** The engine that docs/adding-an-engine.md builds: its files taken out of the page, put where they belong in a copy of engines/. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const root = new URL('../..', import.meta.url).pathname;
export const page = readFileSync(join(root, 'docs/adding-an-engine.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly path: string;
  readonly text: string;
}

/** Blocks that name the file they belong to; others only show something. */
const blocks: readonly Block[] = [...page.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', path = '', text = '']) => ({
    language,
    path,
    text,
  }),
);

/** What the page has for this file. Throws when it shows none. */
export function shown(path: string): string {
  const block = blocks.find((each) => each.path === path);
  if (block === undefined) throw new Error(`docs/adding-an-engine.md shows no ${path}`);
  return block.text;
}

export const shownPaths = blocks.map(({ path }) => path);

/** Builds the tree in a folder of its own and returns it; shares everything but engines/ with the clone, and the clauses of the contract. */
export function buildWalkthrough(): string {
  const tree = mkdtempSync(join(tmpdir(), 'drydock-walkthrough-'));
  cpSync(join(root, 'engines'), join(tree, 'engines'), { recursive: true });
  for (const shared of ['agent', 'common', 'demo', 'node_modules', 'biome.json', 'package.json'])
    symlinkSync(join(root, shared), join(tree, shared));
  const contract = 'test/contract';
  mkdirSync(join(tree, contract), { recursive: true });
  for (const clauses of readdirSync(join(root, contract))) symlinkSync(join(root, contract, clauses), join(tree, contract, clauses));
  for (const { language, path, text } of blocks) {
    if (language === 'diff') patch(join(tree, path), text);
    else write(join(tree, path), text);
  }
  write(
    join(tree, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rootDir: '/' },
      include: ['engines/**/*.ts', 'test/contract/tally.ts'],
    }),
  );
  return tree;
}

export function removeTree(tree: string): void {
  rmSync(tree, { recursive: true, force: true });
}

/** A release of the page's database: its program, told its version. */
export function writeRelease(folder: string, version: string): void {
  const program = join(folder, 'bin/tally');
  write(program, shown('bin/tally').replace('@VERSION@', version));
  chmodSync(program, 0o755);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Lines that stay and lines that go must stand in the file as the page says; of a line that begins with dots, what comes after them. */
function patch(path: string, diff: string): void {
  const lines = diff
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^([+-])… /, '$1'));
  const side = (other: string) =>
    lines
      .filter((line) => !line.startsWith(other))
      .map((line) => line.slice(1))
      .join('\n');
  const text = readFileSync(path, 'utf8');
  if (!text.includes(side('+'))) throw new Error(`docs/adding-an-engine.md changes lines that ${path} does not have:\n${diff}`);
  writeFileSync(
    path,
    text.replace(side('+'), () => side('-')),
  );
}
