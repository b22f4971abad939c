/** The key that signs checkpoints of the audit log: Ed25519, a file beside the authority's, made with it and never sent anywhere. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, checkpointBytes } from '../../common/checkpoint.ts';
import { fail, toFailure } from '../../common/failure.ts';
import { systemReason } from '../../common/file-obstacle.ts';
import { secretFaults } from '../../common/identity/identity-faults.ts';
import { type FileSteps, fileSteps } from '../../common/identity/identity-folder.ts';

export interface AuditKey {
  /** Goes into each checkpoint, and tells keys apart. */
  readonly id: string;
  seal(checkpoint: Omit<Checkpoint, 'key' | 'signature'>): Checkpoint;
  /** Whether this key signed just that. */
  sealed(checkpoint: Checkpoint): boolean;
}

const fileName = 'audit-key.pem';

/** The key in this folder; made where there is none. Throws FailureError(failed, `audit-key-unreadable`). */
export async function openAuditKey(folder: string, steps: FileSteps = fileSteps): Promise<AuditKey> {
  const file = join(folder, fileName);
  if (!existsSync(file)) {
    const made = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    await steps.write(`${file}.new`, made);
    await steps.rename(`${file}.new`, file);
    await steps.syncFolder(folder);
  }
  return auditKeyOf(readKey(file));
}

/** What is wrong with the key in this folder, each one sentence. None where there is no key: a start makes it. */
export function auditKeyFaults(folder: string): readonly string[] {
  const file = join(folder, fileName);
  if (!existsSync(file)) return [];
  try {
    readKey(file);
  } catch (thrown) {
    return [toFailure(thrown).message];
  }
  return secretFaults(file);
}

function readKey(file: string): KeyObject {
  let why: string;
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === 'ed25519') return key;
    why = `it holds a key of type ${key.asymmetricKeyType}, expected ed25519`;
  } catch (error) {
    why = systemReason(error);
  }
  throw fail('failed', 'audit-key-unreadable', `${file} cannot be used: ${why}; restore the file from a copy of this folder`);
}

function auditKeyOf(privateKey: KeyObject): AuditKey {
  const publicKey = createPublicKey(privateKey);
  const id = createHash('sha256')
    .update(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })))
    .digest('hex')
    .slice(0, 16);
  return {
    id,
    seal(checkpoint) {
      const whole = { ...checkpoint, key: id };
      return { ...whole, signature: sign(null, new Uint8Array(checkpointBytes(whole)), privateKey).toString('base64url') };
    },
    sealed: (checkpoint) =>
      checkpoint.key === id &&
      verify(null, new Uint8Array(checkpointBytes(checkpoint)), publicKey, new Uint8Array(Buffer.from(checkpoint.signature, 'base64url'))),
  };
}
