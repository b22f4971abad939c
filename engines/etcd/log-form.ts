/** Which servers can read what 3.5 wrote into a log. PURE. */
import type { Hop } from '../../common/plan.ts';
import { etcdScheme } from './scheme.ts';

/** From this minor on, a server ends over entries of its log that 3.5 wrote. */
const firstWithoutV2Entries = '3.7';

/** The servers of this hop's end cannot read what those of its begin still can. */
export function readsNoV2Entries({ from, to }: Pick<Hop, 'from' | 'to'>): boolean {
  const reads = (version: string) => etcdScheme.compareSeries(etcdScheme.series(version), firstWithoutV2Entries) < 0;
  return reads(from) && !reads(to);
}
