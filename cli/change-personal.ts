/** Changes a person's own settings file; comments that the person wrote there stay. */
import { existsSync } from 'node:fs';
import { open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { fail } from '../common/failure.ts';
import { makeFolder } from '../common/files.ts';
import { type Env, personalPath } from './personal-settings.ts';

/**
 * Changes the file, which is made if there is none, and leaves it whole whatever happens meanwhile. The file itself is replaced where its
 * place is a link to it. FailureError(usage, `no-home`) where no place for it is known; (failed, `not-written`) where it cannot be written.
 */
export async function changePersonal(env: Env, change: (document: Document) => void): Promise<void> {
  const path = personalPath(env);
  if (path === null)
    throw fail(
      'usage',
      'no-home',
      'contexts cannot be stored: neither XDG_CONFIG_HOME nor HOME is set; set one of them, or give --controller',
    );
  try {
    await makeFolder(dirname(path), 0o700);
    const place = existsSync(path) ? await realpath(path) : path;
    const document = parseDocument(existsSync(place) ? await readFile(place, 'utf8') : '');
    change(document);
    await replace(place, String(document));
  } catch (error) {
    throw fail('failed', 'not-written', `${path} was not changed: ${(error as Error).message}`);
  }
}

async function replace(place: string, text: string): Promise<void> {
  const mode = existsSync(place) ? (await stat(place)).mode & 0o777 : 0o600;
  const beside = `${place}.${process.pid}.new`;
  const file = await open(beside, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, place);
}
