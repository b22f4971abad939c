/** Files that only grow in one incarnation of their server: what was read of them is kept, for the sake of those who ask again and again. */
import type { DriverContext } from '../../../common/driver.ts';

const chunkBytes = 1024 * 1024;

/** What stands at a place of the bytes that were read. */
export type Frame<R> =
  | { readonly kind: 'record'; readonly record: R; readonly nextByte: number }
  /** The frame goes on behind what was given: so many bytes, from its begin on, hold it whole. */
  | { readonly kind: 'short'; readonly needBytes: number }
  /** Nothing is written from here on: files are made longer than what is in them. */
  | { readonly kind: 'end' };

export interface Grown<R> {
  /** Throws RangeError when what is there is no frame. */
  frameAt(bytes: Uint8Array, fromByte: number): Frame<R>;
  /** Keeps of a record what matters. */
  keep(records: R[], record: R): void;
}

/** What of a file's records matters, and how far it was read. */
interface Reading<R> {
  readonly fromByte: number;
  readonly records: readonly R[];
}

interface ServerRun {
  readonly id: string;
  readonly files: Map<string, Promise<Reading<unknown>>>;
}
const serverRuns = new Map<string, ServerRun>();

export async function recordsIn<R>({ host, settings }: DriverContext, path: string, form: Grown<R>): Promise<readonly R[]> {
  const unread: Reading<R> = { fromByte: 0, records: [] };
  const { invocationId } = await host.unitState(settings.unit);
  if (invocationId === null) return (await readOn(host, path, unread, form)).records;
  const known = serverRuns.get(settings.dataDir);
  const serverRun = known?.id === invocationId ? known : { id: invocationId, files: new Map<string, Promise<Reading<unknown>>>() };
  serverRuns.set(settings.dataDir, serverRun);
  // One after the other: who asks while another one still reads goes on where that one ends.
  const before = (serverRun.files.get(path) as Promise<Reading<R>> | undefined) ?? Promise.resolve(unread);
  const reading = before.catch(() => unread).then((so) => readOn(host, path, so, form));
  serverRun.files.set(path, reading);
  return (await reading).records;
}

/** A frame at the very end may be half written: it is newer than all that is asked for, and read by the next who asks. */
async function readOn<R>(host: DriverContext['host'], path: string, known: Reading<R>, { frameAt, keep }: Grown<R>): Promise<Reading<R>> {
  const records = [...known.records];
  let { fromByte } = known;
  let wanted = chunkBytes;
  for (;;) {
    const chunk = await host.readBytes(path, fromByte, wanted);
    if (chunk === null) return { fromByte, records };
    let at = 0;
    for (;;) {
      const frame = frameAt(chunk, at);
      if (frame.kind !== 'record') {
        fromByte += at;
        if (frame.kind === 'end' || chunk.length < wanted) return { fromByte, records };
        wanted = Math.max(chunkBytes, frame.needBytes);
        break;
      }
      at = frame.nextByte;
      keep(records, frame.record);
    }
  }
}
