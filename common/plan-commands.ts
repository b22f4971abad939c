/** PURE. Commands that plan where a cluster goes, ready to paste. */
import type { Direction, Plan } from './plan.ts';

/** `drydock plan main --to 16.4 --downgrade`. */
export const planCommand = (cluster: string, to: string, direction: Direction): string =>
  `drydock plan ${cluster} --to ${to}${direction === 'downgrade' ? ' --downgrade' : ''}`;

export const oppositeOf = (direction: Direction): Direction => (direction === 'upgrade' ? 'downgrade' : 'upgrade');

/** A plan of its own that goes where this one came from. */
export const returnCommand = ({ cluster, from, direction }: Pick<Plan, 'cluster' | 'from' | 'direction'>): string =>
  planCommand(cluster, from, oppositeOf(direction));
