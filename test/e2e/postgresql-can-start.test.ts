/** What a start needs, broken by hand under a real server that goes on serving: found before anybody stops it, by file and line. */
import { appendFile, chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import { isOk } from './postgresql-verbs.ts';

let cluster: TestCluster;
let server: TestServer;
let conf: string;
let hba: string;
let original: { readonly conf: string; readonly hba: string };

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1'], ['16.4', '16.14']);
  [server] = cluster.servers as [TestServer];
  conf = join(server.member.dataDir, 'postgresql.conf');
  hba = join(server.member.dataDir, 'pg_hba.conf');
  original = { conf: await readFile(conf, 'utf8'), hba: await readFile(hba, 'utf8') };
  server.start();
  await isOk(server, 'in-service');
});

afterEach(async () => {
  await chmod(server.member.dataDir, 0o700);
  for (const [path, text] of [
    [conf, original.conf],
    [hba, original.hba],
  ] as const) {
    await chmod(path, 0o600);
    await writeFile(path, text);
  }
});

afterAll(async () => {
  await cluster?.remove();
});

const canStart = () => driver.check(server.context(), { check: 'can-start', expect: '16.14' });
const linesOf = (text: string) => text.split('\n').length;

/** Owned like the configuration. */
async function placed(name: string, text: string, mode: number): Promise<string> {
  const path = join(server.member.dataDir, name);
  const { uid, gid } = await stat(conf);
  await writeFile(path, text);
  await chown(path, uid, gid);
  await chmod(path, mode);
  return path;
}

describe('12.C16: a server whose start was broken by hand while it serves', () => {
  it('is told apart from one that would start', async () => {
    expect(await canStart()).toMatchObject({ check: 'can-start', ok: true });
  });

  it('names file and line of a line that cannot be read', async () => {
    await appendFile(conf, 'work_mem 64MB oops\n');
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining(`"${conf}" line ${linesOf(original.conf)}`) });
  });

  it('names file and line of a value that no server takes, though the server itself names no place', async () => {
    await appendFile(conf, "shared_buffers = '12XB'\n");
    const { ok, detail } = await canStart();
    expect(ok, detail).toBe(false);
    expect(detail).toContain(`"shared_buffers"`);
    expect(detail).toContain(`${conf} line ${linesOf(original.conf)}`);
  });

  it('names an unknown setting, and an included file that is missing', async () => {
    await appendFile(conf, 'wrok_mem = 64MB\n');
    expect((await canStart()).detail).toContain(`"wrok_mem" in file "${conf}" line ${linesOf(original.conf)}`);
    await writeFile(conf, `${original.conf}include 'gone.conf'\n`);
    expect((await canStart()).detail).toContain('gone.conf');
  });

  it('names a configuration that the account of the server may not read', async () => {
    const { uid } = await stat(conf);
    await chmod(conf, 0o000);
    const { ok, detail } = await canStart();
    // As root nothing can be kept from it.
    expect(ok, detail).toBe(uid === 0);
    if (uid !== 0) expect(detail).toContain(conf);
  });

  it('names access rules that are missing, or have a line that cannot be read', async () => {
    await appendFile(hba, 'hots all all trust\n');
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining(`pg_hba.conf line ${linesOf(original.hba)}`) });
    await writeFile(conf, `${original.conf}hba_file = '/nowhere/pg_hba.conf'\n`);
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining('/nowhere/pg_hba.conf') });
  });

  it('names a data directory with rights with which no server starts', async () => {
    await chmod(server.member.dataDir, 0o755);
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining(`${server.member.dataDir} has mode 0755`) });
  });

  it('names a certificate that is missing, and a key that others may read', async () => {
    await appendFile(conf, 'ssl = on\n');
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining('ssl_cert_file') });
    await placed('server.crt', 'a certificate', 0o600);
    const key = await placed('server.key', 'a key', 0o644);
    expect(await canStart()).toMatchObject({
      ok: false,
      detail: `it would not start again: ssl_key_file: ${key} is readable by accounts other than its owner; fix that first`,
    });
  });

  it('names a library that its files want loaded and its release lacks', async () => {
    await appendFile(conf, "shared_preload_libraries = 'gone'\n");
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining('gone') });
  });

  it('names a folder for its sockets that is not there', async () => {
    await appendFile(conf, "unix_socket_directories = '/nowhere'\n");
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining('/nowhere') });
  });

  it('tells it of one that is down, too, and goes nowhere by the name of a release', async () => {
    await server.stop();
    expect(await canStart()).toMatchObject({ ok: true });
    await appendFile(conf, 'work_mem 64MB oops\n');
    expect(await canStart()).toMatchObject({ ok: false, detail: expect.stringContaining(conf) });
    expect(await driver.check(server.context(), { check: 'can-start', expect: '../16.14' })).toMatchObject({ ok: false });
  });
});
