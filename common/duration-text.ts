/** How durations are written for people, wherever a sentence is made, and how people write them. */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `60s`, `10m`, `1h30m`, `7d` as milliseconds; null: it is no duration. */
export function durationMs(text: string): number | null {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return null;
  return Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit as string] as number), 0));
}

/** `0.41 s`, `4.1 s`, `12 s`, `3 min 20 s`, `45 min`, `2 h 5 min`, `10 days`. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 0.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 100) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const wholeMinutes = Math.round(whole / 60);
  if (wholeMinutes < 120) return `${wholeMinutes} min`;
  const hours = Math.round(ms / 3_600_000);
  if (hours >= 72) return hours % 24 === 0 ? `${hours / 24} days` : `${Math.floor(hours / 24)} days ${hours % 24} h`;
  return wholeMinutes % 60 === 0 ? `${wholeMinutes / 60} h` : `${Math.floor(wholeMinutes / 60)} h ${wholeMinutes % 60} min`;
}
