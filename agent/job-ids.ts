/** PURE. What jobs are called on the host: by their order, and by which start of it. */
import { sha256Of } from '../common/canonical-json.ts';
import type { OrderState } from './agent-machine.ts';

const readableChars = 120;

/** Fit for a file and for a unit, whatever an order id is. */
export function jobIdOf(orderId: string, generation: number): string {
  const readable = orderId.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, readableChars);
  return `${readable}-${sha256Of(orderId).slice('sha256:'.length, 'sha256:'.length + 12)}-${generation}`;
}

/** Of all starts of an order's job. */
export function jobIdsOf({ order, job }: OrderState): readonly string[] {
  return Array.from({ length: job?.generation ?? 0 }, (_, at) => jobIdOf(order.orderId, at + 1));
}
