/**
 * etcd's versions: `3.6.14`, as a tag `v3.6.14`; pre-releases `3.6.0-rc.1` (before 2.0 `0.2.0-rc1`); a vendor's build carries a suffix,
 * `3.5.9+k3s1`, and comes right after the release that it was built from. And what a hop crosses. PURE.
 */
import type { Hop } from '../../common/plan.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';
import { crossedBy, isSince } from '../kit/pure/series.ts';

const stages = ['alpha', 'beta', 'rc'];

const form = new RegExp(
  `^v?((${number}\\.${number})\\.(${number})(?:-(alpha|beta|rc)\\.?(${number}))?(?:\\+[a-z0-9]+(?:[.-][a-z0-9]+)*)?)$`,
);
const seriesForm = new RegExp(`^v?${number}\\.${number}$`);

function read(text: string): ReadVersion | null {
  const [, version, series, patch, stage, count] = form.exec(text) ?? [];
  if (version === undefined || series === undefined) return null;
  const rank = stage === undefined ? [stages.length, 0] : [stages.indexOf(stage), Number(count)];
  return { text: version, order: [...numbersOf(series), Number(patch), ...rank], series, prerelease: stage !== undefined };
}

export const etcdScheme: VersionScheme = orderedScheme('etcd', {
  read,
  readSeries: (text) => (seriesForm.test(text) ? numbersOf(text.replace('v', '')) : null),
});

export const minorsOf = (hop: Pick<Hop, 'from' | 'to' | 'direction'>) => crossedBy(etcdScheme, hop);

/** The servers of this hop's end cannot read what those of its begin still can: from 3.7 on a server ends over entries of its log that 3.5 wrote. */
export function readsNoV2Entries({ from, to }: Pick<Hop, 'from' | 'to'>): boolean {
  return !isSince(etcdScheme, from, '3.7') && isSince(etcdScheme, to, '3.7');
}
