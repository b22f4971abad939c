/** The driver contract: one body, held against every engine that has a driver, on what is recorded, on a silent host, and on real servers. */
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { heal } from './cluster.ts';
import { liveClauses } from './live.ts';
import { orderClauses } from './orders.ts';
import { type RecordedSubject, recordedClauses } from './recorded.ts';
import { type Heard, hearSilence, type SilentSubject, silentClauses } from './silence.ts';
import type { LiveSubject, Stage } from './subject.ts';

/** What needs no server. */
export function driverContract(subject: RecordedSubject & SilentSubject): void {
  const { engine } = subject.driver;
  describe(`the ${engine} driver, by what real servers said`, () => {
    for (const { title, prove } of recordedClauses) it(title, () => prove(subject));
  });
  describe(`the ${engine} driver, on a host where nothing speaks`, () => {
    let heard: Heard;
    beforeAll(async () => {
      heard = await hearSilence(subject);
    }, 30_000);
    for (const { title, prove } of silentClauses) it(title, () => prove(heard, subject));
  });
}

/** What only real servers show. */
export function liveContract<S extends Stage>(subject: LiveSubject<S>): void {
  describe(`the ${subject.driver.engine} driver, on real servers`, { timeout: 600_000 }, () => {
    let stage: S;
    beforeAll(async () => {
      stage = await subject.open();
    }, 120_000);
    beforeEach(() => heal(subject, stage), 60_000);
    afterAll(async () => {
      await stage?.remove();
    });
    for (const { title, prove } of liveClauses) it(title, () => prove(subject, stage));
    for (const order of subject.orders)
      describe(order.title, () => {
        for (const { title, prove } of orderClauses)
          it(title, async () => {
            const action = order.on(stage);
            await prove(subject, order, action).finally(() => action.takeBack?.());
          });
      });
  });
}
