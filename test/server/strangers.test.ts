/** P12 Connections without a good certificate: how many, from where, and who waits for them. */
import { describe, expect, it } from 'vitest';
import { addressKey, type StrangerLimits, Strangers } from '../../controller/server/strangers.ts';

const limits: StrangerLimits = { perAddress: 2, inAll: 3, waiting: 3, failures: 4, failuresPerSecond: 1 };

describe('P12 strangers at the door', () => {
  it('begin as long as there is room for their address and for all, and then wait for their turn', () => {
    const door = new Strangers<string>(limits);
    expect(['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => door.arrives(name, name.slice(0, 1), 0))).toEqual([
      'begins',
      'begins',
      'waits',
      'begins',
      'waits',
    ]);
    expect(door.next()).toBeNull();
    door.proven('a1');
    expect(door.next()).toBe('a3');
    expect(door.next()).toBeNull();
  });

  it('of one address keep those of another waiting for no longer than their own', () => {
    const door = new Strangers<string>({ ...limits, perAddress: 3, waiting: 99 });
    for (let number = 1; number <= 50; number++) door.arrives(`a${number}`, 'a', 0);
    door.arrives('b1', 'b', 0);
    door.proven('a1');
    expect(door.next()).toBe('a4');
    door.proven('a2');
    expect(door.next()).toBe('b1');
  });

  it('are hung up on where too many wait, or too many of their address came to nothing', () => {
    const door = new Strangers<string>(limits);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) door.arrives(name, 'a', 0);
    expect(door.arrives('b1', 'b', 0)).toBe('begins');
    expect(door.arrives('b2', 'b', 0)).toBe('refused');
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) door.closed(name, 0);
    expect(door.arrives('a6', 'a', 0)).toBe('refused');
    expect(door.arrives('b3', 'b', 0)).toBe('begins');
    expect(door.arrives('a7', 'a', 1_000)).toBe('begins');
  });

  it('that show a certificate cost their address nothing: a fleet comes back from behind one', () => {
    const door = new Strangers<string>({ ...limits, waiting: 10_000 });
    let served = 0;
    const prove = (name: string) => {
      door.proven(name);
      door.closed(name, 0);
      served += 1;
    };
    for (let number = 0; number < 10_000; number++) if (door.arrives(`a${number}`, 'a', 0) === 'begins') prove(`a${number}`);
    for (let next = door.next(); next !== null; next = door.next()) prove(next);
    expect(served).toBe(10_000);
    expect(door.size).toBe(0);
  });

  it('that give up waiting for a turn keep none of their address out as long as others of it show a certificate', () => {
    const door = new Strangers<string>({ ...limits, waiting: 10_000 });
    for (let number = 0; number < 10_000; number++) door.arrives(`a${number}`, 'a', 0);
    for (let number = 0; number < 10_000; number += 3) {
      const next = door.next() ?? `a${number}`;
      door.proven(next);
      for (const late of [number + 1, number + 2]) door.closed(`a${late}`, 0);
      expect(door.arrives(`again${number}`, 'a', 0)).not.toBe('refused');
    }
  });

  it('are remembered no longer than their failures count, and never more of them than there is room for', () => {
    const door = new Strangers<string>(limits);
    for (let number = 0; number < 40_000; number++) {
      door.arrives(`c${number}`, `address-${number}`, 0);
      door.closed(`c${number}`, 0);
    }
    expect(door.size).toBeLessThanOrEqual(16_384);
  });

  it('are of one address where their network is one site', () => {
    expect(addressKey('10.0.0.7')).toBe('10.0.0.7');
    expect(addressKey('::ffff:10.0.0.7')).toBe('10.0.0.7');
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:db8:1:2::9'));
    expect(addressKey('2001:db8::1')).not.toBe(addressKey('2001:db8:1::1'));
    expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  });
});
