import { describe, expect, it } from 'vitest';
import { type ClusterRestore, givenUpBy } from '../../controller/planner/evidence.ts';

const restore = (run: string, to: string, madeAt: number | null, begunAt: number): ClusterRestore => ({
  run,
  to,
  madeAt,
  begunAt,
  endedAt: begunAt + 5,
});
const blamed = (run: string, madeAt: number | null, restores: readonly ClusterRestore[]) =>
  givenUpBy({ run, madeAt }, restores)?.run ?? null;

describe('the history that a snapshot is of', () => {
  const once = [restore('r-4', 'r-2', 20, 40)];

  it('is the own one where the cluster was never restored', () => {
    expect(blamed('r-1', 10, [])).toBeNull();
  });

  it('was given up when it was made between the snapshots that the cluster was restored to and the end of that', () => {
    expect(blamed('r-3', 30, once)).toBe('r-4');
    expect(blamed('r-3', 42, once)).toBe('r-4');
    expect(blamed('r-3', 30, [{ ...restore('r-4', 'r-2', 20, 40), endedAt: null }])).toBe('r-4');
  });

  it('is the own one before those, among those, and afterwards', () => {
    expect(blamed('r-1', 10, once)).toBeNull();
    expect(blamed('r-2', 20, once)).toBeNull();
    expect(blamed('r-5', 50, once)).toBeNull();
  });

  it('is the own one again after the cluster was restored to that very snapshot', () => {
    const again = [...once, restore('r-6', 'r-3', 30, 60)];
    expect(blamed('r-3', 30, again)).toBeNull();
    expect(blamed('r-5', 50, again)).toBe('r-6');
    // r-3 was made before r-4 put the cluster back: what r-4 did is itself given up.
    expect(blamed('r-1', 10, again)).toBeNull();
  });

  it('is followed through each restore that is part of it', () => {
    const twice = [...once, restore('r-6', 'r-5', 50, 60)];
    expect(blamed('r-3', 30, twice)).toBe('r-4');
    expect(blamed('r-7', 55, twice)).toBe('r-6');
    expect(blamed('r-2', 20, twice)).toBeNull();
  });

  it('is taken for given up where nobody knows any more what the cluster was restored to', () => {
    expect(blamed('r-1', 10, [restore('r-4', 'r-2', null, 40)])).toBe('r-4');
    expect(blamed('r-2', 20, [restore('r-4', 'r-2', null, 40)])).toBeNull();
  });

  it('is taken for given up where nobody knows any more when it was made, and the cluster was restored', () => {
    expect(blamed('r-77', null, once)).toBe('r-4');
    expect(blamed('r-2', null, once)).toBeNull();
    expect(blamed('r-77', null, [])).toBeNull();
  });
});
