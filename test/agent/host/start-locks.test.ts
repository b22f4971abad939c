import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocks } from '../../../agent/host/start-locks.ts';
import { toFailure } from '../../../common/failure.ts';

describe('holds on disk', () => {
  let stateDir: string;
  const dir = () => join(stateDir, 'locks');
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'drydock-holds-'));
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  it('P16 are files with a secret pass, taken and let go as often as asked', async () => {
    const holds = startLocks(dir());
    expect(await holds.held()).toEqual([]);
    await holds.letGo('db.service');
    await holds.prepare();
    await holds.take('db.service');
    const pass = await holds.passOf('db.service');
    expect(pass).toMatch(/^[0-9a-f]{32}$/);
    expect(statSync(join(dir(), 'db.service')).mode & 0o777).toBe(0o600);
    expect(statSync(dir()).mode & 0o777).toBe(0o700);
    await holds.take('db.service');
    expect(await holds.passOf('db.service')).toBe(pass);
    expect(await startLocks(dir()).held()).toEqual(['db.service']);
    await holds.letGo('db.service');
    await holds.letGo('db.service');
    expect(await holds.passOf('db.service')).toBeNull();
  });

  it('P16 are gone with the state directory of the agent', async () => {
    const holds = startLocks(dir());
    await holds.prepare();
    await holds.take('db.service');
    rmSync(stateDir, { recursive: true });
    expect(existsSync(holds.pathOf('db.service'))).toBe(false);
    expect(await holds.held()).toEqual([]);
  });

  it('P16 that lost their pass get a new one, and what was being written when the agent was killed is no hold', async () => {
    const holds = startLocks(dir());
    await holds.prepare();
    writeFileSync(join(dir(), 'db.service'), '');
    writeFileSync(join(dir(), 'other.service.new'), 'half');
    await holds.take('db.service');
    expect(readFileSync(join(dir(), 'db.service'), 'utf8')).toMatch(/^[0-9a-f]{32}\n$/);
    expect(await holds.held()).toEqual(['db.service']);
  });

  it('P16 that cannot be written refuse and leave nothing that holds', async () => {
    writeFileSync(dir(), 'a file where the folder should be');
    const holds = startLocks(dir());
    expect(await holds.prepare().catch(toFailure)).toMatchObject({ class: 'refused', code: 'no-start-lock' });
    rmSync(dir());
    mkdirSync(join(dir(), 'db.service.new'), { recursive: true });
    expect(await holds.take('db.service').catch(toFailure)).toMatchObject({ class: 'refused', code: 'no-start-lock' });
    expect(existsSync(join(dir(), 'db.service'))).toBe(false);
  });
});
