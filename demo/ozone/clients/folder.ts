/** One bucket behind HttpFS, which speaks WebHDFS and takes any name for a user. */
import { userInfo } from 'node:os';
import type { Bucket } from './bucket.ts';

const requestMs = 20_000;

/** `/volume/bucket`. Each call throws Error with the answer's status. */
export function folderAt(endpoint: string, path: string): Bucket {
  const ask = async (method: string, name: string, op: string, body?: Uint8Array): Promise<Uint8Array> => {
    const url = `${endpoint}/webhdfs/v1${path}${name}?op=${op}&user.name=${userInfo().username}`;
    const response = await fetch(url, {
      method,
      headers: { 'content-type': 'application/octet-stream' },
      signal: AbortSignal.timeout(requestMs),
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return bytes;
    throw new Error(`${op} of ${path}${name} was answered with ${response.status}: ${Buffer.from(bytes).toString().slice(0, 200)}`);
  };
  return {
    async make() {
      await ask('PUT', '', 'MKDIRS');
    },
    async put(key, body) {
      await ask('PUT', `/${key}`, 'CREATE&overwrite=true&data=true', body);
    },
    get: (key) => ask('GET', `/${key}`, 'OPEN'),
  };
}
