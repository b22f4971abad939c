/** A change of configuration that needs no restart: put into place, read again by the running database, and proven to be taken. */
import type { DriverConfig, DriverContext } from '../common/driver.ts';
import type { Finding } from '../common/facts.ts';
import { failure, toFailure } from '../common/failure.ts';
import type { ConfigRevision } from '../common/orders.ts';
import { contextOf } from './facts.ts';
import { AgentStopped } from './lifetime.ts';
import type { Ending, OrderRun } from './order-run.ts';

/** The old file is restored when the database does not take the new one. */
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
  const taken = await reloaded(config, context, revision);
  if (taken.ok === true) return { outcome: 'done', findings: [...staged, taken] };
  await config.place(context, revision, 'back');
  const back = await reloaded(config, context, revision);
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

/** Whatever goes wrong here must not keep the old file from coming back. */
async function reloaded(config: DriverConfig, context: DriverContext, revision: ConfigRevision): Promise<Finding> {
  try {
    return await config.reload(context, revision);
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return { check: 'config-active', ok: null, detail: toFailure(thrown).message };
  }
}
