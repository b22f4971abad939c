/** Turns what was typed into values; what has another form is a usage error that says which forms there are. */
import { InvalidArgumentError } from 'commander';
import { durationMs } from '../common/duration-text.ts';
import { longestAskedMs } from '../common/word-forms.ts';

/** Processors that releases are made for. */
export const architectures = ['x64', 'arm64'];

/** `500ms`, `60s`, `10m`, `1h30m`, `7d` as milliseconds. */
export function parseDurationMs(text: string): number {
  const ms = durationMs(text);
  if (ms === null) throw new InvalidArgumentError('Expected a number with a unit: 500ms, 60s, 10m, 1h30m, 7d.');
  if (ms > longestAskedMs) throw new InvalidArgumentError('Expected at most one year: 8760h.');
  return ms;
}

/** When a list begins, by the time that it is asked for. */
export type Since = (nowMs: number) => number;

/** `24h`, `7d`: so long ago; `2026-11-20` (UTC), `2026-11-20T08:00+01:00`: then. */
export function parseSince(text: string): Since {
  if (/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text)) {
    const atMs = Date.parse(text);
    if (!Number.isNaN(atMs)) return () => atMs;
  }
  if (!/^[\d.]+[a-z]/.test(text)) throw new InvalidArgumentError('Expected a time: 24h, 7d, 2026-11-20 or 2026-11-20T08:00+01:00.');
  const agoMs = parseDurationMs(text);
  return (nowMs) => Math.max(1, nowMs - agoMs);
}

/** A whole number of at least one. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('Expected a whole number ≥ 1.');
  return count;
}

/** Collects `--trait name=value`, given any number of times; the last one of a name counts. */
export function parseTrait(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z][\w.-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected name=value, for example omHa=true.');
  return { ...earlier, [name]: value };
}

/** Collects `--via version`, given any number of times, in their order. */
export function parseVia(text: string, earlier: readonly string[] = []): readonly string[] {
  if (text.trim() === '') throw new InvalidArgumentError('Name a version.');
  return [...earlier, text];
}

/** Collects `--config-set key=value`, given any number of times; the last one of a key counts. */
export function parseSetting(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key, value] = /^([A-Za-z_][\w.$-]*)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Expected key=value.');
  return { ...earlier, [key]: value };
}

/** `sha256:<64 hex>`. */
export function parseDigest(text: string): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(text))
    throw new InvalidArgumentError('Expected sha256: and 64 hex digits, as "drydock plan show" prints it.');
  return text;
}

/** `debian:12`. */
export function parseOs(text: string): string {
  if (!/^[a-z][\w.-]*:[\w.-]+$/.test(text)) throw new InvalidArgumentError('Expected id:version, for example debian:12.');
  return text;
}
