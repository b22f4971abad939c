/** A fleet's controller, asked over the wire as the CLI asks it, by the fleet's admin. */
import { connect, type OperatorLink } from '../cli/client.ts';
import type { BaseFleet } from '../demo/base-fleet.ts';

/** As much of a fleet as it takes to ask its controller. */
export type FleetDoor = Pick<BaseFleet, 'controllerAddress' | 'identity'>;

/** Throws FailureError(unreachable, `controller-unreachable`). */
export function linkTo(fleet: FleetDoor): Promise<OperatorLink> {
  return connect(fleet.controllerAddress, new AbortController().signal, fleet.identity());
}
