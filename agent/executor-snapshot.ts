/** Snapshots of an instance: taken beside its data, proven, listed, aged out. */
import { failure } from '../common/failure.ts';
import type { BodyOf, Ending, OrderRun } from './order-run.ts';

export async function carryOutSnapshot(run: OrderRun, body: BodyOf<'snapshot'>): Promise<Ending> {
  return noSnapshots(run, `a snapshot with verification ${body.verify}`);
}

export async function carryOutFinalizeSnapshot(run: OrderRun, keepMs: number): Promise<Ending> {
  return noSnapshots(run, `keeping a snapshot for ${keepMs} ms`);
}

function noSnapshots({ instance }: OrderRun, what: string): Ending {
  const { settings } = instance;
  return {
    outcome: 'refused',
    failure: failure('refused', 'unknown-word', `${settings.instance}: ${settings.engine} knows no ${what}`),
    findings: [],
  };
}
