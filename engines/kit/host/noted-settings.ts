/**
 * Settings of the running server that a run changes for a while, and restores (P19). Before anything is changed a note of it is written
 * beside the data: asked again after an interruption, what stood there at first is still known.
 */
import { z } from 'zod';
import type { DriverContext, DriverSettings } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { fail } from '../../../common/failure.ts';
import type { Effect } from '../../../common/orders.ts';
import { noteOf } from './notes.ts';

/** One key of the closed list. Values are what an effect tells; null: not there. `S`: by what the server is asked and told. */
export interface NotedKey<S> {
  /** Throws `refused` when the value is malformed. */
  require(context: DriverContext, value: string): void;
  present(session: S, value: string): Promise<string | null>;
  /** Repeatable. `from` is what is there now. */
  bring(context: DriverContext, session: S, from: string | null, to: string | null): Promise<void>;
}

interface NotedForm<S> {
  readonly keys: Readonly<Record<string, NotedKey<S>>>;
  within<T>(context: DriverContext, work: (session: S) => Promise<T>): Promise<T>;
}

const effectsNote = noteOf('drydock.effects', z.record(z.string(), z.object({ prior: z.string().nullable(), set: z.string() })));

/** What a run set this key to and has not restored, as its note says; null: it is not set by one. */
export async function notedOf(context: DriverContext, key: string): Promise<string | null> {
  return (await effectsNote.read(context))?.[key]?.set ?? null;
}

export function notedSettings<S>({ keys, within }: NotedForm<S>): DriverSettings {
  const keyNamed = ({ settings }: DriverContext, name: string): NotedKey<S> => {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (key === undefined) throw fail('refused', 'unknown-word', `the ${settings.engine} driver has no setting ${name}`);
    return key;
  };

  const restoreEffect = async (context: DriverContext, session: S, { key: name, prior, set }: Effect): Promise<Finding> => {
    const key = keyNamed(context, name);
    const say = (detail: string): Finding => ({ check: name, ok: true, detail });
    if (prior === set) return say(`${name} was ${shown(prior)} before the run, nothing to restore`);
    const present = await key.present(session, set ?? '');
    if (present !== prior && present !== set)
      return say(`${name} was set to ${shown(present)} by hand during the run and is left so; before the run it was ${shown(prior)}`);
    if (prior !== null) key.require(context, prior);
    // Also what stands there again already: cut short, the server may not have been told to read its files.
    await key.bring(context, session, present, prior);
    return say(present === prior ? `${name} is ${shown(prior)}, as before the run` : `${name} is ${shown(prior)} again`);
  };

  return {
    keys: Object.keys(keys),

    async set(context, name, value) {
      const key = keyNamed(context, name);
      key.require(context, value);
      return within(context, async (session) => {
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
          await within(unhurried, (other) => key.bring(unhurried, other, value, prior)).catch(() => undefined);
          throw thrown;
        }
        return { key: name, prior, set: value };
      });
    },

    async unset(context, effect) {
      const finding = await within(context, (session) => restoreEffect(context, session, effect));
      const { [effect.key]: _, ...others } = (await effectsNote.read(context)) ?? {};
      if (Object.keys(others).length === 0) await effectsNote.remove(context);
      else await effectsNote.write(context, others);
      return finding;
    },
  };
}

const shown = (value: string | null) => (value === null ? 'not set' : `'${value}'`);
