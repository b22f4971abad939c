import { describe, expect, test } from 'vitest';
import type { NodeFacts } from '../../common/facts.ts';
import type { Receipt } from '../../common/orders.ts';
import { turnsOf } from '../../common/plan.ts';
import { verdictOf } from '../../controller/sequencer/verdict.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { inputFor, planOf } from '../planner/input.ts';

async function verdictOfVerify(attempt: number, change: (facts: NodeFacts) => NodeFacts) {
  const input = await inputFor(3);
  const plan = planOf(input);
  const [place] = [...turnsOf(plan)].filter(({ turn }) => turn.id === 'h1.verify.pg-2');
  const step = place?.turn.variants.find(({ role }) => role === 'standby')?.steps[0];
  const facts = input.view.nodes.find(({ instance }) => instance === 'pg-2')?.facts;
  if (place === undefined || step === undefined || facts == null) throw new Error('no verify turn of pg-2');
  const receipt: Receipt = {
    orderId: `r-1/${step.id}/${attempt}`,
    outcome: 'done',
    before: facts.incarnation,
    after: facts.incarnation,
    elapsedMs: 1,
    engineMs: 0,
    parts: [],
    outOfServiceMs: null,
    reverted: false,
    findings: [],
    facts: change(facts),
    effects: [],
  };
  return verdictOf({ runId: 'r-1', plan, turn: place.turn, step, attempt, version: '16.14', receipt, procedure: postgresqlProcedure });
}

const outOfService = (facts: NodeFacts): NodeFacts => ({
  ...facts,
  inService: false,
  version: { ...facts.version, running: '16.14', onDisk: '16.14' },
});

describe('a look whose facts do not pass its gate', () => {
  test('P15 is no success, and is looked again by itself: another host may be coming up', async () => {
    expect(await verdictOfVerify(1, outOfService)).toMatchObject({ ok: false, hold: { kind: 'gate-failed', releasedBy: 'itself' } });
  });

  test('P17 waits for a person once it was looked again often enough', async () => {
    expect(await verdictOfVerify(8, outOfService)).toMatchObject({ ok: false, hold: { kind: 'gate-failed', releasedBy: 'person' } });
  });
});
