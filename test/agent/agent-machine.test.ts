import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigStage, type DowntimeBody, type DowntimeSight, nextMove } from '../../agent/downtime/machine.ts';
import type { RestoreStage } from '../../agent/host/host.ts';
import {
  foldEntries,
  IllegalEntry,
  type Moment,
  nextOrderState,
  type OrderEntry,
  type OrderState,
  type Way,
} from '../../agent/journal/agent-machine.ts';
import { failure } from '../../common/failure.ts';
import { downtimeParts, type Receipt } from '../../common/orders.ts';
import { downtimeBody, newRelease, oldRelease, orderOf } from './world.ts';

const at = (ms: number): Moment => ({ wallMs: 1_000 + ms, ranMs: ms, spanMs: ms });
const order = orderOf(downtimeBody());
const body = order.body as DowntimeBody;
const receipt: Receipt = {
  orderId: order.orderId,
  outcome: 'done',
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
const begun: OrderEntry = { type: 'begun', at: at(0), before: { bootId: 'b', invocationId: 'old' }, versionBefore: '16.4' };
const examples: Readonly<Record<OrderEntry['type'], OrderEntry>> = {
  accepted: { type: 'accepted', order },
  forgotten: { type: 'forgotten', reason: 'link lost' },
  begun,
  'part-begun': { type: 'part-begun', at: at(1), part: 'stop', way: 'forward' },
  'part-ended': { type: 'part-ended', at: at(2), part: 'stop', way: 'forward' },
  'job-begun': { type: 'job-begun', at: at(1), generation: 1, cursor: null },
  'job-started': { type: 'job-started', at: at(2) },
  'job-ending': { type: 'job-ending', at: at(2), failure: failure('failed', 'x', 'x') },
  reverting: { type: 'reverting', at: at(3), failure: failure('failed', 'x', 'x') },
  ended: { type: 'ended', receipt },
  acknowledged: { type: 'acknowledged' },
};

describe('the state of an order', () => {
  const { accepted, forgotten, reverting, ended, acknowledged } = examples;
  it.each<[string, OrderEntry[], OrderEntry['type'][]]>([
    ['nothing', [], ['accepted']],
    ['accepted', [accepted], ['forgotten', 'begun']],
    ['forgotten', [accepted, forgotten], ['accepted']],
    ['begun', [accepted, begun], ['forgotten', 'part-begun', 'job-begun', 'reverting', 'ended']],
    ['begun with a job', [accepted, begun, examples['job-begun']], ['part-begun', 'job-started', 'job-ending', 'reverting', 'ended']],
    [
      'begun with a part under way',
      [accepted, begun, examples['part-begun']],
      ['part-begun', 'part-ended', 'job-begun', 'reverting', 'ended'],
    ],
    ['reverting', [accepted, begun, reverting], ['ended']],
    ['ended', [accepted, begun, ended], ['acknowledged']],
    ['acknowledged', [accepted, begun, ended, acknowledged], []],
  ])('%s takes only what can follow', (_name, entries, legal) => {
    const state = foldEntries(entries);
    for (const entry of Object.values(examples)) {
      if (legal.includes(entry.type)) expect(() => nextOrderState(state, entry), entry.type).not.toThrow();
      else expect(() => nextOrderState(state, entry), entry.type).toThrow(IllegalEntry);
    }
  });

  it('refuses parts of the other way', () => {
    const back: OrderEntry = { type: 'part-begun', at: at(4), part: 'stop', way: 'back' };
    expect(() => nextOrderState(foldEntries([accepted, begun]), back)).toThrow(IllegalEntry);
    expect(nextOrderState(foldEntries([accepted, begun, reverting]), back).parts).toHaveLength(1);
  });

  it('keeps the first begin of a part that was begun again after a kill', () => {
    const again: OrderEntry = { type: 'part-begun', at: at(9), part: 'stop', way: 'forward' };
    const state = foldEntries([
      accepted,
      begun,
      examples['part-begun'],
      again,
      { type: 'part-ended', at: at(12), part: 'stop', way: 'forward' },
    ]);
    expect(state?.parts).toEqual([{ part: 'stop', way: 'forward', begunMs: 1, endedMs: 12 }]);
  });
});

/** A host that does what it is told, in the smallest number of words. */
interface Machine {
  active: boolean;
  invocationId: string;
  release: string;
  restore: RestoreStage;
  config: ConfigStage;
}

function apply(machine: Machine, part: string, way: Way, lives: { count: number }, to = newRelease): void {
  if (part === 'stop') machine.active = false;
  if (part === 'restore') machine.restore = way === 'forward' ? 'in-place' : 'none';
  if (part === 'activate') machine.release = way === 'forward' ? to : oldRelease;
  if (part === 'activate' && machine.config !== 'none') machine.config = way === 'forward' ? 'new' : 'old';
  if (part === 'start' && !machine.active) {
    lives.count += 1;
    Object.assign(machine, { active: true, invocationId: `life-${lives.count}` });
  }
}

describe('what a downtime does next', () => {
  const sight = (machine: Machine): DowntimeSight => ({
    unit: { active: machine.active, invocationId: machine.invocationId },
    currentRelease: machine.release,
    restore: machine.restore,
    config: machine.config,
  });

  it('never swaps release, data or configuration under a running unit, never starts the wrong ones and always ends, whatever happens in between (P7 P20)', () => {
    const disturbance = fc.record({
      atMove: fc.nat(12),
      what: fc.constantFrom(
        'kill before the act',
        'kill after the act',
        'boot with the unit',
        'boot without the unit',
        'part fails',
        'move breaks off',
      ),
    });
    const properties = fc.property(
      fc.array(disturbance, { maxLength: 4 }),
      fc.constantFrom<DowntimeBody['onFailure']>('revert', 'leave-stopped'),
      fc.boolean(),
      fc.constantFrom<ConfigStage>('none', 'old'),
      fc.constantFrom(newRelease, oldRelease),
      (disturbances, onFailure, restores, config, toRelease) => {
        const parts = downtimeParts.filter((each) => each !== 'act' && (restores || each !== 'restore'));
        const play: DowntimeBody = { ...body, onFailure, parts, toRelease };
        const newConfig = config === 'none' ? 'none' : 'new';
        const wanted = { active: true, release: toRelease, restore: restores ? 'in-place' : 'none', config: newConfig };
        const unmoved = { release: oldRelease, restore: restores ? ('beside' as const) : ('none' as const), config };
        const machine: Machine = { active: true, invocationId: 'old', ...unmoved };
        const lives = { count: 0 };
        let state: OrderState = foldEntries([{ type: 'accepted', order: { ...order, body: play } }, begun]) as OrderState;
        for (let move = 0; move < 60; move += 1) {
          const next = nextMove(state, play, sight(machine));
          if (next.do === 'end') {
            if (next.outcome === 'done') expect(machine).toMatchObject(wanted);
            if (next.reverted) expect(machine).toMatchObject({ active: true, release: oldRelease, restore: 'none', config });
            if (next.outcome === 'failed' && !next.reverted) {
              expect(onFailure).toBe('leave-stopped');
              expect(['none', 'in-place']).toContain(machine.restore);
            }
            return;
          }
          if (next.part === 'activate') expect(machine.active).toBe(false);
          if (next.part === 'restore' && machine.restore !== 'beside') expect(machine.active).toBe(false);
          if (next.part === 'start') {
            expect(machine.release).toBe(next.way === 'forward' ? toRelease : oldRelease);
            expect(machine.config).toBe(next.way === 'forward' ? newConfig : config);
            expect(machine.restore).toBe(next.way === 'forward' ? wanted.restore : 'none');
          }
          const here = disturbances.filter(({ atMove }) => atMove === move).map(({ what }) => what);
          state = nextOrderState(state, { type: 'part-begun', at: at(move), part: next.part, way: next.way });
          if (here.includes('move breaks off') && next.part === 'restore') {
            machine.restore = next.way === 'forward' ? 'moving' : 'returning';
            continue;
          }
          if (here.includes('move breaks off') && next.part === 'activate') {
            // The configuration follows the release.
            machine.release = next.way === 'forward' ? toRelease : oldRelease;
            continue;
          }
          if (here.includes('part fails') && next.way === 'forward' && next.part !== 'quiesce') {
            state = nextOrderState(state, { type: 'reverting', at: at(move), failure: failure('failed', 'x', 'x') });
            continue;
          }
          if (!here.includes('kill before the act')) apply(machine, next.part, next.way, lives, toRelease);
          if (!here.some((what) => what.startsWith('kill')))
            state = nextOrderState(state, { type: 'part-ended', at: at(move), part: next.part, way: next.way });
          if (here.includes('boot with the unit')) {
            machine.active = false;
            apply(machine, 'start', 'forward', lives);
          }
          if (here.includes('boot without the unit')) machine.active = false;
        }
        throw new Error('it did not end');
      },
    );
    fc.assert(properties, { numRuns: 2_000 });
  });
});
