/** How durations are written for people, wherever a sentence is made. */

/** `0.41 s`, `4.1 s`, `12 s`, `3 min 20 s`, `45 min`, `2 h 5 min`. */
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
  return wholeMinutes % 60 === 0 ? `${wholeMinutes / 60} h` : `${Math.floor(wholeMinutes / 60)} h ${wholeMinutes % 60} min`;
}
