/** The Ozone fleet's clients: one puts keys over a gateway, one gets what was acknowledged and compares its digest. */
import { createHash } from 'node:crypto';
import { pause, systemClock } from '../../../common/clock.ts';
import { countLost, openLedger } from '../../clients/ledger.ts';
import { type ClientsAtWork, serveClients } from '../../clients/serve.ts';
import { bucketAt } from './bucket.ts';
import { type OzoneClientsReport, ozoneAddressSchema } from './clients.ts';
import { folderAt } from './folder.ts';

const clock = systemClock;
const redialMs = 200;
/** A cluster that takes no key for so long is not one that the demo can speak about. */
const patienceMs = 600_000;
const keyBytes = 8 * 1024;

const digestOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** The same for the same number, and no two alike. */
function bodyOf(run: number, id: number): Uint8Array {
  const seed = createHash('sha512').update(`${run} ${id}`).digest();
  return Buffer.concat(Array.from({ length: keyBytes / seed.length }, () => seed));
}

async function begin(address: unknown, pauseMs: number): Promise<ClientsAtWork> {
  const { endpoint, over } = ozoneAddressSchema.parse(address);
  const run = Date.now();
  const bucket = over === 's3' ? bucketAt(endpoint, 'demo') : folderAt(endpoint, '/demo/demo');
  const ledger = openLedger();
  const stop = new AbortController();
  const damaged = new Set<number>();
  let newest = 0;
  const nameOf = (id: number) => `run-${run}/key-${id}`;
  const isWhole = async (id: number) => digestOf(await bucket.get(nameOf(id))) === digestOf(bodyOf(run, id));

  const tryOn = async (attempt: () => Promise<void>): Promise<void> => {
    for (const limitMs = clock.monotonicMs() + patienceMs; ; ) {
      try {
        return await attempt();
      } catch (thrown) {
        if (clock.monotonicMs() > limitMs) throw thrown;
        await pause(clock, redialMs);
      }
    }
  };
  await tryOn(() => bucket.make());

  const writeOn = async () => {
    for (let id = 1; !stop.signal.aborted; id += 1) {
      for (let attempts = 1; !stop.signal.aborted; attempts += 1) {
        try {
          await bucket.put(nameOf(id), bodyOf(run, id));
          ledger.writeAcknowledged(id, attempts, clock.monotonicMs());
          newest = id;
          break;
        } catch {
          ledger.writeFailed();
          await pause(clock, redialMs);
        }
      }
      await pause(clock, pauseMs, stop.signal);
    }
  };
  const readOn = async () => {
    while (!stop.signal.aborted) {
      const wanted = newest;
      try {
        if (wanted > 0 && !(await isWhole(wanted))) damaged.add(wanted);
        ledger.readAcknowledged(clock.monotonicMs());
      } catch {
        await pause(clock, redialMs);
      }
      await pause(clock, pauseMs, stop.signal);
    }
  };

  const running = Promise.all([writeOn(), readOn()]);
  await tryOn(async () => {
    if (ledger.acknowledgedIds().size === 0) throw new Error(`no key was acknowledged within ${patienceMs / 1000} s`);
  });
  return {
    async report(): Promise<OzoneClientsReport> {
      const askedMs = clock.monotonicMs();
      const promised = new Set(ledger.acknowledgedIds());
      const lost = await countLost(promised, readBack(promised));
      return { ...ledger.report(lost, askedMs), damaged: damaged.size, newest };
    },
    async stop() {
      stop.abort();
      await running;
    },
  };

  /** Of each key whether it is there, and what is in it. */
  async function* readBack(ids: ReadonlySet<number>): AsyncGenerator<readonly number[]> {
    for (const id of ids) {
      await tryOn(async () => {
        if (!(await isWhole(id))) damaged.add(id);
      });
      yield [id];
    }
  }
}

serveClients(begin);
