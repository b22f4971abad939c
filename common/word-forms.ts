/** Forms that words have wherever they come from: as fields of a message, in an order's body, in a driver's arguments. */

/** Names are used in order ids, store keys and log lines; folder names of releases reach paths. */
export const nameForm = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;
export const digestForm = /^sha256:[0-9a-f]{64}$/;
/** A host name, an address, or the folder of a socket. */
export const addressForm = /^[A-Za-z0-9:/][A-Za-z0-9._:/-]{0,250}$/;
/** The longest time that anybody may ask for: to settle, to soak, to keep, to wait. What is longer is a slip of the hand. */
export const longestAskedMs = 365 * 24 * 3_600_000;
/** Longest time that an order may ask for: what people ask for, and the time that a step itself takes. */
export const longestOrderMs = 2 * longestAskedMs;
