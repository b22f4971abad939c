import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../common/events.ts';
import type { Receipt } from '../../common/orders.ts';
import { turnsOf } from '../../common/plan.ts';
import { admitBack, admitForward, admitHarmless } from '../../controller/sequencer/decide/admission.ts';
import { decide } from '../../controller/sequencer/decide/decide.ts';
import type { DecisionInput } from '../../controller/sequencer/decide/decision-input.ts';
import { foldRun } from '../../controller/sequencer/run/run-machine.ts';
import { down } from '../engines/postgresql-fixtures.ts';
import { inputFor, withFacts } from '../planner/input.ts';
import { openingEvents, startedRun } from './started-run.ts';

const decisionInput = async (change: Partial<DecisionInput> = {}, events: readonly RunEvent[] = []) =>
  startedRun(await inputFor(3), events, change);

const canaryOf = ({ plan }: DecisionInput) => {
  const found = [...turnsOf(plan)].find(({ turn }) => turn.id === 'h1.canary.pg-2');
  if (found === undefined) throw new Error('no canary');
  return found.turn;
};

async function withoutLink(instance: string): Promise<DecisionInput> {
  const plain = await decisionInput();
  const nodes = plain.view.nodes.map((node) => (node.instance === instance ? { ...node, connected: false } : node));
  return { ...plain, view: { ...plain.view, nodes } };
}

describe('a node is taken down', () => {
  test('when all others serve', async () => {
    const now = await decisionInput();
    expect(admitForward(now, canaryOf(now), 1)).toMatchObject({ verdict: 'allow', subject: 'h1.canary.pg-2' });
  });

  test('not while another one is down, or cannot be told (P1)', async () => {
    const input = withFacts(await inputFor(3), 'pg-3', down);
    const broken = await decisionInput({ view: input.view });
    expect(admitForward(broken, canaryOf(broken), 1)).toMatchObject({ verdict: 'wait', reason: expect.stringContaining('pg-3') });
    const unknown = await withoutLink('pg-3');
    expect(admitForward(unknown, canaryOf(unknown), 1)).toMatchObject({ verdict: 'wait', reason: expect.stringContaining('pg-3') });
    expect(admitForward(unknown, canaryOf(unknown), 2)).toMatchObject({ verdict: 'allow' });
  });

  test('not without a probe after the last receipt (P2)', async () => {
    const stale = await decisionInput({ fresh: false });
    expect(admitForward(stale, canaryOf(stale), 1).verdict).toBe('wait');
  });

  test('not while another run has a disruptive order on its host', async () => {
    const busy = await decisionInput({ busyHosts: new Map([['host-of-pg-2', 'r-7 has a disruptive order on host-of-pg-2']]) });
    expect(admitForward(busy, canaryOf(busy), 1)).toMatchObject({ verdict: 'wait', reason: 'r-7 has a disruptive order on host-of-pg-2' });
  });

  test('not while paused, held or aborting', async () => {
    const paused = await decisionInput({}, [{ type: 'paused', actor: 'a', reason: 'lunch' }]);
    expect(admitForward(paused, canaryOf(paused), 1).reason).toBe('paused by a: lunch');
    const hold = { kind: 'node-down', subject: 'pg-3', detail: '', releasedBy: 'automatic', until: '', commands: [] } as const;
    const held = await decisionInput({}, [{ type: 'hold-raised', hold }]);
    expect(admitForward(held, canaryOf(held), 1).reason).toBe('held by node-down pg-3');
    const aborting = await decisionInput({}, [{ type: 'abort-started', actor: 'a', reason: '' }]);
    expect(admitForward(aborting, canaryOf(aborting), 1).verdict).toBe('wait');
  });

  test('back even while it is out itself, but not at the cost of another one', async () => {
    const back: RunEvent = { type: 'rollback-started', actor: 'a', reason: '' };
    const itself = await decisionInput({ view: withFacts(await inputFor(3), 'pg-2', down).view }, [back]);
    expect(admitBack(itself, canaryOf(itself), 1).verdict).toBe('allow');
    const other = await decisionInput({ view: withFacts(await inputFor(3), 'pg-3', down).view }, [back]);
    expect(admitBack(other, canaryOf(other), 1).verdict).toBe('wait');
  });

  test('12.A3: not back at the cost of another one that owes its proofs: a rollback asks for what the way there asked for (P2)', async () => {
    const [turn, step] = ['h1.roll.pg-3', 'h1.roll.pg-3.standby.downtime'];
    const began: readonly RunEvent[] = [
      { type: 'turn-chosen', turn, role: 'standby', way: 'forward' },
      { type: 'order-dispatched', turn, step, attempt: 1, instance: 'pg-3', epoch: 1, writer: 'w' },
    ];
    const ended: RunEvent = { type: 'order-ended', turn, step, attempt: 1, receipt: downtimeDone(`r-1/${step}/1`), verdict: { ok: true } };
    const back: RunEvent = { type: 'rollback-started', actor: 'a', reason: '' };
    const there = await decisionInput({}, [...began, ended]);
    expect(admitForward(there, canaryOf(there), 1)).toMatchObject({ verdict: 'wait', reason: expect.stringContaining('pg-3') });
    const serving = await decisionInput({}, [...began, ended, back]);
    expect(admitBack(serving, canaryOf(serving), 1).reason).toBe('pg-3 has not been seen healthy since its downtime');
    const underWay = await decisionInput({}, [...began, back]);
    expect(admitBack(underWay, canaryOf(underWay), 1).verdict).toBe('wait');
    const out = await decisionInput({ view: withFacts(await inputFor(3), 'pg-3', down).view }, [...began, ended, back]);
    expect(admitBack(out, canaryOf(out), 1).verdict).toBe('wait');
  });
});

