/**
 * Frames of Cassandra's native protocol, version 4, which servers of 2.2 to 5.0 speak: as much of it as asking takes. PURE.
 * Source: native_protocol_v4.spec.
 */

export type CqlValue = null | boolean | number | string | readonly CqlValue[] | { readonly [key: string]: CqlValue };
export type CqlRow = Readonly<Record<string, CqlValue>>;

export const opcodes = { error: 0, startup: 1, ready: 2, authenticate: 3, query: 7, result: 8, authResponse: 15, authSuccess: 16 } as const;
export const consistencies = { ONE: 1, QUORUM: 4, ALL: 5, LOCAL_QUORUM: 6, LOCAL_ONE: 10 } as const;
export type Consistency = keyof typeof consistencies;

const version = 4;
const headerBytes = 9;
/** No answer to a question that is asked here comes near it: who sends more is no server of ours. */
const mostBodyBytes = 64 * 1024 * 1024;

export interface Frame {
  readonly stream: number;
  readonly opcode: number;
  readonly body: Buffer;
}

/** A request. */
export function encodeFrame(stream: number, opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(version, 0);
  header.writeInt16BE(stream, 2);
  header.writeUInt8(opcode, 4);
  header.writeUInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

/** The first whole frame and what follows it; null: more bytes must come. Throws RangeError for what is no answer of this protocol. */
export function takeFrame(bytes: Buffer): { readonly frame: Frame; readonly rest: Buffer } | null {
  if (bytes.length < headerBytes) return null;
  if (bytes.readUInt8(0) !== (0x80 | version)) throw new RangeError(`byte ${bytes.readUInt8(0)} begins no answer of the native protocol`);
  const length = bytes.readUInt32BE(5);
  if (length > mostBodyBytes) throw new RangeError(`an answer of ${length} bytes is too long`);
  if (bytes.length < headerBytes + length) return null;
  const body = bytes.subarray(headerBytes, headerBytes + length);
  return { frame: { stream: bytes.readInt16BE(2), opcode: bytes.readUInt8(4), body }, rest: bytes.subarray(headerBytes + length) };
}

export function startupBody(): Buffer {
  return Buffer.concat([short(1), text('CQL_VERSION'), text('3.0.0')]);
}

export function queryBody(cql: string, consistency: Consistency): Buffer {
  const words = Buffer.from(cql);
  return Buffer.concat([int(words.length), words, short(consistencies[consistency]), Buffer.from([0])]);
}

/** SASL PLAIN, as the server's own PasswordAuthenticator takes it. */
export function credentialsBody(user: string, password: string): Buffer {
  const token = Buffer.from(`\0${user}\0${password}`);
  return Buffer.concat([int(token.length), token]);
}

const short = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([short(Buffer.byteLength(value)), Buffer.from(value)]);

export function errorIn(body: Buffer): { readonly code: number; readonly message: string } {
  const reader = new Reader(body);
  return { code: reader.int(), message: reader.text() };
}

/** The rows of a RESULT; empty for results without rows. Throws RangeError when the body is cut off or of an unknown form. */
export function rowsIn(body: Buffer): readonly CqlRow[] {
  const reader = new Reader(body);
  if (reader.int() !== 2) return [];
  const flags = reader.int();
  const columnCount = reader.int();
  if ((flags & 2) !== 0) reader.bytes();
  const isGlobal = (flags & 1) !== 0;
  if (isGlobal) skipTable(reader);
  const columns = Array.from({ length: columnCount }, () => {
    if (!isGlobal) skipTable(reader);
    return { name: reader.text(), type: typeIn(reader) };
  });
  const rowCount = reader.int();
  return Array.from({ length: rowCount }, () => Object.fromEntries(columns.map(({ name, type }) => [name, valueIn(type, reader.bytes())])));
}

function skipTable(reader: Reader): void {
  reader.text();
  reader.text();
}

type CqlType =
  | { readonly kind: 'plain'; readonly id: number }
  | { readonly kind: 'list'; readonly of: CqlType }
  | { readonly kind: 'map'; readonly key: CqlType; readonly value: CqlType }
  | { readonly kind: 'fields'; readonly names: readonly string[] | null; readonly types: readonly CqlType[] };

function typeIn(reader: Reader): CqlType {
  const id = reader.short();
  switch (id) {
    case 0x00:
      reader.text();
      return { kind: 'plain', id };
    case 0x20:
    case 0x22:
      return { kind: 'list', of: typeIn(reader) };
    case 0x21:
      return { kind: 'map', key: typeIn(reader), value: typeIn(reader) };
    case 0x30: {
      skipTable(reader);
      const fields = Array.from({ length: reader.short() }, () => [reader.text(), typeIn(reader)] as const);
      return { kind: 'fields', names: fields.map(([name]) => name), types: fields.map(([, type]) => type) };
    }
    case 0x31:
      return { kind: 'fields', names: null, types: Array.from({ length: reader.short() }, () => typeIn(reader)) };
    default:
      return { kind: 'plain', id };
  }
}

/** Integers of 64 bits come as text, as a number would not hold all of them; what has no form here comes as hex. */
function valueIn(type: CqlType, bytes: Buffer | null): CqlValue {
  if (bytes === null) return null;
  if (type.kind === 'plain') return plainValue(type.id, bytes);
  const reader = new Reader(bytes);
  if (type.kind === 'list') return Array.from({ length: reader.int() }, () => valueIn(type.of, reader.bytes()));
  if (type.kind === 'map')
    return Object.fromEntries(
      Array.from({ length: reader.int() }, () => [String(valueIn(type.key, reader.bytes())), valueIn(type.value, reader.bytes())]),
    );
  // Fields that were added later may be missing at the end.
  const values = type.types.map((each) => (reader.isAtEnd() ? null : valueIn(each, reader.bytes())));
  return type.names === null ? values : Object.fromEntries(type.names.map((name, at) => [name, values[at] ?? null]));
}

function plainValue(id: number, bytes: Buffer): CqlValue {
  switch (id) {
    case 0x01:
    case 0x0a:
    case 0x0d:
      return bytes.toString();
    case 0x02:
    case 0x05:
    case 0x0b:
    case 0x12:
      return bytes.length === 0 ? null : bytes.readBigInt64BE().toString();
    case 0x04:
      return bytes.length === 0 ? null : bytes[0] !== 0;
    case 0x07:
      return bytes.length === 0 ? null : bytes.readDoubleBE();
    case 0x08:
      return bytes.length === 0 ? null : bytes.readFloatBE();
    case 0x09:
      return bytes.length === 0 ? null : bytes.readInt32BE();
    case 0x0c:
    case 0x0f:
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    case 0x10:
      return addressIn(bytes);
    default:
      return bytes.toString('hex');
  }
}

/** As the server's tools print addresses: IPv6 in eight groups without padding. */
function addressIn(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  return Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(':');
}

/** Throws RangeError at the end of the bytes. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  short(): number {
    return this.#take(2).readUInt16BE();
  }

  int(): number {
    return this.#take(4).readInt32BE();
  }

  text(): string {
    return this.#take(this.short()).toString();
  }

  /** null: there is no value. */
  bytes(): Buffer | null {
    const length = this.int();
    return length < 0 ? null : this.#take(length);
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('the answer is cut off');
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
