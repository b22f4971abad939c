import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RulePacks } from '../rules/pack.ts';
import type { Store } from '../store/store.ts';

/** What the sequencer is made of; twins of any of these make a test. */
export interface SequencerDeps {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly log: Log;
  /** Random per process; orders carry it with the epoch (P5). */
  readonly writer: string;
  readonly procedures: ReadonlyMap<string, Procedure>;
  /** The rule packs active now; another object after every change. */
  packs(): RulePacks;
}
