/** A tar.gz whose files were made here: they never lie on the disk unpacked. */
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

const blockBytes = 512;

/** Readable by their owner alone once unpacked, all in one folder. */
export function tarGz(folder: string, files: ReadonlyMap<string, string>, madeAtMs: number): Buffer {
  const entries = [...files].flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const header = new Header({ path: `${folder}/${name}`, mode: 0o600, size: content.length, mtime: new Date(madeAtMs), type: 'File' });
    header.encode();
    const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
    return [header.block as Buffer, content, padding];
  });
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * blockBytes)]));
}
