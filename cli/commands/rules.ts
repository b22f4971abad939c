/** rules: the packs that say which versions a cluster may go through. `lint` works offline. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RulePackChangeDocument, RulePackDiffDocument, RulePackDocument, RulePackListDocument } from '../../common/documents/rules.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import type { LintFinding } from '../../controller/rules/lint.ts';
import { documentOf } from '../documents.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { changeLines, findingLines, packListLines } from '../render/rules.ts';
import { print, type Session, say, withController } from '../session.ts';

export async function listRules(session: Session, engine: string | undefined): Promise<void> {
  const { rules } = await withController(session, (link) => link.ask('ListRules', { engine: engine ?? '' }));
  await print(session, documentOf<RulePackListDocument>(rules, 'rules'), packListLines);
}

/** The pack's text as it was written: what is printed can be edited and imported. */
export async function showRules(session: Session, engine: string, pack: string | undefined): Promise<void> {
  const { rules } = await withController(session, (link) => link.ask('ShowRules', { engine, pack: pack ?? '' }));
  await print(session, documentOf<RulePackDocument>(rules, `rules of ${engine}`), ({ text }) => text.trimEnd().split('\n'));
}

export async function diffRules(session: Session, engine: string, packA: string, packB: string | undefined): Promise<void> {
  const { diff } = await withController(session, (link) => link.ask('DiffRules', { engine, packA, packB: packB ?? '' }));
  await print(session, documentOf<RulePackDiffDocument>(diff, `diff of rules of ${engine}`), (document, view) => {
    if (document.same) return ['the packs are identical'];
    return document.lines.map((line) =>
      line.startsWith('+') ? view.paint('good', line) : line.startsWith('-') ? view.paint('bad', line) : line,
    );
  });
}

export async function importRules(session: Session, file: string): Promise<void> {
  const text = await textOf(file);
  const { imported } = await withController(session, (link) => link.ask('ImportRules', { fileName: basename(file), text }));
  await printChange(session, documentOf<RulePackChangeDocument>(imported, `import of ${file}`));
}

export async function revertRules(session: Session, engine: string, pack: string): Promise<void> {
  const { imported } = await withController(session, (link) => link.ask('RevertRules', { engine, pack }));
  await printChange(session, documentOf<RulePackChangeDocument>(imported, `rules of ${engine}`));
}

async function printChange(session: Session, document: RulePackChangeDocument): Promise<void> {
  say(session, `active: ${document.pack.engine} version ${document.pack.version}  ${document.pack.digest}`);
  await print(session, document, changeLines);
}

export interface LintDocument extends Versioned {
  readonly packs: readonly string[];
  readonly findings: readonly LintFinding[];
}

/** The given files, each beside the built-in packs of the other engines; or all built-in ones. Exit code 1 when there are findings. */
export async function lintRules(session: Session, files: readonly string[]): Promise<ExitCode> {
  const [{ lintPack }, { loadPack, loadPacks }, { builtinPacks }, { schemes }, { requirementTexts, taskTexts }, { configFileNames }] =
    await Promise.all([
      import('../../controller/rules/lint.ts'),
      import('../../controller/rules/pack.ts'),
      import('../../engines/builtin-packs.ts'),
      import('../../engines/schemes.ts'),
      import('../../engines/rule-ids.ts'),
      import('../../engines/config-files.ts'),
    ]);
  const builtin = loadPacks(builtinPacks(), schemes);
  const known = { requirements: requirementTexts, tasks: taskTexts, configFiles: configFileNames };
  const asked =
    files.length === 0 ? [...builtin.values()] : await Promise.all(files.map(async (file) => loadPack(file, await textOf(file), schemes)));
  const findings = asked.flatMap((pack) => lintPack(pack, new Map([...builtin, [pack.name, pack]]), known));
  const document: LintDocument = {
    apiVersion: 'drydock/v1',
    packs: asked.map((pack) => `${pack.name} ${pack.version}`),
    findings,
  };
  await print(session, document, findingLines);
  return findings.length === 0 ? exitCodes.ok : exitCodes.failure;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw fail('usage', 'bad-file', error.code === 'ENOENT' ? `${file}: no such file` : `${file} cannot be read: ${error.message}`);
  });
}
