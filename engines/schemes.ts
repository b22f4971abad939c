import type { VersionScheme } from '../common/engine.ts';
import { postgresqlScheme } from './postgresql/scheme.ts';

/** Every engine's versions, by engine name. A rule pack is of the engine it names and is read with this engine's scheme. */
export const schemes: ReadonlyMap<string, VersionScheme> = new Map([['postgresql', postgresqlScheme]]);
