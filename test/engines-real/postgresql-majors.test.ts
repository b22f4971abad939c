/** Every major that the documents promise, on real servers: what is read of a running and of a stopped one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { majorsFor, majorVersions, postgresVersions } from '../../demo/postgres/releases.ts';
import { readControlFile } from '../../engines/postgresql/host/data-folder.ts';
import { makeTestCluster, type TestCluster, type TestServer } from '../e2e/postgresql-servers.ts';
import { ask, factsOf, isOk, sql } from '../e2e/postgresql-verbs.ts';

const pairs = [postgresVersions, ...majorsFor().map((major) => majorVersions[major])];

describe.each(pairs)('12.B4: the files of PostgreSQL %s', (version) => {
  let cluster: TestCluster;
  let server: TestServer;
  beforeAll(async () => {
    cluster = await makeTestCluster(['pg-1'], [version]);
    [server] = cluster.servers as [TestServer];
    server.start();
    await isOk(server, 'in-service');
  });
  afterAll(() => cluster?.remove());

  it('the control file says what the server says of itself, running and stopped', async () => {
    const context = server.context();
    const [output] = await sql(
      server,
      `SELECT s.system_identifier::text AS id, c.timeline_id AS timeline, c.checkpoint_lsn::text AS lsn
       FROM pg_control_system() s, pg_control_checkpoint() c`,
    );
    expect(await readControlFile(context)).toEqual({
      systemId: output?.id,
      timeline: output?.timeline,
      checkpointLsn: output?.lsn,
      state: 'in production',
      limits: (await factsOf(server)).settings,
    });
    expect(await ask(server, 'readable-at-rest')).toMatchObject({ ok: true });
    await server.stop();
    expect(await readControlFile(context)).toMatchObject({ systemId: output?.id, state: 'shut down' });
  });
});
