/** How long the steps of a turn may take, and how long they are expected to. PURE. */

/** A fast stop writes out the shared buffers and sends the rest of the WAL: minutes on a big server. */
export const downtimeDeadlineMs = 15 * 60_000;
/** After a start: crash recovery is over by then, what remains is to connect and catch up. */
export const healthDeadlineMs = 5 * 60_000;
/** One look, or one change that the server takes over at once. */
export const probeDeadlineMs = 60_000;

/** From the begin of a stop to readiness after the start, on a server that was checkpointed just before. */
export const expectedDowntimeMs = 500;
export const expectedDowntimeStepMs = 1_000;
export const expectedStopMs = 300;
export const expectedCheckMs = 500;
/** A reload or a few files. */
export const expectedChangeMs = 200;
