import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { agentUnit, layOutNode } from '../../demo/host-layout.ts';

const dir = mkdtempSync(join(tmpdir(), 'drydock-layout-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('an agent of the demo', () => {
  it('is started with the environment that its installed unit sets, so that it weighs the same', async () => {
    const { supervisorSettings } = await layOutNode(dir, 'pg-1', [], '127.0.0.1:7420');
    const { units } = parse(readFileSync(supervisorSettings, 'utf8')) as { units: { name: string; env: Record<string, string> }[] };
    const { env } = units.find(({ name }) => name === agentUnit) ?? {};
    expect(env).toMatchObject({ MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '4096', MALLOC_TRIM_THRESHOLD_: '131072' });
  });
});
