/**
 * Settings of the running server that a run changes for a while, and restores (P19). Before anything is changed a note of it is written
 * beside the data: asked again after an interruption, what stood there at first is still known.
 */
import { z } from 'zod';
import { pause } from '../../../common/clock.ts';
import type { DriverContext, DriverSettings } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { fail } from '../../../common/failure.ts';
import type { Effect } from '../../../common/orders.ts';
import { noteOf } from '../host/notes.ts';
import { inOwnSession, type Session } from '../host/session.ts';
import { dropSlot, ensureSlot, requireSlotName, slotNamed } from '../switchover/slots.ts';
import { parseSyncNames } from '../switchover/sync-names.ts';

/** One key of the closed list. Values are what an effect tells; null: not there. */
interface Key {
  /** Throws `refused` when the value is malformed. */
  require(context: DriverContext, value: string): void;
  present(session: Session, value: string): Promise<string | null>;
  /** Repeatable. `from` is what is there now. */
  bring(context: DriverContext, session: Session, from: string | null, to: string | null): Promise<void>;
}

const syncNames = 'synchronous_standby_names';
const retainedWal = 'retained-wal';

const keys: Readonly<Record<string, Key>> = {
  /** synchronous_standby_names as ALTER SYSTEM sets it. */
  'synchronous-standby-names': {
    require(context, value) {
      if (parseSyncNames(value) === null)
        throw fail('refused', 'bad-value', `${context.settings.instance}: ${syncNames} cannot be '${value}'`);
    },
    present: (session) => systemValue(session, syncNames),
    bring: (context, session, _, to) => alterSystem(context, session, syncNames, to),
  },
  /** A physical slot of this name, which keeps the WAL from now on until it is dropped. */
  [retainedWal]: {
    require: requireSlotName,
    present: async (session, value) => ((await slotNamed(session, value)) === null ? null : value),
    async bring(context, session, from, to) {
      if (to !== null) await ensureSlot(context, session, to);
      else if (from !== null) await dropSlot(context, session, from);
    },
  },
};

const effectsNote = noteOf('drydock.effects', z.record(z.string(), z.object({ prior: z.string().nullable(), set: z.string() })));

/** The slot by which a run keeps WAL now, as an effect; null: none does. */
export async function retainedNow(context: DriverContext, session: Session): Promise<(Effect & { readonly set: string }) | null> {
  const noted = (await effectsNote.read(context))?.[retainedWal];
  if (noted === undefined || (await slotNamed(session, noted.set))?.type !== 'physical') return null;
  return { key: retainedWal, prior: null, set: noted.set };
}

export const postgresqlSettings: DriverSettings = {
  keys: Object.keys(keys),

  async set(context, name, value) {
    const key = keyNamed(name);
    key.require(context, value);
    return inOwnSession(context, async (session) => {
      const present = await key.present(session, value);
      const noted = (await effectsNote.read(context)) ?? {};
      const before = noted[name];
      // Ours already, of an order that was interrupted: what is there now is not what was there at first.
      const prior = before?.set === value && present === value ? before.prior : present;
      await effectsNote.write(context, { ...noted, [name]: { prior, set: value } });
      try {
        await key.bring(context, session, present, value);
      } catch (thrown) {
        // No receipt will tell of this effect: nothing may be left of it, also when the order's time is over.
        const unhurried = { ...context, signal: new AbortController().signal };
        await inOwnSession(unhurried, (other) => key.bring(unhurried, other, value, prior)).catch(() => undefined);
        throw thrown;
      }
      return { key: name, prior, set: value };
    });
  },

  async unset(context, effect) {
    const finding = await inOwnSession(context, (session) => restoreEffect(context, session, effect));
    const { [effect.key]: _, ...others } = (await effectsNote.read(context)) ?? {};
    if (Object.keys(others).length === 0) await effectsNote.remove(context);
    else await effectsNote.write(context, others);
    return finding;
  },
};

async function restoreEffect(context: DriverContext, session: Session, { key: name, prior, set }: Effect): Promise<Finding> {
  const key = keyNamed(name);
  const say = (detail: string): Finding => ({ check: name, ok: true, detail });
  if (prior === set) return say(`${name} was ${shown(prior)} before, and stays so`);
  const present = await key.present(session, set ?? '');
  if (present !== prior && present !== set)
    return say(`somebody set ${name} to ${shown(present)} meanwhile: that stays; before the run it was ${shown(prior)}`);
  if (prior !== null) key.require(context, prior);
  // Also what stands there again already: cut short, the server may not have been told to read its files.
  await key.bring(context, session, present, prior);
  return say(present === prior ? `${name} is ${shown(prior)}, as it was before` : `${name} is ${shown(prior)} again`);
}

function keyNamed(name: string): Key {
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (key === undefined) throw fail('refused', 'unknown-word', `the postgresql driver sets no ${name}`);
  return key;
}

const shown = (value: string | null) => (value === null ? 'not set' : `'${value}'`);

/** What postgresql.auto.conf says, whether or not it is active. */
async function systemValue(session: Session, name: string): Promise<string | null> {
  const sql = `SELECT setting FROM pg_file_settings WHERE name = $1 AND sourcefile LIKE '%/postgresql.auto.conf' ORDER BY seqno DESC LIMIT 1`;
  const [row] = await session.rows(z.object({ setting: z.string() }), sql, [name]);
  return row?.setting ?? null;
}

const activeSql = `
SELECT setting = coalesce((SELECT f.setting FROM pg_file_settings f WHERE f.name = s.name ORDER BY seqno DESC LIMIT 1), boot_val) AS in_force
FROM pg_settings s WHERE name = $1`;
const activeMs = 10_000;

/** `null` takes it out of postgresql.auto.conf, so that what the other files say is active. `name` is one of our own. */
async function alterSystem(context: DriverContext, session: Session, name: string, value: string | null): Promise<void> {
  const [literal] = await session.rows(z.object({ text: z.string() }), 'SELECT quote_literal($1) AS text', [value ?? '']);
  const change = value === null ? `RESET ${name}` : `SET ${name} = ${literal?.text ?? "''"}`;
  await session.rows(z.object({}), `ALTER SYSTEM ${change}`);
  await session.rows(z.object({}), 'SELECT FROM pg_reload_conf()');
  const { clock, signal, settings } = context;
  const endMs = clock.monotonicMs() + activeMs;
  for (;;) {
    const [row] = await session.rows(z.object({ in_force: z.boolean() }), activeSql, [name]);
    if (row?.in_force === true) return;
    if (signal.aborted || clock.monotonicMs() > endMs)
      throw fail('failed', 'not-active', `${settings.instance}: it did not take over ${name}; is it set on its command line?`);
    await pause(clock, 20, signal);
  }
}
