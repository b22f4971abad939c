import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines } from '../../controller/planner/plan-text.ts';

test('a diff holds both texts: without its plus lines it is the one, without its minus lines the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const lines = diffLines(a, b);
      const without = (mark: string) => lines.filter((line) => !line.startsWith(mark)).map((line) => line.slice(1));
      expect(without('+')).toEqual(a);
      expect(without('-')).toEqual(b);
    }),
  );
});

test('a changed line stands between those that both have', () => {
  expect(diffLines(['one', 'two', 'three'], ['one', '2', 'three'])).toEqual([' one', '-two', '+2', ' three']);
});
