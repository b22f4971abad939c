import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

describe('ARCHITECTURE.md', () => {
  it('names no file or folder that is not there', () => {
    const named = [...page.matchAll(/`((?:agent|cli|common|controller|demo|docs|engines|proto|scripts|systemd|test)\/[^`\s]*)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !/[<*]/.test(path));
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
