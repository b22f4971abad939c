/** What the managers are told as a whole: prepared as a setting that a run opens and closes (P19), and the verbs. */
import type { DriverContext, DriverSettings } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { until } from '../../kit/host/asking.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import { verbsOf } from '../../kit/host/verbs.ts';
import { isFinalized, preparedKey } from '../facts.ts';
import { parseCancelPrepare, parseFinalize, parsePrepare } from '../probe.ts';
import { verbs } from '../verbs.ts';
import { admin } from './admin.ts';
import { sightOf } from './sight.ts';
import { siteOf } from './site.ts';

/** The command itself gives up after so long, in seconds; each manager flushes and takes a snapshot of its state. */
const prepareS = 240;
const commandMs = (prepareS + 60) * 1000;
const cancelMs = 120_000;
/** Until the marker is written or removed here. */
const active = { withinMs: 60_000, everyMs: 500 };

/** Throws FailureError(refused) where the managers have no service id: then nothing prepares them. */
async function serviceFlag(context: DriverContext): Promise<string> {
  const { omServiceId } = await siteOf(context);
  if (omServiceId !== null) return `-id=${omServiceId}`;
  throw refused(context, 'no-service', `ozone-site.xml does not set ozone.om.service.ids`);
}

async function cancel(context: DriverContext): Promise<void> {
  const printed = await admin(context, ['om', 'cancelprepare', await serviceFlag(context)], cancelMs);
  if (parseCancelPrepare(printed) === null)
    throw failed(context, 'command-failed', `ozone admin om cancelprepare printed: ${printed.trim().slice(-300)}`, {
      remedy: 'retry',
    });
}

const isPrepared = (context: DriverContext): Promise<boolean> => sightOf(context).prepared();

export const preparedSetting: DriverSettings = {
  keys: [preparedKey],
  async set(context, key, value) {
    const prior = (await isPrepared(context)) ? 'true' : null;
    const args = ['om', 'prepare', await serviceFlag(context), '-pt', String(prepareS), '-tawt', '120', '-tact', '5', '-pct', '3'];
    const printed = await admin(context, args, commandMs).catch(async (thrown: unknown) => {
      // Some of them may be prepared: writes are taken again before anybody hears of the failure.
      await cancel(context).catch(() => {});
      throw thrown;
    });
    const prepared = parsePrepare(printed);
    if (prepared === null || prepared.missing !== '') {
      await cancel(context).catch(() => {});
      const why = prepared === null ? 'they are not prepared' : `these are not prepared: ${prepared.missing}`;
      throw failed(context, 'not-prepared', `ozone admin om prepare: ${why}; start them, then retry`, {
        remedy: 'retry',
      });
    }
    return { key, prior, set: value };
  },
  async unset(context) {
    const say = (detail: string): Finding => ({ check: preparedKey, ok: true, detail });
    if (!(await isPrepared(context))) return say('every OM has left prepare mode');
    await cancel(context);
    if (await until(context, active, async () => !(await isPrepared(context)))) return say('the preparation of the managers is cancelled');
    throw failed(context, 'not-active', `it is still prepared after cancelprepare`, { remedy: 'retry' });
  },
};

const finalizeMs = 8 * 60_000;

export const ozoneVerbs = verbsOf(verbs, {
  cancelPrepare: {
    act: cancel,
    acted: async (context) => {
      const prepared = await isPrepared(context);
      return { check: 'cancelPrepare', ok: !prepared, detail: prepared ? 'it is still prepared' : 'it is not prepared' };
    },
  },
  finalize: {
    async act(context, { service }) {
      if (isFinalized({ layout: await sightOf(context).layout() }) === true && service === 'om') return;
      const flags = service === 'om' ? [await serviceFlag(context)] : [];
      const printed = await admin(context, [service, 'finalizeupgrade', '--takeover', ...flags], finalizeMs);
      if (parseFinalize(printed) !== null) return;
      const what = `ozone admin ${service} finalizeupgrade printed: ${printed.trim().slice(-300)}`;
      throw failed(context, 'not-finalized', what, { remedy: 'retry' });
    },
    acted: async (context, { service }) => {
      const done = isFinalized({ layout: await sightOf(context).layout() });
      return { check: 'finalize', ok: done, detail: `${service} ${done === true ? 'is' : 'is not'} finalized` };
    },
  },
});
