/** The closed list of what it is told to do, with the schema of the arguments. PURE. */
import { z } from 'zod';

export const verbs = {
  /** Ends the managers' being prepared, whichever of them still is: heals a start without the flag that does so. */
  cancelPrepare: z.strictObject({}),
  /** Commits the newest layout, of storage container managers and datanodes, or of the managers. */
  finalize: z.strictObject({ service: z.enum(['scm', 'om']) }),
};
