/** The driver contract: one body, held against every engine that has a driver, on what is recorded, on a silent host, and on real servers. */
import { describe, it } from 'vitest';
import { type RecordedSubject, recordedClauses } from './recorded.ts';
import { hearSilence, type SilentSubject, silentClauses } from './silence.ts';

/** What needs no server. */
export function driverContract(subject: RecordedSubject & SilentSubject): void {
  const { engine } = subject.driver;
  // Asked while the other engines are asked, too: silence takes its time.
  const heard = hearSilence(subject);
  describe(`the ${engine} driver, by what real servers said`, () => {
    for (const { title, prove } of recordedClauses) it(title, () => prove(subject));
  });
  describe(`the ${engine} driver, on a host where nothing speaks`, () => {
    for (const { title, prove } of silentClauses) it(title, async () => prove(await heard, subject));
  });
}
