/**
 * The fleet's certificate authority on disk, and the controller's own identity. `authority.pem`: key and certificate of the root that signs, and,
 * after a rollover, that root as the one before it vouches for it. Without that file the authority is an outside one: it puts `identity.pem` and
 * `roots.pem` there, and nothing is issued here. Every change is one rename, and each order of renames is safe to be cut short.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, toFailure } from '../../common/failure.ts';
import { systemReason } from '../../common/file-obstacle.ts';
import { makeFolder } from '../../common/files.ts';
import { certificateFacts, certificatesOf, pinOf, requirePair, standing } from '../../common/identity/certificates.ts';
import type { Identity } from '../../common/identity/identity.ts';
import { secretFaults } from '../../common/identity/identity-faults.ts';
import { type FileSteps, fileSteps, type HeldIdentity, installIdentity, readIdentity } from '../../common/identity/identity-folder.ts';
import { crossSign, issue, issueController, keyOfRequest, makeRoot, type Root } from './issuing.ts';

/** What somebody who enrolled or renewed is given. */
export interface Issued {
  /** The certificate, then those between it and a root; PEM, as are the roots. */
  readonly chain: string;
  readonly roots: string;
  readonly serial: string;
  readonly notAfterMs: number;
}

export interface Authority {
  /** What the controller shows, and verifies others with. */
  readonly own: HeldIdentity;
  /** Pins the root that signs now. Throws FailureError(refused, `outside-authority`). */
  pin(): string;
  /** For a request whose author was proven. Throws FailureError(refused): `outside-authority`, `bad-request-for-certificate`. */
  issueFor(identity: Identity, request: Uint8Array, lifeMs: number, nowMs: number): Promise<Issued>;
  /** Renews the controller's own certificate when it is due, and takes up files that were changed. True: `own` is another one now. */
  refresh(nowMs: number): Promise<boolean>;
}

/** The controller renews its own certificate itself, so it may live long. */
const controllerLifeMs = 90 * 24 * 3_600_000;
export const authorityFile = 'authority.pem';
const nextFile = 'next-authority.pem';

/** What is wrong with the root that signs, each in a sentence; empty for an outside authority, which keeps its own. */
export function authorityFaults(folder: string, nowMs: number): readonly string[] {
  const file = join(folder, authorityFile);
  try {
    const signing = readSigning(folder);
    const own = readIdentity(folder);
    if (signing === null || own === null) return [];
    const { notAfterMs } = certificateFacts(signing.certificate, file);
    const isTrusted = certificatesOf(own.roots).some((root) => pinOf(root) === pinOf(signing.certificate));
    const ended = `the root in ${file} expired at ${new Date(notAfterMs).toISOString()}: it can no longer sign; replace it with drydock-controller authority roll`;
    return [
      ...(nowMs > notAfterMs ? [ended] : []),
      ...(isTrusted ? [] : [`the root in ${file} is not in ${folder}/roots.pem: restore both from one copy`]),
      ...secretFaults(file),
    ];
  } catch (thrown) {
    return [toFailure(thrown).message];
  }
}

interface Signing extends Root {
  /** The root as the one before it vouches for it; null: there was none, or it is out of use. */
  readonly vouched: string | null;
}

/** True: `drydock-controller init` was carried out there. */
export const isInitialised = (folder: string): boolean => existsSync(join(folder, 'identity.pem'));

/** Makes root and identity of a new fleet. Throws FailureError(refused, `already-initialised`). Cut short and asked again, it goes on. */
export async function initAuthority(folder: string, name: string, nowMs: number, steps: FileSteps = fileSteps): Promise<void> {
  if (isInitialised(folder)) throw alreadyInitialised(folder);
  await makeFolder(folder, 0o700);
  if (readSigning(folder) === null) await writeSigning(folder, authorityFile, { ...(await makeRoot(nowMs)), vouched: null }, steps);
  const signing = readSigning(folder);
  if (signing === null) throw fail('internal', 'no-authority', `${join(folder, authorityFile)} was written and is not there`);
  await installOwn(folder, signing, [signing.certificate], name, nowMs, steps);
}

/** Takes an identity and roots that an outside authority made. Throws FailureError(refused): `already-initialised`, `not-a-controller`. */
export async function initOutside(folder: string, files: { readonly identity: string; readonly roots: string }): Promise<void> {
  if (isInitialised(folder)) throw alreadyInitialised(folder);
  const [pair, roots] = [readText(files.identity), readText(files.roots)];
  const key = /-----BEGIN (?:EC )?PRIVATE KEY-----[\s\S]+?-----END (?:EC )?PRIVATE KEY-----/.exec(pair)?.[0] ?? '';
  const chain = certificatesOf(pair).join('\n');
  requirePair(key, chain, files.identity);
  if (certificateFacts(chain, files.identity).identity?.class !== 'controller')
    throw fail(
      'refused',
      'not-a-controller',
      `${files.identity}: the certificate is not of a controller: its only URI must be spiffe://drydock/controller/NAME; have a new one issued`,
    );
  await installIdentity(folder, { key, chain, roots });
}

