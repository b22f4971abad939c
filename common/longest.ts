/** The longest time that anybody may ask for: to settle, to soak, to keep, to wait. What is longer is a slip of the hand. */
export const longestAskedMs = 365 * 24 * 3_600_000;
