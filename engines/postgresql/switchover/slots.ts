/** Physical replication slots: WAL is kept for the member that follows by one, for ever when none does. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { inOwnSession } from '../host/connection.ts';

const slotSchema = z.object({ type: z.string(), active: z.boolean(), left: z.boolean() });
type Slot = z.infer<typeof slotSchema>;

// What a former primary had for its subscribers went over to the new one; kept here it would hold back WAL, and keep no copy up to date.
const slotSql = `
SELECT slot_type AS type, active, pg_is_in_recovery() AND coalesce((to_jsonb(s) ->> 'failover')::boolean, false)
  AND NOT coalesce((to_jsonb(s) ->> 'synced')::boolean, false) AS left
FROM pg_replication_slots s WHERE slot_name = $1`;

export async function slotNamed(session: Session, name: string): Promise<Slot | null> {
  const [slot] = await session.rows(slotSchema, slotSql, [name]);
  return slot ?? null;
}

/** Names come over the wire; what is no name of a slot is refused before anything is asked of the server. */
export function requireSlotName(context: DriverContext, name: string): void {
  if (!/^[a-z0-9_]{1,63}$/.test(name)) throw refused(context, 'bad-slot-name', `"${name}" is not a replication slot name`);
}

/** Keeps WAL from now on, not only from its first use. Done when there is a physical slot of this name. */
export async function ensureSlot(context: DriverContext, session: Session, name: string): Promise<void> {
  const slot = await slotNamed(session, name);
  if (slot === null) await session.run('SELECT FROM pg_create_physical_replication_slot($1, true)', [name]);
  else refuseLogical(context, name, slot);
}

/** Done when there is none. Throws `slot-active` when somebody follows by it. */
export async function dropSlot(context: DriverContext, session: Session, name: string): Promise<void> {
  const slot = await slotNamed(session, name);
  if (slot === null) return;
  if (!slot.left) refuseLogical(context, name, slot);
  if (slot.active) throw failed(context, 'slot-active', `slot ${name} is in use: a member still follows with it`, { remedy: 'retry' });
  await session.run('SELECT FROM pg_drop_replication_slot($1)', [name]);
}

export async function dropSlots(context: DriverContext, { slots }: { readonly slots: readonly string[] }): Promise<void> {
  await inOwnSession(context, async (session) => {
    for (const name of slots) await dropSlot(context, session, name);
  });
}

function refuseLogical(context: DriverContext, name: string, { type }: Slot): void {
  if (type !== 'physical') throw refused(context, 'slot-logical', `slot ${name} is ${type}, so it is not a member's`);
}