/** Throws FailureError(refused, `not-initialised`). */
export async function openAuthority(folder: string): Promise<Authority> {
  let own = readIdentity(folder);
  if (own === null) throw notInitialised(folder);
  const signing = () => {
    const found = readSigning(folder);
    if (found === null)
      throw fail(
        'refused',
        'outside-authority',
        'certificates of this fleet come from an external authority: request them there; this controller issues none',
      );
    return found;
  };
  return {
    get own() {
      return own as HeldIdentity;
    },
    pin: () => pinOf(signing().certificate),
    async issueFor(identity, request, lifeMs, nowMs) {
      const root = signing();
      const key = await keyOfRequest(request, identity);
      const certificate = await issue(root, identity, key, { notBeforeMs: nowMs, notAfterMs: nowMs + lifeMs });
      const { serial, notAfterMs } = certificateFacts(certificate);
      return {
        chain: joined([certificate, ...(root.vouched === null ? [] : [root.vouched])]),
        roots: readRoots(folder),
        serial,
        notAfterMs,
      };
    },
    async refresh(nowMs) {
      let now = readIdentity(folder);
      if (now === null) throw notInitialised(folder);
      const root = readSigning(folder);
      if (root !== null && standing(now, nowMs) !== 'fresh') {
        await installOwn(folder, root, certificatesOf(now.roots), now.identity.name, nowMs, fileSteps);
        now = readIdentity(folder) ?? now;
      }
      const isOther = now.chain !== own?.chain || now.roots !== own.roots;
      own = now;
      return isOther;
    },
  };
}

/**
 * Makes the next root and has it sign from now on. Clients that know the present root alone trust it by the present one's signature; who renews
 * learns of both. Cut short and asked again, it goes on with the root that it made.
 * @returns the pin of the root that signs now
 */
export async function rollAuthority(folder: string, nowMs: number, steps: FileSteps = fileSteps): Promise<string> {
  const present = readSigning(folder);
  const own = readIdentity(folder);
  if (present === null || own === null)
    throw fail('refused', 'outside-authority', `no authority in ${folder}: an external authority is rolled over where it runs`);
  let next = readSigning(folder, nextFile);
  if (next === null && certificatesOf(own.roots).length > 1) {
    // Cut short before the controller took its certificate of the new root; one rollover at a time, for it is vouched for by one root.
    if (present.vouched !== null && !own.chain.includes(present.vouched)) {
      await installOwn(folder, present, certificatesOf(own.roots), own.identity.name, nowMs, steps);
      return pinOf(present.certificate);
    }
    throw fail('refused', 'rollover-under-way', 'the last rollover has not ended: run drydock-controller authority retire first');
  }
  if (next === null) {
    const root = await makeRoot(nowMs);
    await writeSigning(folder, nextFile, { ...root, vouched: await crossSign(root, present, nowMs) }, steps);
    next = readSigning(folder, nextFile) as Signing;
  }
  const roots = [next.certificate, ...certificatesOf(own.roots).filter((root) => pinOf(root) !== pinOf((next as Signing).certificate))];
  await installIdentity(folder, { ...own, roots: joined(roots) }, steps);
  await steps.rename(join(folder, nextFile), join(folder, authorityFile));
  await steps.syncFolder(folder);
  await installOwn(folder, next, roots, own.identity.name, nowMs, steps);
  return pinOf(next.certificate);
}

/**
 * Ends a rollover: only the root that signs now is trusted. Throws FailureError(refused): `rollover-too-young` while certificates that an earlier
 * root signed may be valid.
 * @param agentLifeMs how long certificates of agents live
 */
export async function retireRoots(folder: string, agentLifeMs: number, nowMs: number, steps: FileSteps = fileSteps): Promise<number> {
  const signing = readSigning(folder);
  const own = readIdentity(folder);
  if (signing === null || own === null)
    throw fail('refused', 'outside-authority', `no authority in ${folder}: an external authority is rolled over where it runs`);
  const before = certificatesOf(own.roots).length;
  if (before === 1) return 0;
  // Roots are dated back a day, as they are made.
  const untilMs = certificateFacts(signing.certificate).notBeforeMs + 24 * 3_600_000 + agentLifeMs;
  if (nowMs < untilMs)
    throw fail(
      'refused',
      'rollover-too-young',
      `certificates that the earlier root signed are valid until ${new Date(untilMs).toISOString()}: retire it after that; until then both are trusted`,
    );
  const alone = { ...signing, vouched: null };
  await writeSigning(folder, authorityFile, alone, steps);
  await installOwn(folder, alone, [signing.certificate], own.identity.name, nowMs, steps);
  return before - 1;
}

async function installOwn(
  folder: string,
  signing: Signing,
  roots: readonly string[],
  name: string,
  nowMs: number,
  steps: FileSteps,
): Promise<void> {
  const { key, certificate } = await issueController(signing, name, controllerLifeMs, nowMs);
  const chain = joined([certificate, ...(signing.vouched === null ? [] : [signing.vouched])]);
  await installIdentity(folder, { key, chain, roots: joined(roots) }, steps);
}

async function writeSigning(folder: string, name: string, { key, certificate, vouched }: Signing, steps: FileSteps): Promise<void> {
  const beside = join(folder, `${name}.new`);
  await steps.write(beside, joined([key, certificate, ...(vouched === null ? [] : [vouched])]));
  await steps.rename(beside, join(folder, name));
  await steps.syncFolder(folder);
}

function readSigning(folder: string, name = authorityFile): Signing | null {
  const file = join(folder, name);
  if (!existsSync(file)) return null;
  const text = readText(file);
  const [certificate = '', vouched = null] = certificatesOf(text);
  const key = text.slice(0, text.indexOf('-----BEGIN CERTIFICATE-----'));
  requirePair(key, certificate, file);
  return { key, certificate, vouched };
}

const readRoots = (folder: string): string => readText(join(folder, 'roots.pem'));

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fail('failed', 'identity-unreadable', `${file} cannot be read: ${systemReason(error)}`);
  }
}

const joined = (parts: readonly string[]): string => `${parts.map((part) => part.trim()).join('\n')}\n`;

function alreadyInitialised(folder: string): Error {
  return fail('refused', 'already-initialised', `${folder} already holds the identity of a fleet; nothing was changed`);
}

export function notInitialised(folder: string): Error {
  return fail('refused', 'not-initialised', `the controller has no identity in ${folder}: create one with drydock-controller init`);
}
