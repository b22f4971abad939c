/**
 * The write-ahead log of a member, as far as it must be understood here: which entries a server would read again at its start, and which of
 * them have the form that only servers up to 3.5 write. PURE.
 * Source: go.etcd.io/etcd server/storage/wal (frames), api/etcdserverpb raft_internal.proto and etcdserver.proto (both forms of entries).
 */
import type { Frame } from '../../kit/host/grown-files.ts';
import { fieldsOf } from '../../kit/pure/protobuf-fields.ts';

/** What one record tells that matters here. */
export type WalRecord =
  | { readonly kind: 'entry'; readonly index: number; readonly isV2: boolean }
  /** State on disk up to `index`: entries up to it are not read again. */
  | { readonly kind: 'snapshot'; readonly index: number }
  /** What the cluster has agreed on, up to this index. */
  | { readonly kind: 'commit'; readonly index: number }
  | { readonly kind: 'other' };

const lengthBytes = 8;
/** A request is at most some MB (--max-request-bytes); more is no length but something else. */
const longestFrameBytes = 256 * 1024 * 1024;

/** One frame. Throws RangeError when what is there is none. */
export function frameAt(bytes: Uint8Array, fromByte: number): Frame<WalRecord> {
  if (bytes.length - fromByte < lengthBytes) return { kind: 'short', needBytes: lengthBytes };
  const head = new DataView(bytes.buffer, bytes.byteOffset + fromByte, lengthBytes);
  const [low, high] = [head.getUint32(0, true), head.getUint32(4, true)];
  if (low === 0 && high === 0) return { kind: 'end' };
  // The highest byte tells how many bytes were added to fill the frame up; the others are the record's length.
  const mark = high >>> 24;
  const recordBytes = (high & 0xff_ffff) * 2 ** 32 + low;
  const needBytes = lengthBytes + recordBytes + (mark >= 0x80 ? mark & 0x7 : 0);
  if (needBytes > longestFrameBytes) throw new RangeError(`no frame of the log begins with a length of ${recordBytes} bytes`);
  if (bytes.length - fromByte < needBytes) return { kind: 'short', needBytes };
  const start = fromByte + lengthBytes;
  return { kind: 'record', record: recordOf(bytes.subarray(start, start + recordBytes)), nextByte: fromByte + needBytes };
}

const recordKinds = { entry: 2, state: 3, snapshot: 5 } as const;
const nothing = new Uint8Array();

function recordOf(bytes: Uint8Array): WalRecord {
  const { 1: kind = 0, 3: data = nothing } = fieldsOf(bytes);
  if (!(data instanceof Uint8Array)) return { kind: 'other' };
  const fields = fieldsOf(data);
  if (kind === recordKinds.snapshot) return { kind: 'snapshot', index: Number(fields[1] ?? 0) };
  if (kind === recordKinds.state) return { kind: 'commit', index: Number(fields[3] ?? 0) };
  if (kind !== recordKinds.entry) return { kind: 'other' };
  const { 1: entryKind = 0, 3: index = 0, 4: request = nothing } = fields;
  return { kind: 'entry', index: Number(index), isV2: entryKind === 0 && request instanceof Uint8Array && isV2Request(request) };
}

/** Field 2 is the method in the form of 3.5, and a request of that form as a whole in the one of today, which needs it for nothing else. */
function isV2Request(bytes: Uint8Array): boolean {
  try {
    return fieldsOf(bytes)[2] !== undefined;
  } catch {
    // Neither of the two forms: no server could read it.
    return true;
  }
}

/** Of what the cluster agreed on, the newest word is enough. */
export function keep(records: WalRecord[], record: WalRecord): void {
  if (record.kind === 'other' || (record.kind === 'entry' && !record.isV2)) return;
  if (record.kind === 'commit' && records.at(-1)?.kind === 'commit') records.pop();
  records.push(record);
}

/** What a whole log comes to. */
export interface LogSeen {
  /** Index of the newest snapshot that the cluster agreed on; 0: none. */
  readonly snapshotIndex: number;
  /** Of the form of 3.5, behind that snapshot: a server reads them again when it starts. */
  readonly v2Entries: readonly number[];
}

/** @param records in any order */
export function judgeLog(records: readonly WalRecord[]): LogSeen {
  const indexes = (is: (record: WalRecord) => boolean) =>
    records.flatMap((record) => (record.kind !== 'other' && is(record) ? [record.index] : []));
  const commit = Math.max(0, ...indexes(({ kind }) => kind === 'commit'));
  const snapshotIndex = Math.max(0, ...indexes(({ kind }) => kind === 'snapshot').filter((index) => index <= commit));
  const v2 = indexes((record) => record.kind === 'entry' && record.isV2);
  return { snapshotIndex, v2Entries: v2.filter((index) => index > snapshotIndex).sort((a, b) => a - b) };
}
