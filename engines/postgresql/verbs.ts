/** PostgreSQL's verbs, all of a switchover, with what they are told. PURE: the planner makes orders by it, the agent parses them. */
import { z } from 'zod';
import { memberAddress } from '../../common/order-body.ts';

const slots = z.array(z.string().regex(/^[a-z0-9_]{1,63}$/, 'is not a replication slot name')).max(1_000);

export const verbs = {
  /** Nothing runs: from its next start on the member follows another one. The token tells where it stopped. */
  fence: z.strictObject({ follow: memberAddress }),
  /** Undoes a fence; done when there is none. */
  unfence: z.strictObject({}),
  /** By the token of the fence before it: promoted is only a member that has all of it. `slots`: of members that will follow by a slot of their own. */
  promote: z.strictObject({ slots }),
  repoint: z.strictObject({ follow: memberAddress }),
  /** Slots that are of no use here any more and would keep WAL for ever. */
  dropSlots: z.strictObject({ slots }),
};
