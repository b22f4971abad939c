/** One snapshot of the leader, before each hop whose rules ask for it. */
import { describe, expect, test } from 'vitest';
import type { Procedure } from '../../common/procedure.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { schemes } from '../../engines/schemes.ts';
import { builtin } from '../rules/builtin.ts';
import { actor, Stage } from './stage.ts';

const task = 'snapshot-from-leader';
const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';

/** 16.4 reaches 16.14 over 16.13 only. */
const changed = text
  .replace('refusals:', 'refusals:\n  - { id: over-16-13, from: 16.4, to: 16.14, reason: too far, instead: 16.13, source: a test }')
  .replace('    kind: rolling\n', `    kind: rolling\n    tasks: [${task}]\n`);
const rules: RulePacks = new Map([...builtin, ['postgresql', loadPack('snapshots.yaml', changed, schemes)]]);
const procedure: Procedure = { ...postgresqlProcedure, does: [task], leaderSnapshot: { task } };

async function stageOf(): Promise<Stage> {
  const stage = await Stage.open(3, new Map([['postgresql', procedure]]));
  stage.packs = rules;
  return stage;
}

const made = (stage: Stage) =>
  stage.fleet.begun.flatMap(({ body, target, attempt }) =>
    body.kind === 'snapshot' ? [`${body.hop} ${target.instance} ${body.verify}${attempt === 1 ? '' : ` ${attempt}`}`] : [],
  );

/** pg-2 leads, the others follow it. */
function moveLead({ fleet }: Stage): void {
  for (const name of ['pg-1', 'pg-2', 'pg-3'])
    Object.assign(fleet.node(name), name === 'pg-2' ? { role: 'primary', follows: '' } : { role: 'standby', follows: 'pg-2' });
}

describe('the snapshot of the leader', () => {
  test('P8 is made once in each hop, proven, before anything of that hop is touched', async () => {
    await using stage = await stageOf();
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    expect(made(stage)).toEqual(['h1 pg-1 list', 'h2 pg-1 list']);
    for (const hop of ['h1', 'h2']) {
      const kinds = stage.fleet.begun.filter(({ step }) => step.startsWith(`${hop}.`)).map(({ body }) => body.kind);
      expect(kinds.indexOf('snapshot')).toBeGreaterThan(0);
      expect(kinds.indexOf('snapshot')).toBeLessThan(kinds.indexOf('downtime'));
    }
  });

  test('is made by who leads then, wherever the role was when the plan was made, and the status tells roles as they are, not as planned', async () => {
    await using stage = await stageOf();
    stage.fleet.held = (order) => order.step.startsWith('h1.stage');
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 3);
    moveLead(stage);
    stage.fleet.held = () => false;
    const rolesIn = async (hop: string) => {
      const { turns } = await stage.controller.runs.getRun(run);
      return turns.flatMap((turn) => (turn.hop === hop && turn.phase === 'verify' ? [`${turn.instance} ${turn.role}`] : [])).sort();
    };
    const now = ['pg-1 standby', 'pg-2 primary', 'pg-3 standby'];
    expect(await rolesIn('h2')).toEqual(now);
    for (const order of stage.fleet.heldOrders()) stage.fleet.release(order);
    expect(await stage.end(run)).toBe('done');
    expect([await rolesIn('h1'), await rolesIn('h2')]).toEqual([now, now]);
    expect(made(stage)).toEqual(['h1 pg-2 list', 'h2 pg-2 list']);
  });

  test('that fails holds, with nothing touched, and is tried again by whoever leads then', async () => {
    await using stage = await stageOf();
    stage.fleet.mishap = (order) => (order.body.kind === 'snapshot' ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
    moveLead(stage);
    stage.fleet.mishap = () => null;
    const { holds } = await stage.controller.runs.getRun(run);
    await stage.controller.runs.retryStep(run, holds[0]?.subject ?? '', actor);
    expect(await stage.end(run)).toBe('done');
    expect(made(stage)).toEqual(['h1 pg-1 list', 'h1 pg-2 list 2', 'h2 pg-2 list']);
  });
});
