/** How times, durations and amounts are written for people. */
import { durationText } from '../../common/duration-text.ts';

export { durationText };

/** Shown where there is nothing to show. */
export const none = '–';

export const durationOrNone = (ms: number | null): string => (ms === null ? none : durationText(ms));

/** `512 B`, `118 MB`, `6.2 GB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 || amount >= 99.5 ? Math.round(amount) : Number(amount.toFixed(1))} ${units[unit]}`;
}

/** ISO 8601 to the second, with the offset of the zone: `2026-03-01T02:14:07+01:00`, `…Z` for UTC. */
export function timeText(ms: number, timeZone: string): string {
  const parts = formatFor(timeZone).formatToParts(ms);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((entry) => entry.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '');
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}${offset === '' || offset === '+00:00' ? 'Z' : offset}`;
}

// Making a formatter costs more than using it a hundred times.
const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  formats.set(timeZone, format);
  return format;
}

export const timeOrNone = (iso: string | null, timeZone: string): string => (iso === null ? none : timeText(Date.parse(iso), timeZone));

/** `sha256:51d0aa…`: enough to compare by eye; the whole digest is in JSON and `wide`. */
export const shortDigest = (digest: string): string => (/^sha256:[0-9a-f]{64}$/.test(digest) ? `${digest.slice(0, 19)}…` : digest);

export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
