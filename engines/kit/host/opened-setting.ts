/**
 * A state of the whole cluster as a setting that a run opens and closes (P19): a downgrade that is under way, a finalization that is held back. Both can
 * be repeated, and what a person opened meanwhile stays.
 */
import type { DriverContext, DriverSettings } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { until } from './asking.ts';
import { failed, refused } from './failures.ts';

/** `D`: by what it is asked and told. */
export interface OpenedSetting<D> {
  readonly key: string;
  /** What is opened, for sentences and codes: `downgrade`. */
  readonly noun: string;
  /** Why the setting cannot have this value, a sentence without its subject; null: it can. */
  problem(value: string): string | null;
  /** null: no member knows of the setting. */
  doorOf(context: DriverContext): Promise<D | null>;
  /** Says so where there is no door and one is wanted. */
  readonly noDoor: string;
  /** What it is open to; null: it is closed. */
  present(door: D): Promise<string | null>;
  /** Throws FailureError with what the cluster said, where it refuses. */
  open(door: D, value: string): Promise<void>;
  close(door: D): Promise<void>;
  /** Until members tell of the change. */
  readonly active: { readonly withinMs: number; readonly everyMs: number };
}

export function openedSetting<D>(form: OpenedSetting<D>): DriverSettings {
  const { key, noun, present } = form;
  const untilPresent = async (context: DriverContext, door: D, wanted: string | null): Promise<void> => {
    let found: string | null = null;
    const isSo = async () => {
      found = await present(door);
      return found === wanted;
    };
    if (await until(context, form.active, isSo)) return;
    throw failed(context, 'not-active', `its ${noun} target is ${found ?? 'none'}, not ${wanted ?? 'none'}`);
  };
  return {
    keys: [key],
    async set(context, asked, value) {
      if (asked !== key) throw refused(context, 'unknown-word', `the ${context.settings.engine} driver has no setting ${asked}`);
      const problem = form.problem(value);
      if (problem !== null) throw refused(context, 'bad-value', `${key} ${problem}`);
      const door = await form.doorOf(context);
      if (door === null) throw refused(context, `${noun}-refused`, form.noDoor);
      const before = await present(door);
      if (before !== null && before !== value)
        throw refused(context, `${noun}-under-way`, `a ${noun} to ${before} is under way; cancel it, or wait until it ends`);
      // Before a run none is under way: one to the same value is that of this order, which was interrupted.
      if (before === null) await form.open(door, value);
      await untilPresent(context, door, value);
      return { key, prior: null, set: value };
    },
    async unset(context, effect) {
      const door = await form.doorOf(context);
      const before = door === null ? null : await present(door);
      const say = (detail: string): Finding => ({ check: key, ok: true, detail });
      if (door === null || before === null) return say(`no ${noun} is under way`);
      if (before !== effect.set) return say(`a ${noun} to ${before} was started by hand during the run and is left so`);
      await form.close(door);
      await untilPresent(context, door, null);
      return say(`the ${noun} to ${before} is cancelled`);
    },
  };
}
