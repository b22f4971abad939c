import { type Paint, plain } from './style.ts';

/** What a renderer may know of the place that its text will stand in. */
export interface View {
  /** Columns of the terminal; null: not a terminal, nothing is cut or wrapped. */
  readonly width: number | null;
  /** `-o wide`. */
  readonly wide: boolean;
  readonly paint: Paint;
  readonly nowMs: number;
  readonly timeZone: string;
}

export const plainView = (nowMs: number): View => ({ width: null, wide: false, paint: plain, nowMs, timeZone: 'UTC' });
