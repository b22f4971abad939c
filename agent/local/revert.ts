/** `drydock-agent revert`: a downtime of the host's own, back to the release before. */
import { fail } from '../../common/failure.ts';
import { type Order, orderIdOf } from '../../common/orders.ts';
import { contextOf, type Vantage } from '../facts/facts.ts';
import type { Instance } from '../instance.ts';
import { localRun } from '../journal/agent-machine.ts';
import type { Journal } from '../journal/journal.ts';
import { holderIn } from './status.ts';

/** What a revert would do, for the person who is asked before it is done. */
export interface RevertPreview {
  readonly apiVersion: 'drydock/v1';
  readonly host: string;
  readonly instance: string;
  /** Version labels; null: the release does not tell. */
  readonly from: { readonly release: string; readonly version: string | null };
  readonly to: { readonly release: string; readonly version: string };
  /** null: what runs the units does not answer. */
  readonly running: boolean | null;
  /** Order for which it is held stopped; null: it is not held for any. */
  readonly heldBy: string | null;
}

interface RevertParts {
  readonly hostName: string;
  readonly vantage: Vantage;
  readonly journal: Journal;
}

/** Throws FailureError when there is nothing to roll back to. */
export async function previewRevert({ hostName, vantage, journal }: RevertParts, instance: Instance): Promise<RevertPreview> {
  const { instance: name, releasesDir, unit } = instance.settings;
  const { current, previous } = await vantage.host.releasesSeen(releasesDir);
  if (current === null || previous === null)
    throw fail('refused', 'no-rollback', `${name}: no previous release in ${releasesDir} to roll back to`);
  const context = await contextOf(vantage, instance);
  const versionOf = async (release: string) =>
    (await instance.driver.inspectBundle(context, vantage.host.releasePath(releasesDir, release))).version;
  const version = await versionOf(previous);
  if (version === null) throw fail('refused', 'version-unknown', `${name}: release ${previous} does not report its version`);
  const [held, state] = [await vantage.host.lockedUnits(), await vantage.host.unitState(unit).catch(() => null)];
  return {
    apiVersion: 'drydock/v1',
    host: hostName,
    instance: name,
    from: { release: current, version: await versionOf(current).catch(() => null) },
    to: { release: previous, version },
    running: state?.active ?? null,
    heldBy: held.includes(unit) ? (holderIn(journal, name)?.order.orderId ?? null) : null,
  };
}

const revertDeadlineMs = 10 * 60_000;

export function revertOrder({ journal, hostName }: RevertParts, { settings }: Instance, { from, to }: RevertPreview): Order {
  const { instance, cluster, engine, dataDir } = settings;
  const [step, attempt] = [`revert.${instance}`, journal.head() + 1];
  return {
    orderId: orderIdOf(localRun, step, attempt),
    run: localRun,
    step,
    attempt,
    cluster,
    epoch: 0,
    writer: localRun,
    given: { epoch: 0, writer: localRun },
    target: { instance, host: hostName, engine, dataDir, databaseId: null },
    guards: [],
    deadlineMs: revertDeadlineMs,
    repeat: 'convergent',
    body: {
      kind: 'downtime',
      mode: 'downgrade',
      // Not quiesced: a person reverts what may not answer any more.
      parts: ['stop', 'activate', 'start'],
      fromRelease: from.release,
      toRelease: to.release,
      expectVersion: to.version,
      onFailure: 'revert',
    },
  };
}
