/**
 * The write-ahead log of a member, as far as it must be understood here: which entries a server would read again at its start, and which of
 * them have the form that only servers up to 3.5 write. PURE.
 * Source: go.etcd.io/etcd server/storage/wal (frames), api/etcdserverpb raft_internal.proto and etcdserver.proto (both forms of entries).
 */
import protobuf from 'protobufjs/minimal.js';

/** What one record tells that matters here. */
export type WalRecord =
  | { readonly kind: 'entry'; readonly index: number; readonly isV2: boolean }
  /** State on disk up to `index`: entries up to it are not read again. */
  | { readonly kind: 'snapshot'; readonly index: number }
  /** What the cluster has agreed on, up to this index. */
  | { readonly kind: 'commit'; readonly index: number }
  | { readonly kind: 'other' };

export type Frame =
  | { readonly kind: 'record'; readonly record: WalRecord; readonly nextByte: number }
  /** The frame goes on behind what was given: so many bytes, from `fromByte` on, hold it whole. */
  | { readonly kind: 'short'; readonly needBytes: number }
  /** Nothing is written from here on: files are made longer than what is in them. */
  | { readonly kind: 'end' };

const lengthBytes = 8;
/** A request is at most some MB (--max-request-bytes); more is no length but something else. */
const longestFrameBytes = 256 * 1024 * 1024;

/** One frame. Throws RangeError when what is there is none. */
export function frameAt(bytes: Uint8Array, fromByte: number): Frame {
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

function recordOf(bytes: Uint8Array): WalRecord {
  const { 1: kind = 0, 3: data = nothing } = fieldsOf(bytes);
  if (!(data instanceof Uint8Array)) return { kind: 'other' };
  if (kind === recordKinds.snapshot) return { kind: 'snapshot', index: indexIn(data, 1) };
  if (kind === recordKinds.state) return { kind: 'commit', index: indexIn(data, 3) };
  if (kind !== recordKinds.entry) return { kind: 'other' };
  const { 1: entryKind = 0, 3: index = 0, 4: request = nothing } = fieldsOf(data);
  return { kind: 'entry', index: Number(index), isV2: entryKind === 0 && request instanceof Uint8Array && isV2Request(request) };
}

const nothing = new Uint8Array();

function indexIn(bytes: Uint8Array, field: number): number {
  return Number(fieldsOf(bytes)[field] ?? 0);
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

type Fields = Readonly<Record<number, number | Uint8Array | undefined>>;

/** Numbers and byte strings by the numbers of their fields; the last one of each counts. Throws RangeError when it is no message. */
function fieldsOf(bytes: Uint8Array): Fields {
  try {
    return readFields(protobuf.Reader.create(bytes));
  } catch (thrown) {
    throw new RangeError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function readFields(reader: protobuf.Reader): Fields {
  const fields: Record<number, number | Uint8Array> = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    if (wireType === 0) fields[tag >>> 3] = Number(reader.uint64());
    else if (wireType === 2) fields[tag >>> 3] = reader.bytes();
    else reader.skipType(wireType);
  }
  return fields;
}

/** What a whole log comes to. */
export interface LogSeen {
  /** Index of the newest snapshot that the cluster agreed on; 0: none. */
  readonly snapshotIndex: number;
  /** Of the form of 3.5, behind that snapshot: a server reads them again when it starts. */
  readonly v2Entries: readonly number[];
}

/** @param records in any order */
export function judgeLog(records: Iterable<WalRecord>): LogSeen {
  const [snapshots, v2Indexes]: [number[], number[]] = [[], []];
  let commit = 0;
  for (const record of records) {
    if (record.kind === 'snapshot') snapshots.push(record.index);
    if (record.kind === 'commit') commit = Math.max(commit, record.index);
    if (record.kind === 'entry' && record.isV2) v2Indexes.push(record.index);
  }
  const snapshotIndex = Math.max(0, ...snapshots.filter((index) => index <= commit));
  return { snapshotIndex, v2Entries: v2Indexes.filter((index) => index > snapshotIndex).sort((a, b) => a - b) };
}
