import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { agentCertificateMs, certificateFacts, renewAtMs, standing } from '../../common/identity/certificates.ts';
import { readIdentity } from '../../common/identity/identity-folder.ts';
import { parseToken, secretHash, tokenText } from '../../common/identity/token.ts';
import { enroll, renew } from '../../proto/enrolling.ts';
import { memoryDir } from '../memory-dir.ts';
import { type Door, openDoor } from '../server/door.ts';
import { Crash, crashingSteps, powerLossSteps } from './file-steps.ts';

const db1 = { class: 'agent', name: 'db-1' } as const;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(memoryDir(), 'drydock-identity-'));
  folders.push(made);
  return join(made, 'identity');
}

async function tokenOf(door: Door, identity = 'agent:db-1'): Promise<string> {
  const { token } = (await door.ask('CreateToken', { identity, ttlMs: 3_600_000, role: '', selector: '' })) as { readonly token: string };
  return token;
}

/** What an attempt was refused with. */
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'allowed',
    (thrown: { readonly failure?: { readonly code: string } }) => thrown.failure?.code ?? String(thrown),
  );

describe('P12 enrolment', () => {
  it('gives a host a certificate of its name for a token; the key is its own alone and the store holds no secret', async () => {
    await using door = await openDoor();
    const [at, token] = [folder(), await tokenOf(door)];
    const held = await enroll(door.server.address, parseToken(token), at);
    expect(held.identity).toEqual(db1);
    expect(standing(held, Date.now())).toBe('fresh');
    expect(held.notAfterMs - held.notBeforeMs).toBe(agentCertificateMs);
    expect(statSync(join(at, 'identity.pem')).mode & 0o777).toBe(0o600);
    expect(statSync(at).mode & 0o777).toBe(0o700);
    expect(readdirSync(at).sort()).toEqual(['identity.pem', 'roots.pem']);
    const audit = JSON.stringify(await door.store.events('fleet', 0, 100));
    expect(audit).toContain('"identity-enrolled"');
    expect(audit).not.toContain(parseToken(token).secret);
  });

  it('takes a token once: another key is refused, the same key after a crash is not', async () => {
    await using door = await openDoor();
    const [at, token] = [folder(), parseToken(await tokenOf(door))];
    // Ends as the certificate that came is about to be written.
    await expect(enroll(door.server.address, token, at, crashingSteps(3))).rejects.toThrow(Crash);
    expect(readdirSync(at)).toEqual(['pending-key.pem']);
    expect(await codeOf(enroll(door.server.address, token, folder()))).toBe('token-used');
    expect((await enroll(door.server.address, token, at)).identity).toEqual(db1);
    expect(await codeOf(enroll(door.server.address, token, at))).toBe('token-used');
  });

  it('sends its secret to no controller but the one that the token pins', async () => {
    await using door = await openDoor();
    const token = parseToken(await tokenOf(door));
    expect(await codeOf(enroll(door.server.address, { ...token, pin: 'A'.repeat(43) }, folder()))).toBe('other-fleet');
    expect((await enroll(door.server.address, token, folder())).identity).toEqual(db1);
  });

  it('refuses a token that was never made, expired, was replaced or belongs to a revoked identity', async () => {
    let aheadMs = 0;
    const clock = { ...systemLike(), wallMs: () => Date.now() + aheadMs };
    await using door = await openDoor({ clock });
    const made = parseToken(await tokenOf(door));
    expect(await codeOf(enroll(door.server.address, { ...made, secret: 'B'.repeat(43) }, folder()))).toBe('unknown-token');
    const replaced = made;
    const newer = parseToken(await tokenOf(door));
    expect(await codeOf(enroll(door.server.address, replaced, folder()))).toBe('unknown-token');
    await door.ask('RevokeIdentity', { identity: 'agent:db-1', reason: 'stolen' });
    expect(await codeOf(enroll(door.server.address, newer, folder()))).toBe('unknown-token');
    const late = parseToken(await tokenOf(door));
    aheadMs = 3_600_001;
    expect(await codeOf(enroll(door.server.address, late, folder()))).toBe('token-expired');
  });

  it('makes a request for another name than the token fail', async () => {
    await using door = await openDoor();
    const token = parseToken(await tokenOf(door));
    const posing = { ...token, identity: { class: 'agent', name: 'db-2' } as const };
    expect(await codeOf(enroll(door.server.address, posing, folder()))).toBe('bad-request-for-certificate');
  });
});

