import { expect, test } from 'vitest';
import { lastLines } from '../../agent/last-lines.ts';

test.each([
  ["ALTER ROLE app PASSWORD 'hunter2'", 'ALTER ROLE app PASSWORD ***'],
  ['{"token": "hunter2", "port": 1}', '{"token": ***, "port": 1}'],
  ['Authorization: Bearer aGk.aGk-aGk=', 'Authorization: Bearer ***'],
  ['primary_conninfo = user=app password=hunter2 host=db', 'primary_conninfo = user=app password=*** host=db'],
  ['password authentication failed for user "app"', 'password authentication failed for user "app"'],
  ['SCRAM-SHA-256$4096:aGk=$x:y', '***'],
])('13.3: no secret leaves the host: %s', (line, shown) => {
  expect(lastLines(line)).toEqual([shown]);
});

test('13.3: three lines at most, none of them long, empty ones left out', () => {
  const lines = lastLines(`first\n\nsecond\n${'x'.repeat(5_000)}\nlast\n`);
  expect(lines).toEqual(['second', `${'x'.repeat(299)}…`, 'last']);
});
