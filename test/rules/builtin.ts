import type { PathDocument } from '../../common/documents/rules.ts';
import { loadPacks } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { schemes } from '../../engines/schemes.ts';

export const builtin = loadPacks(builtinPacks(), schemes);

/** A path by the built-in packs, asked for one host without a name. */
export function ask(
  engine: string,
  from: string,
  to: string,
  more: { os?: string; arch?: string; traits?: Record<string, string>; today?: string; via?: readonly string[] } = {},
): PathDocument {
  const hosts = [{ host: null, os: more.os ?? null, arch: more.arch ?? null }];
  const day = more.today === undefined ? {} : { today: more.today };
  return findPath({ engine, from, to, via: more.via ?? [], hosts, traits: more.traits ?? {}, ...day }, builtin);
}

/** `16.4 > 16.14`; `no way` when it is not admissible. */
export function walkOf(path: PathDocument): string {
  return path.admissible ? [path.from, ...path.hops.map((hop) => hop.to)].join(' > ') : 'no way';
}
