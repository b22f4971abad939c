/** The judges of the kill matrix find what they look for: breaches planted into the log of a sound run. */
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../common/events.ts';
import type { Hold } from '../../common/holds.ts';
import type { Receipt } from '../../common/orders.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { inputFor, planOf } from '../planner/input.ts';
import { stepsOf } from './cells.ts';
import { breachesOf } from './promises.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

const input = await inputFor(3);
const plan = planOf(input);

function receiptOf(step: string, attempt: number, instance: string, of: Plan = plan): Receipt {
  const facts = input.view.nodes.find((node) => node.instance === instance)?.facts;
  const body = stepsOf(of).get(step)?.body;
  if (facts == null || body === undefined) throw new Error(`no facts of ${instance} or no step ${step}`);
  const downtime = body.kind === 'downtime';
  return {
    orderId: `r-1/${step}/${attempt}`,
    outcome: 'done',
    before: facts.incarnation,
    after: facts.incarnation,
    elapsedMs: 1,
    engineMs: 1,
    parts: downtime ? [{ part: 'stop', ms: 1 }] : [],
    downtimeMs: downtime ? 1 : null,
    reverted: false,
    findings: [],
    facts: { ...facts, version: { ...facts.version, running: of.to } },
    effects: [],
  };
}

/** A run on which nothing falls: each order after the other, and done. */
function soundRun(of: Plan = plan): RunEvent[] {
  const events: RunEvent[] = [{ type: 'run-started', actor: 'somebody' }];
  for (const { turn } of turnsOf(of)) {
    const variant = turn.variants.find(({ role }) => role === turn.expectedRole) ?? turn.variants[0];
    for (const { id: step, executor } of variant?.steps ?? []) {
      const other = turn.instance === 'pg-1' ? 'pg-2' : 'pg-1';
      const instance = executor.kind === 'instance' ? executor.instance : other;
      const about = { turn: turn.id, step, attempt: 1 };
      events.push({ type: 'order-dispatched', ...about, instance, epoch: 1, writer: 'w' });
      events.push({ type: 'order-ended', ...about, receipt: receiptOf(step, 1, instance, of), verdict: { ok: true } });
    }
  }
  return [...events, { type: 'run-ended', state: 'done', reason: 'all is well' }];
}

const breaches = (events: readonly RunEvent[]) => breachesOf({ plan, events, alone: true }).map((text) => text.split(' ')[0]);

const at = (events: readonly RunEvent[], type: RunEvent['type'], step: string) =>
  events.findIndex((event) => event.type === type && 'step' in event && event.step === step);

function changed(step: string, change: (receipt: Receipt) => Receipt): RunEvent[] {
  return soundRun().map((event) =>
    event.type === 'order-ended' && event.step === step ? { ...event, receipt: change(event.receipt) } : event,
  );
}

const hold: Hold = {
  kind: 'order-failed',
  subject: 'x',
  detail: 'it failed',
  releasedBy: 'person',
  until: 'somebody looks',
  commands: ['retry r-1 x'],
};

