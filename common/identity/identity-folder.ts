/**
 * A folder with an identity: `identity.pem` holds the private key and its certificate, so that one rename changes both; `roots.pem` what the
 * other side is verified with. A change writes beside, makes it durable, and renames: at every moment the old pair or the new one is whole.
 */
import { readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../failure.ts';
import { systemReason } from '../file-obstacle.ts';
import { makeFolder, sync } from '../files.ts';
import { type CertificateFacts, certificateFacts, certificatesOf, requirePair } from './certificates.ts';
import type { Identity } from './identity.ts';

export interface HeldIdentity extends CertificateFacts {
  readonly identity: Identity;
  /** PEM, as are the others. */
  readonly key: string;
  /** The certificate, then those between it and a root. */
  readonly chain: string;
  readonly roots: string;
}

/** The steps that a change consists of, so that a test can end it at each. */
export interface FileSteps {
  /** An own file of this name in the folder, readable by its owner only, durable before it resolves. */
  write(file: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncFolder(folder: string): Promise<void>;
  remove(file: string): Promise<void>;
}

export const fileSteps: FileSteps = {
  async write(file, text) {
    await rm(file, { force: true });
    const opened = await open(file, 'wx', 0o600);
    try {
      await opened.writeFile(text);
      await opened.sync();
    } finally {
      await opened.close();
    }
  },
  rename,
  syncFolder: async (folder) => sync(folder),
  remove: (file) => rm(file, { force: true }),
};

export const identityFile = 'identity.pem';
const rootsFile = 'roots.pem';
const pendingFile = 'pending-key.pem';

/** null: there is no identity here. Throws FailureError(failed): `bad-certificate`, `identity-unreadable`. */
export function readIdentity(folder: string): HeldIdentity | null {
  const [pair, roots] = [read(join(folder, identityFile)), read(join(folder, rootsFile))];
  if (pair === null || roots === null) return null;
  const where = join(folder, identityFile);
  const key = /-----BEGIN (?:EC )?PRIVATE KEY-----[\s\S]+?-----END (?:EC )?PRIVATE KEY-----/.exec(pair)?.[0] ?? '';
  const chain = certificatesOf(pair).join('\n');
  requirePair(key, chain, where);
  const { identity, ...facts } = certificateFacts(chain, where);
  if (identity === null)
    throw fail('failed', 'bad-certificate', `${where}: the certificate does not carry a Drydock identity; enroll again`);
  return { ...facts, identity, key, chain, roots };
}

/** Puts a new key with its certificate, and the roots of the time, in the place of the old ones. */
export async function installIdentity(
  folder: string,
  { key, chain, roots }: { readonly key: string; readonly chain: string; readonly roots: string },
  steps: FileSteps = fileSteps,
): Promise<void> {
  requirePair(key, chain, 'the certificate received');
  await makeFolder(folder, 0o700);
  // Roots first: they verify the other side by the old and the new, while a pair without them would be no use.
  await replace(folder, rootsFile, roots, steps);
  await replace(folder, identityFile, `${key.trim()}\n${chain.trim()}\n`, steps);
  await steps.remove(join(folder, pendingFile));
}

/** The key of an enrolment under way: asked again after a crash, the same key is certified, so that one token is enough. */
export async function pendingKey(folder: string, make: () => string, steps: FileSteps = fileSteps): Promise<string> {
  const before = read(join(folder, pendingFile));
  if (before !== null) return before;
  await makeFolder(folder, 0o700);
  const key = make();
  await replace(folder, pendingFile, key, steps);
  return key;
}

async function replace(folder: string, name: string, text: string, steps: FileSteps): Promise<void> {
  const beside = join(folder, `${name}.new`);
  await steps.write(beside, text);
  await steps.rename(beside, join(folder, name));
  await steps.syncFolder(folder);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fail('failed', 'identity-unreadable', `${file} cannot be read: ${systemReason(error)}`);
  }
}
