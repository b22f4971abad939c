import { describe, expect, it } from 'vitest';
import { beginsDowntime, type DowntimeBody, holderOf, letsGo } from '../../agent/downtime/machine.ts';
import { foldEntries, type OrderEntry, type OrderState } from '../../agent/journal/agent-machine.ts';
import type { DowntimePart, OrderBody, Outcome } from '../../common/orders.ts';
import { downtimeBody, orderOf } from './world.ts';

const at = { wallMs: 1, ranMs: 0, spanMs: 0 };

/** An order that went through these parts and, unless it is open, came to this. */
function lived(body: OrderBody, begun: readonly DowntimePart[], outcome: Outcome | null): OrderState {
  const order = orderOf(body);
  const parts = begun.map((part): OrderEntry => ({ type: 'part-begun', at, part, way: 'forward' }));
  const state = foldEntries([{ type: 'accepted', order }, { type: 'begun', at, before: null, versionBefore: null }, ...parts]);
  if (state === null) throw new Error('nothing was lived through');
  if (outcome === null) return state;
  const receipt = {
    orderId: order.orderId,
    outcome,
    before: null,
    after: null,
    elapsedMs: 1,
    engineMs: 0,
    parts: [],
    downtimeMs: null,
    reverted: false,
    findings: [],
    facts: null,
    effects: [],
  };
  return { ...state, phase: 'ended', receipt };
}

const whole = downtimeBody() as DowntimeBody;
const stopOnly = downtimeBody({ parts: ['quiesce', 'stop'] }) as DowntimeBody;
const stopAndAct = downtimeBody({ parts: ['quiesce', 'stop', 'act'], act: { verb: 'recount', args: {} } }) as DowntimeBody;
const startOnly = downtimeBody({ parts: ['activate', 'start'] }) as DowntimeBody;
const leftStopped = lived(stopOnly, ['quiesce', 'stop'], 'done');
const refused = lived(startOnly, [], 'refused');

describe('the rules of holds', () => {
  it.each<[DowntimeBody, DowntimePart]>([
    [whole, 'stop'],
    [stopOnly, 'stop'],
    [startOnly, 'activate'],
    [downtimeBody({ parts: ['start'] }) as DowntimeBody, 'start'],
  ])('P16 a downtime of %j is held from its %s on', (body, first) => {
    expect(body.parts.filter((part) => beginsDowntime(body, part))).toEqual([first]);
  });

  it.each<[string, boolean, DowntimeBody, readonly DowntimePart[], Outcome]>([
    ['is done', true, whole, ['stop', 'activate', 'start'], 'done'],
    ['failed after its stop was begun', true, whole, ['stop'], 'failed'],
    ['was given up', true, whole, ['stop'], 'interrupted'],
    ['is done with what another one began', true, startOnly, ['activate', 'start'], 'done'],
    ['has left the database stopped', false, stopOnly, ['stop'], 'done'],
    ['could not stop the database', true, stopOnly, ['stop'], 'failed'],
    ['failed in the verb after its stop', false, stopAndAct, ['stop', 'act'], 'failed'],
    ['could not stop the database for its verb', true, stopAndAct, ['stop'], 'failed'],
    ['was given up in the verb after its stop', true, stopAndAct, ['stop', 'act'], 'interrupted'],
    ['was refused before its first act', false, startOnly, [], 'refused'],
    ['failed while it quiesced', false, whole, ['quiesce'], 'failed'],
  ])('P16 a downtime that %s lets go: %s', (_what, expected, body, begun, outcome) => {
    expect(letsGo(lived(body, begun, outcome), body, outcome)).toBe(expected);
  });

  it.each<[string, boolean, readonly OrderState[], readonly OrderState[]]>([
    ['nothing ever happened', false, [], []],
    ['a downtime is open', true, [lived(whole, ['stop'], null)], []],
    ['only something harmless is open', false, [lived({ kind: 'observe', checks: [], nonce: 'n' }, [], null)], []],
    ['the last downtime was done', false, [], [lived(whole, ['stop', 'activate', 'start'], 'done'), leftStopped]],
    ['the last downtime left the database stopped', true, [], [leftStopped]],
    ['the last downtime failed in the verb after its stop', true, [], [lived(stopAndAct, ['stop', 'act'], 'failed')]],
    ['the one after it was refused', true, [], [refused, refused, leftStopped]],
    ['the one after it failed', false, [], [lived(startOnly, ['activate'], 'failed'), leftStopped]],
    ['the one that left it stopped was given up', false, [], [lived(stopOnly, ['stop'], 'interrupted')]],
  ])('P16 a hold that is found when %s is wanted: %s', (_what, expected, open, ended) => {
    expect(holderOf(open, ended) !== null).toBe(expected);
  });
});
