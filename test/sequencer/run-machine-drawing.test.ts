import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { holdKinds } from '../../common/holds.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the drawing names every event and every state that the code knows', () => {
  const drawing = read('docs/run-machine.dot');
  const events = [...read('controller/sequencer/run/run-machine.ts').matchAll(/case '([a-z-]+)':/g)].map((match) => match[1] ?? '');
  expect(events.length).toBeGreaterThan(20);
  expect(events.filter((event) => !drawing.includes(event))).toEqual([]);
  for (const state of ['draft', 'approved', 'active', 'done', 'rolled-back', 'aborted', 'stuck']) expect(drawing).toContain(state);
});

test('the page says who releases each kind of hold that a run can have', () => {
  const page = read('docs/run-machine.md');
  // Two runs of one cluster are refused before one of them could hold.
  expect(holdKinds.filter((kind) => kind !== 'conflicting-run' && !page.includes(`\`${kind}\``))).toEqual([]);
});
