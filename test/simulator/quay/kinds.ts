/** The kinds of hops that quay has, each with a cluster that it is played on. */
import type { HopKind } from '../../../common/plan.ts';

export interface Kind {
  readonly from: string;
  readonly to: string;
  readonly hop: HopKind;
  readonly names: readonly string[];
  /** A person finalizes it. */
  readonly rests: boolean;
}

/** Of hops that rest: the cluster is watched for so long before. */
export const soakMs = 20_000;

const all = ['router-1', 'router-2', 'store-1', 'store-2', 'lens-1'];
const stores = ['store-1', 'store-2', 'store-3'];

export const kinds = {
  rolling: { from: '1.0', to: '1.1', hop: 'rolling', names: all, rests: false },
  'all-stop': { from: '1.1', to: '2.0', hop: 'all-stop', names: all, rests: true },
  /** Goes back by the snapshot that the run makes. */
  'in-place': { from: '2.0', to: '3.0', hop: 'in-place', names: ['store-1'], rests: false },
  /** Nothing leads back. */
  'one-way': { from: '3.0', to: '4.0', hop: 'in-place', names: ['store-1'], rests: false },
  'side-by-side': { from: '4.0', to: '5.0', hop: 'side-by-side', names: ['store-1'], rests: false },
  /** Each node goes back by its own snapshot. */
  'restore-node': { from: '5.0', to: '6.0', hop: 'rolling', names: stores, rests: true },
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly KindName[];
