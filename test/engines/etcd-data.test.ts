import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnapshotFolder } from '../../common/driver.ts';
import { etcdDriver } from '../../engines/etcd/driver.ts';
import { etcdSnapshots } from '../../engines/etcd/host/snapshots.ts';
import { memberTwin, ToolsTwin } from './etcd-tools-twin.ts';

const agrees = (tools: ToolsTwin) => etcdDriver.check(tools.context(), { check: 'data-agrees' });
const trio = (change: Parameters<typeof memberTwin>[1] = {}) => new ToolsTwin([memberTwin(1), memberTwin(2), memberTwin(3, change)]);

describe('data of all members are compared', () => {
  it('at the smallest revision of all, which each of them has a hash of, whoever lags and whoever asks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 7 }), async (revisions) => {
        const tools = new ToolsTwin(revisions.map((revision, at) => memberTwin(at + 1, { revision })));
        expect(await agrees(tools)).toMatchObject({ ok: true });
        expect(tools.asked).toEqual([Math.min(...revisions)]);
      }),
    );
  });

  it('and are not the same when one hash differs', async () => {
    expect(await agrees(trio({ hash: 1 }))).toMatchObject({ ok: false, detail: expect.stringContaining('differ') });
  });

  it('P1 and nobody can tell while one does not answer', async () => {
    expect(await agrees(trio({ down: true }))).toMatchObject({ ok: null, detail: expect.stringContaining('its revision') });
  });

  it('again when a compaction ran between them, and nobody can tell when that goes on', async () => {
    const once = trio({ compactRevision: 5 });
    once.beforeHash = (times) => {
      if (times === 2) once.members = once.members.map((member) => ({ ...member, compactRevision: 5 }));
    };
    expect(await agrees(once)).toMatchObject({ ok: true });
    expect(await agrees(trio({ compactRevision: 5 }))).toMatchObject({ ok: null, detail: expect.stringContaining('a compaction ran') });
  });
});

describe('a snapshot that is restored and compared', () => {
  const folder = (path: string): SnapshotFolder => ({
    path,
    copy: async () => {},
    write: async () => {},
    progress: () => {},
  });
  const made = {
    version: '3.6.16',
    role: 'leader',
    position: 'revision 7',
    places: [{ folder: '.', path: '/srv/etcd' }],
    notes: { hash: '99', revision: '7', clusterId: '1' },
  };
  const compared = (tools: ToolsTwin) =>
    etcdSnapshots.verify(tools.context(), folder('/srv/snapshots/s'), made, 'restore-compare', folder('/srv/snapshots/scratch'));

  it('is proven by the hash that the member has at its revision', async () => {
    expect(await compared(trio())).toMatchObject({ ok: true, detail: expect.stringContaining('the same as on the member') });
  });

  it('is not proven when the hashes differ, or the file is not what was taken', async () => {
    const other = trio();
    other.copy = { hash: 1, compactRevision: -1 };
    expect(await compared(other)).toMatchObject({ ok: false, detail: expect.stringContaining('on the member it is 4711') });
    const damaged = trio();
    damaged.sealed = { hash: 98, revision: 7 };
    expect(await compared(damaged)).toMatchObject({ ok: false, detail: expect.stringContaining('when taken it was 99') });
  });

  it('before 3.6, where etcdutl hashes no files, is proven by its seal and its revision', async () => {
    const old = trio();
    old.copy = null;
    expect(await compared(old)).toMatchObject({ ok: true, detail: expect.stringContaining('with a verified checksum') });
    old.restoredRevision = 6;
    expect(await compared(old)).toMatchObject({ ok: false });
  });

  it('P1 is not taken for proven when the member has no hash of that revision any more, or compacted meanwhile', async () => {
    const compacted = new ToolsTwin([memberTwin(1, { revision: 20, compactRevision: 9 })]);
    expect(await compared(compacted)).toMatchObject({ ok: null, detail: expect.stringContaining('did not report its hash') });
    const meanwhile = new ToolsTwin([memberTwin(1, { compactRevision: 3 })]);
    expect(await compared(meanwhile)).toMatchObject({ ok: null, detail: expect.stringContaining('compacted while') });
  });
});
