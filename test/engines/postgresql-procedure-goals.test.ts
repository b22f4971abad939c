import { describe, expect, it } from 'vitest';
import type { ConfigChange } from '../../common/orders.ts';
import { postgresqlProcedure as procedure } from '../../engines/postgresql/procedure.ts';
import { changed, down } from './postgresql-fixtures.ts';
import { handoverCluster, level, linesOf, server, turnInput } from './postgresql-handover-fixtures.ts';

const trio = handoverCluster(['pg-2', 'pg-3']);
const config = { changes: [{ op: 'set', key: 'work_mem', value: '8MB' }], fromDigest: 'sha256:a', toDigest: 'sha256:b' } as const;
const turnedRound = { changes: [], fromDigest: 'sha256:b', toDigest: 'sha256:a' };
const ids = (steps: readonly { readonly id: string }[]) => steps.map(({ id }) => id.split('.').slice(4).join('.'));

describe('a restart', () => {
  it('goes through the same proofs as an upgrade and leaves nothing to roll back', () => {
    const { steps, undo } = procedure.turn(turnInput(trio, 'pg-2', 'standby', level));
    expect(steps[0]?.body).toMatchObject({ kind: 'downtime', mode: 'normal', parts: ['quiesce', 'stop', 'activate', 'start'] });
    expect(ids(steps)).toEqual(['downtime', 'settle', 'peer']);
    expect(undo).toEqual([]);
  });
});

describe('a change of configuration', () => {
  it.each([
    ['pg-1', 'primary'],
    ['pg-2', 'standby'],
  ] as const)('P11 of %s is put into place in its downtime, and rolled back in another', (instance, role) => {
    const { steps, undo } = procedure.turn(turnInput(trio, instance, role, { ...level, config }));
    expect(steps[0]?.body).toMatchObject({ kind: 'downtime', mode: 'normal', config, onFailure: 'revert' });
    expect(undo[0]?.body).toMatchObject({ kind: 'downtime', mode: 'normal', config: turnedRound, onFailure: 'revert' });
    expect(undo[0]?.title).toBe('downtime back to its configuration');
    expect(ids(undo)).toEqual(ids(steps).map((id) => `undo.${id}`));
  });

  it('that a reload takes over has no downtime, and the same proofs', () => {
    const { steps, undo, downtimeMs } = procedure.turn(turnInput(trio, 'pg-2', 'standby', { ...level, config, reloadOnly: true }));
    expect(steps[0]?.body).toEqual({ kind: 'configure', config });
    expect(undo[0]?.body).toEqual({ kind: 'configure', config: turnedRound });
    expect(ids(steps)).toEqual(['configure', 'settle', 'peer']);
    expect(downtimeMs).toBe(0);
  });

  it('that a reload takes over leaves the primary its role, even where a successor could take it', () => {
    const [, successor = null] = trio.nodes;
    const { steps } = procedure.turn(turnInput(trio, 'pg-1', 'primary', { ...level, config, reloadOnly: true, successor }));
    expect(ids(steps)[0]).toBe('configure');
  });

  const order = (...changes: readonly ConfigChange[]) => procedure.configOrder?.(changes, trio);
  it('rises on the standbys first and falls on the primary first, where a standby must not have less', () => {
    expect(order({ op: 'set', key: 'max_connections', value: '200' })).toBe('upgrade');
    expect(order({ op: 'set', key: 'max_connections', value: '50' })).toBe('downgrade');
    expect(order({ op: 'set', key: 'work_mem', value: '1' })).toBe('upgrade');
    expect(order({ op: 'remove', key: 'max_wal_senders' })).toBe('upgrade');
    expect(order({ op: 'rename', key: 'max_wal_senders', to: 'x.senders' })).toBe('upgrade');
    const settings = {
      max_connections: 100,
      max_worker_processes: 8,
      max_wal_senders: 20,
      max_prepared_transactions: 0,
      max_locks_per_transaction: 64,
    };
    const more = server(trio, 'pg-1', { settings });
    expect(procedure.configOrder?.([{ op: 'remove', key: 'max_wal_senders' }], more)).toBe('downgrade');
  });
});