describe('P4 renewal', () => {
  it('is due at two thirds, and leaves a certificate that works at every step it may end at', async () => {
    await using door = await openDoor();
    const at = folder();
    const first = await enroll(door.server.address, parseToken(await tokenOf(door)), at);
    expect(renewAtMs(first) - first.notBeforeMs).toBeCloseTo((agentCertificateMs * 2) / 3, 0);
    let ended = 0;
    for (let step = 0; ; step++) {
      const before = readIdentity(at);
      if (before === null) throw new Error('the identity is gone');
      try {
        await renew(door.server.address, before, at, crashingSteps(step));
        break;
      } catch (thrown) {
        if (!(thrown instanceof Crash)) throw thrown;
        ended += 1;
      }
      const left = readIdentity(at);
      expect(left?.identity).toEqual(db1);
      // Whichever pair lies there, the controller takes it.
      await renew(door.server.address, left as NonNullable<typeof left>, folder());
    }
    expect(ended).toBe(7);
    expect(readIdentity(at)?.serial).not.toBe(first.serial);
  });

  it('outlives a power loss at every step: the old pair or the new one is whole', async () => {
    await using door = await openDoor();
    const [at, disk] = [folder(), folder()];
    mkdirSync(disk, { recursive: true });
    await enroll(door.server.address, parseToken(await tokenOf(door)), at);
    for (let step = 0; step < 7; step++) {
      const before = readIdentity(at);
      if (before === null) throw new Error('the identity is gone');
      const steps = powerLossSteps(step, at, disk);
      await expect(renew(door.server.address, before, at, steps)).rejects.toThrow(Crash);
      steps.lose();
      expect(readIdentity(at)?.identity, `step ${step}`).toEqual(db1);
    }
  });

  it('is refused to a certificate that expired, and the host comes back by a new token', async () => {
    let aheadMs = 0;
    const clock = { ...systemLike(), wallMs: () => Date.now() + aheadMs };
    await using door = await openDoor({ clock });
    const at = folder();
    const held = await enroll(door.server.address, parseToken(await tokenOf(door)), at);
    const comeBack = parseToken(await tokenOf(door));
    aheadMs = agentCertificateMs + 1_000;
    expect(await codeOf(renew(door.server.address, held, at))).toBe('certificate-expired');
    expect(readIdentity(at)?.serial).toBe(held.serial);
    aheadMs = 0;
    expect((await enroll(door.server.address, comeBack, at)).serial).not.toBe(held.serial);
  });

  it('is refused to a revoked identity; what it enrolls with afterwards is good', async () => {
    await using door = await openDoor();
    const at = folder();
    const held = await enroll(door.server.address, parseToken(await tokenOf(door)), at);
    await door.ask('RevokeIdentity', { identity: 'agent:db-1', reason: 'the host was stolen' });
    expect(await codeOf(renew(door.server.address, held, at))).toBe('certificate-revoked');
    const again = await enroll(door.server.address, parseToken(await tokenOf(door)), at);
    expect((await renew(door.server.address, again, at)).identity).toEqual(db1);
    expect(await codeOf(renew(door.server.address, held, folder()))).toBe('certificate-revoked');
  });
});

describe('a token', () => {
  it('is read back as it was written, whatever the name, and its secret is kept as a digest', () => {
    for (const name of ['db-1', 'a.b.c', 'x_1']) {
      const token = { identity: { class: 'agent', name }, secret: 's'.repeat(43), pin: 'p'.repeat(43) } as const;
      expect(parseToken(tokenText(token))).toEqual(token);
    }
    expect(secretHash('s'.repeat(43))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('that is none is refused without a word of it', () => {
    for (const text of [
      '',
      'drydock1.agent.db-1.short.pin',
      `drydock1.controller.c.${'s'.repeat(43)}.${'p'.repeat(43)}`,
      `drydock1.agent.../x.${'s'.repeat(43)}.${'p'.repeat(43)}`,
    ])
      expect(() => parseToken(text)).toThrow(/^this is not an enrolment token/);
  });
});

function systemLike() {
  return {
    monotonicMs: () => performance.now(),
    after: () => ({ cancel() {} }),
  };
}

it('certificates carry one identity and cannot serve as another class', async () => {
  await using door = await openDoor();
  const held = await enroll(door.server.address, parseToken(await tokenOf(door)), folder());
  expect(certificateFacts(held.chain).identity).toEqual(db1);
});
