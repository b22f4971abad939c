import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const sources = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'agent', 'cli', 'common', 'controller', 'engines', 'proto'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.startsWith('proto/generated/'));
const linesOf = (file: string) => readFileSync(join(root, file), 'utf8').trimEnd().split('\n');

/** A folder of more than about twenty files wants rooms. The words that both sides need are many and small. */
const mostFiles = (folder: string) => (folder === 'common' ? 46 : 22);

/** Where an id is compared as text, and why that is no parsing of what a field says. */
const comparedIds: Readonly<Record<string, string>> = {
  'agent/snapshots/housekeeping.ts': 'folders of snapshots on the disk of the host',
  'common/upcast.ts': 'snapshots of 0.1, which had no field for their run',
  'controller/fleet/agent-questions.ts': 'acknowledgements of probes, which no run knows',
  'controller/operations/snapshots.ts': 'the prefix of an id that a person typed',
  'controller/planner/shapes/blocks.ts': 'steps of a hop that are named again for another one',
};
const parsedId =
  /\b(?:\w*(?:order|run|plan|step|turn|hop|snapshot|instance)Id|id)\??\.(?:split|match|slice|substring|indexOf|lastIndexOf|startsWith|endsWith|replace)\(/;

describe('13.11: the house', () => {
  it('13.11: no folder has more files than a reader can take in', () => {
    const counts = Map.groupBy(sources, dirname);
    expect(counts.size).toBeGreaterThan(40);
    const full = [...counts].filter(([folder, files]) => files.length > mostFiles(folder));
    expect(full.map(([folder, files]) => `${folder}: ${files.length}`)).toEqual([]);
  });

  it('13.11: a file of the controller is a concept: 80 to 200 lines in the middle, and no source file has more than 360', () => {
    const lengths = sources.filter((file) => file.startsWith('controller/')).map((file) => linesOf(file).length);
    const median = lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0;
    expect(median).toBeGreaterThanOrEqual(80);
    expect(median).toBeLessThanOrEqual(200);
    expect(sources.filter((file) => linesOf(file).length > 360)).toEqual([]);
  });

  it('13.11: every room of agent, controller, cli and engines stands in the code map', () => {
    const map = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const rooms = new Set(sources.map(dirname).filter((folder) => /^(controller|agent|cli)\/[^/]+$|^engines\/kit\//.test(folder)));
    const missing = [...rooms].filter((room) => !map.includes(`\`${room.split('/').at(-1)}/`) && !map.includes(room));
    expect(missing).toEqual([]);
  });

  it('13.11: no file has a name of the first edition, or one that fits everything', () => {
    const named =
      /(^|\/)(lane|desk|lookout|looks|situation|intake|sentences|use-cases|utils?|helpers?|manager|misc|lib)(\.ts|\/)|-words\.ts$/;
    expect(sources.filter((file) => named.test(file))).toEqual([]);
  });

  it('13.11: ids are fields: no text of an id is taken apart to learn what it is about', () => {
    const found = sources
      .filter((file) => !file.startsWith('engines/'))
      .filter((file) => linesOf(file).some((line) => parsedId.test(line)));
    expect(found.toSorted()).toEqual(Object.keys(comparedIds));
  });

  it('13.11: no name of an engine stands in what serves all of them', () => {
    expect(execFileSync(process.execPath, ['--import', 'tsx', 'scripts/check-engine-names.ts'], { cwd: root, encoding: 'utf8' })).toMatch(
      /./,
    );
  });
});