describe('the log of a run', () => {
  it('that nothing fell on breaks no promise', () => {
    expect(breachesOf({ plan, events: soundRun(), alone: true })).toEqual([]);
  });

  it('P2 asks of each node for the proofs of its latest downtime, not of those of an earlier hop, whose life is over', () => {
    const [first] = plan.hops;
    const second = JSON.parse(JSON.stringify(first).replaceAll('"h1', '"h2')) as typeof first;
    const both = { ...plan, hops: [first, second] } as typeof plan;
    const lives = new Map<string, string>();
    const later = soundRun()
      .slice(1)
      .map((event): RunEvent => {
        const moved = JSON.parse(JSON.stringify(event).replaceAll('h1.', 'h2.')) as RunEvent;
        const seen = moved.type === 'order-ended' ? moved.receipt.facts : null;
        if (moved.type !== 'order-ended' || seen === null) return moved;
        if (moved.step.endsWith('.downtime')) lives.set(seen.instance, `of the second hop of ${seen.instance}`);
        const invocationId = lives.get(seen.instance);
        const incarnation = invocationId === undefined ? seen.incarnation : { bootId: 'b', invocationId };
        return { ...moved, receipt: { ...moved.receipt, after: incarnation, facts: { ...seen, incarnation } } };
      });
    expect(breachesOf({ plan: both, events: [...soundRun().slice(0, -1), ...later], alone: true })).toEqual([]);
  });

  it('P1 shows a downtime that was ordered while another one was open', () => {
    const events = soundRun();
    const [end] = events.splice(at(events, 'order-ended', 'h1.canary.pg-2.standby.downtime'), 1);
    events.splice(at(events, 'order-dispatched', 'h1.roll.pg-3.standby.downtime') + 1, 0, end as RunEvent);
    expect(breaches(events)).toContain('P1');
  });

  it.each(['settle', 'peer'])('P2 shows a node that was touched without the proof %s of the one before', (proof) => {
    const events = soundRun().filter((event) => !('step' in event) || event.step !== `h1.canary.pg-2.standby.${proof}`);
    expect(breaches(events)).toContain('P2');
  });

  it('P2 shows a node that was restarted after its proofs and did not prove itself again', () => {
    const seen = receiptOf('h1.canary.pg-2.standby.settle', 1, 'pg-2').facts;
    const incarnation = { bootId: 'b', invocationId: 'another life' };
    const restarted = changed('h1.roll.pg-3.standby.peer', (receipt) => ({ ...receipt, facts: seen && { ...seen, incarnation } }));
    expect(breaches(restarted)).toEqual(['P2']);
  });

  it('P2 asks for the proofs when a turn is chosen: whoever is restarted from then on is spoken for by the guards of the stop', () => {
    const restarted = receiptOf('h1.canary.pg-2.standby.settle', 1, 'pg-2').facts;
    const incarnation = { bootId: 'b', invocationId: 'another life' };
    const events = changed('h1.roll.pg-3.standby.peer', (receipt) => ({ ...receipt, facts: restarted && { ...restarted, incarnation } }));
    const seen = events.findIndex((event) => event.type === 'order-ended' && event.step === 'h1.roll.pg-3.standby.peer');
    const chosen: RunEvent = { type: 'turn-chosen', turn: 'h1.roll.pg-1', way: 'forward', role: 'primary' };
    expect(breaches([...events.slice(0, seen), chosen, ...events.slice(seen)])).toEqual([]);
    expect(breaches([...events.slice(0, seen + 1), chosen, ...events.slice(seen + 1)])).toEqual(['P2']);
  });

  it('P2 asks for no proof anew while the turn itself has its node down: whoever was restarted meanwhile would lengthen the downtime', () => {
    const handedOver = planOf({ ...input, options: { ...input.options, leader: 'switchover' } });
    const orders = soundRun(handedOver);
    const stopped = at(orders, 'order-ended', 'h1.roll.pg-1.primary.handover.stop');
    const later = orders.map((event, place): RunEvent => {
      if (place <= stopped || event.type !== 'order-ended' || event.receipt.facts?.instance !== 'pg-2') return event;
      const incarnation = { bootId: 'the next boot', invocationId: 'another life' };
      return { ...event, receipt: { ...event.receipt, facts: { ...event.receipt.facts, incarnation } } };
    });
    expect(breachesOf({ plan: handedOver, events: later, alone: true }).filter((text) => text.startsWith('P2'))).toEqual([]);
  });

  it('P3 shows an order that ended twice, and an attempt that was made while the one before was open', () => {
    const events = soundRun();
    const ended = events[at(events, 'order-ended', 'h1.canary.pg-2.standby.downtime')] as RunEvent;
    expect(breaches([...events, ended])).toContain('P3');
    const dispatched = events[at(events, 'order-dispatched', 'h1.canary.pg-2.standby.downtime')] as EventOf<'order-dispatched'>;
    const twice = [...events];
    twice.splice(twice.indexOf(dispatched) + 1, 0, { ...dispatched, attempt: 2 });
    expect(breaches(twice)).toContain('P3');
  });

  it('P15 shows a success without the version that was ordered', () => {
    const events = changed('h1.canary.pg-2.standby.downtime', (receipt) => ({
      ...receipt,
      facts: receipt.facts && { ...receipt.facts, version: { ...receipt.facts.version, running: plan.from } },
    }));
    expect(breaches(events)).toEqual(['P15']);
  });

  it('P17 shows a run without an end, and a hold that does not say how it goes on', () => {
    expect(breaches(soundRun().slice(0, -1))).toEqual(['P17']);
    expect(breaches([...soundRun(), { type: 'hold-raised', hold: { ...hold, releasedBy: 'automatic', until: '' } }])).toEqual(['P17']);
  });

  it('P18 shows a hold that waits for a person where nobody should be needed', () => {
    const events: RunEvent[] = [...soundRun(), { type: 'hold-raised', hold }];
    expect(breaches(events)).toEqual(['P18']);
    expect(breachesOf({ plan, events, alone: false })).toEqual([]);
  });

  it('P19 shows an effect that is still open', () => {
    const effect = { key: 'synchronous-standby-names', prior: '', set: 'x' };
    expect(breaches([...soundRun(), { type: 'effect-opened', instance: 'pg-1', effect }])).toEqual(['P19']);
  });

  it('P20 shows a downtime that left its database down', () => {
    expect(breaches(changed('h1.roll.pg-3.standby.downtime', (receipt) => ({ ...receipt, after: null })))).toContain('P20');
  });
});
