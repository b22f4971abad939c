/** release: what can be installed, brought in and checked. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ReleaseDocument, ReleaseListDocument, ReleaseVerificationDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import { digestOfFile } from '../../common/files.ts';
import { printable } from '../../common/printable.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { allRows } from '../pages.ts';
import { releaseListLines, releaseVerificationLines } from '../render/fleet.ts';
import { bytesText } from '../render/text.ts';
import { print, type Session, say, withController } from '../session.ts';
import { printList, type WatchedOption } from '../watch/watch-list.ts';

export interface ReleaseAddOptions {
  readonly artifact: string;
  readonly arch: string;
  readonly role: string;
}

/** Digests the file first, so that the controller can tell that what arrived is what was meant. */
export async function releaseAdd(session: Session, engine: string, version: string, options: ReleaseAddOptions): Promise<void> {
  const { sizeBytes, digest } = await digested(options.artifact);
  const fileName = basename(options.artifact);
  const description = { engine, version, arch: options.arch, artifacts: [{ role: options.role, digest, sizeBytes, fileName }] };
  const progress = uploadProgress(session, fileName, sizeBytes);
  const reply = await withController(session, (link) => link.upload(description, [options.artifact], progress.sent)).finally(progress.end);
  const document = documentOf<ReleaseDocument & Versioned>(reply.release, `release ${engine} ${version}`);
  say(session, `added ${engine} ${version} ${options.arch}: ${fileName}, ${bytesText(sizeBytes)}, ${digest}`);
  await print(session, document, (release, view) => releaseListLines({ releases: [release] }, view));
}

export async function releaseList(session: Session, engine: string | undefined, options: WatchedOption): Promise<void> {
  const read = async (link: OperatorLink): Promise<ReleaseListDocument> => ({
    apiVersion: 'drydock/v1',
    releases: await allRows(async (pageSize, after) => {
      const page = await link.ask('ListReleases', { engine: engine ?? '', pageSize, after });
      return { rows: documentOf<ReleaseListDocument>(page.releases, 'releases').releases, nextAfter: page.nextAfter };
    }),
  });
  await printList(session, options, read, releaseListLines);
}

export interface ReleaseRemoveOptions {
  readonly arch?: string;
  readonly reason?: string;
}

export async function releaseRemove(session: Session, engine: string, named: string, options: ReleaseRemoveOptions): Promise<void> {
  const { arch = '', reason = '' } = options;
  const { release } = await withController(session, (link) => link.ask('RemoveRelease', { engine, release: named, arch, reason }));
  const document = documentOf<ReleaseDocument & Versioned>(release, `release ${engine} ${named}`);
  say(session, `removed ${document.engine} ${document.version} ${document.arch}`);
  await print(session, document, () => []);
}

export async function releaseVerify(session: Session, engine: string | undefined): Promise<ExitCode> {
  const { verification } = await withController(session, (link) => link.ask('VerifyReleases', { engine: engine ?? '' }));
  const document = documentOf<ReleaseVerificationDocument>(verification, 'verification of releases');
  await print(session, document, releaseVerificationLines);
  return document.ok ? exitCodes.ok : exitCodes.failure;
}

async function digested(file: string): Promise<{ readonly sizeBytes: number; readonly digest: string }> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw fail('usage', 'bad-artifact', `${file} is not a regular file; give one archive`);
    return { sizeBytes: found.size, digest: await digestOfFile(file) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw fail('usage', 'bad-artifact', `${file}: no such file`);
    if (code === 'EACCES') throw fail('usage', 'bad-artifact', `${file}: permission denied`);
    throw error;
  }
}

/** One line on a terminal, written over itself at most ten times a second; nothing elsewhere. */
function uploadProgress(session: Session, fileName: string, sizeBytes: number): { sent(bytes: number): void; end(): void } {
  const { stderr, clock } = session.io;
  if (stderr.isTTY !== true || session.options.quiet === true) return { sent() {}, end() {} };
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return {
    sent(bytes) {
      if (clock.monotonicMs() - shownAtMs < 100 && bytes < sizeBytes) return;
      shownAtMs = clock.monotonicMs();
      stderr.write(`\r\u001b[K${printable(fileName)}  ${bytesText(bytes)} of ${bytesText(sizeBytes)}`);
    },
    end: () => {
      stderr.write('\r\u001b[K');
    },
  };
}
