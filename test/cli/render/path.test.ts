import { describe, expect, it } from 'vitest';
import { renderPath } from '../../../cli/render/path.ts';
import type { PathDocument, PathHop } from '../../../common/documents/rules.ts';

const pack = { name: 'etchings', version: 2, digest: `sha256:9f2c${'0'.repeat(60)}` };
const hop = {
  kind: 'rolling',
  finalize: 'none',
  rollback: 'lossless',
  ...{ conditions: [], requirements: [], tasks: [], risks: [] },
  source: 'the guide',
} satisfies Partial<PathHop>;

const walk: PathDocument = {
  ...{ apiVersion: 'drydock/v1', engine: 'etchings', from: '1.9', to: '3.0', admissible: true, pack },
  hops: [
    { ...hop, from: '1.9', to: '2.10' },
    {
      ...hop,
      from: '2.10',
      to: '3.0',
      finalize: 'automatic',
      rollback: 'restore-node',
      ...{ conditions: ['os not ubuntu'], requirements: ['trait:auth!=true'], tasks: ['rewrite-files'], risks: ['takes hours'] },
      source: 'the guide; the release notes',
    },
  ],
  notCarriedOut: [{ from: '2.10', to: '3.0', why: 'users have to be exported first' }],
  refused: [
    { from: '1.9', to: '3.0', reason: 'one series at a time', instead: '2.10', source: 'the guide' },
    { from: '1.9', to: '2.7', reason: 'loses writes', instead: '2.10', source: 'advisory 7' },
    { from: '1.9', to: '2.8', reason: 'loses writes', instead: '2.10', source: 'advisory 7' },
  ],
};

describe('a path on paper', () => {
  it('prints with --explain what each task and requirement asks for, where this program knows its id', () => {
    const asks: PathDocument = {
      ...walk,
      hops: [{ ...hop, from: '1.9', to: '2.10', tasks: ['backup', 'of-a-newer-pack'], requirements: ['no-alarms'] }],
    };
    const explained = renderPath(asks, { explain: true, color: false });
    expect(explained).toContain('task      backup: take a backup that can be restored into the running version\n');
    expect(explained).toContain('task      of-a-newer-pack\n');
    expect(explained).toContain('requires  no-alarms: no alarm is raised\n');
    expect(renderPath(asks, { explain: false, color: false })).toContain('task  backup\n');
  });

  it('shows the walk, what each hop asks for and what is not taken', () => {
    expect(renderPath(walk, { explain: true, color: false })).toMatchInlineSnapshot(`
      "etchings  1.9 → 3.0   2 hops, all rolling, not reversible as a whole
        1  1.9 → 2.10   rolling   rollback: lossless   skips 2.7, 2.8
        2  2.10 → 3.0   rolling   rollback: restore the node, which gets later writes from its peers, until finalized (automatic)
           ├─ condition  os not ubuntu
           ├─ task       rewrite-files
           ├─ risk       takes hours
           ├─ requires   trait:auth!=true
           └─ source     the release notes
      Every hop
        └─ source  the guide
      2.10 → 3.0: allowed, but drydock plan refuses it: users have to be exported first
      Not taken
        1.9 → 3.0
        ├─ why      one series at a time
        ├─ instead  2.10
        └─ source   the guide
        1.9 → 2.7 … 2.8 (2 releases)
        ├─ why      loses writes
        ├─ instead  2.10
        └─ source   advisory 7
      pack etchings 2 (sha256:9f2c00000000…)
      "
    `);
  });

  it('13.7: says once, below the hops, what each of them would say again', () => {
    const shared = { tasks: ['move'], requirements: ['kept options'], risks: ['tasks go on'] };
    const steps = ['1.0', '1.1', '1.2', '1.4'];
    const hops = steps.slice(1).map((to, at) => ({
      ...{ ...hop, ...shared, from: steps[at] ?? '', to },
      risks: at === 0 ? ['tasks go on', 'read the news'] : shared.risks,
    }));
    const skipped = { from: '1.2', to: '1.3', reason: 'withdrawn', instead: '1.4', source: 'the guide' };
    const path = { ...walk, from: '1.0', to: '1.4', hops, refused: [skipped] };
    const explained = renderPath(path, { explain: true, color: false });
    expect(explained).toMatchInlineSnapshot(`
      "etchings  1.0 → 1.4   3 hops, all rolling, reversible
        1  1.0 → 1.1
           └─ risk  read the news
        2  1.1 → 1.2
        3  1.2 → 1.4   skips 1.3
      Every hop   rolling   rollback: lossless
        ├─ task      move
        ├─ risk      tasks go on
        ├─ requires  kept options
        └─ source    the guide
      2.10 → 3.0: allowed, but drydock plan refuses it: users have to be exported first
      Not taken
        1.2 → 1.3
        ├─ why      withdrawn
        ├─ instead  1.4
        └─ source   the guide
      pack etchings 2 (sha256:9f2c00000000…)
      "
    `);
    for (const text of ['move', 'kept options', 'tasks go on', 'lossless']) expect(explained.split(text).length).toBe(2);
    // Each hop alone still says everything.
    const alone = renderPath({ ...path, hops: hops.slice(0, 1) }, { explain: true, color: false });
    expect(alone).not.toContain('Every hop');
    for (const text of ['move', 'kept options', 'tasks go on', 'read the news', 'lossless']) expect(alone).toContain(text);
  });

  it('is short where nothing was asked', () => {
    expect(renderPath({ ...walk, hops: walk.hops.slice(0, 1) }, { explain: false, color: false })).toMatchInlineSnapshot(`
      "etchings  1.9 → 3.0   1 hop, rolling, reversible
        1  1.9 → 2.10   rolling   rollback: lossless   skips 2.7, 2.8
      2.10 → 3.0: allowed, but drydock plan refuses it: users have to be exported first
      pack etchings 2 (sha256:9f2c00000000…)
      "
    `);
  });

  it('says why there is no way without being asked', () => {
    const none: PathDocument = { ...walk, admissible: false, hops: [], refused: walk.refused.slice(0, 1) };
    expect(renderPath(none, { explain: false, color: false })).toMatchInlineSnapshot(`
      "etchings  1.9 → 3.0   not admissible
      2.10 → 3.0: allowed, but drydock plan refuses it: users have to be exported first
      Refused
        1.9 → 3.0
        ├─ why      one series at a time
        ├─ instead  2.10
        └─ source   the guide
      pack etchings 2 (sha256:9f2c00000000…)
      "
    `);
  });

  it('has no colour unless asked for, and no other text when it has', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for.
    const colour = /\u001b\[[0-9;]*m/g;
    const plain = renderPath(walk, { explain: true, color: false });
    const coloured = renderPath(walk, { explain: true, color: true });
    expect(plain).not.toMatch(colour);
    expect(coloured).toMatch(colour);
    expect(coloured.replace(colour, '')).toBe(plain);
  });
});
