/** Formats of sstables, by the letters that their files' names begin with: which release writes and reads which. PURE. Source: BigFormat.java, BtiFormat.java. */
import { cassandraScheme } from './scheme.ts';

interface SeriesFormats {
  /** What it writes; several where its settings decide. */
  readonly writes: readonly string[];
  /** The oldest letters that it reads. */
  readonly readsFrom: string;
}

const ofSeries: Readonly<Record<string, SeriesFormats>> = {
  '4.0': { writes: ['nb'], readsFrom: 'ma' },
  '4.1': { writes: ['nb'], readsFrom: 'ma' },
  '5.0': { writes: ['nb', 'oa', 'da'], readsFrom: 'ma' },
};

export const compatibilityModes = ['CASSANDRA_4', 'UPGRADING', 'NONE'] as const;
export type CompatibilityMode = (typeof compatibilityModes)[number];

/** null: nothing is known of this version. */
function formatsOf(version: string): SeriesFormats | null {
  const parsed = cassandraScheme.parse(version);
  return parsed === null ? null : (ofSeries[cassandraScheme.series(parsed)] ?? null);
}

/** The format that a server of this version writes in this mode; null: unknown. */
export function writtenBy(version: string, mode: CompatibilityMode | null): string | null {
  const formats = formatsOf(version);
  if (formats === null) return null;
  const isOld = mode === null || mode === 'CASSANDRA_4';
  return (isOld ? undefined : formats.writes.find((format) => format === 'oa')) ?? formats.writes[0] ?? null;
}

/** Formats of these that are still to be rewritten, with how many sstables have each. Those of BTI are as new as any. */
export function olderIn(formats: ReadonlyMap<string, number>, written: string): readonly (readonly [format: string, count: number])[] {
  return [...formats].filter(([format]) => format !== written && format !== 'da');
}

/** Those that a server of this version does not read; null: unknown. Letters rise with each format of a line. */
export function unreadableBy(version: string, formats: readonly string[]): readonly string[] | null {
  const known = formatsOf(version);
  if (known === null) return null;
  const newest = [...known.writes].sort().at(-1) ?? '';
  return formats.filter((format) => !known.writes.includes(format) && (format < known.readsFrom || format > newest));
}

/** Format in the name of a data file: `nb-12-big-Data.db`, `da-3gvl_10e2_2q-bti-Data.db`; null: it is none. */
export function formatIn(file: string): string | null {
  return /^([a-z]{2})-[0-9a-z_]+-(?:big|bti)-Data\.db$/.exec(file)?.[1] ?? null;
}

/** Parts of an sstable that nothing writes again once it is complete: hard links to them are as good as copies. */
export function isNeverRewritten(file: string): boolean {
  return /-(?:Data|Index|Filter|CompressionInfo|CRC|Partitions|Rows)\.db$|-Digest\.[a-z0-9]+$/.test(file);
}
