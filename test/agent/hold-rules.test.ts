import { describe, expect, it } from 'vitest';
import { foldEntries, type OrderEntry, type OrderState } from '../../agent/agent-machine.ts';
import { beginsOutage, holderOf, letsGo, type OutageBody } from '../../agent/outage-machine.ts';
import type { OrderBody, OutagePart, Outcome } from '../../common/orders.ts';
import { orderOf, outageBody } from './world.ts';

const at = { wallMs: 1, ranMs: 0, spanMs: 0 };

/** An order that went through these parts and, unless it is open, came to this. */
function lived(body: OrderBody, begun: readonly OutagePart[], outcome: Outcome | null): OrderState {
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
    outOfServiceMs: null,
    reverted: false,
    findings: [],
    facts: null,
    effects: [],
  };
  return { ...state, phase: 'ended', receipt };
}

const whole = outageBody() as OutageBody;
const stopOnly = outageBody({ parts: ['quiesce', 'stop'] }) as OutageBody;
const startOnly = outageBody({ parts: ['activate', 'start'] }) as OutageBody;
const leftStopped = lived(stopOnly, ['quiesce', 'stop'], 'done');
const refused = lived(startOnly, [], 'refused');

describe('the rules of holds', () => {
  it.each<[OutageBody, OutagePart]>([
    [whole, 'stop'],
    [stopOnly, 'stop'],
    [startOnly, 'activate'],
    [outageBody({ parts: ['start'] }) as OutageBody, 'start'],
  ])('P16 an outage of %j is held from its %s on', (body, first) => {
    expect(body.parts.filter((part) => beginsOutage(body, part))).toEqual([first]);
  });

  it.each<[string, boolean, OutageBody, readonly OutagePart[], Outcome]>([
    ['is done', true, whole, ['stop', 'activate', 'start'], 'done'],
    ['failed after its stop was begun', true, whole, ['stop'], 'failed'],
    ['was given up', true, whole, ['stop'], 'interrupted'],
    ['is done with what another one began', true, startOnly, ['activate', 'start'], 'done'],
    ['has left the database stopped', false, stopOnly, ['stop'], 'done'],
    ['could not stop the database', true, stopOnly, ['stop'], 'failed'],
    ['was refused before its first act', false, startOnly, [], 'refused'],
    ['failed while it quiesced', false, whole, ['quiesce'], 'failed'],
  ])('P16 an outage that %s lets go: %s', (_what, expected, body, begun, outcome) => {
    expect(letsGo(lived(body, begun, outcome), body, outcome)).toBe(expected);
  });

  it.each<[string, boolean, readonly OrderState[], readonly OrderState[]]>([
    ['nothing ever happened', false, [], []],
    ['an outage is open', true, [lived(whole, ['stop'], null)], []],
    ['only something harmless is open', false, [lived({ kind: 'observe', checks: [], nonce: 'n' }, [], null)], []],
    ['the last outage was done', false, [], [lived(whole, ['stop', 'activate', 'start'], 'done'), leftStopped]],
    ['the last outage left the database stopped', true, [], [leftStopped]],
    ['the one after it was refused', true, [], [refused, refused, leftStopped]],
    ['the one after it failed', false, [], [lived(startOnly, ['activate'], 'failed'), leftStopped]],
    ['the one that left it stopped was given up', false, [], [lived(stopOnly, ['stop'], 'interrupted')]],
  ])('P16 a hold that is found when %s is wanted: %s', (_what, expected, open, ended) => {
    expect(holderOf(open, ended) !== null).toBe(expected);
  });
});
