import { expect, it } from 'vitest';
import { committedRows, type TableName, tables } from '../e2e/failures-seen.ts';

it.each(Object.keys(tables) as TableName[])('has exactly the failures that tests provoke: %s', (table) => {
  expect(committedRows(table).map((row) => row.split(' | ')[0]?.slice(2))).toEqual([...tables[table].failures]);
});
