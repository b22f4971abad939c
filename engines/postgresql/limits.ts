/** How long the steps of a turn may take, and how long they are expected to. PURE. */

/** A fast stop writes out the shared buffers and sends the rest of the WAL: minutes on a big server. */
export const ofDowntime = { deadlineMs: 15 * 60_000, expectedMs: 1_000 };
/** After a start: crash recovery is over by then, what remains is to connect and catch up. */
export const ofHealth = { deadlineMs: 5 * 60_000, expectedMs: 500 };
/** One probe. */
export const ofProbe = { deadlineMs: 60_000, expectedMs: 500 };
/** One change that the server takes over at once: a reload or a few files. */
export const ofChange = { deadlineMs: 60_000, expectedMs: 200 };
/** The end of recovery, and the wait until everything is replayed. */
export const ofPromotion = { deadlineMs: 5 * 60_000, expectedMs: 300 };

/** From the begin of a stop to readiness after the start, on a server that was checkpointed just before. */
export const expectedOutMs = 500;
export const expectedStopMs = 300;
