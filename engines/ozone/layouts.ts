/**
 * Layouts of the metadata, counted apart for managers and for the rest: which release knows which, and what can be used only once it is finalized. PURE.
 * Source: OMLayoutFeature.java, HDDSLayoutFeature.java; "Non-rolling upgrades and downgrades", Apache Ozone documentation
 */
import { ozoneScheme } from './scheme.ts';

export type LayoutKind = 'om' | 'hdds';

/** Of one process: what its metadata are of, and what its software knows. */
export interface Layout {
  readonly metadata: number;
  readonly software: number;
}

/** Newest layout of each series. A series that is not listed has at least that of the newest one that is. */
const ofSeries: Readonly<Record<string, Readonly<Record<LayoutKind, number>>>> = {
  '1.1': { hdds: 0, om: 0 },
  '1.2': { hdds: 2, om: 0 },
  '1.3': { hdds: 4, om: 3 },
  '1.4': { hdds: 7, om: 6 },
  '2.0': { hdds: 8, om: 8 },
  '2.1': { hdds: 9, om: 8 },
  '2.2': { hdds: 10, om: 9 },
};

/** What a layout brings, as people know it; the others bring nothing that is asked for by name. */
const features: Readonly<Record<LayoutKind, Readonly<Record<number, string>>>> = {
  om: {
    1: 'erasure coding',
    2: 'bucket layouts',
    3: 'multi-tenancy',
    4: 'hsync',
    5: 'snapshots',
    6: 'recalculated quotas',
    7: 'HBase support',
    8: 'delegation tokens signed by symmetric keys',
    9: 'snapshot defragmentation',
  },
  hdds: { 2: 'SCM HA', 9: 'witnessed containers', 10: 'the space distribution report' },
};

/** Newest layout that this version reads; null: unknown. */
export function readBy(version: string, kind: LayoutKind): number | null {
  const parsed = ozoneScheme.parse(version);
  return parsed === null ? null : (ofSeries[ozoneScheme.series(parsed)]?.[kind] ?? null);
}

/** Names of what is refused until metadata of this layout are finalized. */
export function pendingFeatures(kind: LayoutKind, from: number, to: number): readonly string[] {
  return Object.entries(features[kind]).flatMap(([layout, feature]) => (Number(layout) > from && Number(layout) <= to ? [feature] : []));
}

/** Files of RocksDB that nothing writes again. */
export const isNeverRewritten = (path: string): boolean => path.endsWith('.sst');
