/** PURE. What a signed checkpoint says against the chain that is there now; null: nothing. */
import type { Checkpoint } from '../../common/checkpoint.ts';

/** What the store holds of a chain. */
export interface ChainFound {
  /** Its newest event; null: there is no such chain. */
  readonly end: number | null;
  /** Hash of the event at the checkpoint's place; null: there is none. */
  readonly hash: string | null;
}

const timeOf = (atMs: number): string => new Date(atMs).toISOString();

/** Of the store's own newest checkpoint of a chain. `isOurs`: the controller's key signed it. */
export function brokenBy(checkpoint: Checkpoint, isOurs: boolean, found: ChainFound): string | null {
  if (!isOurs)
    return `its checkpoint is not signed with the key of this controller: it was changed, or signed with another key (${checkpoint.key})`;
  const what = contradiction(checkpoint, found);
  return what === null ? null : `${what}, as was signed at ${timeOf(checkpoint.atMs)}`;
}

/** Of a checkpoint that an agent keeps, and this controller's key signed. */
export function provenMissing(checkpoint: Checkpoint, found: ChainFound): string | null {
  return contradiction(checkpoint, found);
}

function contradiction({ seq, head }: Checkpoint, { end, hash }: ChainFound): string | null {
  if (end === null) return `the chain with its ${seq} events is missing`;
  if (end < seq) return end + 1 === seq ? `event ${seq} is missing` : `events ${end + 1} to ${seq} are missing`;
  if (hash !== head) return `event ${seq} differs: the chain was rewritten or forked`;
  return null;
}
