/** The driver contract on real servers of other majors: each order cut off at one of its points, or at all of them with EVERY_POINT=1. */
import { describe } from 'vitest';
import { majorsFor, majorVersions, type OtherMajor } from '../../demo/postgres/releases.ts';
import { liveContract } from '../contract/driver-contract.ts';
import { postgresqlLive } from '../contract/postgresql-live.ts';

/** Whether this major is to be had for this machine. */
export const isHere = (major: OtherMajor): boolean => majorsFor().includes(major);

/** 16 has the whole contract in `npm run test:slow`. */
export function contractOf(major: OtherMajor): void {
  describe.runIf(isHere(major))(`12.B4: PostgreSQL ${major}`, () => {
    const subject = postgresqlLive(majorVersions[major]);
    liveContract({ ...subject, orders: subject.orders.map((order) => ({ ...order, points: 1 })) });
  });
}
