/** Paths of the durations in a JSON document that are no whole milliseconds; `ms` and whatever ends in `Ms` is one. */
export function fractionalMs(value: unknown, path = '$'): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${path}.${key}`;
    const isDuration = key === 'ms' || key.endsWith('Ms');
    return isDuration && typeof inner === 'number' && !Number.isInteger(inner) ? [`${at} ${inner}`] : fractionalMs(inner, at);
  });
}
