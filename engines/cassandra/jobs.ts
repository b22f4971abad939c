/** The closed list of its long work, with the schema of the arguments. PURE. */
import { z } from 'zod';

export const jobs = {
  /** Rewrites sstables of older formats; so many at once. */
  upgradesstables: z.strictObject({ atOnce: z.int().min(1).max(16) }),
};
