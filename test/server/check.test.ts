/** `drydock-controller check` and `drydock-agent check` as they are typed: every fault is listed, and nothing is started or changed. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main as agentMain } from '../../agent/main.ts';
import type { CheckDocument } from '../../common/check-report.ts';
import { installIdentity } from '../../common/identity/identity-folder.ts';
import { silentLog } from '../../common/log.ts';
import { main as controllerMain } from '../../controller/main.ts';
import { runController } from '../../controller/run-controller.ts';
import { loadControllerSettings } from '../../controller/settings.ts';
import { openAuditKey } from '../../controller/trust/audit-key.ts';
import { freePorts } from '../../demo/ports.ts';
import { freshIdentity, identityOf, initialise, oddIdentity } from '../identities.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-check-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (name: string) => join(dir, name);

interface Checked {
  readonly exitCode: number;
  readonly document: CheckDocument | null;
  readonly stderr: string;
  /** Of the parts that have any. */
  readonly faults: Readonly<Record<string, readonly string[]>>;
}

async function checked(program: 'controller' | 'agent', settings: readonly string[]): Promise<Checked> {
  const text = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof text) =>
    new Writable({
      write(chunk, _encoding, done) {
        text[name] += String(chunk);
        done();
      },
    });
  const io = { stdout: sink('stdout'), stderr: sink('stderr'), stdin: Readable.from([]) };
  writeFileSync(file('settings.yaml'), `${settings.join('\n')}\n`);
  const argv = ['--settings', file('settings.yaml'), '-o', 'json', 'check'];
  const exitCode = program === 'agent' ? await agentMain(argv, io) : await controllerMain(argv, new AbortController().signal, io);
  const document = text.stdout === '' ? null : (JSON.parse(text.stdout) as CheckDocument);
  const faulty = document?.checked.filter(({ faults }) => faults.length > 0) ?? [];
  return { exitCode, document, stderr: text.stderr, faults: Object.fromEntries(faulty.map(({ part, faults }) => [part, faults])) };
}

/** What lies where, by name, size and time of change. */
function everything(at: string): readonly string[] {
  return readdirSync(at, { recursive: true })
    .map(String)
    .filter((name) => name !== 'settings.yaml')
    .map((name) => `${name} ${statSync(join(at, name)).size} ${statSync(join(at, name)).mtimeMs}`);
}

describe('drydock-controller check', () => {
  const settings = (...more: readonly string[]) => [`stateDir: ${file('state')}`, ...more];

  it('finds nothing wrong with a controller that can start, and with one that runs, and changes nothing', async () => {
    await initialise(file('state'));
    const before = everything(dir);
    const listen = `listen: 127.0.0.1:${(await freePorts(1))[0]}`;
    expect(await checked('controller', settings(listen))).toMatchObject({ exitCode: 0, faults: {}, document: { ok: true } });
    expect(everything(dir)).toEqual(before);
    const running = await runController(loadControllerSettings(file('settings.yaml')).value, silentLog);
    expect(await checked('controller', settings(listen))).toMatchObject({ exitCode: 0, faults: {} });
    await running.stop();
  });

  it('lists every fault at once: no identity, a port that is taken, a store that is none, a folder that cannot be made', async () => {
    await initialise(file('other'));
    writeFileSync(file('other.yaml'), `stateDir: ${file('other')}\nlisten: 127.0.0.1:0\n`);
    const other = await runController(loadControllerSettings(file('other.yaml')).value, silentLog);
    mkdirSync(file('state'));
    writeFileSync(join(file('state'), 'controller.db'), 'not a store, and long enough to be read as one');
    const found = await checked('controller', settings(`listen: ${other.address}`, `artifactsDir: ${file('settings.yaml')}/x`));
    await other.stop();
    expect(found.exitCode).toBe(3);
    expect(found.faults).toMatchObject({
      folders: [expect.stringMatching(/^artifactsDir: .*: a part of its path is a file/)],
      store: [expect.stringMatching(/controller\.db is damaged/)],
      identity: [expect.stringMatching(/no identity in .*: create one with drydock-controller init/)],
      listen: [expect.stringMatching(/another program is already listening there/)],
    });
    expect(existsSync(join(file('state'), 'trust'))).toBe(false);
  });

  it('P12 sees a key that others may read, a certificate that is no controller’s, and roots that do not vouch for it', async () => {
    await initialise(file('state'));
    const trust = join(file('state'), 'trust');
    chmodSync(join(trust, 'authority.pem'), 0o644);
    const agent = await oddIdentity({ class: 'agent', name: 'db-1' }, { notBeforeMs: Date.now() - 1_000, notAfterMs: Date.now() + 60_000 });
    await installIdentity(trust, agent);
    const { faults, exitCode } = await checked('controller', settings('listen: 127.0.0.1:0'));
    expect(exitCode).toBe(3);
    expect(faults.identity).toEqual([
      expect.stringContaining('is of agent db-1, not of a controller'),
      expect.stringContaining('is not signed by any root'),
    ]);
    expect(faults.authority).toEqual([expect.stringMatching(/authority\.pem holds a private key .*\(mode 644\): chmod 600/)]);
  });

  it('P14 sees a key of the audit log that others may read, or that is none', async () => {
    await initialise(file('state'));
    const key = join(file('state'), 'trust', 'audit-key.pem');
    await openAuditKey(join(file('state'), 'trust'));
    chmodSync(key, 0o640);
    expect((await checked('controller', settings('listen: 127.0.0.1:0'))).faults['audit key']).toEqual([
      expect.stringMatching(/audit-key\.pem holds a private key .*\(mode 640\): chmod 600/),
    ]);
    writeFileSync(key, 'no key');
    const { exitCode, faults } = await checked('controller', settings('listen: 127.0.0.1:0'));
    expect(exitCode).toBe(3);
    expect(faults['audit key']).toEqual([expect.stringMatching(/audit-key\.pem cannot be used: .*restore the file from a copy/)]);
  });

  it('ends with 2 and every line of settings that cannot be read', async () => {
    const { exitCode, stderr } = await checked('controller', ['listen: everywhere:1', 'lisen: x', 'stateDir: relative']);
    expect(exitCode).toBe(2);
    for (const line of [/settings\.yaml:1: listen: /, /settings\.yaml:2: lisen: unknown/, /settings\.yaml:3: stateDir: /])
      expect(stderr).toMatch(line);
  });
});