const downtimeDone = (orderId: string): Receipt => ({
  orderId,
  outcome: 'done',
  before: null,
  after: null,
  elapsedMs: 1,
  engineMs: 1,
  parts: [],
  downtimeMs: 1,
  reverted: false,
  findings: [],
  facts: null,
  effects: [],
});

describe('a harmless turn', () => {
  test('P8 that makes a snapshot waits for room where snapshots go, whatever is free where releases lie', async () => {
    const spaces = async (releases: number, snapshots: number) => {
      const free = (freeBytes: number) => ({ freeBytes, freeInodes: 1e6 });
      const input = withFacts(await inputFor(3), 'pg-2', (facts) => ({
        ...facts,
        space: { ...facts.space, releases: free(releases), snapshots: free(snapshots) },
      }));
      const at = await decisionInput({ view: input.view });
      const stage = [...turnsOf(at.plan)].find(({ turn }) => turn.id === 'h1.stage.pg-2')?.turn;
      const [variant] = stage?.variants ?? [];
      const [step] = variant?.steps ?? [];
      if (stage === undefined || variant === undefined || step === undefined) throw new Error('no turn');
      const body = { kind: 'snapshot', verify: 'list', needBytes: 1_000, needInodes: 1 } as const;
      const need = { bytes: 1_000, freeBytes: 1_000 };
      return admitHarmless(at, { ...stage, need, variants: [{ ...variant, steps: [{ ...step, body }] }] }).verdict;
    };
    expect([await spaces(0, 1_000), await spaces(1_000, 999)]).toEqual(['allow', 'wait']);
  });

  test('waits for room that was there when the plan was made', async () => {
    const input = withFacts(await inputFor(3), 'pg-2', (facts) => ({
      ...facts,
      space: { ...facts.space, releases: { freeBytes: 5, freeInodes: 5 } },
    }));
    const short = await decisionInput({ view: input.view });
    const stage = [...turnsOf(short.plan)].find(({ turn }) => turn.id === 'h1.stage.pg-2')?.turn;
    expect(stage === undefined ? null : admitHarmless(short, stage)).toMatchObject({
      verdict: 'wait',
      reason: expect.stringContaining('5 bytes free'),
    });
  });
});

describe('a decision', () => {
  test('asks for a probe before it begins anything, and looked at again with nothing changed decides nothing', async () => {
    const blind = decide(await decisionInput({ fresh: false }));
    expect(blind).toMatchObject({ events: [], orders: [], probe: true });
    const seeing = await decisionInput();
    const first = decide(seeing);
    expect(first.orders.map((order) => order.step)).toEqual([
      'h1.preflight.pg-1.observe',
      'h1.preflight.pg-2.observe',
      'h1.preflight.pg-3.observe',
    ]);
    const after = { ...seeing, status: foldRun([...openingEvents, ...first.events]) };
    expect(decide(after)).toMatchObject({ events: [], orders: [], probe: false });
  });
});
