/** The programs as they are delivered: bundles in dist, where imports are resolved otherwise than in the sources. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../demo/programs.ts';

const question = ['path', 'postgresql', '16.4', '16.14', '--offline'];

async function said(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [join(root, 'dist/drydock.js'), ...args])).stdout;
}

it('the built CLI writes the same document as JSON and as YAML', async () => {
  const [json, yaml] = [await said([...question, '-o', 'json']), await said([...question, '-o', 'yaml'])];
  expect(parse(yaml)).toEqual(JSON.parse(json));
});
