import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { renderPath } from '../../cli/render/path.ts';
import { lintPack } from '../../controller/rules/lint.ts';
import { loadPack } from '../../controller/rules/pack.ts';
import { packSchema } from '../../controller/rules/pack-schema.ts';
import { findPath } from '../../controller/rules/path.ts';
import { configFileNames } from '../../engines/config-files.ts';
import { requirementTexts, taskTexts } from '../../engines/rule-ids.ts';
import { schemes } from '../../engines/schemes.ts';

const page = readFileSync(new URL('../../docs/rule-packs.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');

describe('docs/rule-packs.md', () => {
  const pack = loadPack('docs/rule-packs.md', blocks('yaml')[0] ?? '', schemes);
  const packs = new Map([[pack.name, pack]]);

  it('shows a pack that the lint has nothing against', () => {
    expect(lintPack(pack, packs, { requirements: requirementTexts, tasks: taskTexts, configFiles: configFileNames })).toEqual([]);
  });

  it.each(blocks('console'))('shows what is printed: %s', (block) => {
    const [command = '', ...printed] = block.split('\n');
    const [, engine = '', from = '', to = '', options = ''] = /^\$ drydock path (\S+) (\S+) (\S+)(.*)$/.exec(command) ?? [];
    const [, trait, value] = /--trait (\w+)=(\w+)/.exec(options) ?? [];
    const traits = trait === undefined || value === undefined ? {} : { [trait]: value };
    const path = findPath({ engine, from, to, hosts: [{ host: null, os: null, arch: null }], traits }, packs);
    expect(printed.join('\n')).toBe(renderPath(path, { explain: options.includes('--explain'), color: false }));
  });

  it('explains every field that a pack can have', () => {
    const fields = fieldsOf(editorSchema());
    expect(fields).toContain('adjacent');
    for (const field of fields) expect(page, field).toContain(field);
  });

  it('comes with a schema for editors that says what is read', async () => {
    // Short lists on one line, as the formatter has them.
    const text = JSON.stringify(editorSchema(), null, 2).replace(
      /\[\s+([^[\]{}]*?)\s+\]/g,
      (_list, inner) => `[${inner.replace(/\s+/g, ' ')}]`,
    );
    await expect(`${text}\n`).toMatchFileSnapshot('../../docs/rule-pack.schema.json');
  });
});

/** Names of all properties, however deep. */
function fieldsOf(schema: unknown): readonly string[] {
  if (schema === null || typeof schema !== 'object') return [];
  const properties = (schema as { properties?: Record<string, unknown> }).properties ?? {};
  return [...new Set([...Object.keys(properties), ...Object.values(schema).flatMap(fieldsOf)])];
}

/** The form of a pack as editors know it: they see numbers and booleans where Drydock reads text. */
function editorSchema(): unknown {
  return z.toJSONSchema(packSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.type === 'string' && jsonSchema.enum === undefined && jsonSchema.const === undefined) {
        Object.assign(jsonSchema, { type: ['string', 'number', 'boolean'] });
      }
      if (jsonSchema.const === 'true') {
        delete jsonSchema.const;
        Object.assign(jsonSchema, { type: ['string', 'boolean'], enum: ['true', true] });
      }
    },
  });
}
