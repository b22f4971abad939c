/** bundle: one archive about a run, for a colleague who does not reach this controller. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import { collect } from '../bundle/collect.ts';
import { bundleFiles } from '../bundle/files.ts';
import { bytesText, countOf } from '../render/text.ts';
import { print, type Session, say, withController } from '../session.ts';

export interface BundleOptions {
  /** Left out: `drydock-RUN.tar.gz` in the folder where the command runs. */
  readonly out?: string;
}

/** Never writes over a file that is there. */
export async function bundleRun(session: Session, runId: string, { out }: BundleOptions): Promise<void> {
  const collected = await withController(session, (link) => collect(link, runId));
  const madeAtMs = session.io.clock.wallMs();
  const { files, removed } = bundleFiles(collected, madeAtMs);
  const folder = `drydock-${collected.run.run}`;
  const file = resolve(out ?? `${folder}.tar.gz`);
  const archive = tarGz(folder, files, madeAtMs);
  await writeFile(file, archive, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw fail('refused', 'file-exists', `${file} already exists; give another file with --out, or move it`);
    throw fail('failed', 'not-written', `${file} cannot be written: ${error.message}`);
  });
  for (const each of collected.missing) say(session, `missing: ${each}`);
  const secrets = removed === 0 ? 'no secrets found' : `${countOf(removed, 'secret')} removed`;
  say(
    session,
    `${countOf(files.size, 'file')}, ${bytesText(archive.length)}, ${secrets}; review it before you send it: secrets in unknown formats are not removed`,
  );
  const document: Versioned & { readonly run: string; readonly file: string; readonly sizeBytes: number; readonly removed: number } & {
    readonly missing: readonly string[];
  } = { apiVersion: 'drydock/v1', run: collected.run.run, file, sizeBytes: archive.length, removed, missing: collected.missing };
  await print(session, document, () => [file]);
}

const blockBytes = 512;

/** A tar.gz whose files never lie on the disk unpacked. Readable by their owner alone once unpacked, all in one folder. */
function tarGz(folder: string, files: ReadonlyMap<string, string>, madeAtMs: number): Buffer {
  const entries = [...files].flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const header = new Header({ path: `${folder}/${name}`, mode: 0o600, size: content.length, mtime: new Date(madeAtMs), type: 'File' });
    header.encode();
    const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
    return [header.block as Buffer, content, padding];
  });
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * blockBytes)]));
}
