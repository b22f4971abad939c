/** What main needs of a play, whichever engine it is about. */
import type { DemoReport, Verdict } from './demo-report.ts';
import type { Narrator } from './narrator.ts';
import type { PlayedFleet } from './stage-upgrade.ts';

export interface Staged {
  readonly fleet: PlayedFleet;
  /** Logs to show when the play broke off: below the run folder, without `.log`. */
  readonly logs: readonly string[];
  /** Throws when an act does not end as it should. */
  play(narrator: Narrator): Promise<{ readonly report: DemoReport; readonly verdicts: readonly Verdict[] }>;
  /** Readies the fleet to be driven by hand; returns how. */
  keep(): Promise<string>;
}
