import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { certificateRequest, makeKey } from '../../common/identity/certificate-request.ts';
import { certificatesOf, pinOf } from '../../common/identity/certificates.ts';
import type { Identity } from '../../common/identity/identity.ts';
import { readIdentity } from '../../common/identity/identity-folder.ts';
import { silentLog } from '../../common/log.ts';
import { startGrpcServer } from '../../controller/server/grpc-server.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import {
  type Authority,
  initAuthority,
  initOutside,
  isInitialised,
  openAuthority,
  retireRoots,
  rollAuthority,
} from '../../controller/trust/authority.ts';
import { createTrust } from '../../controller/trust/trust.ts';
import { renew } from '../../proto/enrolling.ts';
import type { ClientIdentity } from '../../proto/secure-channel.ts';
import { memoryDir } from '../memory-dir.ts';
import { Crash, crashingSteps } from './file-steps.ts';

const dayMs = 24 * 3_600_000;
const agentMs = 7 * dayMs;
const db1 = { class: 'agent', name: 'db-1' } as const;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(memoryDir(), 'drydock-trust-'));
  folders.push(made);
  return made;
}

async function clientOf(authority: Authority, identity: Identity): Promise<ClientIdentity> {
  const key = makeKey();
  const { chain, roots } = await authority.issueFor(identity, await certificateRequest(identity, key), agentMs, Date.now());
  return { key, chain, roots };
}

/** A controller that does nothing but renew, on the authority as it lies in this folder. */
async function controllerOn(at: string) {
  const dir = folder();
  const store = openStore({ file: join(dir, 'store.db') });
  const authority = await openAuthority(at);
  const trust = await createTrust({ authority, store: store.trust, clock: systemClock, lifetimes: { agentMs, humanMs: dayMs } });
  const nothing = {} as never;
  const security = { trust, store, fourEyes: null, wallMs: () => Date.now() };
  const server = await startGrpcServer({
    listen: '127.0.0.1:0',
    accept: () => {},
    operations: { releases: {} } as never,
    artifacts: nothing,
    log: silentLog,
    security,
  });
  return {
    trust,
    address: server.address,
    async [Symbol.asyncDispose]() {
      await server.stop(0);
      await store.close();
    },
  };
}

/** Whether who shows this is taken, and takes the controller. */
async function isGood(address: string, client: ClientIdentity): Promise<boolean> {
  const held = { ...client, identity: db1, serial: '', notBeforeMs: 0, notAfterMs: 0 };
  return renew(address, held, join(folder(), 'identity')).then(
    () => true,
    () => false,
  );
}

describe('P4 the authority of a fleet', () => {
  it('is made whole by init at whatever step an earlier one ended', async () => {
    for (let step = 0; ; step++) {
      const at = folder();
      const ended = await initAuthority(at, 'main', Date.now(), crashingSteps(step)).then(
        () => false,
        (thrown: unknown) => thrown instanceof Crash,
      );
      if (!isInitialised(at)) await initAuthority(at, 'main', Date.now());
      const { own } = await openAuthority(at);
      expect(own.identity).toEqual({ class: 'controller', name: 'main' });
      if (!ended) break;
      expect(step).toBeLessThan(12);
    }
  });

  it('refuses to be made twice, and to be opened before it was made', async () => {
    const at = folder();
    await expect(openAuthority(at)).rejects.toMatchObject({ failure: { code: 'not-initialised' } });
    await initAuthority(at, 'main', Date.now());
    await expect(initAuthority(at, 'main', Date.now())).rejects.toMatchObject({ failure: { code: 'already-initialised' } });
  });

  it('renews the certificate of the controller when it is due, and says that it is another one', async () => {
    const at = folder();
    await initAuthority(at, 'main', Date.now() - 70 * dayMs);
    const authority = await openAuthority(at);
    const before = authority.own.serial;
    expect(await authority.refresh(Date.now())).toBe(true);
    expect(authority.own.serial).not.toBe(before);
    expect(await authority.refresh(Date.now())).toBe(false);
  });

  it('may be an outside one: it takes a controller and its roots, and issues nothing', async () => {
    const [outside, at] = [folder(), folder()];
    await initAuthority(outside, 'main', Date.now());
    const files = { identity: join(outside, 'identity.pem'), roots: join(outside, 'roots.pem') };
    await initOutside(at, files);
    const authority = await openAuthority(at);
    expect(authority.own.identity.class).toBe('controller');
    expect(() => authority.pin()).toThrow(/external authority/);
    await expect(clientOf(authority, db1)).rejects.toMatchObject({ failure: { code: 'outside-authority' } });
    const notOne = folder();
    mkdirSync(join(notOne, 'x'));
    const client = await clientOf(await openAuthority(outside), db1);
    const { installIdentity } = await import('../../common/identity/identity-folder.ts');
    await installIdentity(join(notOne, 'x'), client);
    await expect(initOutside(notOne, { ...files, identity: join(notOne, 'x', 'identity.pem') })).rejects.toMatchObject({
      failure: { code: 'not-a-controller' },
    });
  });
});

describe('a rollover of the root', () => {
  it('needs no downtime: who knows the old root alone, and who knows both, talk to the controller before and after', async () => {
    const at = folder();
    await initAuthority(at, 'main', Date.now());
    const before = await clientOf(await openAuthority(at), db1);
    await using controller = await controllerOn(at);
    expect(await isGood(controller.address, before)).toBe(true);
    const pin = await rollAuthority(at, Date.now());
    await controller.trust.tick();
    expect(pinOf(certificatesOf(controller.trust.own.roots)[0] ?? '')).toBe(pin);
    expect(await isGood(controller.address, before)).toBe(true);
    const after = await clientOf(await openAuthority(at), db1);
    expect(certificatesOf(after.roots)).toHaveLength(2);
    expect(await isGood(controller.address, after)).toBe(true);
    await expect(rollAuthority(at, Date.now())).rejects.toMatchObject({ failure: { code: 'rollover-under-way' } });
    await expect(retireRoots(at, agentMs, Date.now())).rejects.toMatchObject({ failure: { code: 'rollover-too-young' } });
    expect(await retireRoots(at, agentMs, Date.now() + agentMs + dayMs)).toBe(1);
    await controller.trust.tick();
    expect(await isGood(controller.address, before)).toBe(false);
    expect(await isGood(controller.address, after)).toBe(true);
  });

  it('P4 ends well whatever step it was cut short at: who trusted the controller still does, and asked again it is finished', async () => {
    const first = folder();
    await initAuthority(first, 'main', Date.now());
    const before = await clientOf(await openAuthority(first), db1);
    for (let step = 0; ; step++) {
      const at = folder();
      cpSync(first, at, { recursive: true });
      const ended = await rollAuthority(at, Date.now(), crashingSteps(step)).then(
        () => false,
        (thrown: unknown) => thrown instanceof Crash,
      );
      if (!ended) break;
      await using controller = await controllerOn(at);
      expect(await isGood(controller.address, before), `cut short at step ${step}`).toBe(true);
      await rollAuthority(at, Date.now()).catch((thrown: unknown) => {
        // At the last step of all there is nothing left to finish.
        expect(thrown).toMatchObject({ failure: { code: 'rollover-under-way' } });
      });
      await controller.trust.tick();
      expect(await isGood(controller.address, before), `finished after step ${step}`).toBe(true);
      expect(certificatesOf(readIdentity(at)?.roots ?? '')).toHaveLength(2);
    }
  });
});
