/** How long the steps of a turn may take, and how long they are expected to. PURE. */

/** A start reads the whole database file and replays the log: minutes on a big one. */
export const downtimeDeadlineMs = 15 * 60_000;
/** After a start: to catch up by the log, or by a snapshot that the leader sends. */
export const healthDeadlineMs = 5 * 60_000;
/** One look over a few tools. */
export const probeDeadlineMs = 60_000;
/** Every member reads its whole database for its hash, one after the other, and a second time when a compaction came between. */
export const compareDeadlineMs = 10 * 60_000;
/** The leader looks every few seconds whether all members are new. */
export const settledDeadlineMs = 2 * 60_000;
/** Until a member has made its next snapshot by itself: how long that takes is a matter of how much is written. */
export const logDeadlineMs = 30 * 60_000;

/** From the begin of a stop to a read that a quorum agreed to. */
export const expectedDowntimeMs = 2_000;
export const expectedDowntimeStepMs = 3_000;
export const expectedCheckMs = 500;
export const expectedSettledMs = 5_000;
export const expectedChangeMs = 500;
export const expectedLogMs = 300;
