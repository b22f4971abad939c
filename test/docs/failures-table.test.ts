import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../demo/programs.ts';
import { committedRows, type TableName, tables } from '../e2e/failures-seen.ts';

it.each(Object.keys(tables) as TableName[])('has exactly the failures that tests provoke: %s', (table) => {
  expect(committedRows(table).map((row) => row.split(' | ')[0]?.slice(2))).toEqual([...tables[table].failures]);
});

it('shows a plan of etcd as it is printed', () => {
  const golden = readFileSync(join(root, 'test/golden/plan/etcd-3.5-to-3.7.txt'), 'utf8');
  expect(readFileSync(tables.etcd.document, 'utf8')).toContain(golden.trimEnd());
});