describe('a restore', () => {
  const restored = { ...level, restore: 'r-1.pg-2' };

  it('of a standby puts the snapshot into place between stop and start, and proves that it can follow', () => {
    const input = turnInput(trio, 'pg-2', 'standby', restored);
    const { steps, undo } = procedure.turn(input);
    expect(steps[0]?.body).toMatchObject({
      mode: 'normal',
      parts: ['quiesce', 'stop', 'restore', 'activate', 'start'],
      restore: 'r-1.pg-2',
      onFailure: 'revert',
    });
    expect(linesOf(steps, input.idPrefix).slice(1)).toEqual([
      'pg-2  reseed  observe [no-reseed]',
      'pg-2  settle  await in-service for 60 s [in-service-standby]',
      'primary beside pg-2  peer  await member-in-service pg-2 [standby-seen-by-peer]',
    ]);
    expect(undo).toEqual([]);
  });

  it('of a primary asks nothing of standbys, which are ahead of it until they are restored, too', () => {
    expect(ids(procedure.turn(turnInput(trio, 'pg-1', 'primary', restored)).steps)).toEqual(['downtime', 'settle', 'write']);
  });

  it('of a primary makes no write that would wait for them', () => {
    const waiting = server(trio, 'pg-1', { synchronousStandbyNames: 'pg-2' });
    expect(ids(procedure.turn(turnInput(waiting, 'pg-1', 'primary', restored)).steps)).toEqual(['downtime', 'settle']);
  });

  describe('that is fed by the others', () => {
    const snapshot = {
      madeAtMs: 0,
      expiresAtMs: 1e15,
      bytes: 1,
      version: '16.4',
      verified: 'list',
      role: 'standby',
      position: '0/5000000',
    };
    const kept = (view: typeof trio, oldestLsn: string) =>
      changed(server(server(view, 'pg-1', { oldestLsn }), 'pg-2', { fromArchive: false }), 'pg-2', (facts) => ({
        ...facts,
        snapshots: [{ id: 'r-1.pg-2', run: 'r-1', ...snapshot }],
      }));

    it('P11 first asks whom it follows whether the WAL from there is still available, unless an archive may have it', () => {
      const input = turnInput(kept(trio, '0/1000000'), 'pg-2', 'standby', restored);
      expect(linesOf(procedure.turn(input).steps, input.idPrefix)[0]).toBe('pg-1  wal  await wal-reaches-back 0/5000000');
      const archived = server(kept(trio, '0/1000000'), 'pg-2', { fromArchive: true });
      expect(ids(procedure.turn(turnInput(archived, 'pg-2', 'standby', restored)).steps)[0]).toBe('downtime');
    });

    it('P11 is refused when that WAL is known to be gone', () => {
      const feeds = (oldest: string, change = {}) => procedure.feeds?.(server(kept(trio, oldest), 'pg-2', change), 'pg-2', '0/5000000');
      expect(feeds('0/5000000')).toBeNull();
      expect(feeds('0/6000000')).toBe('the WAL of pg-1 only reaches back to 0/6000000');
      expect(feeds('1/0')).not.toBeNull();
      expect(feeds('0/6000000', { fromArchive: true })).toBeNull();
      expect(feeds('0/6000000', { fromArchive: null })).toBeNull();
    });

    it('of one that does not answer asks the primary', () => {
      const dead = changed(kept(trio, '0/1000000'), 'pg-2', (facts) => {
        const { detail, ...rest } = down(facts);
        return { ...rest, detail: { ...detail, fromArchive: false } };
      });
      const alone = server(dead, 'pg-1', { replication: [] });
      const { steps } = procedure.turn(turnInput(alone, 'pg-2', 'standby', restored));
      expect(steps[0]).toMatchObject({ executor: { kind: 'instance', instance: 'pg-1' }, body: { condition: 'wal-reaches-back' } });
      expect(steps[1]?.body).toMatchObject({ parts: ['stop', 'restore', 'activate', 'start'] });
    });
  });

  it('of a standby is pointed at who leads now, where another member led when its snapshot was made', () => {
    const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/5000000' };
    const then = (instance: string, role: string) => (view: typeof trio) =>
      changed(view, instance, (facts) => ({ ...facts, snapshots: [{ id: `r-1.${instance}`, run: 'r-1', role, ...made }] }));
    const moved = then('pg-1', 'standby')(then('pg-2', 'standby')(then('pg-3', 'primary')(trio)));
    const { steps } = procedure.turn(turnInput(moved, 'pg-2', 'standby', restored));
    expect(ids(steps)).toEqual(['downtime', 'repoint', 'reseed', 'settle', 'peer']);
    expect(steps[1]?.body).toEqual({
      kind: 'act',
      verb: 'repoint',
      args: { follow: { member: 'pg-1', host: 'pg-1.example', port: 5432 } },
    });
    const stayed = then('pg-1', 'primary')(then('pg-3', 'standby')(trio));
    expect(ids(procedure.turn(turnInput(stayed, 'pg-2', 'standby', restored)).steps)).not.toContain('repoint');
  });

  it('is not kept by what the node is out of now', () => {
    const guards = procedure.turn(turnInput(trio, 'pg-2', 'standby', restored)).steps[0]?.guards.map(({ check }) => check);
    expect(guards).toEqual(['release-is', 'no-ha-manager']);
    const dead = changed(trio, 'pg-2', down);
    expect(procedure.turn(turnInput(dead, 'pg-2', 'standby', restored)).steps[0]).toMatchObject({ guards: [] });
  });
});

it('keeps WAL for those that follow later by the setting of that name', () => expect(procedure.retainKey).toBe('retained-wal'));
