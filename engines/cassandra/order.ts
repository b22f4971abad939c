/** Which node may be next: one data centre after the other, in each its seeds first, then rack by rack. PURE. Source: upgrade guides of Luna and DSE. */
import type { Answering, Member } from '../kit/pure/scene.ts';
import type { ServerFacts } from './facts.ts';

type Placed = Answering<ServerFacts>;

/** All that may go now, best first: those of the data centre, and of its rack, that were begun. Nodes of which nothing is known wait. */
export function next(rest: readonly Member<ServerFacts>[], members: readonly Member<ServerFacts>[]): readonly Placed[] {
  const placed = members.flatMap(({ server, ...member }): readonly Placed[] => (server === null ? [] : [{ ...member, server }]));
  const isLeft = ({ node }: Placed): boolean => rest.some((each) => each.node === node);
  const dataCenter = begunFirst(placed, isLeft, ({ server }) => server.dataCenter);
  const here = placed.filter(({ server }) => server.dataCenter === dataCenter);
  const seeds = here.filter((each) => isLeft(each) && each.server.isSeed);
  if (seeds.length > 0) return byName(seeds);
  const others = here.filter(({ server }) => !server.isSeed);
  const rack = begunFirst(others, isLeft, ({ server }) => server.rack);
  return byName(others.filter((each) => isLeft(each) && each.server.rack === rack));
}

/** Of the places that have nodes left, one that others have gone from, else the first by name. */
function begunFirst(placed: readonly Placed[], isLeft: (each: Placed) => boolean, placeOf: (each: Placed) => string): string | undefined {
  const left = [...new Set(placed.filter(isLeft).map(placeOf))].sort();
  return left.find((place) => placed.some((each) => placeOf(each) === place && !isLeft(each))) ?? left[0];
}

const byName = (placed: readonly Placed[]): readonly Placed[] => placed.toSorted((a, b) => (a.node.instance < b.node.instance ? -1 : 1));
