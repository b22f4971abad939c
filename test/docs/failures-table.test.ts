import { expect, it } from 'vitest';
import { committedRows, failures } from '../e2e/failures-seen.ts';

it('has exactly the failures that tests provoke', () => {
  expect(committedRows().map((row) => row.split(' | ')[0]?.slice(2))).toEqual([...failures]);
});
