import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countLost, gapMeter, openLedger } from '../../../demo/clients/ledger.ts';

async function* pages(...all: readonly (readonly number[])[]) {
  yield* all;
}

describe('the clients’ ledger', () => {
  it('counts as lost what was acknowledged and is not there', async () => {
    expect(await countLost(new Set([1, 2, 3, 4]), pages([1, 2], [4]))).toBe(1);
  });

  it('does not mind rows that are there and were never acknowledged', async () => {
    expect(await countLost(new Set([1]), pages([1, 2, 3]))).toBe(0);
  });

  it('asks only for what was acknowledged when the reading back began', async () => {
    const ledger = openLedger();
    ledger.writeAcknowledged(1, 1, 0);
    async function* whileWritersGoOn() {
      ledger.writeAcknowledged(2, 1, 5);
      yield [1];
    }
    expect(await countLost(ledger.acknowledgedIds(), whileWritersGoOn())).toBe(0);
  });

  it('finds every missing row, however the rows come in pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat()),
        fc.uniqueArray(fc.nat()),
        fc.integer({ min: 1, max: 7 }),
        async (promised, there, size) => {
          const inPages = Array.from({ length: Math.ceil(there.length / size) }, (_, page) => there.slice(page * size, (page + 1) * size));
          const expected = promised.filter((id) => !there.includes(id)).length;
          expect(await countLost(new Set(promised), pages(...inPages))).toBe(expected);
        },
      ),
    );
  });

  it('reports failed attempts and repeated writes apart from each other', () => {
    const ledger = openLedger();
    ledger.writeAcknowledged(1, 1, 0);
    ledger.writeFailed();
    ledger.writeFailed();
    ledger.writeAcknowledged(2, 3, 430.26);
    ledger.readAcknowledged(10);
    ledger.readAcknowledged(22);
    expect(ledger.report(0, 431)).toEqual({
      acknowledged: 2,
      lost: 0,
      failed: 2,
      retried: 1,
      longestWriteGapMs: 430.3,
      longestReadGapMs: 409,
    });
  });
});

describe('the gap meter', () => {
  it('says nothing before the first acknowledgement', () => {
    expect(gapMeter().longestMs(1_000_000)).toBe(0);
  });

  it('measures over all connections together: one that waits does not count while another is served', () => {
    const meter = gapMeter();
    for (const atMs of [0, 100, 110, 120, 400, 405]) meter.acknowledge(atMs);
    expect(meter.longestMs(410)).toBe(280);
  });

  it('counts a wait that has not ended', () => {
    const meter = gapMeter();
    meter.acknowledge(0);
    expect(meter.longestMs(5_000)).toBe(5_000);
  });

  it('is the largest difference between neighbours', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 100_000 }), { minLength: 2 }), (times) => {
        const sorted = [...times].sort((a, b) => a - b);
        const meter = gapMeter();
        for (const atMs of sorted) meter.acknowledge(atMs);
        const expected = Math.max(...sorted.slice(1).map((atMs, index) => atMs - (sorted[index] ?? 0)));
        expect(meter.longestMs(sorted.at(-1) ?? 0)).toBe(expected);
      }),
    );
  });
});
