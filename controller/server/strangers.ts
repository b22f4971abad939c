/**
 * PURE. Connections that have not shown a good certificate yet: how many may be at it at once, from one address and in all, who waits for its turn,
 * and from where no more are taken because too many failed. A connection that shows a certificate costs its address nothing, so a fleet may come back
 * from behind one address all at once.
 */
export interface StrangerLimits {
  /** At their handshake, or after it without a good certificate, at once. */
  readonly perAddress: number;
  readonly inAll: number;
  /** Waiting for their handshake; more are hung up on. */
  readonly waiting: number;
  /** Connections of one address that may come to nothing: so many at once, and so many a second. */
  readonly failures: number;
  readonly failuresPerSecond: number;
}

export const usualStrangers: StrangerLimits = { perAddress: 64, inAll: 512, waiting: 16_384, failures: 200, failuresPerSecond: 10 };

/** Addresses that are remembered; one that has all its failures left is not. */
const mostAddresses = 16_384;

interface Address<C> {
  readonly name: string;
  readonly active: Set<C>;
  readonly waiting: Set<C>;
  failuresLeft: number;
  atMs: number;
}

export type Arrival = 'begins' | 'waits' | 'refused';

export class Strangers<C> {
  readonly #limits: StrangerLimits;
  /** That was served longest ago first. */
  readonly #addresses = new Map<string, Address<C>>();
  readonly #addressOf = new Map<C, Address<C>>();
  #active = 0;
  #waiting = 0;

  constructor(limits: StrangerLimits) {
    this.#limits = limits;
  }

  /** `waits`: `next` gives it when its turn has come. */
  arrives(connection: C, name: string, nowMs: number): Arrival {
    const { perAddress, inAll, waiting } = this.#limits;
    const address = this.#known(name, nowMs);
    if (address.failuresLeft < 1) return 'refused';
    const begins = address.active.size < perAddress && this.#active < inAll && address.waiting.size === 0;
    if (!begins && this.#waiting >= waiting) return 'refused';
    this.#addressOf.set(connection, address);
    if (begins) this.#begin(address, connection);
    else {
      address.waiting.add(connection);
      this.#waiting += 1;
    }
    return begins ? 'begins' : 'waits';
  }

  /**
   * It showed a good certificate, and is no stranger any more. Its address has all its failures again: where a fleet comes back faster than it is
   * served, some of its agents give up waiting, and that must not keep the others out.
   */
  proven(connection: C): void {
    const address = this.#addressOf.get(connection);
    if (address !== undefined) address.failuresLeft = this.#limits.failures;
    this.#leave(connection);
  }

  /** It is closed. Of one that never showed a good certificate that counts against its address. */
  closed(connection: C, nowMs: number): void {
    const address = this.#addressOf.get(connection);
    if (address === undefined) return;
    this.#refill(address, nowMs);
    address.failuresLeft = Math.max(0, address.failuresLeft - 1);
    this.#leave(connection);
  }

  /** One that waited and may begin now; addresses take turns. null: none may. */
  next(): C | null {
    const { perAddress, inAll } = this.#limits;
    if (this.#waiting === 0 || this.#active >= inAll) return null;
    for (const [name, address] of this.#addresses) {
      const [connection] = address.waiting;
      if (connection === undefined || address.active.size >= perAddress) continue;
      address.waiting.delete(connection);
      this.#waiting -= 1;
      this.#begin(address, connection);
      this.#addresses.delete(name);
      this.#addresses.set(name, address);
      return connection;
    }
    return null;
  }

  /** Addresses that are remembered, for a test that they are not for ever. */
  get size(): number {
    return this.#addresses.size;
  }

  #begin(address: Address<C>, connection: C): void {
    address.active.add(connection);
    this.#active += 1;
  }

  #leave(connection: C): void {
    const address = this.#addressOf.get(connection);
    if (address === undefined) return;
    this.#addressOf.delete(connection);
    if (address.active.delete(connection)) this.#active -= 1;
    if (address.waiting.delete(connection)) this.#waiting -= 1;
    if (address.active.size + address.waiting.size === 0 && address.failuresLeft >= this.#limits.failures)
      this.#addresses.delete(address.name);
  }

  #known(name: string, nowMs: number): Address<C> {
    const known = this.#addresses.get(name);
    if (known !== undefined) {
      this.#refill(known, nowMs);
      return known;
    }
    if (this.#addresses.size >= mostAddresses) this.#forgetOne(nowMs);
    const address = { name, active: new Set<C>(), waiting: new Set<C>(), failuresLeft: this.#limits.failures, atMs: nowMs };
    this.#addresses.set(name, address);
    return address;
  }

  #refill(address: Address<C>, nowMs: number): void {
    const { failures, failuresPerSecond } = this.#limits;
    const since = Math.max(0, nowMs - address.atMs) / 1000;
    address.failuresLeft = Math.min(failures, address.failuresLeft + since * failuresPerSecond);
    address.atMs = nowMs;
  }

  /** The eldest of whom no connection is there: its failures are forgotten sooner than memory grows. */
  #forgetOne(nowMs: number): void {
    for (const [name, address] of this.#addresses) {
      if (address.active.size + address.waiting.size > 0) continue;
      this.#refill(address, nowMs);
      this.#addresses.delete(name);
      return;
    }
  }
}

/** What counts as one address: of IPv6 the network that one site has, of IPv4 in it the address itself. */
export function addressKey(address: string): string {
  const inside = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (inside !== undefined) return inside;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail === undefined ? [] : tail.split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}
