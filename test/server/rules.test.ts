import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { RulePackChangeDocument, RulePackDiffDocument, RulePackDocument, RulePackListDocument } from '../../common/documents/rules.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';
const version = Number(/^version: (\d+)/m.exec(text)?.[1]);
const later = text.replace(/^version: \d+/m, `version: ${version + 1}`);

async function list(door: Door): Promise<RulePackListDocument['packs']> {
  return (json((await door.ask('ListRules', { engine: 'postgresql' })).rules) as RulePackListDocument).packs;
}

const active = async (door: Door) => (await list(door)).filter((pack) => pack.active).map(({ version: of, origin }) => [of, origin]);

describe('M50 rule packs', () => {
  it('are the built-in ones at first, all of them', async () => {
    await using door = await openDoor();
    const { packs } = json((await door.ask('ListRules', { engine: '' })).rules) as RulePackListDocument;
    expect(packs.map((pack) => pack.engine)).toEqual(builtinPacks().map((pack) => pack.name));
    expect(packs.every((pack) => pack.active && pack.origin === 'built-in')).toBe(true);
  });

  it('are active as soon as they were imported, stay listed, and can be rolled back', async () => {
    await using door = await openDoor();
    const answer = await door.ask('ImportRules', { fileName: 'later.yaml', text: later });
    expect((json(answer.imported) as RulePackChangeDocument).pack).toMatchObject({
      version: version + 1,
      active: true,
      importedBy: expect.any(String),
    });
    expect(await active(door)).toEqual([[version + 1, 'imported']]);
    expect((json((await door.ask('ShowRules', { engine: 'postgresql', pack: '' })).rules) as RulePackDocument).text).toBe(later);
    const diff = json((await door.ask('DiffRules', { engine: 'postgresql', packA: 'built-in', packB: '' })).diff) as RulePackDiffDocument;
    expect(diff.lines).toContain(`+version: ${version + 1}`);
    await door.ask('RevertRules', { engine: 'postgresql', pack: 'built-in' });
    expect(await active(door)).toEqual([[version, 'built-in']]);
    expect(await list(door)).toHaveLength(2);
  });

  it('leave a trace in the audit log, each import and each choice', async () => {
    await using door = await openDoor();
    await door.ask('ImportRules', { fileName: 'later.yaml', text: later });
    await door.ask('RevertRules', { engine: 'postgresql', pack: 'built-in' });
    const events = await door.store.events('fleet', 0, 10);
    expect(events.map((event) => event.body.type)).toEqual(['role-bound', 'rules-imported', 'active-rules', 'active-rules']);
  });

  it('are refused with file and line when they cannot be read, and nothing is kept', async () => {
    await using door = await openDoor();
    const broken = later.replace('edges:', 'edgez:');
    const refused = await refusal(door.ask('ImportRules', { fileName: 'broken.yaml', text: broken }));
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
    expect(refused.failure?.message).toMatch(/broken\.yaml:\d+: /);
    expect(await list(door)).toHaveLength(1);
  });

  it('are refused when the lint finds something', async () => {
    await using door = await openDoor();
    const odd = later.replace(
      /^edges:$/m,
      'edges:\n  - { id: nothing, from: 3.1, to: 3.2, kind: rolling, rollback: lossless, source: a test }',
    );
    const refused = await refusal(door.ask('ImportRules', { fileName: 'odd.yaml', text: odd }));
    expect(refused.failure?.message).toMatch(/odd\.yaml:\d+: nothing: from and to match no two listed releases/);
  });

  it('are refused when they are not newer than what is active', async () => {
    await using door = await openDoor();
    const same = `${text}# one more line\n`;
    const refused = await refusal(door.ask('ImportRules', { fileName: 'same.yaml', text: same }));
    expect(refused.failure?.message).toMatch(/is not newer than version .* give it a higher version/);
  });

  it('that nobody knows are not found', async () => {
    await using door = await openDoor();
    expect((await refusal(door.ask('ShowRules', { engine: 'postgresql', pack: 'abcd' }))).failure?.message).toMatch(
      /drydock rules list postgresql/,
    );
    expect((await refusal(door.ask('ShowRules', { engine: 'oracle', pack: '' }))).failure?.message).toMatch(
      /no rule pack for engine oracle/,
    );
  });
});