describe('drydock-agent check', () => {
  const settings = (controller: string, connection = '{host: 127.0.0.1, port: 5432, user: drydock, memberId: pg-1}') => {
    for (const name of ['agent', 'data', 'releases']) mkdirSync(file(name), { recursive: true });
    const instance = `{instance: pg-1, cluster: main, engine: postgresql, dataDir: ${file('data')}, releasesDir: ${file('releases')}, unit: pg.service, connection: ${connection}}`;
    return ['host: db-1', `controller: ${controller}`, `stateDir: ${file('agent')}`, 'instances:', `  - ${instance}`];
  };
  const identityDir = () => join(file('agent'), 'identity');

  it('finds nothing wrong with a host that is enrolled and reaches its controller', async () => {
    await initialise(file('state'));
    writeFileSync(file('controller.yaml'), `stateDir: ${file('state')}\nlisten: 127.0.0.1:0\n`);
    const running = await runController(loadControllerSettings(file('controller.yaml')).value, silentLog);
    await installIdentity(identityDir(), await identityOf({ class: 'agent', name: 'db-1' }));
    const before = everything(file('agent'));
    expect(await checked('agent', settings(running.address))).toMatchObject({ exitCode: 0, faults: {} });
    expect(everything(file('agent'))).toEqual(before);
    await running.stop();
    const gone = await checked('agent', settings(running.address));
    expect(gone).toMatchObject({ exitCode: 3, faults: { controller: [expect.stringContaining('check the controller')] } });
  });

  it('says how a host is enrolled that is not, or whose certificate is another host’s or has ended', async () => {
    expect((await checked('agent', settings('127.0.0.1:1'))).faults.identity).toEqual([
      'host db-1 is not enrolled: run drydock token create --host db-1, then drydock-agent enroll here',
    ]);
    await installIdentity(identityDir(), await freshIdentity({ class: 'agent', name: 'db-2' }));
    chmodSync(join(identityDir(), 'identity.pem'), 0o640);
    expect((await checked('agent', settings('127.0.0.1:1'))).faults.identity).toEqual([
      expect.stringContaining('is of agent db-2, but host in the settings is db-1'),
      expect.stringContaining('is accessible to other users (mode 640)'),
    ]);
    await installIdentity(identityDir(), await oddIdentity({ class: 'agent', name: 'db-1' }, { notBeforeMs: 1_000, notAfterMs: 2_000 }));
    expect((await checked('agent', settings('127.0.0.1:1'))).faults.identity).toContainEqual(
      expect.stringMatching(/expired at 1970-01-01T00:00:02\.000Z: run drydock token create --host db-1/),
    );
  });

  it('sees what is wrong with how an instance is reached', async () => {
    expect((await checked('agent', settings('127.0.0.1:1', '{}'))).faults.instances).toEqual([
      expect.stringMatching(/^instance pg-1: connection\./),
    ]);
  });

  it('prints a line for each part that was looked at', async () => {
    const stdout = new PassThrough();
    writeFileSync(file('settings.yaml'), settings('127.0.0.1:1').join('\n'));
    expect(await agentMain(['--settings', file('settings.yaml'), 'check'], { stdout, stderr: stdout, stdin: Readable.from([]) })).toBe(3);
    expect(String(stdout.read())).toMatch(/^instances +ok\nfolders +ok\njournal +ok\nidentity +host db-1 is not enrolled[^\n]*\n1 fault: /);
  });
});
