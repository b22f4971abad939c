/** Changes of ozone-site.xml by plans: which there may be, and the file there and back. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import type { ConfigChange } from '../../common/orders.ts';
import { refusedChanges } from '../../engines/ozone/config.ts';
import { ozoneDriver } from '../../engines/ozone/driver.ts';
import { realHost } from '../contract/real-host.ts';
import { unpriced } from '../contract/unpriced.ts';

const set = (key: string): ConfigChange => ({ op: 'set', key, value: '1' });

describe('a change of ozone-site.xml', () => {
  test.each([
    'ozone.om.node.id',
    'ozone.scm.node.id',
    'ozone.om.service.ids',
    'ozone.om.internal.service.id',
    'ozone.om.nodes.oms',
    'ozone.om.address.oms.om1',
    'ozone.om.http-address.oms.om1',
    'ozone.om.ratis.port.oms.om1',
    'ozone.scm.datanode.port.scms.scm1',
    'ozone.metadata.dirs',
    'ozone.om.db.dirs',
    'ozone.om.ratis.storage.dir',
    'ozone.scm.datanode.id.dir',
    'hdds.datanode.dir',
    'hdds.datanode.hostname',
    'hdds.container.ratis.ipc.port',
    'httpfs.http.port',
    'testing.ozone.om.init.layout.version',
  ])('is refused where it says which process this is: %s', (key) => {
    expect(refusedChanges([set(key)])).toEqual([expect.stringContaining(key)]);
  });

  test.each([
    'ozone.replication',
    'hdds.heartbeat.interval',
    'ozone.scm.stale.node.interval',
    'ozone.om.snapshot.provider.connection.timeout',
    'hdds.datanode.volume.min.free.space',
    'ozone.recon.task.pipelinesync.interval',
  ])('is made of what only tunes it: %s', (key) => {
    expect(refusedChanges([set(key)])).toEqual([]);
  });

  test('is refused where it is a secret', () => {
    expect(refusedChanges([set('ozone.s3.secret')])).toEqual([expect.stringContaining('plans must not contain')]);
  });
});

describe('the file', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drydock-ozone-config-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const before = `<?xml version="1.0"?>
<configuration>
  <!-- ours -->
  <property><name>ozone.metadata.dirs</name><value>/data</value></property>
  <property>
    <name>hdds.heartbeat.interval</name>
    <value>3s</value>
  </property>
</configuration>
`;
  const changes: readonly ConfigChange[] = [
    { op: 'set', key: 'hdds.heartbeat.interval', value: '5s' },
    { op: 'set', key: 'ozone.replication', value: '3' },
  ];

  function contextAt(): DriverContext {
    return unpriced({
      settings: {
        instance: 'om1',
        cluster: 'lake',
        engine: 'ozone',
        dataDir: join(dir, 'data'),
        releasesDir: join(dir, 'releases'),
        unit: 'om1',
        snapshotsDir: join(dir, 'snapshots'),
        configFile: join(dir, 'ozone-site.xml'),
        connection: { component: 'om' },
      },
      host: realHost(async () => ({ active: true, invocationId: null, pid: null })),
      clock: systemClock,
      signal: new AbortController().signal,
      currentRelease: null,
    });
  }

  test('P11 holds what was changed and nothing else, needs a restart, and is what it was after the rollback', async () => {
    const file = join(dir, 'ozone-site.xml');
    await writeFile(file, before);
    const { config } = ozoneDriver;
    if (config === undefined) throw new TypeError('plans change nothing of Ozone');
    const context = contextAt();
    const preview = await config.preview(context, changes);
    expect(preview).toMatchObject({ file, problems: [], restartKeys: ['hdds.heartbeat.interval', 'ozone.replication'] });
    const revision = { changes, fromDigest: preview.fromDigest, toDigest: preview.toDigest };
    await config.stage(context, revision);
    expect(await readFile(file, 'utf8')).toBe(before);
    await config.place(context, revision, 'forward');
    const after = await readFile(file, 'utf8');
    expect(after).toBe(
      before
        .replace('<value>3s</value>', '<value>5s</value>')
        .replace(
          '</configuration>',
          '  <property>\n    <name>ozone.replication</name>\n    <value>3</value>\n  </property>\n</configuration>',
        ),
    );
    expect(await config.active(context, revision)).toMatchObject({ ok: true });
    await config.place(context, revision, 'back');
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await config.placed(context, revision)).toBe('old');
  });
});
