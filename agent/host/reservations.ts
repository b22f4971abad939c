/** Free space that was promised to somebody who has not used it up yet. It ends with the agent: so does the work that it was for. */
import { stat } from 'node:fs/promises';
import type { Space } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import type { Reservation, SpaceWanted } from './host.ts';
import { roomOf, spaceOf } from './space.ts';
import { nearest } from './trees.ts';

interface Held {
  readonly device: number;
  bytes: number;
  inodes: number;
}

export interface Reservations {
  /** What is free and not promised. */
  space(path: string): Promise<Space>;
  /** What of that a copy may take: all but the reserve. */
  room(path: string): Promise<Space>;
  reserve(path: string, wanted: SpaceWanted): Promise<Reservation>;
}

export async function deviceOf(path: string): Promise<number> {
  return (await stat(await nearest(path))).dev;
}

export function createReservations(): Reservations {
  const all = new Set<Held>();

  async function unpromised(path: string, measure: (there: string) => Promise<Space>): Promise<Space> {
    const there = await nearest(path);
    const { freeBytes, freeInodes } = await measure(there);
    const { dev } = await stat(there);
    const here = [...all].filter(({ device }) => device === dev);
    return {
      freeBytes: Math.max(0, freeBytes - here.reduce((sum, { bytes }) => sum + bytes, 0)),
      freeInodes: Math.max(0, freeInodes - here.reduce((sum, { inodes }) => sum + inodes, 0)),
    };
  }
  const space = (path: string) => unpromised(path, spaceOf);
  const room = (path: string) => unpromised(path, roomOf);

  // One after the other: two that look at the same moment would both see the same bytes free.
  let last: Promise<unknown> = Promise.resolve();
  async function reserveNext(path: string, wanted: SpaceWanted): Promise<Reservation> {
    const { freeBytes, freeInodes } = await (wanted.spare ? room(path) : space(path));
    if (freeBytes < wanted.bytes || freeInodes < wanted.inodes)
      throw fail(
        'refused',
        'space-short',
        `${wanted.what} in ${path} needs ${wanted.bytes} bytes and ${wanted.inodes} inodes, only ${freeBytes} and ${freeInodes} are free; free some, then retry`,
      );
    const held: Held = { device: await deviceOf(path), bytes: wanted.bytes, inodes: wanted.inodes };
    all.add(held);
    return {
      used(usedBytes, usedInodes) {
        held.bytes = Math.max(0, held.bytes - usedBytes);
        held.inodes = Math.max(0, held.inodes - usedInodes);
      },
      release: () => void all.delete(held),
    };
  }

  return {
    space,
    room,
    reserve(path, wanted) {
      const next = last.then(() => reserveNext(path, wanted));
      last = next.catch(() => undefined);
      return next;
    },
  };
}
