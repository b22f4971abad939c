/** Messages as no program of ours sends them, by a seed: cut short, of wrong types, of lengths that are not there, nested without end, no text where text is due, or of a good form with hostile values. */

export type Random = () => number;

/** The same numbers in [0, 1) for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random: Random, limit: number) => Math.floor(random() * limit);
const bytes = (random: Random, length: number) => Buffer.from(Array.from({ length }, () => below(random, 256)));

function varint(value: bigint): Buffer {
  const out: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    out.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(out);
}

const tag = (field: number, wireType: number) => varint(BigInt((field << 3) | wireType));
const text = (field: number, value: Buffer) => Buffer.concat([tag(field, 2), varint(BigInt(value.length)), value]);

const hostile: readonly string[] = [
  '../../../../etc/passwd',
  '; rm -rf / #',
  '$(reboot)',
  "' OR 1=1 --",
  '\u0000',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202egpj.exe',
  '__proto__',
  'constructor',
  'r-1/../../x',
  '%s%n%x',
  'x'.repeat(70_000),
  '\ud800',
  '9'.repeat(400),
];
const numbers = [-1n, 0n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n];

const kinds: readonly ((random: Random, sample: Buffer) => Buffer)[] = [
  (random, sample) => sample.subarray(0, below(random, sample.length + 1)),
  (random, sample) => {
    const changed = Buffer.from(sample);
    for (let flips = 0; flips < 4 && changed.length > 0; flips++) changed[below(random, changed.length)] = below(random, 256);
    return changed;
  },
  (random) =>
    Buffer.concat(
      Array.from({ length: 1 + below(random, 8) }, () =>
        Buffer.concat([tag(1 + below(random, 30), below(random, 8)), bytes(random, below(random, 12))]),
      ),
    ),
  (random) => Buffer.concat([tag(1 + below(random, 15), 2), varint(2n ** BigInt(10 + below(random, 54))), bytes(random, 16)]),
  (random) => {
    const field = 1 + below(random, 12);
    let inner = Buffer.alloc(0);
    for (let depth = 0; depth < 200; depth++) inner = text(field, inner);
    return inner;
  },
  (random) => Buffer.concat(Array.from({ length: 2_000 }, () => tag(1 + below(random, 12), 3))),
  (random) => text(1 + below(random, 12), Buffer.concat([Buffer.from([0xc3, 0x28, 0xff, 0xfe]), bytes(random, 8)])),
  (random) => bytes(random, below(random, 200)),
  (random) =>
    Buffer.concat(
      Array.from({ length: 1 + below(random, 10) }, (_, index) =>
        random() < 0.7
          ? text(index + 1, Buffer.from(hostile[below(random, hostile.length)] ?? ''))
          : Buffer.concat([tag(index + 1, 0), varint(numbers[below(random, numbers.length)] ?? 0n)]),
      ),
    ),
];

/** @param sample a good message of the kind that is asked for */
export function malformedMessage(random: Random, sample: Buffer): Buffer {
  return (kinds[below(random, kinds.length)] as (typeof kinds)[number])(random, sample);
}

/** A frame of HTTP/2, of any type, for any stream, whose length may lie. */
export function randomFrame(random: Random): Buffer {
  const payload = bytes(random, below(random, 64));
  const head = Buffer.alloc(9);
  head.writeUIntBE(random() < 0.9 ? payload.length : below(random, 2 ** 24), 0, 3);
  head.writeUInt8(below(random, 12), 3);
  head.writeUInt8(below(random, 256), 4);
  head.writeUInt32BE(below(random, 12), 5);
  return Buffer.concat([head, payload]);
}
