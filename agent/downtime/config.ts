/**
 * The configuration of a downtime: kept and tried out while the database still serves, put into place by `activate` together with the
 * release, and proven after the start. Which text is in place is read from the disk each time, never remembered.
 */
import type { DriverConfig, DriverContext } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import type { ConfigRevision } from '../../common/orders.ts';
import { contextOf } from '../facts/facts.ts';
import type { Way } from '../journal/agent-machine.ts';
import type { OrderRun } from '../orders/order-run.ts';
import type { ConfigStage } from './machine.ts';

export async function configStageOf(run: OrderRun): Promise<ConfigStage> {
  const change = changeOf(run);
  return change === null ? 'none' : change.config.placed(await contextOf(run, run.instance), change.revision);
}

/** Before the stop. Throws FailureError `refused` when the file is not what was planned, or the new text would not be taken. */
export async function readyConfig(run: OrderRun, findings: Finding[]): Promise<void> {
  const change = changeOf(run);
  if (change === null || findings.some(({ check }) => check === stagedCheck)) return;
  const staged = await change.config.stage(await contextOf(run, run.instance), change.revision);
  findings.push({ check: stagedCheck, ok: true, detail: 'the old and the new configuration are stored on this host' }, ...staged);
}

const stagedCheck = 'config-kept';

export async function placeConfig(run: OrderRun, way: Way, stage: ConfigStage): Promise<void> {
  const change = changeOf(run);
  if (change === null || stage === (way === 'forward' ? 'new' : 'old')) return;
  await change.config.place(await contextOf(run, run.instance), change.revision, way);
}

/** A configuration that did not come into force is no success: it is rolled back. Throws FailureError `config-not-active`. */
export async function proveConfig(run: OrderRun, context: DriverContext, findings: Finding[]): Promise<void> {
  const change = changeOf(run);
  if (change === null) return;
  const proof = await change.config.active(context, change.revision);
  if (proof.ok === true) {
    findings.push(proof);
    return;
  }
  const sentence = `${run.instance.settings.instance}: it started, but the new configuration could not be verified as active: ${proof.detail}`;
  // What it could not say just now it may say in a moment.
  throw fail('failed', 'config-not-active', sentence, { remedy: proof.ok === null ? 'retry' : 'hold' });
}

/** null: this order changes no configuration. Throws `unknown-word` (refused) where the engine's driver has nothing of the kind. */
function changeOf({ order, instance }: OrderRun): { readonly config: DriverConfig; readonly revision: ConfigRevision } | null {
  const { body } = order;
  if (body.kind !== 'downtime' || body.config === undefined) return null;
  const { config } = instance.driver;
  if (config !== undefined) return { config, revision: body.config };
  const sentence = `${instance.settings.instance}: this agent's driver for ${instance.settings.engine} does not support configuration changes`;
  throw fail('refused', 'unknown-word', sentence);
}
