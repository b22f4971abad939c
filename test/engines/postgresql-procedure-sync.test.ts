import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgresqlProcedure as procedure } from '../../engines/postgresql/procedure.ts';
import { isSatisfiedBy, loweredTo, parseSyncNames } from '../../engines/postgresql/switchover/sync-names.ts';
import { streamingRow, withNode } from './postgresql-fixtures.ts';
import { handoverCluster, level, linesOf, server, turnInput } from './postgresql-handover-fixtures.ts';

const pair = handoverCluster(['pg-2']);
const trio = handoverCluster(['pg-2', 'pg-3']);

describe('synchronous_standby_names', () => {
  it.each([
    ['FIRST 1 ("pg-2")', [], ''],
    ['pg-2', [], ''],
    ['pg-2', ['pg-3'], ''],
    ['pg-2, pg-3', ['pg-3'], 'pg-2, pg-3'],
    ['FIRST 2 (pg-2, pg-3)', ['PG-3'], 'FIRST 1 ("pg-2", "pg-3")'],
    ['ANY 2 (pg-2, pg-3, pg-4)', ['pg-3'], 'ANY 1 ("pg-2", "pg-3", "pg-4")'],
    ['2 (*)', ['pg-3'], 'FIRST 1 (*)'],
    ['*', [], ''],
    ['2 ("a ""b", pg-3)', ['pg-3'], 'FIRST 1 ("a ""b", "pg-3")'],
    ['', [], ''],
    ['ANY (', [], null],
  ] as const)('P19 %s with %j left becomes %j', (setting, left, lowered) => expect(loweredTo(setting, left)).toBe(lowered));

  it('lowered is always satisfied by those that are left, and by no fewer than were asked for where that can be', () => {
    const names = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', '*'), { minLength: 1 });
    const settings = fc.tuple(fc.constantFrom('FIRST', 'ANY'), fc.integer({ min: 1, max: 4 }), names);
    fc.assert(
      fc.property(settings, fc.subarray<string>(['a', 'b', 'c', 'd']), ([method, count, listed], left) => {
        const lowered = loweredTo(`${method} ${count} (${listed.join(', ')})`, left) ?? 'ANY (';
        const rule = parseSyncNames(lowered);
        expect(rule !== null && isSatisfiedBy(rule, left)).toBe(true);
        const matching = listed.includes('*') ? left.length : left.filter((name) => listed.includes(name)).length;
        expect(rule?.count).toBe(Math.min(count, matching));
      }),
    );
  });
});

describe('the turn of a standby that commits wait for', () => {
  const alone = server(pair, 'pg-1', { synchronousStandbyNames: 'FIRST 1 ("pg-2")' });

  it('P19 lowers the setting of the primary before the downtime and puts it back after the proofs, forward and back', () => {
    const input = turnInput(alone, 'pg-2', 'standby');
    const { steps, undo, risks } = procedure.turn(input);
    expect(linesOf(steps, input.idPrefix)).toEqual([
      "pg-1  sync  set synchronous-standby-names ''",
      'primary beside pg-2  commits  await sync-satisfiable pg-2',
      'pg-2  downtime  upgrade downtime quiesce+stop+activate+start 16.4 > 16.14 runs 16.14',
      'pg-2  settle  await in-service for 60 s [in-service-standby]',
      'primary beside pg-2  peer  await member-in-service pg-2 [standby-seen-by-peer]',
      'pg-1  unsync  unset synchronous-standby-names',
    ]);
    expect(linesOf(undo, input.idPrefix).map((line) => line.split('  ')[1])).toEqual([
      'undo.sync',
      'undo.downtime',
      'undo.settle',
      'undo.peer',
      'undo.unsync',
    ]);
    expect(risks).toEqual(['while pg-2 is down, commits wait for no standby']);
  });

  it('P19 puts it back also where there is nothing else to roll back', () => {
    const { undo } = procedure.turn(turnInput(alone, 'pg-2', 'standby', level));
    expect(undo.map(({ id, body }) => [id, body.kind])).toEqual([['h1.roll.pg-2.standby.undo.unsync', 'unset']]);
  });

  it('keeps as many confirmations as there can be', () => {
    const both = server(trio, 'pg-1', { synchronousStandbyNames: 'ANY 2 (pg-2, pg-3)' });
    const { steps, risks } = procedure.turn(turnInput(both, 'pg-3', 'standby'));
    expect(steps[0]?.body).toMatchObject({ kind: 'set', value: 'ANY 1 ("pg-2", "pg-3")' });
    expect(risks).toEqual(['while pg-3 is down, commits wait for one standby only']);
  });

  it.each(['FIRST 1 (pg-2, pg-3)', 'ANY 1 (pg-2, pg-3)', '*'])('changes nothing where another one confirms: %s', (setting) => {
    const { steps, undo, risks } = procedure.turn(turnInput(server(trio, 'pg-1', { synchronousStandbyNames: setting }), 'pg-2', 'standby'));
    expect(steps.map(({ id }) => id.split('.').at(-1))).toEqual(['commits', 'downtime', 'settle', 'peer']);
    expect(undo).toHaveLength(3);
    expect(risks).toBeUndefined();
  });

  it('counts only those that stream', () => {
    const lagging = server(trio, 'pg-1', {
      synchronousStandbyNames: '*',
      replication: [streamingRow('pg-2'), { ...streamingRow('pg-3'), state: 'catchup' }],
    });
    expect(procedure.turn(turnInput(lagging, 'pg-2', 'standby')).steps[0]?.body).toMatchObject({ kind: 'set', value: '' });
  });

  it('asks nothing where commits wait for nobody, nor of a node that was the primary when the plan was made', () => {
    expect(procedure.turn(turnInput(pair, 'pg-2', 'standby')).steps[0]?.body.kind).toBe('downtime');
    expect(procedure.turn(turnInput(alone, 'pg-1', 'standby')).steps[0]?.body.kind).toBe('downtime');
  });

  it('is refused only where the setting cannot be lowered', () => {
    const refused = (view: typeof alone) => procedure.assess(view, []).map(({ check, subject }) => `${check} ${subject}`);
    expect(refused(alone)).toEqual([]);
    expect(refused(withNode(alone, 'pg-1', (node) => ({ ...node, capabilities: ['sql'] })))).toEqual(['sync-satisfiable pg-2']);
    expect(refused(server(pair, 'pg-1', { synchronousStandbyNames: 'ANY (' }))).toEqual(['sync-satisfiable pg-1']);
  });
});
