/** Why a run does not go on, told by what is seen of its nodes. */
import { describe, expect, test } from 'vitest';
import type { NodeFacts } from '../../common/facts.ts';
import { desiredHolds } from '../../controller/sequencer/decide/holds.ts';
import { withServer } from '../engines/postgresql-fixtures.ts';
import { inputFor, withFacts } from '../planner/input.ts';
import { Stage } from './stage.ts';
import { startedRun } from './started-run.ts';

/** After the plan was made and the run began, pg-3 is seen like this. */
async function holdsWhen(change: (facts: NodeFacts) => NodeFacts) {
  const input = await inputFor(3);
  return desiredHolds(startedRun(input, [], { view: withFacts(input, 'pg-3', change).view }));
}

describe('P17 what can not mend itself holds under its own name', () => {
  const person = { releasedBy: 'automatic', until: expect.stringContaining('once it is repaired by hand') };

  test('a member that can never follow again: needs-reseed, and not just facts that changed', async () => {
    const holds = await holdsWhen((facts) => ({
      ...facts,
      inService: false,
      findings: [{ check: 'needs-no-reseed', ok: false, detail: 'timeline 2 left timeline 1' }],
    }));
    expect(holds).toMatchObject([{ kind: 'needs-reseed', subject: 'pg-3', ...person }]);
  });

  test('two members that take writes: two-primaries, and not just facts that changed', async () => {
    const holds = await holdsWhen((facts) => withServer({ ...facts, role: 'primary' }, { inRecovery: false, walReceiver: null }));
    expect(holds).toContainEqual(expect.objectContaining({ kind: 'two-primaries', subject: 'pg-main', ...person }));
  });
});

describe('a database that somebody restarts by hand', () => {
  test('P2 holds until it is seen in service in its new life, and the run goes on automatically', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.step.endsWith('pg-2.standby.settle');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 1);
    stage.fleet.startDatabase('pg-3');
    await stage.holding(run, 'local-intervention');
    const { holds } = await stage.controller.runs.getRun(run);
    expect(holds).toMatchObject([{ subject: 'pg-3', releasedBy: 'automatic', detail: expect.stringContaining('pg-3 was restarted on') }]);
    stage.fleet.held = () => false;
    for (const order of stage.fleet.heldOrders()) stage.fleet.release(order);
    expect(await stage.end(run)).toBe('done');
    expect(await stage.events(run)).toContainEqual({ type: 'hold-cleared', kind: 'local-intervention', subject: 'pg-3', actor: null });
  });

  test('is not held for where the run itself began that life', async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    expect((await stage.events(run)).filter(({ type }) => type === 'hold-raised')).toEqual([]);
  });
});
