/** What a hop crosses, by the series of its versions. PURE. */
import type { Hop } from '../../../common/plan.ts';
import type { VersionScheme } from '../../../common/version-scheme.ts';

export interface SeriesCrossed {
  readonly from: string;
  readonly to: string;
  readonly differ: boolean;
  /** To an older series. */
  readonly down: boolean;
}

export function crossedBy({ series }: VersionScheme, hop: Pick<Hop, 'from' | 'to' | 'direction'>): SeriesCrossed {
  const [from, to] = [series(hop.from), series(hop.to)];
  return { from, to, differ: from !== to, down: from !== to && hop.direction === 'downgrade' };
}

/** This version is of that series or a newer one. */
export function isSince({ series, compareSeries }: VersionScheme, version: string, first: string): boolean {
  return compareSeries(series(version), first) >= 0;
}
