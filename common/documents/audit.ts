/** What was done, and whether anybody changed the record of it. */
import type { Versioned } from './versioned.ts';

export interface AuditListDocument extends Versioned {
  readonly events: readonly {
    readonly chain: string;
    readonly seq: number;
    readonly v: number;
    readonly at: string;
    readonly type: string;
    /** As it was stored, in the shape of version `v`. */
    readonly body: unknown;
    readonly hash: string;
  }[];
}

export interface AuditVerificationDocument extends Versioned {
  readonly ok: boolean;
  readonly chains: readonly {
    readonly chain: string;
    readonly events: number;
    readonly head: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}
