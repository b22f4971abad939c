/** A change of configuration that needs no restart: put into place, read again by the running database, and proven to be taken. */
import { failure } from '../common/failure.ts';
import type { ConfigRevision } from '../common/orders.ts';
import { contextOf } from './facts.ts';
import type { Ending, OrderRun } from './order-run.ts';

/** The old file is put back when the database does not take the new one. */
export async function carryOutConfigure(run: OrderRun, revision: ConfigRevision): Promise<Ending> {
  const { settings, driver } = run.instance;
  const { config } = driver;
  if (config === undefined)
    return {
      outcome: 'refused',
      failure: failure(
        'refused',
        'unknown-word',
        `${settings.instance}: this agent's driver for ${settings.engine} changes no configuration`,
      ),
      findings: [],
    };
  const context = await contextOf(run, run.instance);
  const staged = await config.stage(context, revision);
  await config.place(context, revision, 'forward');
  const taken = await config.reload(context);
  if (taken.ok === true) return { outcome: 'done', findings: [...staged, taken] };
  await config.place(context, revision, 'back');
  const back = await config.reload(context);
  return {
    outcome: 'failed',
    failure: failure(
      'failed',
      'config-not-taken',
      `${settings.instance}: the new configuration was not taken and the old one is back: ${taken.detail}`,
    ),
    reverted: back.ok === true,
    findings: [...staged, taken, back],
  };
}
