import type { Seen } from './follow.ts';

/** How a followed run is shown. */
export interface RunView {
  show(seen: Seen): void;
  /** Leaves the terminal as a shell wants it. */
  close(): void;
}
