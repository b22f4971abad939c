import { describe, expect, it } from 'vitest';
import { type Acceptance, overlaps } from './writable.ts';

const writes = (member: string, life: string, ...moments: readonly number[]): readonly Acceptance[] =>
  moments.map((askedMs) => ({ member, life, askedMs, reportedMs: askedMs + 5 }));

describe('two members that take writes', () => {
  it('one after the other, and back again in another life, is a handover', () => {
    const handover = [...writes('a', '1', 0, 50, 100), ...writes('b', '1', 120, 170), ...writes('a', '2', 200, 250)];
    expect(overlaps(handover)).toEqual([]);
  });

  it('at the same time is caught, although no two writes were at the same moment', () => {
    const [found = ''] = overlaps([...writes('a', '1', 0, 100, 200), ...writes('b', '1', 50, 150)]);
    expect(found).toBe('a (5 to 200 ms) and b (55 to 150 ms) took writes at the same time');
  });

  it('is caught by a single write in the middle of the life of another', () => {
    expect(overlaps([...writes('a', '1', 0, 100), ...writes('b', '1', 50)])).toHaveLength(1);
  });

  it('is not claimed of writes whose order cannot be told', () => {
    expect(overlaps([...writes('a', '1', 0, 50), ...writes('b', '1', 47)])).toEqual([]);
  });

  it('is no matter of one member with itself', () => {
    expect(overlaps([...writes('a', '1', 0, 100), ...writes('a', '2', 50)])).toEqual([]);
  });
});
