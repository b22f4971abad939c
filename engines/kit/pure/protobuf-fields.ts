/** A protobuf message without its schema: numbers and byte strings by the numbers of their fields. PURE. */
import protobuf from 'protobufjs/minimal.js';

export type Fields = Readonly<Record<number, number | Uint8Array | undefined>>;

/** The last one of each field counts. Throws RangeError when it is no message. */
export function fieldsOf(bytes: Uint8Array): Fields {
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
