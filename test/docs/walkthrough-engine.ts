/** The engine of docs/adding-an-engine.md as the page shows it: built in a tree of its own, and loaded from there beside the others. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import type { Driver } from '../../common/driver.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import { loadPacks } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import type { Tools } from '../../engines/kit/pure/tools.ts';
import type { FormSubject } from '../contract/form.ts';
import type { RecordedSubject } from '../contract/recorded.ts';
import type { SilentSubject } from '../contract/silence.ts';
import type { LiveSubject } from '../contract/subject.ts';
import { buildWalkthrough, removeTree, shown } from './walkthrough.ts';

export const tree = buildWalkthrough();
afterAll(() => removeTree(tree));
const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(tree, path)).href);

const { schemes } = (await load('engines/schemes.ts')) as { schemes: ReadonlyMap<string, VersionScheme> };
const { procedures } = (await load('engines/procedures.ts')) as { procedures: ReadonlyMap<string, Procedure> };
const { drivers } = (await load('engines/drivers.ts')) as { drivers: readonly Driver[] };
const { builtinPacks } = (await load('engines/builtin-packs.ts')) as typeof import('../../engines/builtin-packs.ts');
export const { tallyForm, tallySubject } = (await load('test/contract/tally.ts')) as {
  tallyForm: FormSubject;
  tallySubject: RecordedSubject & SilentSubject & LiveSubject;
};
export const { tools } = (await load('engines/tally/tools.ts')) as { tools: Tools };
export const { configFileNames: configFiles } = (await load('engines/config-files.ts')) as typeof import('../../engines/config-files.ts');

export const scheme = found(schemes.get('tally'));
export const procedure = found(procedures.get('tally'));
export const driver = found(drivers.find(({ engine }) => engine === 'tally'));
export const packs = loadPacks(builtinPacks(), schemes);

export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the walkthrough leaves it out of its list');
  return value;
}

/** Without the line that tells command and version. */
export const recorded = shown('test/recorded/tally/1.4.2/status.txt').split('\n').slice(1).join('\n').trimEnd();

export const path = (from: string, to: string) =>
  findPath({ engine: 'tally', from, to, hosts: [{ host: null, os: null, arch: null }], traits: {} }, packs);
